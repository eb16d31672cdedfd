"""Mien's own avatar file, `.avatar`: HDF5 with an avatar's Gaussians and, if it moves, its rig.

What a few thousandths of error cannot be seen in is stored as half floats: rotations, sizes,
opacities, colours and morph targets. A rig that stands on the head template that ships with Mien
stores only what makes the person. One that was fitted to photographs says where it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.opening import avatar_kinds
from mien.avatar.protocol import REGIONS, Avatar, Riggable
from mien.avatar.rig import BoundGaussians, Rig, SurfaceBinding
from mien.avatar.template_rig import rig_from_template
from mien.errors import FileError, MienError
from mien.gaussians.cloud import GaussianCloud
from mien.template.arkit import ARKIT_INDEX
from mien.template.selection import open_template

if TYPE_CHECKING:
    import h5py

SUFFIX = ".avatar"
_MAGIC = b"\x89HDF\r\n\x1a\n"
_KIND = "mien-avatar"
_VERSION = 1
_MOST_RATIO = 1100
"""Deflate packs no better than 1032 to one: a claim beyond that is a lie."""

_RIG_SHARED = ("faces", "shape_starts", "shape_vertices", "shape_deltas", "joint_parents",
               "skin_joints", "skin_weights")  # fmt: skip
_GAUSSIANS: dict[str, type] = {
    "quats": np.float16,
    "log_scales": np.float16,
    "logit_opacities": np.float16,
    "sh": np.float16,
}


@avatar_kinds.register("mien")
class MienOpener:
    """Opens `.avatar` files."""

    suffixes = (SUFFIX,)

    def probe(self, path: Path) -> bool:
        """Claim what is named like one; tracks are HDF5 too, so the magic is not enough."""
        return path.suffix.lower() == SUFFIX

    def open(self, path: Path) -> Avatar:
        """Open a file.

        Raises:
            FileError: It is broken, or of a version to come.
        """
        # Not at the top: the studio's start path goes through this module.
        import h5py

        try:
            with h5py.File(path, "r") as file:
                return _Reader(file, path).avatar()
        except FileError:
            raise
        except (
            OSError,
            RuntimeError,
            KeyError,
            TypeError,
            ValueError,
            MemoryError,
            OverflowError,
        ) as error:
            reason = str(error).partition("\n")[0][:120]
            raise FileError(
                path, f"not a readable avatar: truncated or damaged ({reason})"
            ) from error


def save_avatar(path: str | Path, avatar: Avatar) -> None:
    """Write an avatar, atomically; one that a network makes as the rigged avatar it stands for.

    Raises:
        FileError: The file cannot be written, or avatars of this kind have no file.
    """
    import h5py

    target = Path(path)
    avatar = avatar.rigged if isinstance(avatar, Riggable) else avatar
    if not isinstance(avatar, RiggedAvatar | StaticAvatar):
        raise FileError(target, f"avatars of the kind {avatar.kind} cannot be saved yet")
    with replacing(target) as temporary, h5py.File(temporary, "w", libver="v110") as file:
        file.attrs.update(
            {"kind": _KIND, "version": _VERSION, "avatar": avatar.kind, "name": avatar.name}
        )
        if avatar.template is not None:
            file.attrs["template"] = avatar.template
        if avatar.region_weights is not None:
            file.attrs["regions"] = list(REGIONS)
            _write(file, "region_weights", np.rint(avatar.region_weights * 255).astype(np.uint8))
        if isinstance(avatar, RiggedAvatar):
            _write_rigged(file, avatar)
        else:
            _write_static(file, avatar)


def _write_static(file: h5py.Group, avatar: StaticAvatar) -> None:
    cloud = avatar.cloud
    file.attrs["note"] = avatar.note
    _write(file, "means", cloud.means)
    # A cloud that nothing moves may be any scene: it keeps its full precision.
    for name in _GAUSSIANS:
        _write(file, name, getattr(cloud, name))
    if cloud.binding is not None:
        _write(file, "binding", cloud.binding)
    for name, values in cloud.extras.items():
        _write(file, f"extras/{name}", values)


def _write_rigged(file: h5py.Group, avatar: RiggedAvatar) -> None:
    bound, rig = avatar.gaussians, avatar.rig
    _write(file, "triangles", bound.binding.triangles)
    _write(file, "barycentric", bound.binding.barycentric)
    _write(file, "offsets", bound.offsets)
    for name, kind in _GAUSSIANS.items():
        _write(file, name, _fitting(getattr(bound, name), kind))
    group = file.create_group("rig")
    _write(group, "rest", rig.rest)
    _write(group, "joint_positions", rig.joint_positions)
    fitting = avatar.fitting
    if fitting is not None:
        _write(file, "head_from_world", fitting.head_from_world)
        file.attrs["rig_template"] = fitting.rig_template
        file.attrs["provenance"] = json.dumps(dict(fitting.provenance))
        if fitting.latent is not None:
            _write(file, "latent", fitting.latent.astype(np.float16))
    standing_on = avatar.template if fitting is None else fitting.rig_template
    base = _template_rig(standing_on)
    if base is not None and _shares_tables(rig, base):
        group.attrs["template"] = standing_on
        return
    group.attrs["expressions"] = list(rig.expression_names)
    group.attrs["joints"] = list(rig.joint_names)
    for name in _RIG_SHARED:
        values = getattr(rig, name)
        half = name in ("shape_deltas", "skin_weights")
        _write(group, name, _fitting(values, np.float16) if half else values)


def _write(group: h5py.Group, name: str, values: NDArray[Any]) -> None:
    packing = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
    group.create_dataset(name, data=values, **(packing if values.size else {}))


def _fitting(values: NDArray[np.float32], kind: type) -> NDArray[Any]:
    """Return values as half floats where they fit; logits beyond all bounds do not."""
    limit = float(np.finfo(kind).max)
    return values.astype(kind) if np.abs(values).max(initial=0) <= limit else values


@lru_cache(maxsize=4)
def _template_rig(name: str | None) -> Rig | None:
    """Return the rig of a shipped template's average person; one object, so people share it."""
    if name is None:
        return None
    try:
        return rig_from_template(open_template(name))
    except MienError:
        return None


def _shares_tables(rig: Rig, base: Rig) -> bool:
    return (rig.expression_names, rig.joint_names) == (
        base.expression_names,
        base.joint_names,
    ) and all(np.array_equal(getattr(rig, name), getattr(base, name)) for name in _RIG_SHARED)


class _Reader:
    """Reads one open file, trusting nothing it claims."""

    def __init__(self, file: h5py.File, path: Path) -> None:
        self._file = file
        self._path = path
        self._size = path.stat().st_size

    def avatar(self) -> Avatar:
        attributes = self._file.attrs
        if attributes.get("kind") != _KIND:
            raise FileError(self._path, "an HDF5 file, but no avatar of Mien's")
        version = int(attributes.get("version", 0))
        if version != _VERSION:
            raise FileError(
                self._path,
                f"an avatar file of version {version}; this Mien reads version {_VERSION}",
                hint="Update Mien to open it" if version > _VERSION else "",
            )
        name = str(attributes.get("name", self._path.stem))
        template = str(attributes["template"]) if "template" in attributes else None
        kind = attributes.get("avatar")
        if kind == "rigged":
            rig, bound = self._rig(), self._bound()
            if bound.binding.triangles.size and (
                bound.binding.triangles.min() < 0 or bound.binding.triangles.max() >= len(rig.faces)
            ):
                raise FileError(
                    self._path, "its Gaussians are bound to triangles that are not there"
                )
            regions = self._regions(bound.num_gaussians)
            return RiggedAvatar(
                name, rig, bound, template, regions, self._path, fitting=self._fitting()
            )
        if kind == "static":
            cloud = self._cloud()
            regions = self._regions(cloud.num_gaussians)
            note = str(attributes.get("note", ""))
            return StaticAvatar(name, cloud, template, regions, self._path, note)
        raise FileError(
            self._path, f"an avatar of the kind {kind!r}, which this Mien does not know"
        )

    def _bound(self) -> BoundGaussians:
        binding = SurfaceBinding(self._whole("triangles"), self._real("barycentric"))
        return BoundGaussians(binding, self._real("offsets"), **self._gaussians())

    def _cloud(self) -> GaussianCloud:
        binding = self._whole("binding") if "binding" in self._file else None
        extras: dict[str, NDArray[Any]] = {}
        if "extras" in self._file:
            group: Any = self._file["extras"]
            extras = {key: self._dataset(f"extras/{key}") for key in group}
        return GaussianCloud(
            self._real("means"), **self._gaussians(), binding=binding, extras=extras
        )

    def _gaussians(self) -> Mapping[str, Any]:
        return {name: self._real(name) for name in _GAUSSIANS}

    def _rig(self) -> Rig:
        group: Any = self._file["rig"]
        rest, joints = self._real("rig/rest"), self._real("rig/joint_positions")
        if "template" in group.attrs:
            base = _template_rig(str(group.attrs["template"]))
            if base is None:
                raise FileError(
                    self._path,
                    f"stands on the head template {group.attrs['template']!r}, which is not here",
                    hint="Update or reinstall Mien",
                )
            return base.replace(rest=rest, joint_positions=joints)
        expressions = tuple(str(name) for name in group.attrs["expressions"])
        if set(expressions) - set(ARKIT_INDEX) or len(set(expressions)) != len(expressions):
            raise FileError(self._path, "obeys expressions that are none of ARKit's")
        weights = self._real("rig/skin_weights")
        return Rig(
            rest,
            self._whole("rig/faces"),
            expressions,
            self._whole("rig/shape_starts"),
            self._whole("rig/shape_vertices"),
            self._real("rig/shape_deltas"),
            tuple(str(name) for name in group.attrs["joints"]),
            self._whole("rig/joint_parents"),
            joints,
            self._whole("rig/skin_joints"),
            weights / np.maximum(weights.sum(axis=1, keepdims=True), np.float32(1e-6)),
        )

    def _fitting(self) -> Fitting | None:
        if "head_from_world" not in self._file:
            return None
        motion = self._real("head_from_world", np.float64)
        if motion.shape != (4, 4) or not np.linalg.det(motion[:3, :3]) > 0:
            raise FileError(self._path, "its way from the capture's world is no similarity")
        attributes = self._file.attrs
        said: Any = json.loads(str(attributes.get("provenance", "{}")))
        plain = {
            str(key): held for key, held in said.items() if isinstance(held, str | int | float)
        }
        latent = self._real("latent", np.float16) if "latent" in self._file else None
        return Fitting(motion, str(attributes.get("rig_template", "")), plain, latent)

    def _regions(self, num_gaussians: int) -> NDArray[np.float32] | None:
        if "region_weights" not in self._file:
            return None
        stored = self._dataset("region_weights")
        named: Any = self._file.attrs["regions"]
        names = [str(name) for name in named]
        if stored.shape != (num_gaussians, len(names)) or stored.dtype != np.uint8:
            raise FileError(self._path, "its face regions do not fit its Gaussians")
        weights = np.zeros((num_gaussians, len(REGIONS)), np.float32)
        for column, name in enumerate(names):
            if name in REGIONS:
                weights[:, REGIONS.index(name)] = stored[:, column] / np.float32(255)
        return weights

    def _real(self, name: str, kind: type = np.float32) -> NDArray[Any]:
        values = self._dataset(name)
        if values.dtype.kind != "f" or not np.isfinite(values).all():
            raise FileError(self._path, f"its {name} are not all numbers")
        return values.astype(kind)

    def _whole(self, name: str) -> NDArray[np.int32]:
        values = self._dataset(name)
        if values.dtype.kind not in "iu" or (
            values.size and (values.min() < 0 and name != "rig/joint_parents")
        ):
            raise FileError(self._path, f"its {name} are no indices")
        return values.astype(np.int32)

    def _dataset(self, name: str) -> NDArray[Any]:
        import h5py

        # Links and external storage would lead out of the file.
        if not isinstance(self._file.get(name, getlink=True), h5py.HardLink):
            raise FileError(self._path, f"has no {name}")
        dataset: Any = self._file[name]
        if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
            raise FileError(self._path, f"its {name} are not in the file")
        if dataset.dtype.kind not in "fiu":
            raise FileError(self._path, f"its {name} are not numbers")
        if dataset.nbytes > _MOST_RATIO * self._size:
            raise FileError(
                self._path, f"its {name} claim {dataset.nbytes:,} bytes, more than it can hold"
            )
        return np.asarray(dataset[()])
