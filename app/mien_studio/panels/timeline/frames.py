"""The capture's frames on the timeline: figures, notes, what is missing, what is decoded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import Capture
from mien.editing.document import Note
from mien.evaluation.metrics import METRICS
from mien.session.stations import Station
from mien_studio.bridge.notebook import Notebook
from mien_studio.bridge.studio import Studio
from mien_studio.widgets.frame_lane import NO_FACTS, FrameFacts, FrameLane, Mark

NOT_MEASURED = "Figures of each frame appear here once they are measured"


class CaptureFrames(FrameLane):
    """The lane of the capture whose cameras one moves among; hidden without one.

    Args:
        studio: Whose capture.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._shown: tuple[object, ...] = ()
        self._missing: tuple[Capture, str, NDArray[np.bool_]] | None = None
        self.mark_chosen.connect(studio.notebook.open)
        studio.reviewer.changed.connect(self.refresh)
        studio.notebook.changed.connect(self._show_marks)
        studio.document_changed.connect(self.refresh)
        studio.asset_changed.connect(self.refresh)
        studio.view_changed.connect(self._on_view)
        studio.frames.drawn.connect(self._show_cached)
        self.refresh()

    def refresh(self, _what: object = None) -> None:
        """Show the capture as it is known now."""
        session, reviewer = self._studio.session, self._studio.reviewer
        station = session.station
        self.setVisible(station is not None)
        review, metric = reviewer.review, reviewer.metric
        found = review.evaluation if review is not None else None
        camera = station.camera.name if station is not None else ""
        standing = session.view.state.standing
        capture = station.capture if station is not None else None
        shown = (capture, camera, standing, found, metric)
        if shown != self._shown:
            self._shown = shown
            self.set_facts(NO_FACTS if station is None else self._facts_of(station))
        self._show_marks()
        self._show_cached()

    def _facts_of(self, station: Station) -> FrameFacts:
        reviewer, capture = self._studio.reviewer, station.capture
        times = np.asarray(capture.times - capture.times[0], np.float64)
        missing = self._missing_in(capture, station.camera.name)
        review, name = reviewer.review, reviewer.metric
        if review is None or name not in review.evaluation.recipe.metrics:
            return FrameFacts(times, missing, NOT_MEASURED)
        found, metric = review.evaluation, METRICS[name]
        own, mean = None, found.frame_means(name)
        names = [held.name for held in found.cameras]
        title = f"{metric.title}  mean {metric.shown(found.mean(name))} {metric.unit}".rstrip()
        if self._studio.session.view.state.standing and station.camera.name in names:
            row = names.index(station.camera.name)
            own = found.table(name)[row]
            title += f"   {station.camera.name} {metric.shown(found.camera_means(name)[row])}"
        return FrameFacts(times, missing, title, times[list(found.frames)], mean, own)

    def _missing_in(self, capture: Capture, camera: str) -> NDArray[np.bool_]:
        held = self._missing
        if held is None or held[0] is not capture or held[1] != camera:
            frames = range(len(capture.times))
            missing = np.array([not capture.present(camera, frame) for frame in frames], np.bool_)
            held = self._missing = (capture, camera, missing)
        return held[2]

    def _on_view(self, _view: object) -> None:
        view, station = self._studio.session.view.state, self._studio.session.station
        camera = station.camera.name if station is not None else ""
        if (camera, view.standing) != self._shown[1:3]:
            self.refresh()

    def _show_marks(self) -> None:
        book = self._studio.notebook
        self.set_marks([_mark(book, index, note) for index, note in enumerate(book.notes)])

    def _show_cached(self, _drawn: object = None) -> None:
        station = self._studio.session.station
        if station is not None:
            frames = self._studio.frames.cached(station.capture, station.camera.name)
            self.set_cached(frames)


def _mark(book: Notebook, index: int, note: Note) -> Mark:
    return Mark(note.start, note.end, note.text or "New note", index == book.open_index)
