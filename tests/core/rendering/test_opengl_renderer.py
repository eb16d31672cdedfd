"""The OpenGL renderer: formulas on single Gaussians, options, upload cache, clean release."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gl_objects import live_objects
from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud, from_colors
from mien.image import psnr
from mien.rendering import RenderOptions, make_renderer, renderers
from mien.rendering.opengl.context import headless_context, probe_driver
from mien.rendering.opengl.depth_order import back_to_front
from mien.rendering.opengl.renderer import OpenglRenderer
from mien.rendering.protocol import ALPHA_MAX, ALPHA_MIN, EPS_2D, Renderer

pytestmark = pytest.mark.skipif(
    isinstance(probe_driver(), str), reason=f"no OpenGL here: {probe_driver()}"
)

SIZE = (64, 48)
FRONT = Camera(np.eye(4), [[80, 0, 30.25], [0, 70, 26.5], [0, 0, 1]], SIZE)


@pytest.fixture(scope="module")
def renderer():
    made = make_renderer("opengl")
    yield made
    made.close()


def one_gaussian(
    mean=(0.0, 0.0, 2.0), scales=(0.05, 0.02, 0.03), opacity=0.8, color=(0.9, 0.4, 0.1)
) -> GaussianCloud:
    quat = np.array([[0.9, 0.2, -0.3, 0.4]])
    return from_colors(
        np.array([mean]),
        quat,
        np.log([scales]),
        np.log([opacity / (1 - opacity)]),
        np.array([color]),
    )


def random_cloud(n=400, degree=0, seed=0) -> GaussianCloud:
    rng = np.random.default_rng(seed)
    return GaussianCloud(
        rng.normal(0, 0.3, (n, 3)) + [0, 0, 2],
        rng.normal(size=(n, 4)),
        rng.normal(-3.5, 0.5, (n, 3)),
        rng.normal(0, 1.5, n),
        rng.normal(0, 0.3, (n, (degree + 1) ** 2, 3)),
    )


def alpha_by_hand(cloud: GaussianCloud, camera: Camera, *, antialiased=False, gain=1.0):
    """Project one Gaussian in float64, straight from the definition, and evaluate its alpha."""
    x, y, z = cloud.means[0].astype(np.float64)
    w, qx, qy, qz = cloud.quats[0] / np.linalg.norm(cloud.quats[0].astype(np.float64))
    rotation = np.array(
        [
            [1 - 2 * (qy**2 + qz**2), 2 * (qx * qy - w * qz), 2 * (qx * qz + w * qy)],
            [2 * (qx * qy + w * qz), 1 - 2 * (qx**2 + qz**2), 2 * (qy * qz - w * qx)],
            [2 * (qx * qz - w * qy), 2 * (qy * qz + w * qx), 1 - 2 * (qx**2 + qy**2)],
        ]
    )
    spread = rotation @ np.diag(np.exp(2 * cloud.log_scales[0].astype(np.float64))) @ rotation.T
    fx, fy = camera.intrinsics[0, 0], camera.intrinsics[1, 1]
    jacobian = np.array([[fx / z, 0, -fx * x / z**2], [0, fy / z, -fy * y / z**2]])
    sharp = jacobian @ spread @ jacobian.T
    covariance = sharp + EPS_2D * np.eye(2)
    opacity = float(cloud.opacities[0]) * gain
    if antialiased:
        opacity *= np.sqrt(np.linalg.det(sharp) / np.linalg.det(covariance))
    centre = np.array([fx * x / z, fy * y / z]) + camera.intrinsics[:2, 2]
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    offsets = np.stack([columns, rows], -1) - centre
    exponent = np.einsum("hwi,ij,hwj->hw", offsets, np.linalg.inv(covariance), offsets)
    alpha = np.minimum(opacity * np.exp(-0.5 * exponent), ALPHA_MAX)
    return np.where(alpha < ALPHA_MIN, 0, alpha)


@pytest.mark.parametrize("antialiased", [False, True])
@pytest.mark.parametrize("gain", [1.0, 6.0])
def test_one_gaussian_is_the_projected_ellipse(renderer: Renderer, antialiased, gain):
    cloud = one_gaussian(mean=(0.15, -0.1, 2.0))
    options = RenderOptions(antialiased=antialiased, opacity_gain=gain)
    frame = renderer.render(cloud, FRONT, options)
    expected = alpha_by_hand(cloud, FRONT, antialiased=antialiased, gain=gain)
    # Halves hold 11 bits; a pixel on the threshold may fall on either side of it.
    sure = np.abs(expected - ALPHA_MIN) > 1e-4
    np.testing.assert_allclose(frame.alpha[sure], expected[sure], atol=6e-4)
    assert expected.max() > 0.5
    assert frame.depth is not None
    np.testing.assert_allclose(frame.depth[frame.alpha > 0], 2.0, rtol=1e-6)
    assert np.all(frame.depth[frame.alpha == 0] == 0)


def test_a_needle_seen_end_on_keeps_its_antialiased_opacity(renderer: Renderer):
    cloud = one_gaussian(scales=(1e-6, 1e-6, 0.4))
    frame = renderer.render(cloud, FRONT, RenderOptions(antialiased=True))
    np.testing.assert_allclose(
        frame.alpha, alpha_by_hand(cloud, FRONT, antialiased=True), atol=6e-4
    )


def test_the_nearer_gaussian_covers_the_farther(renderer: Renderer):
    red, blue = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    both = from_colors(
        np.array([[0, 0, 2.0], [0, 0, 1.5]]),
        np.array([[1.0, 0, 0, 0]] * 2),
        np.full((2, 3), np.log(0.2)),
        np.full(2, 3.0),
        np.array([red, blue]),
    )
    behind = Camera.looking_at((0, 0, 4), (0, 0, 0), size=SIZE, fov_y=0.6)
    for camera, front in ((FRONT, 2), (behind, 0)):
        centre = renderer.render(both, camera).rgb[26, 31]
        assert np.argmax(centre) == front


def test_background_shows_through_by_one_minus_alpha(renderer: Renderer):
    cloud = random_cloud()
    black = renderer.render(cloud, FRONT)
    white = renderer.render(cloud, FRONT, RenderOptions(background=(1.0, 0.5, 0.25)))
    through = (1 - black.alpha)[..., None] * np.array([1.0, 0.5, 0.25])
    np.testing.assert_allclose(white.rgb, black.rgb + through, atol=1e-5)


def test_eight_bit_is_the_same_picture_in_bytes(renderer: Renderer):
    cloud = random_cloud()
    floats = renderer.render(cloud, FRONT)
    bytes_ = renderer.render(cloud, FRONT, RenderOptions(eight_bit=True, depth=False))
    assert bytes_.rgb.dtype == np.uint8
    assert bytes_.depth is None
    assert np.max(np.abs(bytes_.rgb.astype(int) - floats.rgb8)) <= 1
    np.testing.assert_allclose(bytes_.alpha, floats.alpha, atol=1e-6)


def test_sh_degree_limits_the_harmonics(renderer: Renderer):
    cloud = random_cloud(degree=3)
    flat = renderer.render(cloud.replace(sh=cloud.sh[:, :1]), FRONT)
    limited = renderer.render(cloud, FRONT, RenderOptions(sh_degree=0))
    full = renderer.render(cloud, FRONT)
    np.testing.assert_array_equal(limited.rgb, flat.rgb)
    assert psnr(full.rgb, flat.rgb) < 40


def test_gaussians_before_the_near_plane_and_empty_clouds_draw_nothing(renderer: Renderer):
    for cloud in (one_gaussian(mean=(0, 0, 0.005)), random_cloud(1).take(np.array([], int))):
        frame = renderer.render(cloud, FRONT, RenderOptions(background=(0.2, 0.3, 0.4)))
        assert not frame.alpha.any()
        np.testing.assert_allclose(frame.rgb, np.broadcast_to([0.2, 0.3, 0.4], frame.rgb.shape))


def test_damaged_gaussians_spoil_nothing_else(renderer: Renderer):
    good = random_cloud()
    means, quats, scales = good.means.copy(), good.quats.copy(), good.log_scales.copy()
    means[0], quats[1], scales[2] = np.nan, 0, np.inf
    frame = renderer.render(good.replace(means=means, quats=quats, log_scales=scales), FRONT)
    without = renderer.render(good.take(np.arange(3, good.num_gaussians)), FRONT)
    assert np.isfinite(frame.rgb).all()
    assert psnr(frame.rgb, without.rgb) > 25


def test_orbiting_uploads_a_cloud_once(renderer: OpenglRenderer):
    first, second = random_cloud(seed=1), random_cloud(seed=2)
    before = renderer.num_uploads
    for yaw in np.linspace(0, 6, 8):
        camera = Camera.looking_at((np.sin(yaw), 0, 2 + np.cos(yaw)), (0, 0, 2), size=SIZE, fov_y=1)
        renderer.render(first, camera)
        renderer.render(second, camera)
    assert renderer.num_uploads == before + 2


def test_batches_are_the_single_pictures(renderer: Renderer):
    cloud = random_cloud()
    cameras = [FRONT, FRONT.resized((32, 24)), FRONT.cropped(5, 6, (20, 20))]
    for frame, camera in zip(renderer.render_batch(cloud, cameras), cameras, strict=True):
        assert frame.camera == camera
        np.testing.assert_array_equal(frame.rgb, renderer.render(cloud, camera).rgb)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks libOpenGL.so.0")
def test_nothing_grows_over_changing_clouds_and_sizes():
    context = headless_context()
    with context:
        at_first = live_objects()
        renderer = OpenglRenderer(context)
        rng = np.random.default_rng(0)
        seen = []
        for index in range(200):
            cloud = random_cloud(int(rng.integers(1, 60)), degree=index % 4, seed=index)
            size = (int(rng.integers(4, 40)), int(rng.integers(4, 40)))
            options = RenderOptions(depth=bool(index % 2), eight_bit=bool(index % 3))
            renderer.render(cloud, FRONT.resized(size), options)
            if index % 20 == 19:
                seen.append(live_objects())
        # Every cloud but the last is gone, so that one stays; targets are three at most.
        for counts in seen:
            assert counts["Texture"] <= 5 + 3 * 5
            assert counts["Framebuffer"] <= 3 * 2
            assert counts["Buffer"] <= 2
            assert counts["Program"] == 4
        renderer.close()
        at_last = live_objects()
        # OpenGL keeps the program in use, with its two shaders, until another takes its place.
        assert at_last.pop("Program") <= at_first.pop("Program") + 1
        assert at_last.pop("Shader") <= at_first.pop("Shader") + 2
        assert at_last == at_first
        assert context.error == "GL_NO_ERROR"
    context.release()


def test_a_closed_renderer_says_so_and_frees_its_clouds():
    renderer = make_renderer("opengl")
    cloud = random_cloud()
    renderer.render(cloud, FRONT)
    renderer.close()
    renderer.close()
    with pytest.raises(RenderError, match="closed"):
        renderer.render(cloud, FRONT)


def test_pictures_beyond_the_drivers_limit_are_refused(renderer: Renderer):
    with pytest.raises(RenderError, match="larger than this OpenGL driver draws"):
        renderer.render(random_cloud(), FRONT.resized((100_000, 8)))


def test_software_opengl_is_not_called_accelerated():
    driver = probe_driver()
    assert not isinstance(driver, str)
    assert not (driver.is_software and renderers.get("opengl").accelerated())


@pytest.mark.parametrize("n", [0, 1, 5000])
def test_the_order_is_farthest_first_of_those_before_the_camera(n):
    cloud = random_cloud(n)
    camera = Camera.looking_at((0, 0, 2), (1, 0.5, 2.2), size=SIZE, fov_y=1)
    _, depths = camera.project(cloud.means)
    order = back_to_front(cloud, camera)
    assert np.all(np.diff(depths[order]) <= 1e-6)
    assert set(np.flatnonzero(depths > 0.01)) <= set(order) <= set(np.flatnonzero(depths > 0.009))


def test_a_lent_context_gets_its_framebuffer_back_and_stays_open():
    context = headless_context()
    with context:
        texture = context.texture((8, 8), 4)
        screen = context.framebuffer([texture])
        screen.use()
        renderer = OpenglRenderer(context)
        renderer.render(random_cloud(), FRONT)
        assert context.fbo is screen
        renderer.close()
        context.clear(1.0, 0.0, 0.0, 1.0)
        assert texture.read()[:4] == b"\xff\x00\x00\xff"
        screen.release()
        texture.release()
    context.release()


def test_two_renderers_draw_at_once_on_threads_of_their_own():
    cloud = random_cloud()

    def draw(_: int) -> np.ndarray:
        renderer = make_renderer("opengl")
        try:
            return np.stack([renderer.render(cloud, FRONT).rgb for _ in range(5)])
        finally:
            renderer.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(draw, range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[0], first[-1])
