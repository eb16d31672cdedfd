import numpy as np
import pytest
from PySide6.QtCore import Qt

from mien.editing.commands import SetLook
from mien.editing.document import Look
from mien.session.library import template_asset
from mien_studio.panels.identity import IdentityPanel
from mien_studio.panels.identity.shape import FIRST

HEAD = "template-mien_head"


@pytest.fixture
def panel(crowd, on_screen, wait_for) -> IdentityPanel:
    """The Identity panel while our head template is shown, with three people in the library."""
    studio, _ids = crowd
    made = on_screen(IdentityPanel(studio))
    studio.session.add_assets((template_asset("mien_head"),))
    wait_for(lambda: studio.session.avatar() is studio.session.library.avatar(HEAD) is not None)
    wait_for(lambda: made.shape.isVisible())
    return made


def _identity(studio) -> np.ndarray:
    return np.array(studio.session.document.look("A").identity)


def test_a_slider_sets_the_identity_and_a_drag_is_one_step(crowd, panel, qtbot) -> None:
    studio, _ids = crowd
    shape, history = panel.shape, studio.session.history
    assert not panel._empty.isVisible()
    before = history.document
    shape.rows[2].slider.started.emit()
    for value in (0.5, 1.0, 1.5):
        shape.rows[2].slider.changed.emit(value)
    shape.rows[2].slider.finished.emit()
    identity = _identity(studio)
    assert identity.tolist() == [0, 0, 1.5, *[0] * (len(identity) - 3)]
    assert shape.rows[2].slider.number == pytest.approx(1.5)
    assert history.undo_label == "Shape 3"
    studio.undo()
    assert history.document is before
    assert shape.rows[2].slider.number == 0


def test_chance_is_seeded_truncated_and_leaves_what_is_locked(crowd, panel) -> None:
    studio, _ids = crowd
    shape = panel.shape
    shape.rows[0].slider.changed.emit(2.5)
    shape.rows[0].lock.setChecked(True)
    panel.strangers.randomise()
    first = _identity(studio)
    assert first[0] == pytest.approx(2.5)
    assert np.abs(first[1:]).max() <= 2 * panel.strangers.truncation.number + 1e-6
    assert np.std(first[1:]) > 0.3
    panel.strangers.randomise()
    assert not np.array_equal(_identity(studio), first)
    panel.strangers.show_seed(0)
    panel.strangers.randomise()
    np.testing.assert_array_equal(_identity(studio), first)
    shape.reset()
    assert _identity(studio).size == 0
    assert {row.slider.number for row in shape.rows} == {0.0}


def test_the_strongest_come_first_and_more_on_demand(panel, wait_for) -> None:
    shape = panel.shape
    assert len(shape.rows) == FIRST
    shape.toggle_more()
    wait_for(lambda: len(shape.rows) == len(shape._names))
    assert len(shape.rows) > FIRST
    shape.toggle_more()
    assert len(shape.rows) == FIRST


def test_it_is_hidden_for_people_with_an_identity_of_their_own(crowd, panel, qtbot) -> None:
    studio, ids = crowd
    studio.push(SetLook("A", Look.of(ids[0])))
    assert not panel.shape.isVisible()
    assert panel.weights.isVisible()
    studio.push(SetLook("A", Look.of(HEAD)))
    assert panel.shape.isVisible()
    shown = panel.shape.rows[0].slider
    shown.setFocus()
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    assert _identity(studio)[0] > 0


def test_templates_are_offered_and_what_is_missing_is_said(window, wait_for) -> None:
    titles = [action.text() for action in window.files.template_menu().actions()]
    assert titles == ["Mien's own head", "FLAME", "ICT-FaceKit", "", "From a File…"]
    said: list = []
    window.studio.noticed.connect(said.append)
    window.files.open_template("flame")
    assert len(said) == 1
    assert "flame.is.tue.mpg.de" in f"{said[0]}"
    window.files.open_template("mien_head")
    wait_for(lambda: window.studio.session.avatar() is not None)
    assert window.studio.session.avatar().kind == "template"
