"""A whole piece of work without a window: open, drive, blend, compare, undo, save, reopen."""

import time

import numpy as np
import pytest

from mien.avatar.state import AvatarState
from mien.editing.commands import AddAssets, SetDrive, SetKeyframes, SetLook, SetMarks, SetState
from mien.editing.document import Drive, Keyframe, Look
from mien.gaussians.marks import DELETED, Marks
from mien.orbit import Orbit
from mien.rendering import make_renderer
from mien.session.demo import demo_document
from mien.session.painter import Painter
from mien.session.session import Session


def wait_until(condition, secs=60.0):
    deadline = time.monotonic() + secs
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def loaded(session):
    # Framing follows loading on the loader's thread.
    framed = session.view.state.orbit != Orbit()
    return framed and all(
        session.library.avatar(asset.id) or session.library.track(asset.id)
        for asset in session.document.assets
    )


@pytest.fixture
def session():
    held = Session()
    yield held
    held.close()


@pytest.fixture
def lam(shared_data):
    return [shared_data / "lam" / f"{name}.zip" for name in ("james", "status", "p2-1")]


@pytest.fixture(scope="module")
def painter():
    renderer = make_renderer("cpu")
    yield Painter(renderer)
    renderer.close()


def picture(session, painter, size=(240, 200)):
    return painter.paint(session.request(size)).frames[0].rgb8.astype(np.float32)


def difference(a, b):
    return float(np.abs(a - b).mean())


def test_empty_session_wants_no_picture(session):
    assert session.request((640, 480)) is None
    assert session.span.length == 0


def test_drop_shows_and_frames_the_avatar(session, lam, painter):
    session.add_files(lam[:1])
    wait_until(lambda: loaded(session))
    request = session.request((320, 240))
    assert len(request.shots) == 1
    shown = picture(session, painter)
    background = np.array(session.view.state.background) * 255
    covered = np.abs(shown - background).max(axis=-1) > 20
    # The head fills the view without touching its upper edge.
    assert 0.15 < covered.mean() < 0.8
    assert not covered[:4].any()


def test_one_drop_is_one_step(session, lam):
    session.add_files(lam)
    assert len(session.document.assets) == 3
    assert session.history.undo_label == "Add 3 files"
    session.history.undo()
    assert session.document.assets == ()


def test_same_file_twice_is_one_asset(session, lam):
    session.add_files(lam[:1])
    session.add_files(lam[:1])
    assert len(session.document.assets) == 1


def test_blend_lies_between_its_people(session, lam, painter):
    james, status, _ = session.add_files(lam)
    wait_until(lambda: loaded(session))
    pictures = []
    for weight in (0.0, 0.5, 1.0):
        look = Look({james.id: 1 - weight, status.id: weight})
        session.push(SetLook("A", look))
        pictures.append(picture(session, painter))
    first, middle, last = pictures
    apart = difference(first, last)
    assert difference(first, middle) < apart
    assert difference(middle, last) < apart


def test_undo_gives_the_same_picture_back(session, lam, painter):
    james, status, _ = session.add_files(lam)
    wait_until(lambda: loaded(session))
    before = picture(session, painter)
    session.push(SetLook("A", Look({james.id: 0.3, status.id: 0.7}, {"eyes": james.id})))
    session.push(SetState(AvatarState.of({"jawOpen": 0.7})))
    assert difference(before, picture(session, painter)) > 1
    session.history.undo()
    session.history.undo()
    np.testing.assert_array_equal(picture(session, painter), before)


def test_driven_by_a_video(session, lam, painter, shared_data, monkeypatch):
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    session.add_files([lam[0], shared_data / "video" / "head-pose-male.mp4"])
    wait_until(lambda: loaded(session))
    assert session.span.end == pytest.approx(session.track.duration)
    times = np.linspace(0, session.span.end, 20)
    states = [session.state_at(t) for t in times]
    assert np.ptp([state.weight("mouthSmileLeft") for state in states]) > 0.2
    # The man hardly turns his head: two degrees, which the avatar has to follow all the same.
    assert np.ptp([state.head_rotation[1] for state in states]) > 0.02
    session.push(SetState(AvatarState.of({"jawOpen": 0.25})))
    for time_, state in zip(times, states, strict=True):
        raised = session.state_at(time_).weight("jawOpen") - state.weight("jawOpen")
        assert raised == pytest.approx(0.25, abs=1e-5)
    drive = session.document.drive
    session.push(SetDrive(Drive(drive.source, expression=False)))
    assert all(session.state_at(t).weight("mouthSmileLeft") == 0 for t in times)


def test_compare_needs_both_pictures(session, lam):
    james, status, _ = session.add_files(lam)
    wait_until(lambda: loaded(session))
    session.push(SetLook("B", Look.of(status.id)))
    session.view.update(compare="side")
    request = session.request((640, 480))
    assert [shot.camera.size for shot in request.shots] == [(320, 480)] * 2
    session.view.update(compare="wipe")
    assert [shot.camera.size for shot in session.request((640, 480)).shots] == [(640, 480)] * 2
    assert james.id != status.id


def test_equal_views_make_equal_requests(session, lam):
    session.add_files(lam[:1])
    wait_until(lambda: loaded(session))
    first = session.request((320, 240))
    assert session.request((320, 240)) == first
    session.view.update(orbit=session.view.state.orbit.orbited(0.1, 0))
    assert session.request((320, 240)) != first


def test_deleted_gaussians_are_not_drawn(session, lam, painter):
    (james,) = session.add_files(lam[:1])
    wait_until(lambda: loaded(session))
    before = picture(session, painter)
    count = session.library.avatar(james.id).num_gaussians
    half = Marks.none(count).with_mark(DELETED, np.arange(count) % 2 == 0)
    session.push(SetMarks(james.id, half))
    assert difference(before, picture(session, painter)) > 0.5
    session.history.undo()
    np.testing.assert_array_equal(picture(session, painter), before)


def test_keyframes_morph(session, lam):
    james, status, _ = session.add_files(lam)
    wait_until(lambda: loaded(session))
    session.push(
        SetKeyframes((Keyframe(0.0, Look.of(james.id)), Keyframe(2.0, Look.of(status.id))))
    )
    assert session.span.end == 2.0
    assert session.blend("A", 0.5).weights == pytest.approx((0.75, 0.25))


def test_saved_and_reopened(session, lam, painter, tmp_path):
    james, status, _ = session.add_files(lam)
    wait_until(lambda: loaded(session))
    session.push(SetLook("A", Look({james.id: 0.4, status.id: 0.6}, {"mouth": status.id})))
    session.view.update(orbit=session.view.state.orbit.orbited(0.4, 0.1))
    before = picture(session, painter)
    session.save(tmp_path / "work.mien")
    assert not session.history.modified
    again = Session()
    try:
        again.open(tmp_path / "work.mien")
        wait_until(lambda: loaded(again))
        assert again.document == session.document
        np.testing.assert_array_equal(picture(again, painter), before)
    finally:
        again.close()


def test_bad_file_is_kept_with_its_reason(session, tmp_path):
    bad = tmp_path / "bad.ply"
    bad.write_bytes(b"ply\nnonsense")
    (asset,) = session.add_files([bad])
    wait_until(lambda: session.library.error(asset.id) is not None)
    assert "bad.ply" in str(session.library.error(asset.id))
    assert session.request((100, 100)) is None


def test_linked_cameras_find_heads_that_live_apart(session, lam, painter):
    demo = demo_document().assets[0]
    (james,) = session.add_files(lam[:1])
    session.push(AddAssets((demo,)))
    wait_until(lambda: loaded(session))
    session.push(SetLook("B", Look.of(demo.id)))
    session.view.update(compare="side")
    frames = painter.paint(session.request((480, 240))).frames
    for frame in frames:
        assert 0.1 < (frame.alpha > 0.5).mean() < 0.8
    assert james.id != demo.id


def test_linked_cameras_are_the_same_on_one_template(session, lam):
    _, status, _ = session.add_files(lam)
    wait_until(lambda: loaded(session))
    session.push(SetLook("B", Look.of(status.id)))
    assert session.orbit("B") == session.orbit("A")


def test_depth_and_alpha_are_shown_as_pictures(session, lam, painter):
    session.add_files(lam[:1])
    wait_until(lambda: loaded(session))
    color = picture(session, painter)
    session.view.update(shading="alpha")
    alpha = picture(session, painter)
    assert alpha[0, 0].max() == 0
    assert alpha[100, 120].min() > 240
    session.view.update(shading="depth")
    depth = picture(session, painter)
    assert difference(depth, color) > 5
    # The nose is nearer, and so paler, than the cheek's edge.
    frame = painter.paint(session.request((240, 200))).frames[0]
    solid = frame.alpha > 0.9
    light = frame.rgb.mean(axis=-1)[solid]
    assert np.corrcoef(light, frame.depth[solid])[0, 1] < -0.9
