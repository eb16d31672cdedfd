"""The pixels of both compositors: in a real OpenGL context without a window, and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import moderngl
import numpy as np
import pytest
from PySide6.QtGui import QImage, QOffscreenSurface, QOpenGLContext, QPainter

from mien.camera import Camera
from mien.rendering.protocol import Frame, RenderOptions
from mien.session.request import Picture, RenderRequest
from mien.session.view_state import ViewState
from mien_studio.bridge.drawing import Drawn, Wanted, perceived_difference
from mien_studio.viewport.compositor import Compositor
from mien_studio.viewport.gpu import GpuResources
from mien_studio.viewport.placement import Placement
from mien_studio.viewport.raster_compositor import RasterCompositor
from mien_studio.viewport.readout import readout

WIDTH, HEIGHT = 96, 64
RED, GREEN = (200, 40, 40), (40, 180, 60)


class GlScreen:
    """A framebuffer in place of the window."""

    def __init__(self, context: moderngl.Context) -> None:
        self.context = context
        self.gpu = GpuResources(context)
        self.compositor = Compositor(self.gpu)
        self.target = context.simple_framebuffer((WIDTH, HEIGHT), components=3)

    def paint(self, view: ViewState, **options) -> np.ndarray:
        """Return the pixels [H, W, 3], the top row first."""
        self.target.use()
        self.compositor.paint(view, (WIDTH, HEIGHT), **options)
        data = self.target.read(components=3, alignment=1)
        return np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH, 3)[::-1].astype(int)


class RasterScreen:
    """A picture in memory in place of the window."""

    def __init__(self) -> None:
        self.compositor = RasterCompositor()

    def paint(self, view: ViewState, **options) -> np.ndarray:
        """Return the pixels [H, W, 3], the top row first."""
        image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        self.compositor.paint(painter, view, (WIDTH, HEIGHT), **options)
        painter.end()
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, -1)
        return rows[:, : 3 * WIDTH].reshape(HEIGHT, WIDTH, 3).astype(int)


@pytest.fixture
def gl_screen(qapp) -> Iterator[GlScreen]:
    # Qt's own context, as in the window: one of another library would stay current on this thread.
    surface = QOffscreenSurface()
    surface.create()
    owner = QOpenGLContext()
    if not owner.create() or not owner.makeCurrent(surface):
        pytest.skip("there is no OpenGL 3.3 here")
    made = GlScreen(moderngl.create_context(require=330))
    yield made
    made.gpu.release()
    assert made.gpu.num_objects == 0
    made.target.release()
    owner.doneCurrent()


@pytest.fixture(params=["gl", "raster"])
def screen(request) -> GlScreen | RasterScreen:
    return RasterScreen() if request.param == "raster" else request.getfixturevalue("gl_screen")


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    return np.full((size[1], size[0], 3), colour, np.uint8)


def drawn(*images: np.ndarray, scale: float = 1.0, slots=("A", "B")) -> Drawn:
    height, width = images[0].shape[:2]
    camera = Camera(np.eye(4), np.eye(3), (width, height))
    frames = tuple(Frame(image, np.ones(image.shape[:2], "f4"), None, camera) for image in images)
    request = RenderRequest((), RenderOptions())
    wanted = Wanted(request, (WIDTH, HEIGHT), ViewState(), scale)
    return Drawn(Picture(frames, 0, 0, 0, "cpu"), images, tuple(slots[: len(images)]), wanted)


def random_picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def test_a_still_picture_is_shown_bit_for_bit_and_the_right_way_up(screen):
    picture = random_picture(1)
    screen.compositor.upload(drawn(picture))
    assert (screen.paint(ViewState()) == picture).all()


def test_without_a_picture_there_is_the_background(screen):
    assert (screen.paint(ViewState(background=(0.2, 0.4, 0.6))) == (51, 102, 153)).all()


def test_b_is_shown_alone_while_its_key_is_held(screen):
    a, b = random_picture(1), random_picture(2)
    screen.compositor.upload(drawn(a, b))
    for mode in ("single", "wipe", "blink", "difference"):
        assert (screen.paint(ViewState(compare=mode), only_b=True) == b).all()
    assert (screen.paint(ViewState(compare="blink")) == a).all()


def test_side_by_side_shows_each_picture_in_its_half(screen):
    half = (WIDTH // 2, HEIGHT)
    screen.compositor.upload(drawn(plain(RED, half), plain(GREEN, half)))
    pixels = screen.paint(ViewState(compare="side"))
    assert (pixels[:, : WIDTH // 2 - 1] == RED).all()
    assert (pixels[:, WIDTH // 2 + 1 :] == GREEN).all()


@pytest.mark.parametrize(("magnification", "at"), [(1, 0.5), (2, 0.3), (4, 0.25), (8, 0.27)])
def test_the_wipe_stays_on_its_place_of_the_picture_under_magnification(screen, magnification, at):
    screen.compositor.upload(drawn(plain(RED), plain(GREEN)))
    view = ViewState(compare="wipe", wipe=0.25, magnification=magnification, magnified_at=(at, 0.5))
    pixels = screen.paint(view)
    edge = Placement.of(view, (WIDTH, HEIGHT), (WIDTH, HEIGHT)).wipe_x
    row = pixels[2]
    columns = np.arange(WIDTH) + 0.5
    # Far from the edge, where its shadow does not reach.
    left, right = row[columns < edge - 20], row[columns > edge + 20]
    assert (np.abs(left - RED) <= 1).all()
    assert (np.abs(right - GREEN) <= 1).all()
    assert len(left) + len(right) > 20
    if 1 <= edge < WIDTH - 1:
        assert row[int(edge)].min() > 200, "the edge is a bright line"


def test_the_wipe_has_a_handle_in_the_middle(screen):
    screen.compositor.upload(drawn(plain((0, 0, 0)), plain((0, 0, 0))))
    pixels = screen.paint(ViewState(compare="wipe"))
    bright = (pixels > 200).all(axis=2)
    assert bright[2].sum() <= 2
    assert 10 <= bright[HEIGHT // 2].sum() <= 18


def test_the_difference_is_brightened_by_the_gain(screen):
    a, b = random_picture(3), random_picture(4)
    screen.compositor.upload(drawn(a, b))
    expected = np.clip(np.abs(a.astype(int) - b.astype(int)) * 2.5, 0, 255)
    pixels = screen.paint(ViewState(compare="difference", difference_gain=2.5))
    assert np.abs(pixels - expected).max() <= 1
    screen.compositor.upload(drawn(a, a))
    assert screen.paint(ViewState(compare="difference", difference_gain=64.0)).max() == 0


def test_the_relative_error_weighs_dark_differences_more(screen):
    dark, bright = plain((30, 30, 30)), plain((200, 200, 200))
    view = ViewState(compare="relative", difference_gain=4.0)
    screen.compositor.upload(drawn(dark + np.uint8(10), dark))
    on_dark = screen.paint(view).sum()
    screen.compositor.upload(drawn(bright + np.uint8(10), bright))
    on_bright = screen.paint(view).sum()
    assert on_dark > 2 * on_bright > 0
    screen.compositor.upload(drawn(dark, dark))
    assert screen.paint(view).max() == 0


def test_exposure_is_stops_of_light_on_a_and_b_alike(screen):
    screen.compositor.upload(drawn(plain((100, 100, 100)), plain((100, 100, 100))))
    linear = ((100 / 255 + 0.055) / 1.055) ** 2.4
    expected = (1.055 * (2 * linear) ** (1 / 2.4) - 0.055) * 255
    for only_b in (False, True):
        pixels = screen.paint(ViewState(exposure=1.0), only_b=only_b)
        assert np.abs(pixels - expected).max() <= 1.01
    # Equal pictures stay equal.
    assert screen.paint(ViewState(compare="difference", exposure=2.0)).max() == 0


def test_magnified_pixels_are_hard_squares(screen):
    picture = random_picture(5)
    screen.compositor.upload(drawn(picture))
    pixels = screen.paint(ViewState(magnification=4, magnified_at=(0.5, 0.5)))
    part = picture[HEIGHT // 2 - 8 : HEIGHT // 2 + 8, WIDTH // 2 - 12 : WIDTH // 2 + 12]
    assert (pixels == part.repeat(4, axis=0).repeat(4, axis=1)).all()


def test_a_coarse_picture_fills_the_same_place_smoothly(screen):
    ramp = np.linspace(0, 255, WIDTH // 2).astype(np.uint8)
    coarse = np.broadcast_to(ramp[None, :, None], (HEIGHT // 2, WIDTH // 2, 3)).copy()
    screen.compositor.upload(drawn(coarse, scale=0.5))
    row = screen.paint(ViewState())[HEIGHT // 2, :, 0]
    assert (np.diff(row) >= 0).all()
    assert len(np.unique(row)) > WIDTH * 0.8, "between pixels it is interpolated"


def test_textures_are_made_anew_only_when_their_size_changes(gl_screen):
    gl_screen.compositor.upload(drawn(plain(RED), plain(GREEN)))
    gl_screen.paint(ViewState())
    held = gl_screen.gpu.num_objects
    for _ in range(20):
        gl_screen.compositor.upload(drawn(plain(RED), plain(GREEN)))
        gl_screen.compositor.upload(drawn(plain(RED, (20, 20)), plain(GREEN, (20, 20))))
        gl_screen.paint(ViewState())
    assert gl_screen.gpu.num_objects == held
    gl_screen.compositor.upload(drawn(plain(RED)))
    assert gl_screen.gpu.num_objects == held - 1


def test_b_alone_stays_where_it_is_until_a_is_there(screen):
    b = drawn(plain(GREEN), slots=("B",))
    screen.compositor.upload(replace(b, slots=("B",)))
    assert (screen.paint(ViewState(compare="wipe")) == GREEN).all()


def test_releasing_twice_is_harmless(gl_screen):
    before = GpuResources.num_live
    extra = GpuResources(gl_screen.context)
    assert GpuResources.num_live == before + 1
    extra.release()
    extra.release()
    assert GpuResources.num_live == before


def test_flip_shows_the_published_map_of_a_and_b_bit_for_bit(screen):
    import flip_evaluator

    blurred, b = random_picture(6).astype(float), random_picture(7)
    a = ((blurred + b) / 2).astype(np.uint8)
    perceived = perceived_difference(a, b)
    screen.compositor.upload(replace(drawn(a, b), perceived=perceived))
    view = ViewState(compare="flip")
    pixels = screen.paint(view)
    theirs, mean, _ = flip_evaluator.evaluate(
        b.astype("f4") / 255, a.astype("f4") / 255, "LDR", applyMagma=False
    )
    np.testing.assert_allclose(perceived.values, theirs[..., 0], atol=2e-3)
    assert perceived.mean == pytest.approx(mean, abs=1e-4)
    colors, _, _ = flip_evaluator.evaluate(b.astype("f4") / 255, a.astype("f4") / 255, "LDR")
    # A step of the colour map, where ours and theirs fall on two sides of it.
    assert np.abs(pixels - colors * 255).max() <= 8
    assert np.abs(pixels - colors * 255).mean() < 1
    # A map of differences is no picture: exposure does not touch it, and B may still be seen.
    assert (screen.paint(replace(view, exposure=2.0)) == pixels).all()
    assert (screen.paint(view, only_b=True) == b).all()
    assert (screen.paint(ViewState()) == a).all()


def test_the_inspector_says_the_flip_of_a_pixel_and_of_all():
    a, b = random_picture(6), random_picture(7)
    perceived = perceived_difference(a, b)
    shown = replace(drawn(a, b), perceived=perceived)
    placement = Placement.of(ViewState(compare="flip"), (WIDTH, HEIGHT), (WIDTH, HEIGHT))
    said = readout(shown, placement, 20.5, 10.5)
    assert f"FLIP {perceived.values[10, 20]:.3f}  mean {perceived.mean:.3f}" in said
    assert "FLIP" not in readout(drawn(a, b), placement, 20.5, 10.5)


def test_until_the_flip_map_is_there_a_stands_in_for_it(screen):
    a, b = random_picture(6), random_picture(7)
    screen.compositor.upload(drawn(a, b))
    assert (screen.paint(ViewState(compare="flip")) == a).all()
