"""History: undo and redo over document values, bounded in bytes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from mien.editing.commands import Command
from mien.editing.document import Document
from mien.events import Event

_STEP_BYTES = 4096
"""What a step costs besides its marks: a few small values and mappings."""


@dataclass(frozen=True, eq=False)
class _Step:
    label: str
    before: Document
    after: Document

    @property
    def num_bytes(self) -> int:
        # Only arrays the older document does not share with the newer one are kept by the step.
        kept = {id(marks) for marks in self.after.marks.values()}
        own = [marks for marks in self.before.marks.values() if id(marks) not in kept]
        return _STEP_BYTES + sum(marks.bits.nbytes for marks in own)


@dataclass(frozen=True)
class Change:
    """What listeners get: the document before and after, and what was done."""

    before: Document
    after: Document
    label: str


class History:
    """Own the document and the way back.

    A gesture (a slider drag, a brush stroke) merges its commands into one step. The cursor moves
    only after a command succeeded; a command that raises leaves everything as it was.

    Args:
        document: Where it starts.
        budget_bytes: Oldest steps are forgotten beyond this.
    """

    def __init__(self, document: Document | None = None, *, budget_bytes: int = 512 << 20) -> None:
        self._document = document or Document()
        self._steps: list[_Step] = []
        self._cursor = 0
        self._budget_bytes = budget_bytes
        self._gesture: tuple[str, Document] | None = None
        self._saved: Document | None = self._document
        self.changed: Event[Change] = Event()

    @property
    def document(self) -> Document:
        """The document as it stands."""
        return self._document

    @property
    def undo_label(self) -> str | None:
        """What undo would take back, or None."""
        if self._gesture is not None and self._gesture[1] is not self._document:
            return self._gesture[0]
        return self._steps[self._cursor - 1].label if self._cursor else None

    @property
    def redo_label(self) -> str | None:
        """What redo would do again, or None."""
        return self._steps[self._cursor].label if self._cursor < len(self._steps) else None

    @property
    def modified(self) -> bool:
        """Whether the document differs from what was last saved or opened."""
        return self._document is not self._saved

    @property
    def num_bytes(self) -> int:
        """Memory the steps keep."""
        return sum(step.num_bytes for step in self._steps)

    def push(self, command: Command) -> None:
        """Do a command; inside a gesture it merges into the gesture's one step."""
        before = self._document
        after = command.apply(before)
        if after == before:
            return
        if self._gesture is None:
            self._append(_Step(command.label, before, after))
        self._move_to(after, command.label)

    def begin_gesture(self, label: str) -> None:
        """Open a gesture; one that was open ends first."""
        self.end_gesture()
        self._gesture = (label, self._document)

    def end_gesture(self) -> None:
        """Close the gesture and keep it as one step; without effect when none is open."""
        if self._gesture is None:
            return
        label, before = self._gesture
        self._gesture = None
        if self._document != before:
            self._append(_Step(label, before, self._document))
            # Listeners learn that undo is possible now, even though nothing moved.
            self.changed.emit(Change(self._document, self._document, label))

    def abort_gesture(self) -> None:
        """Close the gesture and go back to where it began."""
        if self._gesture is None:
            return
        label, before = self._gesture
        self._gesture = None
        self._move_to(before, label)

    @contextmanager
    def gesture(self, label: str) -> Generator[None]:
        """Merge everything pushed inside into one step; an exception undoes it."""
        self.begin_gesture(label)
        try:
            yield
        except BaseException:
            self.abort_gesture()
            raise
        self.end_gesture()

    def undo(self) -> bool:
        """Go one step back; return whether there was one."""
        self.end_gesture()
        if not self._cursor:
            return False
        step = self._steps[self._cursor - 1]
        self._cursor -= 1
        self._move_to(step.before, step.label)
        return True

    def redo(self) -> bool:
        """Go one step forward again; return whether there was one."""
        self.end_gesture()
        if self._cursor == len(self._steps):
            return False
        step = self._steps[self._cursor]
        self._cursor += 1
        self._move_to(step.after, step.label)
        return True

    def mark_saved(self, document: Document | None = None) -> None:
        """Remember a document (this one by default) as what is on disk."""
        self._saved = document if document is not None else self._document

    def mark_unsaved(self) -> None:
        """Remember that this document is nowhere on disk, such as after a recovery."""
        self._saved = None

    def reset(self, document: Document) -> None:
        """Start over with another document and no way back."""
        before = self._document
        self._steps, self._cursor, self._gesture = [], 0, None
        self._document = self._saved = document
        self.changed.emit(Change(before, document, "Open"))

    def _append(self, step: _Step) -> None:
        del self._steps[self._cursor :]
        self._steps.append(step)
        while len(self._steps) > 1 and self.num_bytes > self._budget_bytes:
            del self._steps[0]
        self._cursor = len(self._steps)

    def _move_to(self, document: Document, label: str) -> None:
        before, self._document = self._document, document
        self.changed.emit(Change(before, document, label))
