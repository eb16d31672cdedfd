"""The planes of an SPZ file: each property of all Gaussians in bytes, and back.

A Gaussian takes, in planes one after the other: position 3x24 bits of fixed point, opacity a
byte, colour 3 bytes, log scale 3 bytes in sixteenths from -10, rotation (xyz as bytes in version
2, else 2 bits for the largest component and sign and 9 bits for each other), and a byte per
higher coefficient over -1..1. Degree 4, which no renderer here draws, is cut to 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files.assembly import assemble
from mien.gaussians.files.quantization import (
    bytes_from,
    bytes_from_logits,
    logits_from_bytes,
    quats_from_smallest_three,
    smallest_three,
    unit_quats,
)

_NUM_HIGHER = (0, 3, 8, 15, 24)
"""Coefficients above the constant by degree."""

_COLOR_SCALE = 0.15
_MAX_FRACTION_BITS = 16

MAX_DEGREE = len(_NUM_HIGHER) - 1


@dataclass(frozen=True)
class SpzHeader:
    """What all versions say in their first 16 bytes."""

    version: int
    count: int
    degree: int
    fraction_bits: int
    flags: int
    num_streams: int

    def plane_sizes(self) -> tuple[int, ...]:
        """Return the bytes of positions, opacities, colours, scales, rotations and harmonics."""
        rotation = 3 if self.version == 2 else 4
        per_gaussian = (9, 1, 3, 3, rotation, 3 * _NUM_HIGHER[self.degree])
        return tuple(self.count * size for size in per_gaussian)


def unpack_planes(header: SpzHeader, planes: list[bytes], path: Path) -> GaussianCloud:
    """Return the cloud of the six planes, each as long as `plane_sizes` says.

    Raises:
        FileError: There are no Gaussians.
    """
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


def pack_planes(
    cloud: GaussianCloud, version: int, path: str | Path
) -> tuple[SpzHeader, list[bytes]]:
    """Return the header and the six planes of a cloud.

    Raises:
        FileError: Its positions are beyond 24 bits.
    """
    extent = float(np.abs(cloud.means).max())
    bits = min(_MAX_FRACTION_BITS, int(np.floor(np.log2((2**23 - 1) / max(extent, 1e-6)))))
    if bits < 0:
        raise FileError(path, f"positions up to {extent:,.0f} are beyond what SPZ can hold")
    num_streams = 0 if version < 4 else 5 + (cloud.sh_degree > 0)
    header = SpzHeader(version, cloud.num_gaussians, cloud.sh_degree, bits, 0, num_streams)
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
