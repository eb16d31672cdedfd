"""Menus and shortcuts, made from the actions and made anew when those change."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from mien_studio.bridge.actions import Action, Actions

ORDER = ("File", "Edit", "View", "Identity", "Expression", "Drive", "Timeline", "Review", "Help")


class Menus(QObject):
    """The menu bar of a window and the shortcuts that work all over it.

    Args:
        actions: What is to be had.
        window: Gets the menus.
        fillers: For menus whose content changes (`File/Open Recent`): called when one opens.
    """

    def __init__(
        self,
        actions: Actions,
        window: QMainWindow,
        fillers: dict[str, Callable[[QMenu], None]] | None = None,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._window = window
        self._fillers = fillers or {}
        self._made: list[tuple[Action, QAction]] = []
        self._menus: dict[str, QMenu] = {}
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.rebuild)
        actions.changed.connect(self._soon.start)
        self.rebuild()

    def rebuild(self) -> None:
        """Make everything anew."""
        self._soon.stop()
        for _, made in self._made:
            self._window.removeAction(made)
            made.deleteLater()
        self._made.clear()
        self._window.menuBar().clear()
        for menu in self._menus.values():
            menu.deleteLater()
        self._menus.clear()
        found = {action.menu.split("/")[0] for action in self._actions if action.menu}
        for title in [*ORDER, *sorted(found.difference(ORDER))]:
            if title in found:
                self._menu(title)
        groups: dict[str, int] = {}
        for action in sorted(self._actions, key=lambda action: action.group):
            made = self._make(action)
            if not action.menu:
                continue
            menu = self._menu(action.menu)
            if groups.setdefault(action.menu, action.group) != action.group:
                menu.addSeparator()
            groups[action.menu] = action.group
            menu.addAction(made)

    def _make(self, action: Action) -> QAction:
        made = QAction(action.text, self._window)
        made.setCheckable(action.checkable)
        if action.held is None:
            made.setShortcut(QKeySequence(self._actions.shortcut(action.id)))
        made.triggered.connect(partial(self._trigger, action.id))
        # Roles would move entries into the application's menu on macOS by their English titles.
        made.setMenuRole(QAction.MenuRole.NoRole)
        self._window.addAction(made)
        self._made.append((action, made))
        return made

    def _trigger(self, action_id: str, _checked: bool = False) -> None:
        self._actions.trigger(action_id)

    def _menu(self, path: str) -> QMenu:
        if path in self._menus:
            return self._menus[path]
        parent, _, title = path.rpartition("/")
        menu = QMenu(title, self._window)
        if parent:
            self._menu(parent).addMenu(menu)
        else:
            self._window.menuBar().addMenu(menu)
            menu.aboutToShow.connect(partial(self._refresh, path))
            menu.aboutToHide.connect(self._enable_all)
        if path in self._fillers:
            menu.aboutToShow.connect(partial(self._fillers[path], menu))
        self._menus[path] = menu
        for filled in self._fillers:
            if filled.rpartition("/")[0] == path:
                self._menu(filled)
        return menu

    def _refresh(self, path: str) -> None:
        for action, made in self._made:
            if action.menu.split("/")[0] != path:
                continue
            made.setText(action.text)
            made.setEnabled(action.can_run)
            if action.checkable:
                made.setChecked(action.is_on)

    def _enable_all(self) -> None:
        # A disabled entry would keep its shortcut from working later; whether something can be
        # done is asked again when it is to be done.
        for _, made in self._made:
            made.setEnabled(True)
