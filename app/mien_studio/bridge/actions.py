"""Actions as data: menus, palette and shortcut list are made from them, never written twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from mien_studio.settings import Settings


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    Args:
        id: Unique and stable, such as `view.frame`; settings remember shortcuts by it.
        title: In the imperative, as menus show it; `label` may say something more precise.
        run: Does it.
        shortcut: Default keys as QKeySequence reads them, such as `Ctrl+Shift+P`; empty for none.
        menu: The menu it stands in, `View` or `View/Shading`; empty for the palette only.
        checkable: Whether it is a state that can be on or off.
        checked: Whether it is on, for checkable ones.
        enabled: Whether it can be done now; None for always.
        label: What it says now, where that changes (`Undo Blend`); None for the title.
        group: Actions of one menu with different groups are separated by a line.
        icon: Name of an icon; empty for none.
        held: For what lasts as long as its keys are down: called with True and then False; `run`
            is what palette and menu do.
    """

    id: str
    title: str
    run: Callable[[], object]
    shortcut: str = ""
    menu: str = "View"
    checkable: bool = False
    checked: Callable[[], bool] | None = None
    enabled: Callable[[], bool] | None = None
    label: Callable[[], str] | None = None
    group: int = 0
    icon: str = ""
    held: Callable[[bool], object] | None = None

    @property
    def can_run(self) -> bool:
        """Whether it can be done now."""
        return self.enabled is None or self.enabled()

    @property
    def is_on(self) -> bool:
        """Whether the state it stands for is on."""
        return self.checked is not None and self.checked()

    @property
    def text(self) -> str:
        """What it says now."""
        return self.label() if self.label is not None else self.title


class Actions(QObject):
    """All actions by id, with the shortcuts the user gave them.

    `changed` is emitted when an action was added, removed or bound to other keys.
    """

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._actions: dict[str, Action] = {}

    def add(self, action: Action) -> Action:
        """Add an action, replacing one of the same id."""
        self._actions[action.id] = action
        self.changed.emit()
        return action

    def remove(self, action_id: str) -> None:
        """Take an action away; without effect where there is none of that id."""
        if self._actions.pop(action_id, None) is not None:
            self.changed.emit()

    def get(self, action_id: str) -> Action:
        """Return an action.

        Raises:
            KeyError: There is none of that id.
        """
        return self._actions[action_id]

    def trigger(self, action_id: str) -> bool:
        """Do an action if it can be done now; return whether it was."""
        action = self._actions[action_id]
        if not action.can_run:
            return False
        action.run()
        return True

    def shortcut(self, action_id: str) -> str:
        """Return the keys of an action: the user's, or the default ones; empty for none."""
        key = _setting(action_id)
        if key in self._settings.keys("shortcuts"):
            return self._settings.text(key)
        return _normal(self._actions[action_id].shortcut)

    def is_rebound(self, action_id: str) -> bool:
        """Return whether the user gave an action other keys than its own."""
        return self.shortcut(action_id) != _normal(self._actions[action_id].shortcut)

    def conflict(self, action_id: str, keys: str) -> Action | None:
        """Return the other action that has these keys, or None."""
        wanted = _normal(keys)
        if not wanted:
            return None
        others = (action for action in self if action.id != action_id)
        return next((action for action in others if self.shortcut(action.id) == wanted), None)

    def rebind(self, action_id: str, keys: str | None) -> None:
        """Give an action other keys: empty for none, None for its own again.

        Whichever action had these keys loses them, so that no keys ever mean two things.
        """
        wanted = _normal(self._actions[action_id].shortcut if keys is None else keys)
        taken = self.conflict(action_id, wanted)
        if taken is not None:
            self._settings.set(_setting(taken.id), "")
        if wanted == _normal(self._actions[action_id].shortcut):
            self._settings.remove(_setting(action_id))
        else:
            self._settings.set(_setting(action_id), wanted)
        self.changed.emit()

    def __iter__(self) -> Iterator[Action]:
        return iter(tuple(self._actions.values()))

    def __len__(self) -> int:
        return len(self._actions)

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._actions


def _setting(action_id: str) -> str:
    return f"shortcuts/{action_id}"


def _normal(keys: str) -> str:
    portable = QKeySequence.SequenceFormat.PortableText
    return QKeySequence(keys, portable).toString(portable)
