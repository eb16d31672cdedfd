"""The notes of a review: write them, draw on the picture, go where they were written."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from mien.editing.document import Note
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button
from mien_studio.widgets.elided_label import ElidedLabel
from mien_studio.widgets.rows import Row, RowList
from mien_studio.widgets.time_axis import clock

NOTHING = "Write about the frame on the screen, or about the range between in and out"
_NO_STAND = "Only the picture of a capture's camera can be drawn on: open a capture first"


class _Words(QPlainTextEdit):
    """What a note says; kept when the field is left or Escape or Ctrl+Enter is pressed."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep it."""
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field by Escape or Ctrl+Enter."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape or (control and enter):
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class NotesView(QWidget):
    """A row for each note, and the open one to be written and drawn on.

    Args:
        studio: Whose notes.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._book = studio.notebook
        self._shown: tuple[int | None, str] = (None, "")
        self.empty = QLabel(NOTHING)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "note")
        self.rows = RowList()
        self.rows.setAccessibleName("Notes")
        self.rows.activated.connect(self._open)
        self.rows.removed.connect(lambda key: self._book.remove(int(key)))
        self.words = _Words()
        self.words.setPlaceholderText("What is to be seen here?")
        self.words.setAccessibleName("Words of the note")
        self.words.setFixedHeight(64)
        # Kept soon after the last key, so that saving in the middle of a sentence saves it.
        self._soon = QTimer(self, singleShot=True, interval=300)
        self._soon.timeout.connect(self.keep)
        self.words.textChanged.connect(self._soon.start)
        self.words.left.connect(self.keep)
        self.pen = icon_button("pen", "Draw on the picture", checkable=True)
        self.pen.clicked.connect(lambda on=False: self._book.set_drawing(on))
        self._where = ElidedLabel()
        self._where.setProperty("role", "note")
        self._erase = link_button("erase", self._on_erase, tip="Remove the drawing")
        self._editor = self._make_editor()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        for widget in (self.empty, self.rows, self._editor):
            column.addWidget(widget)
        self._book.changed.connect(self.refresh)
        studio.view_changed.connect(self._on_view)
        self._stands = False
        self.refresh()

    def _make_editor(self) -> QWidget:
        editor = QWidget()
        foot = QHBoxLayout()
        foot.setSpacing(tokens.SPACE_S)
        foot.addWidget(self.pen)
        foot.addWidget(self._where, 1)
        foot.addWidget(self._erase)
        column = QVBoxLayout(editor)
        column.setContentsMargins(0, tokens.SPACE_XS, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addWidget(self.words)
        column.addLayout(foot)
        return editor

    def add(self) -> None:
        """Begin a note here and now."""
        self.keep()
        self._book.add()
        self.words.setFocus()

    def refresh(self) -> None:
        """Show the notes and the open one."""
        book = self._book
        notes = book.notes
        self.empty.setVisible(not notes)
        self.rows.setVisible(bool(notes))
        self.rows.set_rows(
            [_row(index, note, index == book.open_index) for index, note in enumerate(notes)]
        )
        note = book.open_note
        self._editor.setVisible(note is not None)
        shown = (book.open_index, note.text if note is not None else "")
        if note is not None and shown != self._shown and note.text != self.words.toPlainText():
            self.words.setPlainText(note.text)
        # What is being typed is not in the document yet, and stays as long as that does not change.
        self._shown = shown
        if note is not None:
            self._show_foot(note)

    def _show_foot(self, note: Note) -> None:
        possible = self._studio.session.station is not None
        self.pen.setEnabled(possible)
        self.pen.setChecked(self._book.drawing)
        self.pen.setToolTip("Draw on the picture" if possible else _NO_STAND)
        drawn = "draw with the mouse, click the pen to end" if self._book.drawing else ""
        self._where.setText(drawn or _where(note))
        self._erase.setVisible(bool(note.strokes))

    def _on_view(self, _view: object) -> None:
        stands = self._studio.session.station is not None
        if stands != self._stands:
            self._stands = stands
            self.refresh()

    def _open(self, key: str, _shift: bool) -> None:
        self.keep()
        index = int(key)
        self._book.open(None if index == self._book.open_index else index)

    def keep(self) -> None:
        """Put what was typed into the document."""
        self._soon.stop()
        if self._book.open_index is not None:
            self._book.write(self._book.open_index, self.words.toPlainText())

    def _on_erase(self) -> None:
        if self._book.open_index is not None:
            self._book.erase(self._book.open_index)

    def event(self, event: QEvent) -> bool:
        """Keep what is being typed when the panel goes."""
        if event.type() == QEvent.Type.Hide:
            self.keep()
        return super().event(event)


def _where(note: Note) -> str:
    when = clock(note.start)
    if note.end > note.start:
        when += f" to {clock(note.end)}"
    return f"{when}  ·  {note.camera}" if note.camera else when


def _row(index: int, note: Note, chosen: bool) -> Row:
    first = note.text.strip().splitlines()[0] if note.text.strip() else "New note"
    return Row(
        str(index),
        first,
        clock(note.start),
        "pen" if note.strokes else "note",
        chosen=chosen,
        tip=f"{note.text or 'New note'}\n{_where(note)}",
    )
