"""The PLY of 3D Gaussian splatting (Kerbl et al. 2023) and its relatives.

One `vertex` record per Gaussian: position, SH colours (`f_rest_*` channel-major), opacity logit,
log scales, quaternion wxyz. Axes are whatever the writer used and are not changed: captures
reconstructed through COLMAP are usually y down and z forward, head avatars y up. 2DGS writes two
scales; GaussianAvatars adds `binding_0`, the triangle in whose frame the Gaussian stands. All
other scalars travel as `extras`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.lib.recfunctions import structured_to_unstructured
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files.assembly import assemble, check_cloud
from mien.gaussians.files.ply import TYPE_NAMES, is_ply, parse_header, read_elements
from mien.gaussians.files.registry import cloud_formats

_NUM_REST = (0, 9, 24, 45)
_POSITIONS = ("x", "y", "z")
_COLORS = ("f_dc_0", "f_dc_1", "f_dc_2")
_SCALES = ("scale_0", "scale_1", "scale_2")
_QUATS = ("rot_0", "rot_1", "rot_2", "rot_3")
_REQUIRED = (*_POSITIONS, *_COLORS, "opacity", *_SCALES[:2], *_QUATS)
_NORMALS = ("nx", "ny", "nz")
_BINDING = "binding_0"

_FLATNESS = np.float32(np.log(1e-3))
"""A surfel of 2DGS becomes a Gaussian this much (logarithm) thinner than its smaller axis."""


@cloud_formats.register("ply")
class GaussianPly:
    """Reads and writes uncompressed PLY splats."""

    name = "3DGS PLY"
    extensions = (".ply",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Claim whatever is or calls itself PLY, except SuperSplat's compressed kind."""
        claims = is_ply(head) or path.suffix.lower() == ".ply"
        return claims and b"packed_position" not in head

    def read(self, path: Path) -> GaussianCloud:
        """Read a file; nothing is allocated for what the header claims before it is checked."""
        return cloud_from_ply(np.memmap(path, np.uint8, "r").data, path)

    def write(self, path: Path, cloud: GaussianCloud) -> None:
        """Write binary little-endian PLY, with normals where 3DGS has them, then the extras."""
        check_cloud(path, cloud)
        table = _table(path, cloud)
        properties = "".join(
            f"property {TYPE_NAMES[table.dtype[name].str[1:]]} {name}\n"
            for name in table.dtype.names or ()
        )
        header = (
            "ply\nformat binary_little_endian 1.0\ncomment Written by Mien\n"
            f"element vertex {len(table)}\n{properties}end_header\n"
        )
        with replacing(path) as temporary, temporary.open("wb") as file:
            file.write(header.encode("ascii"))
            table.tofile(file)


def cloud_from_ply(data: bytes | memoryview, path: str | Path) -> GaussianCloud:
    """Make a cloud of the content of a PLY file, which need not be a file of its own.

    Args:
        data: The content.
        path: The file to name in errors.

    Raises:
        FileError: It is broken, empty, or has other things than Gaussians in it.
    """
    header = parse_header(bytes(data[: 1 << 20]), path)
    vertex = header.element("vertex")
    if vertex is None:
        raise FileError(path, "a PLY without vertices")
    names = {name for name, _ in vertex.properties}
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise FileError(
            path,
            f"a PLY, but not of Gaussians: its vertices lack {', '.join(missing)}",
            hint="Meshes and plain point clouds cannot be shown as Gaussians",
        )
    rest = tuple(f"f_rest_{index}" for index in range(_num_rest(names, path)))
    table = read_elements(data, header, ("vertex",), path)["vertex"]
    known = {*_REQUIRED, *_SCALES, *rest, _BINDING}
    return assemble(
        path,
        means=_columns(table, _POSITIONS),
        quats=_columns(table, _QUATS),
        log_scales=_log_scales(table),
        logit_opacities=_columns(table, ("opacity",))[:, 0],
        sh=_harmonics(table, rest),
        binding=_binding(table, path),
        extras={
            name: np.ascontiguousarray(table[name], table.dtype[name].newbyteorder("="))
            for name in table.dtype.names or ()
            if name not in known
        },
    )


def _num_rest(names: set[str], path: str | Path) -> int:
    count = sum(name.startswith("f_rest_") for name in names)
    consecutive = all(f"f_rest_{index}" in names for index in range(count))
    if count not in _NUM_REST or not consecutive:
        raise FileError(
            path, f"its {count} f_rest properties are no spherical harmonics of degree 0 to 3"
        )
    return count


def _columns(table: NDArray[np.void], names: tuple[str, ...]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        # A strided view where the columns are neighbours of one type, so this copies once.
        return np.ascontiguousarray(
            structured_to_unstructured(table[list(names)], dtype=np.dtype(np.float32))
        )


def _log_scales(table: NDArray[np.void]) -> NDArray[np.float32]:
    if "scale_2" in (table.dtype.names or ()):
        return _columns(table, _SCALES)
    flat = _columns(table, _SCALES[:2])
    return np.column_stack([flat, flat.min(axis=1, initial=np.inf) + _FLATNESS])


def _harmonics(table: NDArray[np.void], rest: tuple[str, ...]) -> NDArray[np.float32]:
    constant = _columns(table, _COLORS)[:, None, :]
    if not rest:
        return constant
    by_channel = _columns(table, rest).reshape(len(table), 3, len(rest) // 3)
    return np.concatenate([constant, by_channel.swapaxes(1, 2)], axis=1)


def _binding(table: NDArray[np.void], path: str | Path) -> NDArray[np.int32] | None:
    if _BINDING not in (table.dtype.names or ()):
        return None
    triangles = np.ascontiguousarray(table[_BINDING], np.float64)
    sound = (triangles >= 0) & (triangles < 2**31) & (triangles == np.floor(triangles))
    if not sound.all():
        raise FileError(path, f"{np.count_nonzero(~sound):,} of its bindings are no triangle index")
    return triangles.astype(np.int32)


def _table(path: Path, cloud: GaussianCloud) -> NDArray[np.void]:
    columns: dict[str, NDArray] = {}
    columns.update(zip(_POSITIONS, cloud.means.T, strict=True))
    columns.update({name: cloud.extras[name] for name in _NORMALS if name in cloud.extras})
    columns.update(zip(_COLORS, cloud.sh[:, 0].T, strict=True))
    rest = cloud.sh[:, 1:].swapaxes(1, 2).reshape(cloud.num_gaussians, -1)
    columns.update({f"f_rest_{index}": values for index, values in enumerate(rest.T)})
    columns["opacity"] = cloud.logit_opacities
    columns.update(zip(_SCALES, cloud.log_scales.T, strict=True))
    columns.update(zip(_QUATS, cloud.quats.T, strict=True))
    if cloud.binding is not None:
        columns[_BINDING] = cloud.binding
    for name, values in cloud.extras.items():
        if values.ndim != 1 or values.dtype.str[1:] not in TYPE_NAMES or len(name.split()) != 1:
            raise FileError(path, f"a PLY cannot hold the property {name!r} ({values.dtype})")
        columns.setdefault(name, values)
    dtype = np.dtype([(name, "<" + values.dtype.str[1:]) for name, values in columns.items()])
    table = np.empty(cloud.num_gaussians, dtype)
    for name, values in columns.items():
        table[name] = values
    return table
