"""A capture's cameras on the screen: pointing at them, standing in them, leaving them."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from capture_scenes import MadeCapture, ring
from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera
from mien.capture.tracking import Tracking
from mien.editing.document import Asset
from mien.session import library as library_module
from mien_studio.viewport.frusta import frusta_in, pointed_at


@pytest.fixture
def filmed(window, people, monkeypatch, wait_for):
    """The window with a demo person in A and a made capture around her in B."""
    states = [AvatarState.of({"jawOpen": 0.1 * frame}) for frame in range(5)]
    capture = MadeCapture(
        cameras=ring(8), tracking=Tracking.of_states("mien_head", np.zeros(4), states)
    )
    real = library_module.read_asset
    monkeypatch.setattr(
        library_module,
        "read_asset",
        lambda asset, progress: capture if asset.kind == "capture" else real(asset, progress),
    )
    session = window.studio.session
    ada = people.look("A").asset_ids[0]
    session.add_assets((people.asset(ada),))
    wait_for(lambda: session.library.avatar(ada) is not None)
    session.add_assets((Asset("cap", "capture", "Made", "made.capture"),))
    wait_for(lambda: session.library.capture("cap") is not None)
    window.studio.actions.trigger("capture.frame")
    settle(window, wait_for)
    return window


def settle(window, wait_for):
    wait_for(lambda: not window.viewport.pilot.travelling)
    QTest.qWait(20)
    wait_for(lambda: window.studio.frames.settled and window.viewport.drawn is not None)
    QTest.qWait(30)


def place_of(window, frustum):
    left, top, width, height = window.viewport.placement().rect("A")
    ratio = window.viewport.devicePixelRatioF()
    x, y = frustum.outline.mean(axis=0) * [width, height] + [left, top]
    return QPoint(round(x / ratio), round(y / ratio))


def test_frusta_lie_where_their_cameras_are():
    camera = Camera.looking_at((0, 0.5, 4), (0, 0, 0), size=(400, 300), fov_y=0.8)
    cameras = ring(8)
    seen = {frustum.name: frustum for frustum in frusta_in(camera, cameras)}
    assert len(seen) == 8
    for held in cameras:
        pixel, depth = camera.project(held.camera.position[None])
        np.testing.assert_allclose(seen[held.name].apex * camera.size, pixel[0], atol=1e-9)
        assert seen[held.name].depth == pytest.approx(depth[0])
    nearest = list(seen.values())[-1]
    found = pointed_at(tuple(seen.values()), tuple(nearest.outline.mean(axis=0)), (400, 300))
    assert found is nearest
    assert pointed_at(tuple(seen.values()), (0.02, 0.02), (400, 300)) is None


def test_what_is_behind_the_eye_is_not_drawn_and_what_reaches_there_is_cut():
    held = CaptureCamera("behind", Camera.looking_at((0, 0, 2), (0, 0, 0), size=(8, 8), fov_y=1.0))
    ahead = CaptureCamera("ahead", Camera.looking_at((0, 0, 0.9), (0, 0, 9), size=(8, 8), fov_y=1))
    eye = Camera.looking_at((0, 0, 1), (0, 0, 0), size=(100, 100), fov_y=0.8)
    (only,) = frusta_in(eye, (held, ahead))
    assert only.name == "ahead"
    assert np.isfinite(only.edges).all()


def test_a_double_click_on_a_camera_stands_in_it(filmed, wait_for):
    viewport, session = filmed.viewport, filmed.studio.session
    frustum = next(f for f in reversed(viewport.rig.frusta) if len(f.outline))
    at = place_of(filmed, frustum)
    QTest.mouseMove(viewport, at)
    # The pointer really moves, and the display says so when it gets to it.
    wait_for(lambda: viewport.cursor().shape() == Qt.CursorShape.PointingHandCursor)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    settle(filmed, wait_for)
    assert session.view.state.standing
    assert session.station.camera.name == frustum.name
    drawn = viewport.drawn.picture.frames[0].camera
    expected = session.station.camera.camera.fitted(drawn.size)
    np.testing.assert_allclose(drawn.world_from_camera, expected.world_from_camera)
    np.testing.assert_allclose(drawn.intrinsics, expected.intrinsics)
    assert not viewport.rig.frusta
    assert viewport.rig.window_rect is not None
    assert viewport.chrome.station.isVisible()
    assert frustum.name in viewport.chrome.name_b.toolTip()


def test_keys_go_from_camera_to_camera_and_a_drag_leaves(filmed, wait_for):
    studio, viewport = filmed.studio, filmed.viewport
    studio.actions.trigger("capture.stand")
    first = studio.session.station.camera.name
    studio.actions.trigger("capture.next")
    second = studio.session.station.camera.name
    assert second != first
    studio.actions.trigger("capture.previous")
    assert studio.session.station.camera.name == first
    settle(filmed, wait_for)
    stood = studio.session.camera("A", viewport.placement().picture)
    middle = viewport.rect().center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(viewport, middle + QPoint(1, 0))
    assert not studio.session.view.state.standing
    # Nothing jumps: the free camera begins where the stand was.
    free = studio.session.camera("A", viewport.placement().picture)
    np.testing.assert_allclose(free.position, stood.position, atol=1e-6)
    assert free.forward @ stood.forward > 0.999
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle)


def test_time_shows_the_frame_of_that_time(filmed, wait_for):
    studio = filmed.studio
    studio.update_view(standing=True, compare="wipe", time=0.31)
    settle(filmed, wait_for)
    assert "frame 103" in filmed.viewport.chrome.name_b.toolTip()
    photo = filmed.viewport.drawn.picture.frames[1].rgb8
    height, width = photo.shape[:2]
    assert photo[height // 2, width // 2, 2] == 12 * 3


def test_the_cameras_can_be_put_away(filmed, wait_for):
    filmed.studio.actions.trigger("capture.cameras")
    settle(filmed, wait_for)
    assert not filmed.viewport.rig.isVisible()
    filmed.studio.actions.trigger("capture.cameras")
    settle(filmed, wait_for)
    assert len(filmed.viewport.rig.frusta) == 8
