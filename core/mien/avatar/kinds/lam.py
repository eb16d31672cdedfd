"""LAM avatars (He et al., SIGGRAPH 2025): a zip of a skinned mesh and Gaussians on its vertices.

`skin.glb` holds the surface, the ARKit morph targets and a whole body's skeleton, the same for
every person; `offset.ply` holds Gaussian i relative to vertex i, its colour as plain RGB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.archives import Archive, is_archive, open_archive
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.opening import avatar_kinds
from mien.avatar.protocol import DEFAULT_SOFTNESS
from mien.avatar.regions import label_regions, region_distances, soft_masks
from mien.avatar.rig import JOINT_NAMES, BoundGaussians, Float32, Rig, SurfaceBinding
from mien.avatar.surface import Topology, smooth_over_surface
from mien.errors import FileError
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.gaussians.files.formats.gaussian_ply import cloud_from_ply
from mien.gltf import GltfFile
from mien.template.arkit import canonical_name

_JOINTS = {
    "neckLower": "neck",
    "neckUpper": "neck",
    "head": "head",
    "lowerJaw": "jaw",
    "lEye": "eye_left",
    "rEye": "eye_right",
}
"""Our joint for the skeleton's; every other bone goes with the nearest of these above it."""

_LEAST_WEIGHT = 0.01
"""A joint that moves nothing by more than this share is left out."""

_SMOOTHING_ROUNDS = 8
_MOST_VALUES = 100_000_000
_CENTIMETRES = 10.0
"""Heads this far from the origin, in the file's unit, are in centimetres."""


@avatar_kinds.register("lam")
class LamOpener:
    """Opens LAM's zip archives."""

    suffixes = (".zip",)

    def probe(self, path: Path) -> bool:
        """Claim every zip archive but PyTorch's and numpy's: no other kind of avatar is in one."""
        if not path.is_file() or path.suffix.lower() == ".npz":
            return False
        with path.open("rb") as file:
            head = file.read(256)
        # A checkpoint is a zip archive too; the pickle always comes first in it.
        return (is_archive(head) and b"data.pkl" not in head) or path.suffix.lower() == ".zip"

    def open(self, path: Path) -> RiggedAvatar:
        """Open an archive.

        Raises:
            FileError: It is no LAM avatar or a broken one, with what is wrong inside.
        """
        with open_archive(path) as archive:
            skin, offsets = _member(archive, "skin.glb"), _member(archive, "offset.ply")
        rig = _read_rig(GltfFile.parse(skin, path / "skin.glb"))
        cloud = cloud_from_ply(offsets, path / "offset.ply")
        if cloud.num_gaussians != rig.num_vertices:
            raise FileError(
                path,
                f"its offset.ply has {cloud.num_gaussians} Gaussians for the {rig.num_vertices} "
                "vertices of its skin.glb",
            )
        topology = Topology.of(rig.faces, rig.num_vertices)
        # Measured on the surface that all share: the same Gaussians are the eyes of everybody.
        regions = _region_weights(rig, topology)
        rig, bound = _personalise(rig, cloud, topology, path)
        template = f"lam-{rig.num_vertices}"
        return RiggedAvatar(
            path.stem, rig, bound, template=template, region_weights=regions, source=path
        )


def _member(archive: Archive, file_name: str) -> bytes:
    name = archive.find(file_name)
    if name is None:
        raise FileError(
            archive.path,
            f"a zip archive, but no LAM avatar: it has no {file_name}",
            hint="Unpack it and open what is inside",
        )
    return archive.read(name)


def _region_weights(rig: Rig, topology: Topology) -> Float32 | None:
    labels = label_regions(rig)
    if labels is None:
        return None
    return soft_masks(region_distances(labels, rig.rest, topology), DEFAULT_SOFTNESS)


def _personalise(
    rig: Rig, cloud: GaussianCloud, topology: Topology, path: Path
) -> tuple[Rig, BoundGaussians]:
    """Move the shared surface to where the person's is, and bind the Gaussians to it.

    Offsets are centimetres long, since the mesh is nobody's. Turning such an arm by a lip's
    rotation would throw the lip aside, so its smooth part becomes part of the surface: what is
    left over is short, and turns with the skin it belongs to.
    """
    weights = cloud.opacities + np.float32(1e-3)
    try:
        binding = SurfaceBinding.to_vertices(rig.faces, np.arange(rig.num_vertices))
    except ValueError as error:
        raise FileError(path, f"its skin.glb is not one surface ({error})") from error
    common = smooth_over_surface(cloud.means, weights, topology, num_rounds=_SMOOTHING_ROUNDS)
    shift = common.astype(np.float32)
    colors = (cloud.sh[:, :1] - np.float32(0.5)) / np.float32(SH_C0)
    bound = BoundGaussians(
        binding,
        cloud.means - shift,
        cloud.quats,
        cloud.log_scales,
        cloud.logit_opacities,
        colors,
    )
    return replace(rig, rest=rig.rest + shift), bound


def _read_rig(gltf: GltfFile) -> Rig:
    mesh = gltf.entry("meshes", 0)
    primitive = _first(mesh.get("primitives"), gltf, "mesh has no primitive")
    attributes = primitive.get("attributes")
    if not isinstance(attributes, dict):
        raise FileError(gltf.path, "its mesh has no attributes")
    rest = _finite(gltf.accessor(attributes.get("POSITION"), width="VEC3"), gltf)
    indices = gltf.accessor(primitive.get("indices"), width="SCALAR")
    names, deltas = _morph_targets(gltf, mesh, primitive, len(rest))
    joint_names, pivots, weights = _skinning(gltf, attributes, len(rest))
    unit = np.float32(0.01 if np.abs(rest).max(initial=0) > _CENTIMETRES else 1)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    order = np.pad(order, ((0, 0), (0, 4 - order.shape[1])))
    strongest = np.zeros((len(rest), 4), np.float32)
    strongest[:, : weights.shape[1]] = -np.sort(-weights, axis=1)[:, :4]
    try:
        return Rig.from_dense(
            rest * unit,
            indices[: len(indices) // 3 * 3].astype(np.int64),
            expression_names=names,
            deltas=deltas * unit,
            joint_names=joint_names,
            joint_parents=_parents(joint_names),
            joint_positions=pivots * unit,
            skin_joints=order,
            skin_weights=strongest,
        )
    except ValueError as error:
        raise FileError(gltf.path, f"its mesh is damaged ({error})") from error


def _morph_targets(
    gltf: GltfFile, mesh: Mapping[str, Any], primitive: Mapping[str, Any], num_vertices: int
) -> tuple[list[str], NDArray[np.float32]]:
    extras: Any = mesh.get("extras")
    found: Any = extras.get("targetNames") if isinstance(extras, dict) else None
    targets: Any = primitive.get("targets")
    if not isinstance(found, list) or not isinstance(targets, list) or len(found) != len(targets):
        raise FileError(gltf.path, "its morph targets have no names")
    if len(targets) * num_vertices > _MOST_VALUES:
        raise FileError(
            gltf.path, f"claims {len(targets)} morph targets of {num_vertices} vertices"
        )
    names: list[str] = []
    deltas: list[NDArray[np.float32]] = []
    for label, target in zip(found, targets, strict=True):
        name = canonical_name(str(label))
        if name is None or name in names:
            continue
        index = target.get("POSITION") if isinstance(target, dict) else None
        names.append(name)
        deltas.append(_finite(gltf.accessor(index, width="VEC3", count=num_vertices), gltf))
    shape = (0, num_vertices, 3)
    return names, np.stack(deltas) if deltas else np.zeros(shape, np.float32)


def _skinning(
    gltf: GltfFile, attributes: Mapping[str, Any], num_vertices: int
) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
    """Return our joints, their pivots [J, 3] and the weights [V, J] folded onto them."""
    skin = gltf.entry("skins", 0)
    bones: Any = skin.get("joints")
    if not isinstance(bones, list) or not bones:
        raise FileError(gltf.path, "its skin has no joints")
    inverses = gltf.accessor(skin.get("inverseBindMatrices"), width="MAT4", count=len(bones))
    joints = gltf.accessor(attributes.get("JOINTS_0"), width="VEC4", count=num_vertices)
    weights = gltf.accessor(attributes.get("WEIGHTS_0"), width="VEC4", count=num_vertices)
    weights = _finite(weights, gltf)
    if joints.max(initial=0) >= len(bones) or weights.min(initial=0) < 0:
        raise FileError(gltf.path, "its skin weights refer to joints that are not there")
    owners = _owners(gltf, bones)
    folded = np.zeros((num_vertices, len(JOINT_NAMES)), np.float32)
    ours = np.array([JOINT_NAMES.index(owner) for owner in owners])
    np.add.at(folded, (np.arange(num_vertices)[:, None], ours[joints]), weights)
    folded[folded.sum(axis=1) <= 0, 0] = 1
    folded /= folded.sum(axis=1, keepdims=True)
    labels = [str(gltf.entry("nodes", bone).get("name")) for bone in bones]
    return _used(folded, dict(zip(labels, _pivots(inverses, gltf), strict=True)))


def _used(
    folded: NDArray[np.float32], pivots: Mapping[str, NDArray[np.float64]]
) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
    """Keep the root and the joints that move something."""
    names = [
        name
        for column, name in enumerate(JOINT_NAMES)
        if name == "root" or folded[:, column].max(initial=0) > _LEAST_WEIGHT
    ]
    # A chain of bones that is one joint of ours pivots at its lowest, the first that is listed.
    places = [
        next(
            (pivots[b] for b, ours in _JOINTS.items() if ours == name and b in pivots), np.zeros(3)
        )
        for name in names
    ]
    kept = folded[:, [JOINT_NAMES.index(name) for name in names]]
    kept[:, 0] += 1 - kept.sum(axis=1)
    return names, np.array(places, np.float32), kept


def _owners(gltf: GltfFile, bones: list[Any]) -> list[str]:
    """Return our joint for each bone, by its own name or that of the nearest bone above it."""
    nodes: Any = gltf.document.get("nodes")
    parents: dict[int, int] = {}
    for index in range(len(nodes) if isinstance(nodes, list) else 0):
        children: Any = gltf.entry("nodes", index).get("children", [])
        for child in children if isinstance(children, list) else []:
            parents[child] = index
    owners: list[str] = []
    for bone in bones:
        at, owner, steps = bone, None, 0
        while owner is None and at is not None and steps <= len(parents):
            owner = _JOINTS.get(str(gltf.entry("nodes", at).get("name")))
            at, steps = parents.get(at), steps + 1
        owners.append(owner or "root")
    return owners


def _pivots(inverses: NDArray[Any], gltf: GltfFile) -> NDArray[np.float64]:
    """Return where the bones are at rest [J, 3]: the origins of their bind matrices."""
    matrices = _finite(inverses, gltf).astype(np.float64).reshape(-1, 4, 4).swapaxes(1, 2)
    try:
        return np.asarray(np.linalg.inv(matrices)[:, :3, 3], np.float64)
    except np.linalg.LinAlgError as error:
        raise FileError(gltf.path, "its skeleton has no rest pose") from error


def _parents(names: list[str]) -> list[int]:
    above = {"neck": "root", "head": "neck", "jaw": "head", "eye_left": "head", "eye_right": "head"}
    parents: list[int] = []
    for name in names:
        parent = above.get(name)
        while parent is not None and parent not in names:
            parent = above.get(parent)
        parents.append(-1 if parent is None else names.index(parent))
    return parents


def _finite(values: NDArray[Any], gltf: GltfFile) -> NDArray[np.float32]:
    if not np.isfinite(values).all():
        raise FileError(gltf.path, "has values that are not numbers (NaN or infinite)")
    return values.astype(np.float32, copy=False)


def _first(entries: Any, gltf: GltfFile, fault: str) -> Mapping[str, Any]:
    if not isinstance(entries, list) or not entries or not isinstance(entries[0], dict):
        raise FileError(gltf.path, f"its {fault}")
    return entries[0]
