"""Small procedural clouds and cameras that renderers are compared on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud


@dataclass(frozen=True)
class SplatScene:
    """A cloud, where it is seen from, and its name in a test's output."""

    name: str
    cloud: GaussianCloud
    camera: Camera


def ball(
    num_gaussians: int,
    *,
    seed: int = 0,
    sh_degree: int = 0,
    anisotropy: float = 0.4,
    size: float = 0.09,
) -> GaussianCloud:
    """Return Gaussians strewn through a unit ball, coloured by where they are."""
    random = np.random.default_rng(seed)
    directions = random.normal(size=(num_gaussians, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True) + 1e-12
    means = directions * random.random((num_gaussians, 1)) ** (1 / 3)
    num_bases = (sh_degree + 1) ** 2
    sh = random.normal(size=(num_gaussians, num_bases, 3)) * 0.25
    sh[:, 0] = means * 1.2
    return GaussianCloud(
        means,
        random.normal(size=(num_gaussians, 4)),
        np.log(size) + random.normal(size=(num_gaussians, 3)) * anisotropy,
        random.normal(size=num_gaussians) * 1.5,
        sh,
    )


def face(num_gaussians: int = 4000, *, seed: int = 3) -> GaussianCloud:
    """Return a stylised face of flat Gaussians on an egg: skin, eyes, mouth, in hard colours."""
    random = np.random.default_rng(seed)
    index = np.arange(num_gaussians) + 0.5
    polar = np.arccos(1 - 2 * index / num_gaussians)
    turn = np.pi * (1 + 5**0.5) * index
    normals = np.stack(
        [np.cos(turn) * np.sin(polar), np.cos(polar), np.sin(turn) * np.sin(polar)], 1
    )
    means = normals * (0.085, 0.115, 0.1)
    colors = (
        np.full((num_gaussians, 3), (0.82, 0.62, 0.5))
        + random.normal(size=(num_gaussians, 1)) * 0.02
    )
    front = normals[:, 2] > 0
    for side in (-1, 1):
        eye = np.hypot(means[:, 0] - side * 0.032, means[:, 1] - 0.02)
        colors[front & (eye < 0.014)] = (0.95, 0.95, 0.93)
        colors[front & (eye < 0.007)] = (0.15, 0.3, 0.4)
    mouth = np.hypot(means[:, 0] / 2.4, means[:, 1] + 0.045)
    colors[front & (mouth < 0.012)] = (0.7, 0.25, 0.27)
    colors[normals[:, 1] > 0.55 + 0.1 * np.abs(normals[:, 0])] = (0.2, 0.13, 0.09)
    # The rotation that takes z to the normal: flat discs lie on the surface.
    quats = np.stack([1 + normals[:, 2], -normals[:, 1], normals[:, 0], np.zeros(num_gaussians)], 1)
    spacing = 0.2 * (np.pi / num_gaussians) ** 0.5
    scales = np.stack([np.full(num_gaussians, spacing)] * 2 + [np.full(num_gaussians, 0.0008)], 1)
    return GaussianCloud(
        means,
        quats,
        np.log(scales),
        np.full(num_gaussians, 2.5),
        ((colors - 0.5) / 0.28209479177387814)[:, None],
    )


def front_camera(
    size: tuple[int, int] = (96, 72), *, distance: float = 3.5, fov_y: float = 0.7
) -> Camera:
    """Return a camera in front of the origin, a little above and beside."""
    return Camera.looking_at((0.4, 0.3, distance), (0, 0, 0), size=size, fov_y=fov_y)


def off_centre(camera: Camera) -> Camera:
    """Return the camera with other focal lengths and the principal point far from the middle."""
    intrinsics = camera.intrinsics * np.array([[1.15], [0.9], [1]])
    intrinsics[:2, 2] = camera.width * 0.31, camera.height * 0.68
    return Camera(camera.world_from_camera, intrinsics, camera.size)


def parity_scenes() -> list[SplatScene]:
    """Return what every renderer has to draw like the dense reference."""
    camera = front_camera()
    one = ball(1, sh_degree=1, size=0.3)
    empty = ball(0)
    behind = Camera.looking_at((0, 0, 8), (0, 0, 16), size=(40, 30), fov_y=0.6)
    inside = Camera.looking_at((0, 0, 0.6), (0, 0, 0), size=(90, 61), fov_y=1.2)
    scenes = [
        SplatScene(f"sh_degree_{degree}", ball(400, seed=degree, sh_degree=degree), camera)
        for degree in range(4)
    ]
    return [
        *scenes,
        SplatScene("off_centre", ball(400, seed=5), off_centre(camera)),
        SplatScene("needles", ball(300, seed=6, anisotropy=1.4, size=0.06), camera),
        SplatScene("near_plane", ball(500, seed=7), inside),
        SplatScene("dust", ball(2000, seed=8, size=0.004), camera),
        SplatScene("opaque", _opaque(ball(600, seed=9)), camera),
        SplatScene("one", one, camera),
        SplatScene("empty", empty, camera),
        SplatScene("off_screen", ball(200, seed=10), behind),
        SplatScene("one_pixel", ball(50, seed=11), front_camera((1, 1))),
        SplatScene("face", face(1500), front_camera((60, 80), distance=0.5)),
    ]


def _opaque(cloud: GaussianCloud) -> GaussianCloud:
    return cloud.replace(logit_opacities=np.full(cloud.num_gaussians, 9.0))
