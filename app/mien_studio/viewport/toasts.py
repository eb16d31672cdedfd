"""Toasts: notices that go by themselves, and long work with its progress and a Cancel."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from mien.workers import Task, TaskState
from mien_studio.bridge.studio import Notice, Studio
from mien_studio.theme import tokens
from mien_studio.viewport.overlays import Overlay

WIDTH = 340
_SHOWN_SECS = {"info": 5, "warning": 10, "error": 20}
_COLORS = {"info": tokens.ACCENT, "warning": tokens.AMBER, "error": tokens.RED}
_PATIENCE_MS = 400
"""Work that is done sooner than this shows no card: flashing says nothing."""
_MAX_SHOWN = 5


class Toast(Overlay):
    """One card."""

    closed = Signal()

    def __init__(self, parent: QWidget, color: str) -> None:
        super().__init__(parent)
        self.setStyleSheet(
            f"Toast {{ border-left: 3px solid {color}; }} QPushButton {{ padding: 2px 6px; }}"
        )
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(tokens.SPACE_XS)
        self._row = QHBoxLayout()
        self._row.setSpacing(tokens.SPACE_S)
        self.text = QLabel(wordWrap=True)
        self._row.addWidget(self.text, 1)
        column.addLayout(self._row)
        self.hint = QLabel(wordWrap=True)
        self.hint.setProperty("role", "muted")
        self.hint.hide()
        column.addWidget(self.hint)
        self._column = column

    def add_button(self, title: str) -> QPushButton:
        """Put a quiet button at the end of the first line."""
        button = QPushButton(title)
        button.setProperty("role", "link")
        self._row.addWidget(button)
        return button

    def set_hint(self, hint: str) -> None:
        """Say more below, quietly."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))


class NoticeToast(Toast):
    """A notice; goes by itself after a while, unless the cursor rests on it."""

    def __init__(self, parent: QWidget, notice: Notice) -> None:
        super().__init__(parent, _COLORS[notice.level])
        self.notice = notice
        self.text.setText(notice.text)
        self.set_hint(notice.hint)
        self.add_button("Close").clicked.connect(self.closed)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_SECS[notice.level] * 1000)
        self._timer.timeout.connect(self._on_time)
        self._timer.start()

    def _on_time(self) -> None:
        if self.underMouse():
            self._timer.start()
        else:
            self.closed.emit()


class TaskToast(Toast):
    """Long work: what, how far, and Cancel."""

    def __init__(self, parent: QWidget, task: Task) -> None:
        super().__init__(parent, tokens.ACCENT)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 1000)
        self._column.addWidget(self._bar)
        self.text.setText(task.title)
        self._cancel = self.add_button("Cancel")
        self._cancel.clicked.connect(lambda: self._on_cancel(task))
        self.show_task(task)

    def show_task(self, task: Task) -> None:
        """Show how far it is; an unknown share runs to and fro."""
        if task.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(task.fraction * 1000))
        self.set_hint(task.message)

    def _on_cancel(self, task: Task) -> None:
        task.cancel()
        self._cancel.setEnabled(False)
        self.text.setText(f"{task.title}: stopping")


class Toasts(QObject):
    """Keeps the cards of a viewport in a stack, the newest at the bottom.

    Args:
        studio: Whose notices and tasks are shown.
        parent: The viewport.
    """

    changed = Signal()
    """The stack has to be laid out anew."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._cards: list[Toast] = []
        self._tasks: dict[Task, TaskToast] = {}
        studio.noticed.connect(self.show_notice)
        studio.task_changed.connect(self._on_task)

    @property
    def notices(self) -> list[Notice]:
        """The notices on the screen."""
        return [card.notice for card in self._cards if isinstance(card, NoticeToast)]

    def show_notice(self, notice: Notice) -> None:
        """Show a notice; the same one twice is one card."""
        for card in list(self._cards):
            if isinstance(card, NoticeToast) and card.notice == notice:
                self._remove(card)
        self._add(NoticeToast(self._parent, notice))
        shown = [card for card in self._cards if isinstance(card, NoticeToast)]
        for card in shown[:-_MAX_SHOWN]:
            self._remove(card)

    def place(self, right: int, bottom: int) -> None:
        """Stack the cards upwards from a corner."""
        for card in reversed(self._cards):
            card.adjustSize()
            card.move(right - card.width(), bottom - card.height())
            card.raise_()
            bottom -= card.height() + tokens.SPACE_S

    def _on_task(self, task: Task) -> None:
        card = self._tasks.get(task)
        if task.finished:
            if card is not None:
                del self._tasks[task]
                self._remove(card)
        elif card is not None:
            card.show_task(task)
            self.changed.emit()
        elif task.state is TaskState.WAITING:
            QTimer.singleShot(_PATIENCE_MS, self, lambda: self._show_task(task))

    def _show_task(self, task: Task) -> None:
        if task.finished or task in self._tasks:
            return
        card = self._tasks[task] = TaskToast(self._parent, task)
        self._add(card)

    def _add(self, card: Toast) -> None:
        card.closed.connect(lambda: self._remove(card))
        self._cards.append(card)
        card.show()
        self.changed.emit()

    def _remove(self, card: Toast) -> None:
        if card in self._cards:
            self._cards.remove(card)
            card.hide()
            card.deleteLater()
            self.changed.emit()
