"""The protocol's promises, over every renderer that is registered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.rendering import (
    Renderer,
    RenderOptions,
    best_renderer,
    make_renderer,
    renderer_names,
    renderers,
)
from splat_scenes import ball

BACKGROUND = (0.25, 0.5, 0.75)
OPTIONS = RenderOptions(background=BACKGROUND)


@pytest.fixture(scope="module", params=renderer_names())
def renderer(request: pytest.FixtureRequest) -> Iterator[Renderer]:
    """Each renderer that can run here."""
    problem = renderers.get(request.param).unavailable()
    if problem:
        pytest.skip(f"{request.param} cannot run here: {problem}")
    made = make_renderer(request.param)
    assert made.name == request.param
    yield made
    made.close()


def camera(width: int = 48, height: int = 32) -> Camera:
    return Camera.looking_at((0, 0, 3), (0, 0, 0), size=(width, height), fov_y=0.9)


def cloud() -> GaussianCloud:
    return ball(300, sh_degree=1)


@pytest.mark.parametrize("name", renderer_names())
def test_entry_is_consistent(name: str) -> None:
    info = renderers.get(name)
    assert isinstance(info.rank, int)
    assert isinstance(info.accelerated(), bool)
    problem = info.unavailable()
    assert "\n" not in problem
    if problem:
        for make in (info.make, lambda: make_renderer(name)):
            with pytest.raises(RenderError, match="not available here"):
                make()


def test_the_best_one_can_run() -> None:
    best = best_renderer()
    assert not renderers.get(best.name).unavailable()
    best.close()


def test_frame_is_as_promised(renderer: Renderer) -> None:
    view = camera()
    frame = renderer.render(cloud(), view, OPTIONS)
    assert frame.camera is view
    assert (frame.rgb.shape, frame.rgb.dtype) == ((32, 48, 3), np.float32)
    assert (frame.alpha.shape, frame.alpha.dtype) == ((32, 48), np.float32)
    assert frame.depth is not None
    assert (frame.depth.shape, frame.depth.dtype) == ((32, 48), np.float32)
    assert 0 <= frame.alpha.min() <= frame.alpha.max() <= 1
    assert frame.alpha.max() > 0.1
    assert (frame.depth[frame.alpha == 0] == 0).all()
    assert (renderer.render(cloud(), view, RenderOptions(depth=False)).depth) is None


def test_bytes_are_the_floats_rounded(renderer: Renderer) -> None:
    scene = cloud()
    exact = renderer.render(scene, camera(), OPTIONS)
    quick = renderer.render(scene, camera(), RenderOptions(background=BACKGROUND, eight_bit=True))
    assert quick.rgb8.dtype == np.uint8
    assert np.abs(quick.rgb8.astype(int) - exact.rgb8).max() <= 1


def test_an_earlier_frame_keeps_its_pixels(renderer: Renderer) -> None:
    first = renderer.render(cloud(), camera(), OPTIONS)
    held = first.rgb.copy(), first.alpha.copy()
    for _ in range(20):
        renderer.render(cloud(), camera(), RenderOptions(background=(1, 1, 1)))
    np.testing.assert_array_equal(first.rgb, held[0])
    np.testing.assert_array_equal(first.alpha, held[1])


def test_nothing_to_draw_is_the_background(renderer: Renderer) -> None:
    scene = cloud()
    for empty in (scene.take(np.zeros(0, np.int64)), scene.replace(means=scene.means + 100)):
        frame = renderer.render(empty, camera(), OPTIONS)
        assert frame.alpha.max() == 0
        np.testing.assert_allclose(frame.rgb, np.broadcast_to(BACKGROUND, (32, 48, 3)), atol=1e-3)


def test_one_pixel_and_odd_sizes(renderer: Renderer) -> None:
    for size in ((1, 1), (17, 5), (1, 33)):
        assert renderer.render(cloud(), camera(*size), OPTIONS).alpha.shape == size[::-1]


def test_broken_gaussians_do_not_spread(renderer: Renderer) -> None:
    scene = cloud()
    means, scales = scene.means.copy(), scene.log_scales.copy()
    means[:20] = np.nan
    scales[20:40] = np.nan
    broken = renderer.render(scene.replace(means=means, log_scales=scales), camera(), OPTIONS)
    sound = renderer.render(scene.take(np.arange(40, 300)), camera(), OPTIONS)
    np.testing.assert_allclose(broken.rgb, sound.rgb, atol=2e-3)


def test_batch_is_the_pictures_one_by_one(renderer: Renderer) -> None:
    scene, cameras = cloud(), [camera(), camera(32, 48), camera()]
    frames = renderer.render_batch(scene, cameras, OPTIONS)
    assert [frame.camera for frame in frames] == cameras
    for frame, view in zip(frames, cameras, strict=True):
        alone = renderer.render(scene, view, OPTIONS)
        np.testing.assert_allclose(frame.rgb, alone.rgb, atol=1e-5)
    assert renderer.render_batch(scene, [], OPTIONS) == []


def test_after_its_end_it_says_so(renderer: Renderer) -> None:
    other = make_renderer(renderer.name)
    other.close()
    other.close()
    with pytest.raises(RenderError, match="closed"):
        other.render(cloud(), camera(), OPTIONS)
