import numpy as np
import pytest
from PySide6.QtCore import Qt

from mien.avatar.state import AvatarState
from mien.driving.track import ExpressionTrack
from mien.editing.commands import SetDrive, SetState
from mien.editing.document import Document, Drive, Look
from mien.session.library import asset_for
from mien.template.arkit import ARKIT_NAMES
from mien_studio.panels.expression import ExpressionPanel
from mien_studio.panels.expression.pose import POSE_AXES, twin
from mien_studio.panels.expression.wording import matches, missing_note, spoken


@pytest.fixture
def panel(crowd, on_screen) -> ExpressionPanel:
    studio, _ids = crowd
    return on_screen(ExpressionPanel(studio))


def typed(slider, text: str) -> None:
    slider.edit(text)
    slider._editor.take()


def test_all_52_are_there_and_each_sets_its_own(crowd, panel) -> None:
    studio, _ids = crowd
    assert set(panel.sliders) == set(ARKIT_NAMES)
    panel.mirror.setChecked(False)
    for name, slider in panel.sliders.items():
        if slider.isEnabled():
            typed(slider, "0.5")
            assert studio.session.document.state.weight(name) == pytest.approx(0.5)
    enabled = [name for name, slider in panel.sliders.items() if slider.isEnabled()]
    assert len(enabled) == len(studio.session.avatar().expression_names)


def test_mirroring_moves_both_sides_but_not_the_jaw_sideways(crowd, panel) -> None:
    studio, _ids = crowd
    typed(panel.sliders["mouthSmileLeft"], "0.6")
    typed(panel.sliders["jawLeft"], "0.3")
    state = studio.session.document.state
    assert state.weight("mouthSmileRight") == pytest.approx(0.6)
    assert state.weight("jawRight") == 0
    panel.mirror.setChecked(False)
    typed(panel.sliders["eyeBlinkLeft"], "1")
    assert studio.session.document.state.weight("eyeBlinkRight") == 0


def test_a_drag_is_one_step_of_undo(crowd, panel, qtbot) -> None:
    studio, _ids = crowd
    slider = panel.sliders["jawOpen"]
    track = slider._track()
    left = Qt.MouseButton.LeftButton
    start = track.center().toPoint()
    qtbot.mousePress(slider, left, pos=start)
    for step in range(1, 6):
        qtbot.mouseMove(slider, start + type(start)(2 * step, 0))
    qtbot.mouseRelease(slider, left)
    assert studio.session.document.state.weight("jawOpen") > 0.5
    studio.undo()
    assert studio.session.document.state == AvatarState()
    assert slider.number == 0
    assert studio.session.history.undo_label is None


def test_the_pose_is_in_degrees(crowd, panel) -> None:
    studio, _ids = crowd
    yaw = next(axis for axis in POSE_AXES["Head"] if axis.axis == "yaw")
    typed(panel.pose_sliders[yaw], "30")
    turned = studio.session.document.state.head_rotation
    assert np.degrees(turned) == pytest.approx([0, 30, 0], abs=1e-4)
    studio.undo()
    assert panel.pose_sliders[yaw].number == 0


def test_both_eyes_turn_together_while_mirroring(crowd, panel) -> None:
    studio, _ids = crowd
    eye = next(axis for axis in POSE_AXES["Jaw and eyes"] if axis.eye == 0)
    other = twin(eye)
    assert other is not None
    assert other.eye == 1
    panel._turn(eye, 20.0)
    assert np.degrees(studio.session.document.state.eye_rotations[:, 1]) == pytest.approx([20, 20])


def test_neutral_resets_everything(crowd, panel) -> None:
    studio, _ids = crowd
    studio.push(SetState(AvatarState.of({"jawOpen": 0.4}, head_rotation=(0.1, 0, 0))))
    assert panel.sliders["jawOpen"].number == pytest.approx(0.4)
    panel.reset_all()
    assert studio.session.document.state == AvatarState()


def test_gain_and_offset_edit_the_drive(crowd, panel) -> None:
    studio, _ids = crowd
    panel.channel.set_current("gain")
    panel._on_channel("gain")
    assert panel.sliders["jawOpen"].number == 1.0
    typed(panel.sliders["jawOpen"], "1.5")
    assert dict(studio.session.document.drive.gains) == {"jawOpen": 1.5}
    panel.channel.set_current("offset")
    panel._on_channel("offset")
    typed(panel.sliders["browInnerUp"], "-0.2")
    assert dict(studio.session.document.drive.offsets) == {"browInnerUp": -0.2}
    assert not any(slider.isVisible() for slider in panel.pose_sliders.values())
    panel.reset_all()
    assert dict(studio.session.document.drive.offsets) == {}
    assert dict(studio.session.document.drive.gains) == {"jawOpen": 1.5}


def test_search_narrows_the_list(panel) -> None:
    panel.search.setText("smile")
    shown = {name for name, slider in panel.sliders.items() if slider.isVisible()}
    assert shown == {"mouthSmileLeft", "mouthSmileRight"}
    panel.search.setText("xyz")
    assert panel._nothing.isVisible()
    panel.search.clear()
    assert all(not slider.isHidden() for slider in panel.sliders.values())


def test_a_driving_source_shows_as_ticks(crowd, panel, wait_for, tmp_path) -> None:
    studio, _ids = crowd
    times = np.arange(10) / 10
    weights = np.zeros((10, 1), np.float32)
    weights[5:] = 0.8
    from mien.driving.files import write_track

    write_track(tmp_path / "jaw.h5", ExpressionTrack(times, ("jawOpen",), weights))
    added = studio.session.add_files([tmp_path / "jaw.h5"])[0]
    wait_for(lambda: studio.session.library.track(added.id) is not None)
    studio.push(SetDrive(Drive(source=added.id, smoothing=0)))
    studio.update_view(time=0.9)
    wait_for(lambda: panel.sliders["jawOpen"].ghost is not None)
    wait_for(lambda: panel.sliders["jawOpen"].ghost == pytest.approx(0.8, abs=0.01))
    assert panel.sliders["jawOpen"].number == 0
    studio.push(SetDrive(Drive()))
    assert panel.sliders["jawOpen"].ghost is None


def test_what_an_avatar_lacks_is_said_and_greyed(studio, on_screen, wait_for, shared_data) -> None:
    panel = on_screen(ExpressionPanel(studio))
    assert panel.note == "Open an avatar to move it."
    james = asset_for(shared_data / "lam/james.zip")
    track = asset_for(shared_data / "lam/arkit_expression_973_frames.json")
    studio.session.history.reset(
        Document(assets=(james, track), looks={"A": Look.of(james.id)}, drive=Drive(track.id))
    )
    library = studio.session.library
    wait_for(lambda: library.avatar(james.id) is not None and library.track(track.id) is not None)
    wait_for(lambda: panel.note.startswith("james has no tongueOut"))
    assert not panel.sliders["tongueOut"].isEnabled()
    assert panel.sliders["jawOpen"].isEnabled()


def test_the_note_names_what_the_source_would_do(shared_data) -> None:
    from mien.avatar import open_avatar

    james = open_avatar(shared_data / "lam/james.zip")
    assert missing_note(james, None) == "james has no tongueOut."
    track = ExpressionTrack(np.arange(2.0), ("tongueOut",), np.array([[0.0], [0.9]], np.float32))
    assert missing_note(james, track) == (
        "james has no tongueOut; the source's tongueOut has no effect."
    )


def test_names_are_spoken() -> None:
    assert spoken("mouthSmileLeft", "Mouth") == "Smile left"
    assert spoken("tongueOut", "Mouth") == "Tongue out"
    assert spoken("eyeLookInRight", "Gaze") == "In right"
    assert matches("eyeBlinkLeft", "Eyes", "blink left")
    assert not matches("eyeBlinkLeft", "Eyes", "right")
