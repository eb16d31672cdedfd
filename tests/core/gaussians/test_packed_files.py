"""Compact formats against bytes put together by hand from their descriptions."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import zstandard

from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files import read_cloud
from mien.gaussians.sh import colors
from mien.transforms import matrix_from_quat

HALF = np.sqrt(0.5)


def spz_planes(version: int) -> list[bytes]:
    """Two Gaussians of degree 1: positions in 1/4096 metre, values chosen by hand."""
    positions = b"".join(
        value.to_bytes(3, "little", signed=True)
        for value in (4096, -2048, 1, -(2**23), 2**23 - 1, 0)
    )
    alphas = bytes([255, 51])
    rgb = bytes([0, 255, 128, 127, 128, 255])
    scales = bytes([0, 160, 255, 80, 96, 112])
    if version == 2:
        # (x, y, z) = (0, 0, 0) is not on the grid; 128 is 1/255 above.
        rotations = bytes([255, 128, 128, 128, 128, 128])
    else:
        # Largest w (3), others x, y, z = 0: identity. Largest y (1); x = -511/511 * sqrt(1/2).
        rotations = struct.pack("<II", 3 << 30, 1 << 30 | (512 | 511) << 20)
    harmonics = bytes(range(128, 137)) + bytes([0, 255, 64] * 3)
    return [positions, alphas, rgb, scales, rotations, harmonics]


def check_spz(cloud: GaussianCloud, version: int) -> None:
    np.testing.assert_allclose(
        cloud.means, [[1, -0.5, 1 / 4096], [-2048, 2048 - 1 / 4096, 0]], rtol=1e-6
    )
    np.testing.assert_allclose(cloud.opacities, [1, 0.2], atol=0.5 / 255)
    np.testing.assert_allclose(
        cloud.sh[:, 0],
        (np.array([[0, 255, 128], [127, 128, 255]]) / 255 - 0.5) / 0.15,
        atol=1e-6,
    )
    np.testing.assert_allclose(cloud.log_scales, [[-10, 0, 5.9375], [-5, -4, -3]])
    # Coefficient by coefficient, red green blue together.
    np.testing.assert_allclose(cloud.sh[0, 1:], np.arange(9).reshape(3, 3) / 128)
    np.testing.assert_allclose(cloud.sh[1, 1:], [[-1, 127 / 128, -0.5]] * 3)
    if version == 2:
        expected = [[0, 1, 1 / 255, 1 / 255], [1, 1 / 255, 1 / 255, 1 / 255]]
        np.testing.assert_allclose(cloud.quats, expected, atol=1e-4)
    else:
        np.testing.assert_allclose(cloud.quats, [[1, 0, 0, 0], [0, -HALF, HALF, 0]], atol=1e-6)


@pytest.mark.parametrize("version", [2, 3])
def test_spz_in_gzip(tmp_path: Path, version: int) -> None:
    header = struct.pack("<4sIIBBBB", b"NGSP", version, 2, 1, 12, 0, 0)
    path = tmp_path / "hand.spz"
    path.write_bytes(gzip.compress(header + b"".join(spz_planes(version))))
    check_spz(read_cloud(path), version)


def spz4(records: bytes = b"") -> bytes:
    flags = 0x2 if records else 0
    header = struct.pack("<4sIIBBBBI12x", b"NGSP", 4, 2, 1, 12, flags, 6, 32 + len(records))
    planes = spz_planes(4)
    streams = [zstandard.compress(plane) for plane in planes]
    toc = b"".join(
        struct.pack("<QQ", len(stream), len(plane))
        for stream, plane in zip(streams, planes, strict=True)
    )
    return header + records + toc + b"".join(streams)


def test_spz_in_streams(tmp_path: Path) -> None:
    path = tmp_path / "hand.spz"
    path.write_bytes(spz4())
    check_spz(read_cloud(path), 4)
    # A record nobody knows is stepped over.
    path.write_bytes(spz4(struct.pack("<II3s", 0x12340001, 3, b"abc")))
    check_spz(read_cloud(path), 4)


@pytest.mark.parametrize(
    ("number", "axes"),
    [
        (4, np.eye(3)),
        (6, np.diag([1.0, -1, -1])),
        (7, np.diag([-1.0, 1, -1])),
        (8, np.diag([1.0, 1, -1])),
        (16, np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])),
    ],
    ids=["right-up-back", "right-down-front", "left-up-front", "mirrored", "z-up"],
)
def test_spz_in_other_axes_is_turned(tmp_path: Path, number: int, axes: np.ndarray) -> None:
    plain_path, turned_path = tmp_path / "plain.spz", tmp_path / "turned.spz"
    plain_path.write_bytes(spz4())
    turned_path.write_bytes(spz4(struct.pack("<III", 0xADBE0003, 4, number)))
    plain, turned = read_cloud(plain_path), read_cloud(turned_path)
    np.testing.assert_allclose(turned.means, plain.means @ axes.T, rtol=1e-6)
    # Seen from the turned direction the colour is the same: harmonics are turned or mirrored too.
    directions = np.random.default_rng(0).normal(size=(2, 3))
    np.testing.assert_allclose(
        colors(turned.sh, directions @ axes.T), colors(plain.sh, directions), atol=1e-5
    )

    def covariance(cloud: GaussianCloud) -> np.ndarray:
        half = matrix_from_quat(cloud.quats) * np.exp(cloud.log_scales)[:, None]
        return half @ np.swapaxes(half, 1, 2)

    expected = axes @ covariance(plain) @ axes.T
    size = np.abs(expected).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(covariance(turned) / size, expected / size, atol=1e-5)


def test_degree_four_is_cut_to_three(tmp_path: Path) -> None:
    header = struct.pack("<4sIIBBBB", b"NGSP", 3, 2, 4, 12, 0, 0)
    planes = spz_planes(3)
    planes[5] = bytes(range(72)) * 2
    path = tmp_path / "four.spz"
    path.write_bytes(gzip.compress(header + b"".join(planes)))
    cloud = read_cloud(path)
    assert cloud.sh_degree == 3
    np.testing.assert_allclose(cloud.sh[1, 15], (np.array([42, 43, 44]) - 128) / 128)


def test_compressed_ply(tmp_path: Path) -> None:
    limits = [f"{end}_{axis}" for end in ("min", "max") for axis in "xyz"]
    limits += [f"{end}_scale_{axis}" for end in ("min", "max") for axis in "xyz"]
    limits += [f"{end}_{channel}" for end in ("min", "max") for channel in "rgb"]
    words = ["position", "rotation", "scale", "color"]
    header = "ply\nformat binary_little_endian 1.0\nelement chunk 2\n"
    header += "".join(f"property float {name}\n" for name in limits) + "element vertex 257\n"
    header += "".join(f"property uint packed_{name}\n" for name in words) + "element sh 257\n"
    header += "".join(f"property uchar f_rest_{index}\n" for index in range(9)) + "end_header\n"
    chunks = np.zeros((2, 18), "<f4")
    chunks[0] = [0, 0, 0, 1, 2, 4, -8, -8, -8, 0, -4, -2, 0, 0, 0, 1, 1, 1]
    chunks[1] = [10, 10, 10, 11, 11, 11, -3, -3, -3, -3, -3, -3, -1, -1, -1, 3, 3, 3]
    packed = np.zeros((257, 4), "<u4")
    # First Gaussian: least x, greatest y, greatest z; identity; alpha 51.
    half = 511.5  # of 1023: no component can be zero exactly, 512 is the next above
    packed[0] = [
        1023 << 11 | 2047,
        512 << 20 | 512 << 10 | 512,
        2047 << 21 | 0 << 11 | 2047,
        255 << 24 | 0 << 16 | 51 << 8 | 51,
    ]
    # Last, of the second chunk: x largest (1), w at its greatest.
    packed[256] = [2047 << 21, 1 << 30 | 1023 << 20 | 512 << 10 | 512, 0, 128 << 24 | 255]
    harmonics = np.full((257, 9), 128, np.uint8)
    harmonics[0] = [0, 255, 127, 1, 2, 3, 4, 5, 6]
    path = tmp_path / "cloud.compressed.ply"
    path.write_bytes(header.encode() + chunks.tobytes() + packed.tobytes() + harmonics.tobytes())
    cloud = read_cloud(path)
    assert cloud.num_gaussians == 257
    np.testing.assert_allclose(cloud.means[0], [0, 2, 4])
    np.testing.assert_allclose(cloud.means[256], [11, 10, 10])
    np.testing.assert_allclose(cloud.log_scales[0], [0, -8, -2], atol=1e-6)
    np.testing.assert_allclose(cloud.log_scales[256], [-3, -3, -3])
    off = (512 - half) / 1023 * np.sqrt(2)
    np.testing.assert_allclose(cloud.quats[0], [1, off, off, off], atol=1e-5)
    np.testing.assert_allclose(cloud.quats[256], [HALF, HALF, off, off], atol=1e-5)
    np.testing.assert_allclose(cloud.base_colors[0], [1, 0, 0.2], atol=1e-6)
    np.testing.assert_allclose(cloud.base_colors[256], [-1 + 4 * 128 / 255, -1, -1], atol=1e-5)
    np.testing.assert_allclose(cloud.opacities[[0, 256]], [0.2, 1], atol=0.5 / 255)
    # Channel-major: the first three bytes are red's.
    middle = (127.5 / 256 - 0.5) * 8
    np.testing.assert_allclose(cloud.sh[0, 1:, 0], [-4, 4, middle], atol=1e-6)
    np.testing.assert_allclose(cloud.sh[0, 1:, 1], (np.arange(1.5, 4.5) / 256 - 0.5) * 8)


def test_splat(tmp_path: Path) -> None:
    path = tmp_path / "cloud.splat"
    record = struct.pack("<6f", 1, 2, 3, 0.1, 0.01, 0.0) + bytes(
        [255, 0, 51, 204, 255, 128, 0, 128]
    )
    path.write_bytes(record * 3)
    cloud = read_cloud(path)
    assert cloud.num_gaussians == 3
    np.testing.assert_allclose(cloud.means[1], [1, 2, 3])
    np.testing.assert_allclose(np.exp(cloud.log_scales[1]), [0.1, 0.01, 1e-9], rtol=1e-4)
    np.testing.assert_allclose(cloud.base_colors[1], [1, 0, 0.2], atol=1e-6)
    np.testing.assert_allclose(cloud.opacities, 0.8, atol=1e-6)
    np.testing.assert_allclose(cloud.quats[2], [127 / 128, 0, -1, 0])
