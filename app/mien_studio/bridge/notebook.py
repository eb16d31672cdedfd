"""Notebook: the notes of a review as panels, timeline and viewport share them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mien.editing.commands import SetNotes
from mien.editing.document import Note, Stroke
from mien.session.stations import Station, frame_at
from mien.session.timeline import played_span

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio


class Notebook(QObject):
    """Write, draw, go to and remove notes. Which one is open is nobody's to undo.

    Args:
        studio: Whose notes.
    """

    changed = Signal()
    """Notes, the open one, or whether it is drawn on are others."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._open: int | None = None
        self._drawing = False
        self._held = self.notes
        studio.document_changed.connect(self._on_document)
        studio.view_changed.connect(self._on_view)

    @property
    def notes(self) -> tuple[Note, ...]:
        """All of them, by time."""
        return self._studio.session.document.notes

    @property
    def open_index(self) -> int | None:
        """Which one is open, or None."""
        return self._open

    @property
    def open_note(self) -> Note | None:
        """The note that is open, or None."""
        return None if self._open is None else self.notes[self._open]

    @property
    def drawing(self) -> bool:
        """Whether the mouse draws on the picture instead of moving the camera."""
        return self._drawing

    @property
    def station(self) -> Station | None:
        """The camera one stands in, or None: only its picture stays the same, to be drawn on."""
        session = self._studio.session
        return session.station if session.view.state.standing else None

    # Changing them

    def add(self) -> None:
        """Begin a note about this instant, or about the played range where one is set."""
        session, station = self._studio.session, self.station
        view = session.view.state
        start = end = view.time
        if view.in_time is not None or view.out_time is not None:
            span = played_span(view, session.span)
            start, end = span.start, span.end
        note = Note(start, end, "")
        if station is not None:
            note = replace(note, asset=station.asset, camera=station.camera.name)
        self._open, self._drawing = None, False
        self._set([*self.notes, note], "Add note", note)

    def write(self, index: int, text: str) -> None:
        """Change the words of a note."""
        if text != self.notes[index].text:
            self._replace(index, replace(self.notes[index], text=text), "Write note")

    def draw(self, stroke: Stroke) -> None:
        """Add a line to the open note, which belongs to this camera's picture from then on."""
        note, station = self.open_note, self.station
        if note is None or self._open is None or station is None or len(stroke) < 2:
            return
        changed = replace(
            note,
            asset=station.asset,
            camera=station.camera.name,
            strokes=(*note.strokes, stroke),
        )
        self._replace(self._open, changed, "Draw on note")

    def erase(self, index: int) -> None:
        """Remove all lines of a note."""
        self._replace(index, replace(self.notes[index], strokes=()), "Erase drawing")

    def remove(self, index: int) -> None:
        """Remove a note."""
        kept = self.notes[:index] + self.notes[index + 1 :]
        self._open, self._drawing = None, False
        self._set(kept, "Delete note", None)

    # Looking at them

    def open(self, index: int | None) -> None:
        """Open a note and go where it was written; None closes the open one."""
        self._open, self._drawing = index, False
        if index is not None:
            self._go_to(self.notes[index])
        self.changed.emit()

    def set_drawing(self, drawing: bool) -> None:
        """Let the mouse draw on the picture, or move the camera again.

        One can only draw where one stands in a camera: the chosen one is stood in, if need be.
        """
        if drawing and self.station is None and self._studio.session.station is not None:
            station = self._studio.session.station
            self._studio.update_view(standing=True, station_camera=station.camera.name)
        self._drawing = drawing and self.open_note is not None and self.station is not None
        self.changed.emit()

    @property
    def visible(self) -> tuple[Note, ...]:
        """The notes whose drawings belong on the picture that is shown now, the open one last."""
        station = self.station
        if station is None:
            return ()
        time = self._studio.session.view.state.time
        frame = frame_at(station.capture, time)
        here = [
            note
            for note in self.notes
            if note.strokes
            and (note.asset, note.camera) == (station.asset, station.camera.name)
            and frame_at(station.capture, note.start) <= frame
            and frame <= frame_at(station.capture, note.end)
        ]
        return tuple(sorted(here, key=lambda note: note is self.open_note))

    def _go_to(self, note: Note) -> None:
        studio = self._studio
        present = {asset.id for asset in studio.session.document.assets}
        changes: dict[str, object] = {"time": note.start, "playing": False}
        if note.camera and note.asset in present:
            changes |= {
                "station_asset": note.asset,
                "station_camera": note.camera,
                "standing": True,
            }
        studio.update_view(**changes)

    def _replace(self, index: int, note: Note, label: str) -> None:
        notes = list(self.notes)
        notes[index] = note
        self._set(notes, label, note if index == self._open else None)

    def _set(self, notes: Sequence[Note], label: str, opened: Note | None) -> None:
        if self._studio.push(SetNotes(tuple(notes), label=label)) and opened is not None:
            self._open = next(place for place, note in enumerate(self.notes) if note is opened)
        self.changed.emit()

    def _on_document(self, _change: object) -> None:
        if self.notes is self._held:
            return
        self._held = self.notes
        # Undone, the open one may be gone.
        if self._open is not None and self._open >= len(self.notes):
            self._open, self._drawing = None, False
        self.changed.emit()

    def _on_view(self, _view: object) -> None:
        if self._drawing and self.station is None:
            self.set_drawing(False)
