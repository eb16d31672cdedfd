"""Reviewer: measures slot A against ground truth beside the user interface, and keeps the results.

The work runs on a thread of low priority with a renderer of its own, and stands still while time
runs, so that the picture on the screen is never late because of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from mien.editing.document import Asset, Note
from mien.errors import MienError
from mien.evaluation.result import Evaluation
from mien.rendering.protocol import Renderer
from mien.rendering.selection import best_renderer_name, make_renderer
from mien.session.command_line import evaluate_command
from mien.session.review import Measurement, Scope, conditions, prepare, reviewed_capture
from mien.workers import Task, lower_priority
from mien_studio.bridge.comparing import ComparingPictures

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

_REST_SECS = 0.25
"""How long a picture waits at most while time runs on the screen."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Review:
    """What was measured, and under which conditions.

    Args:
        measurement: How.
        evaluation: What was found; of some pictures only while `whole` is false.
        whole: Whether nothing is missing from it.
    """

    measurement: Measurement
    evaluation: Evaluation
    whole: bool = False


class Reviewer(QObject):
    """What the review panel and the timeline show of measuring.

    Args:
        studio: Whose slot A is measured.
    """

    changed = Signal()
    """Results came or went, or measuring began, went on or ended."""

    _found = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._scope = Scope()
        self._metric = ""
        self._reviews: dict[str, Review] = {}
        self._task: Task | None = None
        self._calm = threading.Event()
        self._calm.set()
        self.pictures = ComparingPictures(self)
        """Draws what was measured, to be looked at."""
        self._found.connect(self._keep, Qt.ConnectionType.QueuedConnection)
        studio.player.playing_changed.connect(self._on_playing)
        studio.task_changed.connect(self._on_task)
        studio.document_changed.connect(self._forget_removed)

    # What is known

    @property
    def scope(self) -> Scope:
        """What is measured next."""
        return self._scope

    def set_scope(self, scope: Scope) -> None:
        """Measure other pictures, or by another recipe, from now on."""
        if scope != self._scope:
            self._scope = scope
            self.changed.emit()

    @property
    def capture(self) -> Asset | None:
        """What is reviewed, where there is a capture that is open."""
        return reviewed_capture(self._studio.session)

    @property
    def review(self) -> Review | None:
        """What was found for the capture that is reviewed, or None."""
        asset = self.capture
        return None if asset is None else self._reviews.get(asset.id)

    @property
    def metric(self) -> str:
        """Name of the metric that is looked at: the chosen one where it was measured, or the first
        that was; empty where none was."""
        review = self.review
        names = () if review is None else review.evaluation.recipe.metrics
        return self._metric if self._metric in names else next(iter(names), "")

    def set_metric(self, name: str) -> None:
        """Look at another metric."""
        self._metric = name
        self.changed.emit()

    @property
    def stale(self) -> bool:
        """Whether A, the capture or the recipe are others than those that were measured."""
        review = self.review
        if review is None:
            return False
        under = review.measurement.conditions
        # A picture that was measured is as good, however many were wanted besides.
        return conditions(self._studio.session, under.scope) != under or (
            under.scope.recipe != self._scope.recipe
        )

    @property
    def task(self) -> Task | None:
        """The measuring that is under way, or None."""
        return self._task

    def command(self, out: Path | None = None) -> str:
        """Return the command that does the same without a window; empty where there is none."""
        return evaluate_command(self._studio.session, self._scope, out)

    # Work

    @property
    def can_measure(self) -> bool:
        """Whether there is something to measure, and nothing is being measured."""
        session = self._studio.session
        return self._task is None and conditions(session, self._scope) is not None

    def measure(self) -> None:
        """Measure slot A as it is now; results come in while it goes on."""
        if self._task is not None:
            return
        try:
            taken = prepare(self._studio.session, self._scope)
        except MienError as error:
            self._studio.report(error)
            return
        name = self._renderer_name()

        def job(task: Task) -> Evaluation:
            def progress(fraction: float | None, message: str) -> None:
                task.progress(fraction, message)
                self._calm.wait(_REST_SECS)

            def tell(evaluation: Evaluation) -> None:
                self._found.emit(Review(taken, evaluation))

            return _drawing(name, lambda it: taken.run(it, progress=progress, found=tell))

        def done(evaluation: Evaluation) -> None:
            self._task = None
            self._keep(Review(taken, evaluation, whole=True))

        def failed(error: Exception) -> None:
            self._task = None
            self._studio.report(error)
            self.changed.emit()

        title = f"Measuring {taken.subject.name}"
        self._task = self._studio.run(title, job, done=done, failed=failed)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop measuring; what was found so far stays."""
        if self._task is not None:
            self._task.cancel()

    def export(self, path: Path, *, done: Callable[[Path], object]) -> None:
        """Write the review as a page (`.html`) or a table (`.csv`), then call `done`."""
        review, asset = self.review, self.capture
        if review is None or asset is None:
            return
        # The report's markup is no part of the way to the first picture.
        from mien.session.review_report import ReviewReport

        scope = review.measurement.conditions.scope
        written = ReviewReport(
            review.measurement,
            review.evaluation,
            _notes_about(asset, self._studio.session.document.notes),
            evaluate_command(self._studio.session, scope, path),
            () if review.whole else (("Pictures", "measuring was stopped before the end"),),
        )
        name = self._renderer_name()

        def job(task: Task) -> Path:
            _drawing(name, lambda renderer: written.write(path, renderer, task.progress))
            return path

        self._studio.run(f"Writing {path.name}", job, done=done)

    def close(self) -> None:
        """Stop all work."""
        self.cancel()
        self._calm.set()
        self.pictures.close()

    def _renderer_name(self) -> str:
        return self._studio.frames.renderer or best_renderer_name()

    # What happens

    def _keep(self, review: Review) -> None:
        key = review.measurement.conditions.capture.id
        held = self._reviews.get(key)
        # Queued before the end, delivered after it.
        late = held is not None and held.whole and held.measurement is review.measurement
        if not late or review.whole:
            self._reviews[key] = review
        self.changed.emit()

    def _on_playing(self, playing: bool) -> None:
        if playing:
            self._calm.clear()
        else:
            self._calm.set()

    def _on_task(self, task: object) -> None:
        if task is not self._task or self._task is None:
            return
        if self._task.finished and self._task.cancelled:
            self._task = None
        self.changed.emit()

    def _forget_removed(self, _change: object) -> None:
        present = {asset.id for asset in self._studio.session.document.assets}
        self._reviews = {key: held for key, held in self._reviews.items() if key in present}


def _notes_about(asset: Asset, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    return tuple(note for note in notes if note.asset in (asset.id, ""))


def _drawing(name: str, work: Callable[[Renderer], T]) -> T:
    """Do work with a renderer of its own on a thread of low priority; wait for it here.

    The threads of tasks are used again, and a priority that went down cannot come up again.
    """

    def quietly() -> T:
        renderer = make_renderer(name)
        try:
            return work(renderer)
        finally:
            renderer.close()

    with ThreadPoolExecutor(1, "measuring", initializer=lower_priority) as thread:
        return thread.submit(quietly).result()
