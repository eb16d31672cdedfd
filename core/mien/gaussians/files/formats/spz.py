"""SPZ, Niantic's compact splats: versions 2 and 3 (gzip) and 4 (Zstandard streams).

Axes: SPZ is right-up-back, and so is Mien's world seen from the front (x right, Y up, the face
toward +Z and the viewer). Coordinates, rotations and harmonics are therefore taken and written
unchanged, and PLY to SPZ to PLY is the identity up to quantisation. A version 4 file may name other
axes in an extension record; it is turned, harmonics included.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files.assembly import check_claim, check_cloud, path_size
from mien.gaussians.files.inflation import DEFLATE_RATIO, inflate_gzip, inflate_zstd
from mien.gaussians.files.registry import cloud_formats
from mien.gaussians.files.spz_extensions import axes_of
from mien.gaussians.files.spz_planes import MAX_DEGREE, SpzHeader, pack_planes, unpack_planes
from mien.gaussians.transform import reframed

_MAGIC: Final = b"NGSP"
_GZIP: Final = b"\x1f\x8b"
_HEADER = struct.Struct("<4sIIBBBB")
_V4_TAIL = struct.Struct("<I12x")
_TOC_ENTRY = struct.Struct("<QQ")

_HAS_EXTENSIONS = 0x2
_MAX_EXTENSION_BYTES = 1 << 20
_COMPRESSION_LEVEL = 6


@cloud_formats.register("spz")
class Spz:
    """Reads SPZ 2 to 4; writes 3 unless `write_spz` is told otherwise."""

    name = "SPZ"
    extensions = (".spz",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Claim by extension, by version 4's magic, and gzip files with the magic inside."""
        if path.suffix.lower() == ".spz" or head.startswith(_MAGIC):
            return True
        return head.startswith(_GZIP) and _begins_with_magic(head)

    def read(self, path: Path) -> GaussianCloud:
        """Read a file; memory grows only with what really comes out of the compression."""
        content = path.read_bytes()
        data = memoryview(content)
        if content.startswith(_GZIP):
            header, planes = _read_gzip(data, path)
            return unpack_planes(header, planes, path)
        if content.startswith(_MAGIC):
            header, planes, axes = _read_streams(data, path)
            cloud = unpack_planes(header, planes, path)
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
    header, planes = pack_planes(cloud, version, path)
    data = _as_streams(header, planes) if version == 4 else _as_gzip(header, planes)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _begins_with_magic(head: bytes) -> bool:
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, len(_MAGIC)) == _MAGIC
    except zlib.error:
        return False


def _parse_header(data: bytes | memoryview, path: Path) -> SpzHeader:
    if len(data) < _HEADER.size:
        raise FileError(path, "ends within its header: truncated")
    magic, version, count, degree, bits, flags, last = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise FileError(path, "has no SPZ header inside, so it is no SPZ file")
    if version not in (2, 3, 4):
        raise FileError(path, f"is SPZ version {version}; versions 2 to 4 can be read")
    if degree > MAX_DEGREE or bits > 24:
        raise FileError(path, "its SPZ header is damaged")
    header = SpzHeader(version, count, degree, bits, flags, last)
    check_claim(
        path,
        count,
        needed_bytes=sum(header.plane_sizes()),
        available_bytes=DEFLATE_RATIO * path_size(path),
    )
    return header


def _read_gzip(data: memoryview, path: Path) -> tuple[SpzHeader, list[bytes]]:
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
) -> tuple[SpzHeader, list[bytes], NDArray[np.float64] | None]:
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
    axes = axes_of(data[first:toc]) if header.flags & _HAS_EXTENSIONS else None
    return header, [*planes, b""][:6], axes


def _header_bytes(header: SpzHeader) -> bytes:
    return _HEADER.pack(
        _MAGIC,
        header.version,
        header.count,
        header.degree,
        header.fraction_bits,
        header.flags,
        header.num_streams,
    )


def _as_gzip(header: SpzHeader, planes: list[bytes]) -> bytes:
    import gzip

    # No time stamp, so that the same cloud gives the same file.
    return gzip.compress(_header_bytes(header) + b"".join(planes), _COMPRESSION_LEVEL, mtime=0)


def _as_streams(header: SpzHeader, planes: list[bytes]) -> bytes:
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
