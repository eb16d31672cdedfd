"""The report of a review: its figures, its worst pictures, and the reviewer's notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien.capture.protocol import camera_named
from mien.editing.document import Note, Stroke
from mien.errors import FileError
from mien.evaluation.measuring import Progress, in_world_of
from mien.evaluation.pairs import photograph, rendered
from mien.evaluation.report import Report, ReportNote, compare, write_report
from mien.evaluation.report import Stroke as ReportStroke
from mien.evaluation.result import Evaluation
from mien.image import Image8, to_uint8
from mien.rendering.protocol import Renderer
from mien.session.review import Measurement
from mien.session.stations import frame_at

_WORST = 6
_STROKE_WIDTH = 0.006
"""Of a drawn line, as a share of the width of the picture it was drawn on."""


@dataclass(frozen=True, eq=False)
class ReviewReport:
    """What is written of a review.

    Args:
        measurement: How it was measured.
        evaluation: What was found.
        notes: Those about this capture, and those about none.
        command: That measures it again.
        facts: More for the recipe, as (what, how) pairs.
    """

    measurement: Measurement
    evaluation: Evaluation
    notes: tuple[Note, ...] = ()
    command: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def write(self, path: Path, renderer: Renderer, progress: Progress) -> None:
        """Write the page (`.html`), or the table (`.csv`).

        Raises:
            FileError: It cannot be written, or a picture can be read no more.
            RenderError: The subject cannot be drawn.
        """
        if path.suffix.lower() == ".csv":
            self.evaluation.write_csv(path)
        else:
            write_report(path, self.report(renderer, progress))

    def report(self, renderer: Renderer, progress: Progress) -> Report:
        """Return the report with its pictures drawn."""
        taken, found = self.measurement, self.evaluation
        bad, typical = compare(
            taken.subject,
            taken.capture,
            found,
            worst=_WORST,
            renderer=renderer,
            states=taken.states.__getitem__,
            progress=progress,
        )
        return Report(
            found,
            bad,
            typical,
            notes=[self._note(note, renderer) for note in self.notes],
            command=self.command,
            facts=(*self.facts, ("Renderer", renderer.name)),
        )

    def _note(self, note: Note, renderer: Renderer) -> ReportNote:
        clock = float(self.measurement.capture.times[0])
        picture = self._picture(note, renderer) if note.camera else None
        strokes = _beside(note.strokes) if picture is not None else ()
        return ReportNote(
            clock + note.start, clock + note.end, note.text, note.camera, picture, strokes
        )

    def _picture(self, note: Note, renderer: Renderer) -> Image8 | None:
        """Return render and photograph of a note's frame side by side; None where there is none."""
        taken = self.measurement
        placed = in_world_of(taken.subject, taken.capture)
        frame = frame_at(placed, note.start)
        nearest = min(taken.states, key=lambda held: abs(held - frame))
        # The whole picture, whatever is measured of it: strokes are shares of its sides.
        recipe = taken.recipe.replace(crop="full", scale=1.0)
        try:
            lens = camera_named(placed, note.camera).camera
            photo = photograph(placed, note.camera, frame, lens=lens, recipe=recipe)
        except (FileError, KeyError):
            return None
        state = taken.states.get(frame, taken.states[nearest])
        image = rendered(renderer, taken.subject.pose(state), photo)
        return np.concatenate([to_uint8(image), to_uint8(photo.image)], axis=1)


def _beside(strokes: Sequence[Stroke]) -> tuple[ReportStroke, ...]:
    """Return strokes on one picture as strokes on each of two side by side."""
    return tuple(
        ReportStroke(tuple((x / 2 + start, y) for x, y in stroke), width=_STROKE_WIDTH / 2)
        for start in (0.0, 0.5)
        for stroke in strokes
    )
