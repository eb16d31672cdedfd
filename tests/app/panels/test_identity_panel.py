import numpy as np
import pytest
from PySide6.QtCore import Qt

from mien.avatar.kinds.static import StaticAvatar
from mien.editing.commands import AddAssets, SetLook
from mien.editing.document import Asset, Look
from mien.gaussians.cloud import from_colors
from mien.gaussians.files import write_cloud
from mien.session.timeline import look_at
from mien_studio.panels.identity import IdentityPanel
from mien_studio.panels.identity.blending import evened, keyed, randomised, snapped

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(crowd, on_screen) -> IdentityPanel:
    studio, _ids = crowd
    return on_screen(IdentityPanel(studio))


def look(studio, slot="A") -> Look:
    return studio.session.document.look(slot)


def test_a_slider_sets_a_weight_and_the_others_make_room(crowd, panel, qtbot) -> None:
    studio, ids = crowd
    slider = panel.weights.slider(ids[1])
    slider.setFocus()
    slider.edit("0.25")
    qtbot.keyClick(slider._editor, Qt.Key.Key_Return)
    assert look(studio).weights[ids[1]] == pytest.approx(0.25)
    assert sum(look(studio).weights.values()) == pytest.approx(1)
    assert panel.weights.slider(ids[0]).number == pytest.approx(0.75)


def test_sliders_and_pad_agree_and_a_drag_is_one_step(crowd, panel, qtbot) -> None:
    studio, ids = crowd
    pad = panel.weights.pad
    qtbot.mousePress(pad, LEFT, pos=pad.to_widget((0.0, 0.1)).toPoint())
    for point in ((0.1, 0.1), (0.2, 0.2), (0.1, 0.3)):
        qtbot.mouseMove(pad, pad.to_widget(point).toPoint())
    qtbot.mouseRelease(pad, LEFT)
    weights = look(studio).weights
    assert [panel.weights.slider(key).number for key in ids] == pytest.approx(
        [weights[key] for key in ids]
    )
    assert pad.weights == pytest.approx(dict(weights))
    studio.undo()
    assert look(studio) == Look.of(ids[0])
    assert pad.weights == {ids[0]: 1.0, ids[1]: 0.0, ids[2]: 0.0}
    assert studio.session.history.undo_label is None


def test_a_locked_weight_stays(crowd, panel) -> None:
    studio, ids = crowd
    studio.push(SetLook("A", Look({ids[0]: 0.5, ids[1]: 0.3, ids[2]: 0.2})))
    panel.weights._rows[ids[1]].lock.setChecked(True)
    panel.weights.weight_changed.emit(ids[0], 0.9)
    weights = look(studio).weights
    assert weights[ids[1]] == pytest.approx(0.3)
    assert weights[ids[0]] == pytest.approx(0.7)
    # What the sum held back is what the slider shows.
    assert panel.weights.slider(ids[0]).number == pytest.approx(0.7)


def test_randomise_is_seeded_snap_and_reset(crowd, panel) -> None:
    studio, _ids = crowd
    panel._show_seed(5)
    panel.randomise()
    first = dict(look(studio).weights)
    panel.randomise()
    assert dict(look(studio).weights) != first
    panel._show_seed(5)
    panel.randomise()
    assert dict(look(studio).weights) == pytest.approx(first)
    panel.snap()
    assert max(look(studio).weights.values()) == 1.0
    panel.reset()
    assert list(look(studio).weights.values()) == pytest.approx([1 / 3] * 3)


def test_regions_are_taken_from_one_person(crowd, panel) -> None:
    studio, ids = crowd
    menu = panel.regions.menu("eyes")
    choices = {action.text(): action for action in menu.actions() if action.text()}
    name = studio.session.document.asset(ids[2]).name
    choices[name].trigger()
    assert look(studio).regions == {"eyes": ids[2]}
    assert panel.regions.chips.chip("eyes").detail == name
    assert panel.regions.chips.chip("eyes").isChecked()
    panel.regions.softness.edit("20")
    panel.regions.softness._editor.take()
    assert look(studio).softness == pytest.approx(0.020)
    panel.regions.menu("eyes").actions()[0].trigger()
    assert look(studio).regions == {}


def test_presets_are_kept_under_a_name(crowd, panel, qtbot) -> None:
    studio, _ids = crowd
    panel.reset()
    panel.presets.name.setText("  even  ")
    qtbot.keyClick(panel.presets.name, Qt.Key.Key_Return)
    assert [preset.name for preset in studio.session.document.presets] == ["even"]
    assert panel.presets.name.text() == ""
    panel.snap()
    panel.presets.rows.activated.emit("even", False)
    assert list(look(studio).weights.values()) == pytest.approx([1 / 3] * 3)
    panel.presets.rows.activated.emit("even", True)
    assert look(studio, "B") == look(studio, "A")


def test_a_morphs_into_b_and_edits_key_it(crowd, panel) -> None:
    studio, ids = crowd
    studio.push(SetLook("B", Look.of(ids[1])))
    panel.morph.morph_a_to_b()
    document = studio.session.document
    assert [round(k.time, 2) for k in document.keyframes] == [0.0, 4.0]
    studio.update_view(time=2.0)
    assert panel.weights.slider(ids[0]).number == pytest.approx(0.5)
    panel.weights.weight_changed.emit(ids[2], 0.4)
    document = studio.session.document
    assert [round(k.time, 2) for k in document.keyframes] == [0.0, 2.0, 4.0]
    assert look_at(document, "A", 2.0).weights[ids[2]] == pytest.approx(0.4)
    assert panel._keyed.isVisible()
    panel.morph.rows.removed.emit("2.0")
    assert len(studio.session.document.keyframes) == 2


def test_b_is_edited_where_it_is_chosen(crowd, panel) -> None:
    studio, ids = crowd
    panel._copy_to_b()
    panel.slots.set_current("B")
    panel._refresh()
    panel.weights.weight_changed.emit(ids[1], 1.0)
    assert look(studio, "B").weights[ids[1]] == pytest.approx(1.0)
    assert look(studio, "A") == Look.of(ids[0])


def test_who_shares_no_template_is_named_with_the_reason(crowd, panel, wait_for, tmp_path) -> None:
    studio, ids = crowd
    cloud = from_colors(
        np.eye(3), np.eye(4)[[0, 0, 0]], np.full((3, 3), -3.0), np.zeros(3), np.eye(3)
    )
    write_cloud(tmp_path / "bust.ply", cloud)
    asset = Asset("bust", "avatar", "bust", str(tmp_path / "bust.ply"))
    studio.push(AddAssets((asset,)))
    wait_for(lambda: studio.session.library.avatar("bust") is not None)
    wait_for(lambda: panel.weights._excluded.isVisible())
    assert panel.weights._excluded.text() == "bust: no template"
    assert isinstance(studio.session.library.avatar("bust"), StaticAvatar)
    studio.push(SetLook("A", Look.of("bust")))
    assert panel._empty.isVisible()
    assert "bust cannot be blended" in panel._empty.text
    studio.push(SetLook("A", Look.of(ids[0])))
    assert not panel._empty.isVisible()


def test_showing_a_document_pushes_nothing(crowd, panel) -> None:
    studio, ids = crowd
    seen: list = []
    studio.document_changed.connect(seen.append)
    studio.push(SetLook("A", Look({ids[0]: 0.123456, ids[1]: 0.876544})))
    assert len(seen) == 1
    assert look(studio).weights[ids[0]] == pytest.approx(0.123456)


def test_blending_is_pure() -> None:
    start = Look({"a": 0.7, "b": 0.3}, {"eyes": "b"})
    drawn = randomised(start, ["a", "b", "c"], seed=3, locked=["b"])
    assert drawn.weights["b"] == 0.3
    assert sum(drawn.weights.values()) == pytest.approx(1)
    assert drawn.regions == {"eyes": "b"}
    assert snapped(start).weights == {"a": 1.0, "b": 0.0}
    assert evened(start, ["a", "b"]) == Look({"a": 0.5, "b": 0.5})
    keyframes = keyed(keyed((), 1.0, start), 0.5, start)
    assert [held.time for held in keyframes] == [0.5, 1.0]
    assert len(keyed(keyframes, 1.0004, start)) == 2
