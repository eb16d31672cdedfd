"""The fit as an iterator of what happens, until the time or the steps are spent."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture
from mien.training.fit.config import FitConfig
from mien.training.fit.events import (
    FitDone,
    FitEvent,
    FitPreview,
    FitProgress,
    FitReport,
    FitStage,
)
from mien.training.fit.initialisation import starting_gaussians
from mien.training.fit.parameters import Parameters
from mien.training.fit.result import avatar_of
from mien.training.fit.resuming import Saved, load_fit, save_fit
from mien.training.fit.stepping import Fit, Outcome
from mien.training.fit.surface import FitSurface, surface_of
from mien.training.fit.views import (
    Photographs,
    check_frames,
    held_out_photographs,
    training_photographs,
)

_REPORT_SECS = 0.5
_REMEMBERED = 40


def fit(
    capture: Capture,
    config: FitConfig,
    *,
    name: str = "",
    checkpoint: Path | None = None,
    resume: bool = False,
    cancel: Callable[[], bool] = lambda: False,
) -> Iterator[FitEvent]:
    """Fit an avatar to a capture; an iterator of what happens, which ends with FitDone.

    Args:
        capture: The person.
        config: What is asked.
        name: Of the avatar; the capture's by default.
        checkpoint: File that is written now and then and at the end; None for none.
        resume: Whether to go on from the checkpoint as if there had been no break: the same
            photographs in the same order, to the bit.
        cancel: Asked at every step; when it says so, the fit ends with the best so far.

    Raises:
        MienError: The capture has no pictures to fit, its head cannot be found, or the checkpoint
            is of another fit.
        FileError: A picture or the checkpoint cannot be read.
    """
    if config.method == "free":
        from mien.training.fit.free import fit_free

        yield from fit_free(capture, config, name=name, cancel=cancel)
        return
    saved = load_fit(checkpoint, config) if resume and checkpoint is not None else None
    clock = _Clock(config) if saved is None else _Clock(config, saved.elapsed_secs, saved.cpu_secs)
    check_frames(capture, config.frames)
    yield FitStage("finding the head")
    surface = surface_of(capture, config.template, config.frames)
    seen = Realigned(capture, surface.head_from_world)
    photographs = training_photographs(seen, config.frames)
    yield FitStage(f"reading {len(photographs)} pictures")
    background = capture.background
    running = Fit(
        config,
        surface,
        _parameters(config, surface, photographs) if saved is None else saved.parameters,
        photographs=photographs,
        held_out=held_out_photographs(seen, config.frames),
        background=None if background is None else (background / 255).astype(np.float32),
    )
    if saved is not None:
        running.restore(saved.step, saved.arrays)
    yield from _Run(running, clock, name or capture.name, checkpoint, cancel).events()


def _parameters(config: FitConfig, surface: FitSurface, photographs: Photographs) -> Parameters:
    of_first = [
        photographs.get(index)
        for index, (_, frame) in enumerate(photographs.places)
        if frame == config.frames[0]
    ]
    start = starting_gaussians(
        surface, of_first, texels=config.texels, layers=config.layers, seed=config.seed
    )
    return Parameters(start, sh_degree=config.sh_degree, rates=config.rates, device=config.device)


@dataclass
class _Clock:
    """How much of the budget is spent; time before a resumed fit was stopped counts."""

    config: FitConfig
    spent_before: float = 0.0
    cpu_before: float = 0.0

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._cpu_began = time.process_time()

    def elapsed(self) -> float:
        return self.spent_before + time.monotonic() - self._began

    def cpu(self) -> float:
        return self.cpu_before + time.process_time() - self._cpu_began

    def fraction(self, step: int) -> float:
        """Return the share of the budget that is spent, by whichever limit is nearer."""
        shares = [0.0]
        if self.config.minutes is not None:
            shares.append(self.elapsed() / (60 * self.config.minutes))
        if self.config.steps is not None:
            shares.append(step / self.config.steps)
        return max(shares)


class _Run:
    """Drives a fit and says what happens, now and then."""

    def __init__(
        self,
        running: Fit,
        clock: _Clock,
        name: str,
        checkpoint: Path | None,
        cancel: Callable[[], bool],
    ) -> None:
        self._fit = running
        self._clock = clock
        self._name = name
        self._checkpoint = checkpoint
        self._cancel = cancel
        self._outcomes: deque[tuple[float, Outcome]] = deque(maxlen=_REMEMBERED)
        self._held_out_psnr: float | None = None
        self._began = clock.elapsed()
        self._last: dict[str, float] = {}

    def events(self) -> Iterator[FitEvent]:
        """Step until the budget is spent or somebody cancels; the last event is FitDone."""
        config, running = self._fit.config, self._fit
        cancelled = False
        while (fraction := self._clock.fraction(running.step)) < 1:
            if self._cancel():
                cancelled = True
                break
            outcome = running.advance(fraction)
            self._outcomes.append((self._clock.elapsed(), outcome))
            if self._due("measured", config.measure_secs) and len(running.held_out):
                self._held_out_psnr = float(np.mean([score.psnr for score in running.scores()]))
            if self._due("told", _REPORT_SECS):
                yield self._progress()
            if self._due("shown", config.preview_secs):
                yield FitPreview(running.step, self._avatar())
            if self._due("saved", config.checkpoint_secs):
                self._save()
        self._save()
        yield self._done(cancelled)

    def _due(self, what: str, every_secs: float) -> bool:
        now = self._clock.elapsed()
        if every_secs <= 0 or now - self._last.get(what, self._began) < every_secs:
            return False
        self._last[what] = now
        return True

    def _save(self) -> None:
        if self._checkpoint is not None:
            running = self._fit
            clock = self._clock
            saved = Saved(
                running.step, clock.elapsed(), clock.cpu(), running.parameters, running.state()
            )
            save_fit(self._checkpoint, running.config, saved)

    def _progress(self) -> FitProgress:
        outcomes, step = self._outcomes, self._fit.step
        span = outcomes[-1][0] - outcomes[0][0]
        return FitProgress(
            step,
            min(self._clock.fraction(step), 1.0),
            self._clock.elapsed(),
            float(np.mean([outcome.loss for _, outcome in outcomes])),
            float(np.mean([outcome.psnr for _, outcome in outcomes])),
            self._held_out_psnr,
            self._fit.parameters.num_gaussians,
            (len(outcomes) - 1) / span if span > 0 else 0.0,
        )

    def _done(self, cancelled: bool) -> FitDone:
        running = self._fit
        scores = tuple(running.scores())
        missing = running.photographs.num_missing + running.held_out.num_missing
        notes = (f"the head was found {running.surface.note}",)
        if missing:
            notes += (f"{missing} pictures are missing in the capture",)
        report = FitReport(
            running.step,
            self._clock.elapsed(),
            running.parameters.num_gaussians,
            float(np.mean([score.psnr for score in scores])) if scores else None,
            float(np.mean([score.ssim for score in scores])) if scores else None,
            scores,
            notes,
            self._clock.cpu(),
        )
        return FitDone(self._avatar(report), report, cancelled)

    def _avatar(self, report: FitReport | None = None) -> RiggedAvatar:
        running = self._fit
        provenance = {} if report is None else report.summary()
        return avatar_of(self._name, running.surface, running.parameters, provenance)
