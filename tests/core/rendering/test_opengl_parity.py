"""The OpenGL renderer draws the CPU renderer's picture: at least 40 dB, on made and real clouds."""

from __future__ import annotations

import numpy as np
import pytest

import mien
from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.image import psnr
from mien.orbit import Orbit
from mien.rendering import RenderOptions, make_renderer
from mien.rendering.opengl.context import probe_driver

pytestmark = pytest.mark.skipif(
    isinstance(probe_driver(), str), reason=f"no OpenGL here: {probe_driver()}"
)

SIZE = (160, 120)
CENTRED = Camera.looking_at((0.3, 0.4, 1.6), (0, 0, 0), size=SIZE, fov_y=0.7)
OFF_CENTRE = Camera(CENTRED.world_from_camera, [[155, 0, 35.3], [0, 190, 91], [0, 0, 1]], SIZE)
INSIDE = Camera.looking_at((0.1, 0.0, 0.2), (0, 0, 0), size=SIZE, fov_y=1.4)


@pytest.fixture(scope="module")
def pair():
    renderers = make_renderer("opengl"), make_renderer("cpu")
    yield renderers
    for renderer in renderers:
        renderer.close()


def cloud_of(degree: int) -> GaussianCloud:
    rng = np.random.default_rng(degree)
    n = 1500
    return GaussianCloud(
        rng.normal(0, 0.25, (n, 3)),
        rng.normal(size=(n, 4)),
        rng.normal(-3.8, 0.7, (n, 3)),
        rng.normal(0.5, 1.5, n),
        rng.normal(0, 0.25, (n, (degree + 1) ** 2, 3)),
    )


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "camera", [CENTRED, OFF_CENTRE, INSIDE], ids=["centred", "off-centre", "inside"]
)
@pytest.mark.parametrize("antialiased", [False, True], ids=["classic", "antialiased"])
def test_the_picture_is_the_cpus(pair, degree, camera, antialiased):
    cloud = cloud_of(degree)
    options = RenderOptions(background=(0.2, 0.5, 0.8), antialiased=antialiased)
    frame, expected = (renderer.render(cloud, camera, options) for renderer in pair)
    assert psnr(frame.rgb, expected.rgb) > 45
    assert psnr(frame.alpha, expected.alpha) > 45
    seen = expected.alpha > 0.1
    assert np.median(np.abs(frame.depth - expected.depth)[seen]) < 1e-4


@pytest.mark.parametrize("name", ["p2-1", "james", "status"])
@pytest.mark.parametrize("yaw", [0.0, 1.2])
def test_the_picture_of_a_real_head_is_the_cpus(pair, shared_data, name, yaw):
    avatar = mien.open_avatar(shared_data / "lam" / f"{name}.zip")
    cloud = avatar.pose()
    centre = cloud.means.mean(0)
    orbit = Orbit(yaw=yaw).framing(centre, 0.2)
    frame, expected = (renderer.render(cloud, orbit.camera(SIZE)) for renderer in pair)
    assert expected.alpha.mean() > 0.1
    assert psnr(frame.rgb, expected.rgb) > 45
