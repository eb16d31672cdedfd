"""SPZ, Niantic's compact splats: versions 2 and 3 (gzip) and 4 (Zstandard streams).

Axes: SPZ is right-up-back, and so is Mien's world seen from the front (x right, Y up, the face
toward +Z and the viewer). Coordinates, rotations and harmonics are therefore taken and written
unchanged, and PLY to SPZ to PLY is the identity up to quantisation. A version 4 file may name other
axes in an extension record; it is turned, harmonics included.

A Gaussian takes, in planes one after the other: position 3x24 bits of fixed point, opacity a
byte, colour 3 bytes, log scale 3 bytes in sixteenths from -10, rotation (xyz as bytes in version
2, else 2 bits for the largest component and sign and 9 bits for each other), and a byte per
higher coefficient over -1..1. Degree 4, which no renderer here draws, is cut to 3.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files.assembly import assemble, check_claim, check_cloud, path_size
from mien.gaussians.files.inflation import DEFLATE_RATIO, inflate_gzip, inflate_zstd
from mien.gaussians.files.quantization import (
    bytes_from,
    bytes_from_logits,
    logits_from_bytes,
    quats_from_smallest_three,
    smallest_three,
    unit_quats,
)
from mien.gaussians.files.registry import CLOUD_FORMATS
from mien.gaussians.transform import reframed

_MAGIC: Final = b"NGSP"
_GZIP: Final = b"\x1f\x8b"
_HEADER = struct.Struct("<4sIIBBBB")
_V4_TAIL = struct.Struct("<I12x")
_TOC_ENTRY = struct.Struct("<QQ")
_RECORD_HEAD = struct.Struct("<II")

_NUM_HIGHER = (0, 3, 8, 15, 24)
"""Coefficients above the constant by degree."""

_COLOR_SCALE = 0.15
_MAX_FRACTION_BITS = 16
_HAS_EXTENSIONS = 0x2
_AXES_EXTENSION = 0xADBE0003
_MAX_EXTENSION_BYTES = 1 << 20
_COMPRESSION_LEVEL = 6


@dataclass(frozen=True)
class _Header:
    version: int
    count: int
    degree: int
    fraction_bits: int
    flags: int
    num_streams: int

    def plane_sizes(self) -> tuple[int, ...]:
        """Bytes of each plane: positions, opacities, colours, scales, rotations, harmonics."""
        rotation = 3 if self.version == 2 else 4
        per_gaussian = (9, 1, 3, 3, rotation, 3 * _NUM_HIGHER[self.degree])
        return tuple(self.count * size for size in per_gaussian)


@CLOUD_FORMATS.register("spz")
class Spz:
    """Reads SPZ 2 to 4; writes 3 unless `write_spz` is told otherwise."""

    name = "SPZ"
    extensions = (".spz",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Claim by extension, by version 4's magic, and gzip files with the magic inside."""
        return path.suffix.lower() == ".spz" or head.startswith(_MAGIC)

    def read(self, path: Path) -> GaussianCloud:
        """Read a file; memory grows only with what really comes out of the compression."""
        content = path.read_bytes()
        data = memoryview(content)
        if content.startswith(_GZIP):
            header, planes = _read_gzip(data, path)
            return _unpack(header, planes, path)
        if content.startswith(_MAGIC):
            header, planes, axes = _read_streams(data, path)
            cloud = _unpack(header, planes, path)
            return cloud if axes is None else reframed(cloud, axes)
        raise FileError(path, "neither compressed by gzip nor SPZ 4, so it is no SPZ file")

    def write(self, path: Path, cloud: GaussianCloud) -> None:
        """Write version 3."""
        write_spz(path, cloud)


def write_spz(path: str | Path, cloud: GaussianCloud, *, version: int = 3) -> None:
    """Write a cloud as SPZ, atomically. Extras are left out; opacities and scales are clamped.

    Positions get as many fractional bits as their extent leaves, at the most 16 (15 micrometres).

    Args:
        path: The file.
        cloud: What to write; not bound to triangles, which SPZ cannot express.
        version: 2, 3 or 4.

    Raises:
        FileError: The file cannot be written, or SPZ cannot hold this cloud.
        ValueError: No such version.
    """
    if version not in (2, 3, 4):
        raise ValueError(f"SPZ version must be 2, 3 or 4, got {version}")
    check_cloud(path, cloud)
    if cloud.binding is not None:
        raise FileError(
            path,
            "SPZ cannot hold Gaussians that are bound to triangles",
            hint="Write a .ply, which keeps the binding",
        )
    header, planes = _pack(cloud, version, path)
    data = _as_streams(header, planes) if version == 4 else _as_gzip(header, planes)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _parse_header(data: bytes | memoryview, path: Path) -> _Header:
    if len(data) < _HEADER.size:
        raise FileError(path, "ends within its header: truncated")
    magic, version, count, degree, bits, flags, last = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise FileError(path, "has no SPZ header inside, so it is no SPZ file")
    if version not in (2, 3, 4):
        raise FileError(path, f"is SPZ version {version}; versions 2 to 4 can be read")
    if degree >= len(_NUM_HIGHER) or bits > 24:
        raise FileError(path, "its SPZ header is damaged")
    header = _Header(version, count, degree, bits, flags, last)
    check_claim(
        path,
        count,
        needed_bytes=sum(header.plane_sizes()),
        available_bytes=DEFLATE_RATIO * path_size(path),
    )
    return header


def _read_gzip(data: memoryview, path: Path) -> tuple[_Header, list[bytes]]:
    header = _parse_header(inflate_gzip(data, _HEADER.size, path), path)
    if header.version == 4:
        raise FileError(path, "its SPZ header is damaged: version 4 is not compressed by gzip")
    sizes = header.plane_sizes()
    # One byte more than needed makes the stream run to its end, where the checksum is.
    body = inflate_gzip(data, _HEADER.size + sum(sizes) + _MAX_EXTENSION_BYTES, path)
    if len(body) < _HEADER.size + sum(sizes):
        raise FileError(
            path, f"its header claims {header.count:,} Gaussians, its data ends before: damaged"
        )
    ends = np.cumsum([_HEADER.size, *sizes]).tolist()
    return header, [body[start:end] for start, end in itertools.pairwise(ends)]


def _read_streams(
    data: memoryview, path: Path
) -> tuple[_Header, list[bytes], NDArray[np.float64] | None]:
    header = _parse_header(data, path)
    if header.version != 4 or len(data) < _HEADER.size + _V4_TAIL.size:
        raise FileError(path, "its SPZ header is damaged")
    first = _HEADER.size + _V4_TAIL.size
    (toc,) = _V4_TAIL.unpack_from(data, _HEADER.size)
    sizes = [size for size in header.plane_sizes() if size]
    offset = toc + len(sizes) * _TOC_ENTRY.size
    if header.num_streams != len(sizes) or toc < first or offset > len(data):
        raise FileError(path, "its table of streams is damaged or cut off")
    planes: list[bytes] = []
    for index, size in enumerate(sizes):
        packed, unpacked = _TOC_ENTRY.unpack_from(data, toc + index * _TOC_ENTRY.size)
        if unpacked != size or packed > len(data) - offset:
            raise FileError(path, "its streams are not as long as its header says: truncated?")
        planes.append(inflate_zstd(data[offset : offset + packed], size, path))
        offset += packed
    axes = _axes(data[first:toc]) if header.flags & _HAS_EXTENSIONS else None
    return header, [*planes, b""][:6], axes


def _axes(records: memoryview) -> NDArray[np.float64] | None:
    """Return the matrix [3, 3] from a file's axes to right-up-back, if a record names others.

    The record's number minus one says, from its lowest bit: right not left, up not down, back
    not front (inverted), and whether y and z have changed places.
    """
    while len(records) >= _RECORD_HEAD.size:
        kind, length = _RECORD_HEAD.unpack_from(records)
        payload = records[_RECORD_HEAD.size : _RECORD_HEAD.size + length]
        records = records[_RECORD_HEAD.size + length :]
        if kind != _AXES_EXTENSION or len(payload) < 4:
            continue
        return _matrix_of_axes(int.from_bytes(payload[:4], "little"))
    return None


def _matrix_of_axes(number: int) -> NDArray[np.float64] | None:
    names = (
        "", "LDB", "RDB", "LUB", "RUB", "LDF", "RDF", "LUF", "RUF",
        "LBD", "RBD", "LBU", "RBU", "LFD", "RFD", "LFU", "RFU",
    )  # fmt: skip
    if not 0 < number < len(names) or names[number] == "RUB":
        return None
    directions = {
        "R": (1, 0, 0), "L": (-1, 0, 0), "U": (0, 1, 0),
        "D": (0, -1, 0), "B": (0, 0, 1), "F": (0, 0, -1),
    }  # fmt: skip
    return np.array([directions[letter] for letter in names[number]], np.float64).T


def _unpack(header: _Header, planes: list[bytes], path: Path) -> GaussianCloud:
    n = header.count
    positions, alphas, colors, scales, rotations, higher = (
        np.frombuffer(plane, np.uint8) for plane in planes
    )
    rgb = (colors.reshape(n, 3).astype(np.float32) / 255 - np.float32(0.5)) / _COLOR_SCALE
    rest = (higher.reshape(n, -1, 3).astype(np.float32) - 128) / 128 if n else higher
    return assemble(
        path,
        means=_unpack_positions(positions, header.fraction_bits),
        quats=_unpack_bytes_quats(rotations) if header.version == 2 else _unpack_quats(rotations),
        log_scales=scales.reshape(n, 3).astype(np.float32) / 16 - 10,
        logit_opacities=logits_from_bytes(alphas),
        sh=np.concatenate([rgb[:, None], rest[:, :15]], axis=1) if n else rgb[:, None],
    )


def _unpack_positions(plane: NDArray[np.uint8], fraction_bits: int) -> NDArray[np.float64]:
    wide = np.zeros((len(plane) // 3, 4), np.uint8)
    # In the upper three bytes, so that the shift back carries the sign.
    wide[:, 1:] = plane.reshape(-1, 3)
    fixed = wide.view("<i4").reshape(-1, 3) >> 8
    return fixed / float(1 << fraction_bits)


def _unpack_bytes_quats(plane: NDArray[np.uint8]) -> NDArray[np.float32]:
    xyz = plane.reshape(-1, 3).astype(np.float32) / 127.5 - 1
    w = np.sqrt(np.maximum(0, 1 - np.sum(xyz * xyz, axis=1, keepdims=True)))
    return np.concatenate([w, xyz], axis=1)


def _unpack_quats(plane: NDArray[np.uint8]) -> NDArray[np.float32]:
    words = plane.view("<u4")
    fields = np.stack([words >> shift & 1023 for shift in (20, 10, 0)], axis=1)
    magnitudes = (fields & 511) / 511 * np.sqrt(0.5)
    xyzw = quats_from_smallest_three(np.where(fields & 512, -magnitudes, magnitudes), words >> 30)
    return np.roll(xyzw, 1, axis=1)


def _pack(cloud: GaussianCloud, version: int, path: str | Path) -> tuple[_Header, list[bytes]]:
    extent = float(np.abs(cloud.means).max())
    bits = min(_MAX_FRACTION_BITS, int(np.floor(np.log2((2**23 - 1) / max(extent, 1e-6)))))
    if bits < 0:
        raise FileError(path, f"positions up to {extent:,.0f} are beyond what SPZ can hold")
    num_streams = 0 if version < 4 else 5 + (cloud.sh_degree > 0)
    header = _Header(version, cloud.num_gaussians, cloud.sh_degree, bits, 0, num_streams)
    fixed = np.rint(cloud.means.astype(np.float64) * (1 << bits)).astype("<i4")
    planes = [
        fixed.view(np.uint8).reshape(-1, 4)[:, :3],
        bytes_from_logits(cloud.logit_opacities),
        bytes_from(cloud.sh[:, 0] * (_COLOR_SCALE * 255) + 127.5),
        bytes_from((cloud.log_scales + 10) * 16),
        _pack_bytes_quats(cloud.quats) if version == 2 else _pack_quats(cloud.quats),
        bytes_from(cloud.sh[:, 1:] * 128 + 128),
    ]
    return header, [np.ascontiguousarray(plane).tobytes() for plane in planes]


def _pack_bytes_quats(quats: NDArray[np.float32]) -> NDArray[np.uint8]:
    unit = unit_quats(quats)
    upright = np.where(unit[:, :1] < 0, -unit, unit)
    return bytes_from(upright[:, 1:] * 127.5 + 127.5)


def _pack_quats(quats: NDArray[np.float32]) -> NDArray[np.uint8]:
    three, largest = smallest_three(np.roll(unit_quats(quats), -1, axis=1))
    magnitudes = np.rint(np.abs(three) / np.sqrt(0.5) * 511).astype(np.uint32)
    fields = np.minimum(magnitudes, 511) | np.where(three < 0, 512, 0).astype(np.uint32)
    words = largest.astype(np.uint32) << 30 | fields[:, 0] << 20 | fields[:, 1] << 10 | fields[:, 2]
    return words.astype("<u4").view(np.uint8)


def _header_bytes(header: _Header) -> bytes:
    return _HEADER.pack(
        _MAGIC,
        header.version,
        header.count,
        header.degree,
        header.fraction_bits,
        header.flags,
        header.num_streams,
    )


def _as_gzip(header: _Header, planes: list[bytes]) -> bytes:
    import gzip

    # No time stamp, so that the same cloud gives the same file.
    return gzip.compress(_header_bytes(header) + b"".join(planes), _COMPRESSION_LEVEL, mtime=0)


def _as_streams(header: _Header, planes: list[bytes]) -> bytes:
    import zstandard

    packer = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL)
    planes = [plane for plane in planes if plane]
    streams = [packer.compress(plane) for plane in planes]
    toc = b"".join(
        _TOC_ENTRY.pack(len(stream), len(plane))
        for stream, plane in zip(streams, planes, strict=True)
    )
    head = _header_bytes(header) + _V4_TAIL.pack(_HEADER.size + _V4_TAIL.size)
    return head + toc + b"".join(streams)
