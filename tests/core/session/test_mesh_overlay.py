"""The mesh over a picture: where its lines land, what it costs, what happens without OpenGL."""

from __future__ import annotations

import sys
from contextlib import closing

import numpy as np
import pytest

import avatar_scenes
from gl_objects import live_objects
from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.protocol import Surfaced
from mien.avatar.state import NEUTRAL, AvatarState
from mien.camera import Camera
from mien.errors import RenderError
from mien.rendering import RenderOptions, make_renderer
from mien.rendering.opengl import context as gl
from mien.session.export import render_still
from mien.session.painter import Painter
from mien.session.request import Blend, RenderRequest, Shot

needs_opengl = pytest.mark.skipif(
    isinstance(gl.probe_driver(), str), reason=f"no OpenGL here: {gl.probe_driver()}"
)

FRONT = Camera.looking_at((0.02, 0.01, 0.3), (0, 0, 0), size=(240, 200), fov_y=0.5)
OBLIQUE = Camera.looking_at((0.12, 0.06, 0.25), (0, 0, 0), size=(240, 200), fov_y=0.5)
CAMERAS = {
    "front": FRONT,
    "oblique": OBLIQUE,
    "off-centre": FRONT.cropped(31.3, -17.8, (200, 160)),
    "stretched": FRONT.resized((301, 173)),
    "close": FRONT.resized((960, 800)).cropped(280, 240, (400, 320)),
}
MOVED = AvatarState.of({"jawOpen": 1.0}, head_rotation=[0.1, 0.25, 0.05])
BLEND = Blend.of(avatar_scenes.avatar(offset=0.0))


@pytest.fixture(scope="module")
def renderer():
    made = make_renderer("cpu")
    yield made
    made.close()


@pytest.fixture
def painter(renderer):
    with closing(Painter(renderer)) as made:
        yield made


@pytest.fixture
def contexts(monkeypatch):
    """The OpenGL contexts made since."""
    made = []
    make = gl.headless_context

    def noted():
        made.append(make())
        return made[-1]

    monkeypatch.setattr(gl, "headless_context", noted)
    return made


_NEAR = 4
"""Pixels around an edge in which distances to it are of interest."""


def request(*shots: Shot, opacity=1.0, eight_bit=True) -> RenderRequest:
    return RenderRequest(shots, RenderOptions(eight_bit=eight_bit), mesh_opacity=opacity)


def changed(painter, shot: Shot, **options) -> np.ndarray:
    """Which pixels the mesh touches [H, W]."""
    plain = painter.paint(request(shot, opacity=0.0)).frames[0]
    meshed = painter.paint(request(shot, **options)).frames[0]
    assert meshed.rgb.dtype == plain.rgb.dtype
    return (meshed.rgb != plain.rgb).any(axis=-1)


def distances_to_edges(camera: Camera, vertices, edges) -> np.ndarray:
    """How far each pixel's centre is from the nearest projected edge [H, W], where that is near."""
    corners, _ = camera.project(vertices)
    all_rows, all_columns = np.mgrid[: camera.height, : camera.width] + 0.5
    nearest = np.full(all_rows.shape, np.inf)
    for start, end in corners[edges]:
        first = np.maximum(np.minimum(start, end) - _NEAR, 0).astype(int)
        last = np.maximum(np.maximum(start, end) + _NEAR, 0).astype(int)
        around = slice(first[1], last[1]), slice(first[0], last[0])
        columns, rows = all_columns[around], all_rows[around]
        along = end - start
        share = ((columns - start[0]) * along[0] + (rows - start[1]) * along[1]) / (along @ along)
        share = np.clip(share, 0, 1)
        x, y = start[0] + share * along[0], start[1] + share * along[1]
        nearest[around] = np.minimum(nearest[around], np.hypot(columns - x, rows - y))
    return nearest


def assert_on_edges(drawn, camera: Camera, vertices) -> None:
    """Every pixel on an edge is drawn, none that is farther away than a line is wide.

    At the border half of a line lies outside the surface, so that only edges inside must be drawn.
    """
    ends = np.sort(BLEND.avatars[0].faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2))
    edges, uses = np.unique(ends, axis=0, return_counts=True)
    assert drawn[distances_to_edges(camera, vertices, edges[uses == 2]) < 0.5].mean() > 0.99
    assert not drawn[distances_to_edges(camera, vertices, edges) > 1.01].any()


@needs_opengl
@pytest.mark.parametrize("state", [NEUTRAL, MOVED], ids=["neutral", "moved"])
@pytest.mark.parametrize("camera", CAMERAS.values(), ids=list(CAMERAS))
def test_lines_lie_on_the_edges_of_the_surface_to_the_pixel(painter, camera, state):
    avatar = BLEND.avatars[0]
    drawn = changed(painter, Shot(BLEND, state, camera))
    assert_on_edges(drawn, camera, avatar.surface(state))


@needs_opengl
def test_the_vertices_are_where_the_gaussians_are(painter):
    avatar = BLEND.avatars[0]
    places, _ = OBLIQUE.project(avatar.pose(MOVED).means)
    drawn = changed(painter, Shot(BLEND, MOVED, OBLIQUE))
    inside = (np.abs(avatar.rig.rest[:, :2]) < 0.055).all(axis=1)
    columns, rows = np.floor(places[inside]).astype(int).T
    assert drawn[rows, columns].all()


@needs_opengl
def test_the_surface_is_turned_upright_with_the_cloud(painter):
    drawn = changed(painter, Shot(BLEND, MOVED, FRONT, up_fix="-x"))
    turned = turned_up(BLEND.avatars[0].surface(MOVED))
    assert_on_edges(drawn, FRONT, turned)


def turned_up(points: np.ndarray) -> np.ndarray:
    """Points whose -X is turned up, worked out by hand: x becomes -y, y becomes x."""
    return np.column_stack([points[:, 1], -points[:, 0], points[:, 2]])


@needs_opengl
def test_both_pictures_of_a_comparison_get_their_own(painter):
    shots = Shot(BLEND, MOVED, FRONT), Shot(BLEND, NEUTRAL, OBLIQUE, slot="B")
    together = painter.paint(request(*shots)).frames
    for shot, frame in zip(shots, together, strict=True):
        alone = painter.paint(request(shot)).frames[0]
        np.testing.assert_array_equal(frame.rgb, alone.rgb)
    assert len({frame.rgb.tobytes() for frame in together}) == 2


@needs_opengl
def test_opacity_goes_evenly_from_nothing_to_all(painter):
    shot = Shot(BLEND, NEUTRAL, FRONT)
    none, half, full = (
        painter.paint(request(shot, opacity=opacity, eight_bit=False)).frames[0]
        for opacity in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(half.rgb, (none.rgb + full.rgb) / 2, atol=1e-5)
    np.testing.assert_allclose(half.alpha, (none.alpha + full.alpha) / 2, atol=1e-5)
    assert np.all(full.alpha >= none.alpha)


@needs_opengl
def test_what_faces_away_is_hidden(painter):
    behind = Camera.looking_at((0.02, 0.01, -0.3), (0, 0, 0), size=(240, 200), fov_y=0.5)
    assert not changed(painter, Shot(BLEND, NEUTRAL, behind)).any()


@needs_opengl
def test_small_triangles_get_fainter_lines_and_not_a_solid_colour(painter):
    far = Camera.looking_at((0, 0, 3.0), (0, 0, 0), size=(240, 200), fov_y=0.5)
    shot = Shot(BLEND, NEUTRAL, far)
    plain, meshed = (
        painter.paint(request(shot, opacity=opacity, eight_bit=False)).frames[0]
        for opacity in (0.0, 1.0)
    )
    share = (meshed.alpha - plain.alpha)[plain.alpha < 0.9] / (1 - plain.alpha[plain.alpha < 0.9])
    assert 0.2 < share.max() < 0.6


@needs_opengl
def test_blends_have_the_blended_surface(painter):
    first = BLEND.avatars[0]
    wide = first.rig.replace(rest=first.rig.rest * np.float32(1.2))
    mixed = Blend((first, avatar_scenes.avatar(own_rig=wide, offset=0.0)), (0.5, 0.5))
    drawn = changed(painter, Shot(mixed, NEUTRAL, FRONT))
    assert_on_edges(drawn, FRONT, first.rig.rest * 1.1)


def test_no_opacity_makes_no_context(painter, contexts):
    picture = painter.paint(request(Shot(BLEND, MOVED, FRONT), opacity=0.0))
    assert picture.problem is None
    assert not contexts


def test_avatars_without_a_surface_stay_as_they_are(painter, contexts):
    static = StaticAvatar("bust", BLEND.avatars[0].pose())
    assert not isinstance(static, Surfaced)
    assert not changed(painter, Shot(Blend.of(static), NEUTRAL, FRONT)).any()
    assert not contexts


def test_the_opacity_is_part_of_the_request():
    shot = Shot(BLEND, MOVED, FRONT)
    assert request(shot, opacity=0.5) == request(shot, opacity=0.5)
    assert request(shot, opacity=0.5) != request(shot, opacity=0.6)


@needs_opengl
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks libOpenGL.so.0")
def test_one_context_whose_objects_do_not_grow_and_which_goes_with_the_painter(renderer, contexts):
    painter = Painter(renderer)
    random = np.random.default_rng(0)
    seen = []
    for index in range(60):
        size = (int(random.integers(8, 60)), int(random.integers(8, 60)))
        state = AvatarState.of({"jawOpen": index / 60})
        painter.paint(request(Shot(BLEND, state, FRONT.resized(size))))
        if index in (1, 59):
            with contexts[0]:
                seen.append(live_objects())
    assert len(contexts) == 1
    assert seen[0]["Texture"] > 0
    assert seen[0] == seen[1]
    painter.close()
    painter.close()
    assert not hasattr(contexts[0].mglo, "info")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux's")
def test_without_opengl_the_picture_stays_and_says_what_is_missing(renderer, monkeypatch):
    monkeypatch.setenv("GLCONTEXT_LINUX_LIBEGL", "libNotInstalled.so.7")
    shot = Shot(BLEND, MOVED, FRONT)
    with closing(Painter(renderer)) as painter:
        plain = painter.paint(request(shot, opacity=0.0)).frames[0]
        for _ in range(2):
            picture = painter.paint(request(shot))
            np.testing.assert_array_equal(picture.frames[0].rgb, plain.rgb)
            assert "the mesh cannot be shown: no OpenGL 3.3" in picture.problem.message
            assert "libegl1" in picture.problem.hint
    with pytest.raises(RenderError, match="the mesh cannot be shown"):
        render_still(renderer, BLEND, MOVED, camera=FRONT, mesh_opacity=1.0)


@needs_opengl
@pytest.mark.parametrize("transparent", [False, True])
def test_stills_have_the_mesh(renderer, transparent):
    plain, meshed = (
        render_still(
            renderer,
            BLEND,
            MOVED,
            camera=FRONT,
            transparent=transparent,
            mesh_opacity=opacity,
        )
        for opacity in (0.0, 1.0)
    )
    drawn = (plain != meshed).any(axis=-1)
    assert_on_edges(drawn, FRONT, BLEND.avatars[0].surface(MOVED))
    assert np.all(meshed[..., 3] >= plain[..., 3])
