import numpy as np
import pytest

from mien.editing.commands import SetLook
from mien.editing.document import Look
from mien.gaussians.marks import DELETED, HIDDEN, SELECTED
from mien.rendering.picking import pick
from mien_studio.bridge.drawing import Picked
from mien_studio.panels.inspect import InspectPanel


@pytest.fixture
def panel(crowd, on_screen) -> InspectPanel:
    studio, _ids = crowd
    return on_screen(InspectPanel(studio))


def test_selecting_hiding_deleting_and_back(crowd, panel) -> None:
    studio, ids = crowd
    count = panel.cloud.num_gaussians
    panel.select_all()
    assert panel.marks.count(SELECTED) == count
    panel.select_range(*np.quantile(panel._property_values(), [0.0, 0.1]))
    chosen = panel.marks.count(SELECTED)
    assert 0.05 * count < chosen < 0.15 * count
    panel.delete_selected()
    assert panel.marks.count(DELETED) == chosen
    assert panel.marks.count(SELECTED) == 0
    panel.invert()
    assert panel.marks.count(SELECTED) == count - chosen
    panel.hide_selected()
    assert panel.marks.count(HIDDEN) == count - chosen
    panel.show_all()
    assert panel.marks.count(HIDDEN) == 0
    assert panel.marks.count(DELETED) == chosen
    for _ in range(6):
        studio.undo()
    assert studio.session.document.marks.get(ids[0]) is None
    assert panel._figures["Deleted"].text() == "0"


def test_isolating_hides_everything_else(crowd, panel) -> None:
    values = panel._property_values()
    panel.select_range(float(np.median(values)), float(values.max()))
    chosen = panel.marks.has(SELECTED)
    panel.isolate()
    assert np.array_equal(panel.marks.visible, chosen)


def test_brushing_the_histogram_is_one_step(crowd, panel, qtbot) -> None:
    studio, ids = crowd
    qtbot.waitUntil(lambda: panel.histogram.brush is not None)
    low, high = panel.histogram.brush.getRegion()
    panel.histogram.brush.setRegion((low - 0.2, high))
    assert panel.marks.count(SELECTED) > 0
    studio.undo()
    assert studio.session.document.marks.get(ids[0]) is None


def test_floaters_are_found_beside_the_interface(crowd, panel, wait_for) -> None:
    studio, _ids = crowd
    notices: list = []
    studio.noticed.connect(notices.append)
    panel.select_floaters()
    wait_for(lambda: notices)
    assert "loaters" in notices[0].text
    assert panel.marks.count(SELECTED) < 0.1 * panel.cloud.num_gaussians


def test_a_click_on_the_head_shows_its_gaussian(crowd, panel, wait_for) -> None:
    studio, _ids = crowd
    camera = studio.session.camera("A", (1024, 1024))
    pixel = (512.5, 512.5)
    expected = pick(panel.cloud, camera, pixel)
    assert expected is not None
    point = camera.unproject(np.array([pixel]), np.array([expected.depth]))[0]
    # As the viewport gives it: one row.
    studio.picked.emit(Picked(point[None], expected.depth, "A"))
    wait_for(lambda: panel.marks.count(SELECTED) == 1)
    assert int(np.flatnonzero(panel.marks.has(SELECTED))[0]) == expected.index
    assert panel._details.itemAt(1).widget().text() == f"{expected.index:,}"


def test_a_blend_is_not_inspected(crowd, panel) -> None:
    studio, ids = crowd
    studio.push(SetLook("A", Look({ids[0]: 0.5, ids[1]: 0.5})))
    assert panel._empty.isVisible()
    assert "one avatar at a time" in panel._empty.text
    studio.push(SetLook("A", Look.of(ids[1])))
    assert not panel._empty.isVisible()
