import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from mien.driving.files import write_track
from mien.driving.track import ExpressionTrack
from mien.editing.commands import SetDrive, SetKeyframes
from mien.editing.document import Keyframe
from mien_studio.panels.timeline import TimelinePanel
from mien_studio.panels.timeline.curves import curves_of, gaps_of

LEFT = Qt.MouseButton.LeftButton


def a_track(frames: int = 21) -> ExpressionTrack:
    times = np.arange(frames) / 10 + 3.0
    names = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight")
    weights = np.random.default_rng(0).uniform(0, 1, (frames, 5)).astype(np.float32)
    weights[8:10] = np.nan
    return ExpressionTrack(times, names, weights)


@pytest.fixture
def panel(crowd, on_screen, tmp_path, wait_for) -> TimelinePanel:
    studio, _ids = crowd
    write_track(tmp_path / "talk.h5", a_track())
    added = studio.session.add_files([tmp_path / "talk.h5"])[0]
    wait_for(lambda: studio.session.library.track(added.id) is not None)
    made = on_screen(TimelinePanel(studio), 1200, 220)
    yield made
    made.close_video()


def test_curves_gaps_and_counters_are_shown(crowd, panel) -> None:
    studio, _ids = crowd
    assert [curve.name for curve in panel.lane.curves] == ["jaw", "smile", "blink"]
    assert panel.transport.frame.text() == "1 / 21"
    studio.update_view(time=1.25)
    assert panel.transport.clock.text() == "00:01.25"
    assert panel.transport.frame.text() == "13 / 21"
    panel.chips.chip("smile").click()
    assert [curve.name for curve in panel.lane.curves] == ["jaw", "blink"]


def test_the_smoothed_curve_differs_from_the_raw_one(crowd, panel) -> None:
    studio, _ids = crowd
    studio.push(SetDrive(type(studio.session.document.drive)(
        source=studio.session.document.drive.source, smoothing=1.0)))  # fmt: skip
    curve = panel.lane.curves[0]
    known = np.isfinite(curve.values)
    assert np.abs(np.diff(curve.values[known])).mean() < np.abs(np.diff(curve.raw[known])).mean()


def test_scrubbing_moves_time_and_pauses(crowd, panel, qtbot) -> None:
    studio, _ids = crowd
    studio.update_view(playing=True)
    qtbot.mousePress(panel.lane, LEFT, pos=QPoint(panel.lane.width() // 2, 40))
    assert studio.session.view.state.time == pytest.approx(1.0, abs=0.01)
    assert not studio.session.view.state.playing


def test_transport_loops_ranges_and_speeds(crowd, panel) -> None:
    studio, _ids = crowd
    view = studio.session.view
    studio.update_view(time=0.5)
    panel.transport.in_chip.click()
    assert view.state.in_time == 0.5
    assert panel.transport.in_chip.detail == "6"
    panel.transport.in_chip.click()
    assert view.state.in_time is None
    panel.transport.loop.click()
    assert view.state.loop == "ping-pong"
    panel.transport.speed.menu().actions()[1].trigger()
    assert view.state.speed == 0.25
    assert panel.transport.speed.text() == "0.25×"
    panel.transport.show_dropped(3)
    assert panel.transport.dropped.text() == "3 dropped"


def test_keyframes_move_as_one_step_and_delete(crowd, panel) -> None:
    studio, _ids = crowd
    look = studio.session.document.look("A")
    studio.push(SetKeyframes((Keyframe(0.5, look), Keyframe(1.5, look))))
    panel.lane.key_taken.emit()
    for time in (0.7, 1.2, 1.8):
        panel.lane.key_moved.emit(panel.lane._chosen if panel.lane._chosen is not None else 0, time)
    panel.lane.key_dropped.emit()
    assert [k.time for k in studio.session.document.keyframes] == [1.5, 1.8]
    studio.undo()
    assert [k.time for k in studio.session.document.keyframes] == [0.5, 1.5]
    panel.lane.key_removed.emit(0)
    assert [k.time for k in studio.session.document.keyframes] == [1.5]


def test_driving_settings_are_commands(crowd, panel, qtbot) -> None:
    studio, _ids = crowd

    def drive():
        return studio.session.document.drive

    qtbot.mouseClick(panel.driving.channels.chip("pose"), LEFT)
    assert not drive().pose
    panel.driving.smoothing.edit("0.8")
    panel.driving.smoothing._editor.take()
    assert drive().smoothing == pytest.approx(0.8)
    panel.driving.set_neutral(0.52)
    assert drive().neutral_time == pytest.approx(3.5)
    panel.driving.guess_neutral()
    assert drive().neutral_time is not None
    panel.driving._clear_neutral()
    assert drive().neutral_time is None
    studio.undo()
    assert drive().neutral_time is not None


def test_profiles_are_saved_and_loaded(crowd, panel, tmp_path) -> None:
    studio, _ids = crowd
    drive = studio.session.document.drive
    path = str(tmp_path / "profile.json")
    studio.push(SetDrive(type(drive)(source=drive.source, gains={"jawOpen": 2.0}, eyes=False)))
    panel.driving.save_profile(path)
    studio.push(SetDrive(drive))
    panel.driving.load_profile(path)
    loaded = studio.session.document.drive
    assert dict(loaded.gains) == {"jawOpen": 2.0}
    assert (loaded.eyes, loaded.source) == (False, drive.source)
    (tmp_path / "profile.json").write_text(json.dumps({"format": "x"}))
    notices: list = []
    studio.noticed.connect(notices.append)
    panel.driving.load_profile(path)
    assert len(notices) == 1
    assert "profile" in notices[0].text


def test_without_the_model_it_says_so_and_offers_to_fetch(
    crowd, panel, shared_data, wait_for, monkeypatch, tmp_path
) -> None:
    studio, _ids = crowd
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path / "none"))
    video = shared_data / "video/head-pose-male.mp4"
    studio.session.add_files([video])
    wait_for(lambda: bool(panel.driving.problem))
    assert "is not here yet" in panel.driving.problem
    assert panel.driving.fetch.isVisible()
    # With the model at hand, trying again tracks it.
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    panel.driving.fetch_model()
    wait_for(lambda: studio.session.track is not None, 120)
    wait_for(lambda: panel.driving.picture.image is not None)
    wait_for(lambda: panel.driving._figures.text() == "62/62 · 12.5 fps")
    studio.update_view(time=2.4)
    wait_for(lambda: panel.strip._frames.thumbnail(30) is not None)
    assert panel.driving.problem == ""


def test_gaps_are_where_no_face_was_seen() -> None:
    track = a_track()
    assert gaps_of(track) == [pytest.approx((0.8, 1.0))]
    curves = curves_of(track, track, ("jaw", "yaw"))
    assert [curve.name for curve in curves] == ["jaw"]
    assert np.isnan(curves[0].values[8:10]).all()
