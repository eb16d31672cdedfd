import pytest
from PySide6.QtWidgets import QWidget

from mien_studio.panels.registry import panel, panel_classes

CLASSES = panel_classes()


def test_the_studio_has_its_panels() -> None:
    names = {held.name for held in CLASSES}
    assert names >= {"library", "identity", "expression", "timeline", "inspect", "render"}
    assert len(names) == len(CLASSES)


@pytest.mark.parametrize("panel_class", CLASSES, ids=lambda held: held.name)
def test_every_panel_keeps_the_contract(panel_class, studio, qtbot) -> None:
    assert panel_class.title
    assert panel_class.area in ("left", "right", "bottom")
    assert isinstance(panel_class.order, int)
    made = panel_class(studio)
    assert isinstance(made, QWidget)
    qtbot.addWidget(made)
    made.resize(320, 480)
    made.show()
    qtbot.waitExposed(made)
    # Whatever happens to the session, a panel shows it without pushing anything of its own.
    before = studio.session.document
    studio.update_view(time=1.0, shading="depth")
    studio.document_changed.emit(None)
    studio.asset_changed.emit("nobody")
    assert studio.session.document is before
    assert not studio.session.history.modified


def test_what_is_no_panel_is_refused() -> None:
    class Nameless(QWidget):
        title, area, order = "x", "left", 0

    with pytest.raises(TypeError, match="lacks name"):
        panel(Nameless)
    first = CLASSES[0]
    taken = type("Other", (QWidget,), {"name": first.name, "title": "", "area": "left", "order": 0})
    with pytest.raises(ValueError, match="is taken"):
        panel(taken)
