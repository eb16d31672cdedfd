from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mien.editing.commands import SavePreset
from mien.editing.document import Look, Preset
from mien_studio.panels.library import LibraryPanel

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(crowd, on_screen) -> LibraryPanel:
    studio, _ids = crowd
    return on_screen(LibraryPanel(studio), 200)


def click(panel, qtbot, index, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = panel.cards.card_rect(index).center().toPoint()
    qtbot.mouseClick(panel.cards, LEFT, modifier, pos=place)


def test_a_click_shows_in_a_and_shift_in_b(crowd, panel, qtbot) -> None:
    studio, ids = crowd
    click(panel, qtbot, 1)
    assert studio.session.document.look("A") == Look.of(ids[1])
    click(panel, qtbot, 2, SHIFT)
    assert studio.session.document.look("B") == Look.of(ids[2])
    assert studio.session.view.state.compare == "wipe"
    assert [card.badges for card in panel.cards.cards] == ["", "A", "B"]
    studio.undo()
    studio.undo()
    assert [card.badges for card in panel.cards.cards] == ["A", "", ""]


def test_live_thumbnails_arrive(panel, wait_for) -> None:
    wait_for(lambda: all(panel.cards.has_pixmap(card.key) for card in panel.cards.cards))


def test_adding_to_the_blend_gives_an_equal_share(crowd, panel) -> None:
    studio, ids = crowd
    panel.add_to_blend(ids[1])
    panel.add_to_blend(ids[2])
    assert list(studio.session.document.look("A").weights.values()) == pytest.approx([1 / 3] * 3)
    assert panel.cards.cards[2].badges == "A"


def test_a_file_that_cannot_be_read_says_why_and_can_be_retried(
    crowd, panel, wait_for, tmp_path: Path
) -> None:
    studio, _ids = crowd
    broken = tmp_path / "broken.ply"
    broken.write_bytes(b"ply\n")
    added = studio.session.add_files([broken])[0]
    wait_for(lambda: studio.session.library.error(added.id) is not None)
    wait_for(lambda: panel.cards.cards[-1].state == "failed")
    assert "broken.ply" in panel.cards.cards[-1].tip
    titles = [action.text() for action in panel.avatar_menu(added.id).actions()]
    assert titles[:2] == ["Retry", "Locate…"]
    panel.retry(added.id)
    assert panel.cards.cards[-1].state == "loading"
    wait_for(lambda: panel.cards.cards[-1].state == "failed")


def test_presets_are_recalled_and_deleted(crowd, panel, qtbot) -> None:
    studio, ids = crowd
    look = Look({ids[0]: 0.5, ids[1]: 0.5})
    studio.push(SavePreset(Preset("cousins", look)))
    qtbot.mouseClick(panel.presets, LEFT, pos=panel.presets.row_rect(0).center().toPoint())
    assert studio.session.document.look("A") == look
    assert panel.presets.rows[0].chosen
    panel.presets.removed.emit("cousins")
    assert studio.session.document.presets == ()


def test_a_track_drives_with_a_click_and_lets_go_with_another(
    crowd, panel, wait_for, shared_data
) -> None:
    studio, _ids = crowd
    added = studio.session.add_files([shared_data / "lam/arkit_expression_973_frames.json"])[0]
    wait_for(lambda: studio.session.library.track(added.id) is not None)
    wait_for(lambda: panel.sources.rows[0].detail == "973/973")
    assert panel.sources.rows[0].chosen
    panel.sources.activated.emit(added.id, False)
    assert studio.session.document.drive.source is None
    assert not panel.sources.rows[0].chosen


def test_an_empty_library_says_what_to_do(studio, on_screen) -> None:
    panel = on_screen(LibraryPanel(studio))
    assert "Drop files anywhere" in panel._empty.text
    assert panel._empty.isVisible()
