"""SuperSplat's compressed PLY: chunks of 256 Gaussians, quantised between the chunk's extremes.

`chunk` records hold the least and greatest position, log scale and, in newer files, colour;
`vertex` records four 32-bit words: position 11-10-11 bits, rotation as 2 bits for the largest
component and 10 for each other, log scale 11-10-11, colour and opacity 8-8-8-8. The optional `sh`
element has a byte per higher coefficient, channel-major, over -4..4. Axes as in the PLY that was
compressed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.recfunctions import structured_to_unstructured
from numpy.typing import NDArray

from mien.errors import FileError
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.gaussians.files.assembly import assemble
from mien.gaussians.files.ply import PlyElement, is_ply, parse_header, read_elements
from mien.gaussians.files.quantization import logits_from_bytes, quats_from_smallest_three
from mien.gaussians.files.registry import cloud_formats

if TYPE_CHECKING:
    from mien.gaussians.files.ply import PlyHeader

_CHUNK_SIZE = 256
_WORDS = ("packed_position", "packed_rotation", "packed_scale", "packed_color")


@cloud_formats.register("compressed-ply")
class CompressedPly:
    """Reads compressed PLY splats."""

    name = "SuperSplat compressed PLY"
    extensions = (".ply",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Claim PLY files whose header has packed positions."""
        return is_ply(head) and b"packed_position" in head

    def read(self, path: Path) -> GaussianCloud:
        """Read a file."""
        data = np.memmap(path, np.uint8, "r").data
        header = parse_header(bytes(data[: 1 << 20]), path)
        vertex = _element(header, "vertex", _WORDS, path)
        limits = [f"{end}_{axis}" for end in ("min", "max") for axis in "xyz"]
        scale_limits = [f"{end}_scale_{axis}" for end in ("min", "max") for axis in "xyz"]
        color_limits = [f"{end}_{channel}" for end in ("min", "max") for channel in "rgb"]
        chunk = _element(header, "chunk", (*limits, *scale_limits), path)
        if chunk.count * _CHUNK_SIZE < vertex.count:
            raise FileError(
                path,
                f"has {chunk.count:,} chunks, too few for {vertex.count:,} Gaussians: damaged",
            )
        tables = read_elements(data, header, ("chunk", "vertex", "sh"), path)
        words = {name: tables["vertex"][name].astype(np.uint32) for name in _WORDS}
        of_chunk = np.arange(vertex.count) // _CHUNK_SIZE

        def between(names: list[str], fractions: NDArray[np.floating]) -> NDArray[np.floating]:
            ends = structured_to_unstructured(tables["chunk"][names], dtype=np.dtype(np.float32))
            low, high = ends[of_chunk, :3], ends[of_chunk, 3:]
            return low + (high - low) * fractions

        colors = _bytes(words["packed_color"])
        rgb = colors[:, :3].astype(np.float32) / 255
        if all(name in dict(chunk.properties) for name in color_limits):
            rgb = between(color_limits, rgb)
        constant = ((rgb - np.float32(0.5)) / np.float32(SH_C0))[:, None]
        return assemble(
            path,
            means=between(limits, _unpack_11_10_11(words["packed_position"])),
            quats=_unpack_rotations(words["packed_rotation"]),
            log_scales=between(scale_limits, _unpack_11_10_11(words["packed_scale"])),
            logit_opacities=logits_from_bytes(colors[:, 3]),
            sh=np.concatenate([constant, _higher(header, tables.get("sh"), path)], axis=1)
            if "sh" in tables
            else constant,
        )


def _element(header: PlyHeader, name: str, needed: tuple[str, ...], path: Path) -> PlyElement:
    element = header.element(name)
    have = dict(element.properties) if element else {}
    missing = [property_ for property_ in needed if property_ not in have]
    if element is None or missing:
        raise FileError(
            path, f"a compressed PLY without {', '.join(missing)} of its {name} element"
        )
    return element


def _unpack_11_10_11(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    parts = [(words >> 21) / 2047, (words >> 11 & 1023) / 1023, (words & 2047) / 2047]
    return np.stack(parts, axis=1).astype(np.float32)


def _unpack_rotations(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    # No component but the largest can exceed the square root of a half.
    fractions = np.stack([(words >> shift & 1023) / 1023 for shift in (20, 10, 0)], axis=1)
    return quats_from_smallest_three((fractions - 0.5) * np.sqrt(2), words >> 30)


def _bytes(words: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(words.astype(">u4")).view(np.uint8).reshape(-1, 4)


def _higher(header: PlyHeader, table: NDArray[np.void] | None, path: Path) -> NDArray[np.float32]:
    vertex = header.element("vertex")
    names = tuple(table.dtype.names or ()) if table is not None else ()
    wanted = [f"f_rest_{index}" for index in range(len(names))]
    bytes_only = table is not None and all(table.dtype[name] == np.uint8 for name in names)
    if table is None or vertex is None or len(table) != vertex.count or not bytes_only:
        raise FileError(path, "its sh element does not fit its Gaussians")
    if len(names) not in (9, 24, 45) or set(wanted) != set(names):
        raise FileError(path, f"its {len(names)} harmonics are none of degree 1 to 3")
    raw = structured_to_unstructured(table[wanted]).astype(np.float32)
    # The ends stand for themselves, everything else for the middle of its step.
    fractions = np.where(raw == 0, 0, np.where(raw == 255, 1, (raw + 0.5) / 256))
    values = ((fractions - 0.5) * 8).astype(np.float32)
    return values.reshape(len(table), 3, len(names) // 3).swapaxes(1, 2)
