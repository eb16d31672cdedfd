from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialogButtonBox, QPushButton

from mien_studio.bridge.actions import Action, Actions
from mien_studio.dialogs.fuzzy import score
from mien_studio.dialogs.palette import CommandPalette
from mien_studio.dialogs.shortcuts import ShortcutsDialog
from mien_studio.settings import Settings


@pytest.fixture
def actions(qapp) -> Actions:
    made = Actions(Settings())
    made.add(Action("view.frame", "Frame", lambda: None, "F"))
    made.add(Action("view.reset", "Reset View", lambda: None, "Shift+F"))
    made.add(Action("edit.undo", "Undo", lambda: None, "Ctrl+Z", "Edit", enabled=lambda: False))
    return made


def test_an_action_is_done_only_when_it_can_be(qapp):
    done = []
    able = [False]
    actions = Actions(Settings())
    actions.add(Action("x", "X", lambda: done.append(1), enabled=lambda: able[0]))
    assert not actions.trigger("x")
    able[0] = True
    assert actions.trigger("x")
    assert done == [1]


def test_keys_given_by_the_user_are_remembered(actions):
    actions.rebind("view.frame", "Ctrl+Alt+F")
    again = Actions(Settings())
    again.add(Action("view.frame", "Frame", lambda: None, "F"))
    assert again.shortcut("view.frame") == "Ctrl+Alt+F"
    assert again.is_rebound("view.frame")
    again.rebind("view.frame", None)
    assert again.shortcut("view.frame") == "F"
    assert not Actions(Settings())._settings.keys("shortcuts")


def test_no_keys_ever_mean_two_things(actions):
    assert actions.conflict("view.frame", "shift+f").id == "view.reset"
    actions.rebind("view.frame", "Shift+F")
    assert actions.shortcut("view.frame") == "Shift+F"
    assert actions.shortcut("view.reset") == ""
    actions.rebind("view.reset", None)
    assert actions.shortcut("view.reset") == "Shift+F"
    assert actions.shortcut("view.frame") == ""


def test_an_action_can_be_left_without_keys(actions):
    actions.rebind("view.frame", "")
    assert actions.shortcut("view.frame") == ""
    assert actions.conflict("view.reset", "") is None


def test_changes_are_announced(actions, qtbot):
    with qtbot.waitSignal(actions.changed):
        actions.rebind("view.frame", "G")
    with qtbot.waitSignal(actions.changed):
        actions.remove("view.frame")
    assert "view.frame" not in actions


def test_fuzzy_matching_prefers_beginnings_of_words():
    assert score("xyz", "Reset View") is None
    assert score("", "anything") == 0.0
    assert score("rv", "Reset View") > score("rv", "Carve")
    assert score("frame", "Frame") > score("frame", "Next Frame")
    assert score("sbs", "Side by side") > score("sbs", "Possible songs")


def test_the_palette_finds_and_does(actions, qtbot):
    done = []
    actions.add(
        Action("compare.side", "Side by side", lambda: done.append("side"), menu="View/Compare")
    )
    palette = CommandPalette(actions, None)
    qtbot.addWidget(palette)
    palette.field.setText("sbs")
    assert palette.found[0] == "compare.side"
    qtbot.keyClick(palette.field, "\r")
    assert done == ["side"]
    palette.field.setText("undo")
    assert palette.found == ["edit.undo"]
    qtbot.keyClick(palette.field, "\r")
    assert done == ["side"], "what cannot be done now is not"


def test_the_dialog_binds_warns_and_restores(actions, qtbot):
    dialog = ShortcutsDialog(actions)
    qtbot.addWidget(dialog)
    dialog.choose("view.frame")
    dialog.keys.setKeySequence(QKeySequence("Shift+F"))
    assert "Reset View" in dialog.note.text()
    dialog.bind.click()
    assert actions.shortcut("view.frame") == "Shift+F"
    assert actions.shortcut("view.reset") == ""
    assert dialog.chosen == "view.frame"
    dialog.restore.click()
    assert actions.shortcut("view.frame") == "F"
    dialog.search.setText("reset")
    shown = [item.text(0) for item in dialog._items() if not item.isHidden()]
    assert shown == ["Reset View"]
    assert not dialog.findChildren(QDialogButtonBox)
    assert dialog.findChildren(QPushButton)
