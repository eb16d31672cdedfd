"""The costly baseline: Gaussians optimised for one person, from scratch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mien.capture.resplit import Resplit
from mien.errors import FileError
from mien.evaluation.headsup.reconstructors import (
    Reconstruction,
    timed,
)
from mien.evaluation.headsup.trials import Trial
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.transform import moved
from mien.training.fit.config import FitConfig
from mien.training.fit.events import FitDone, FitProgress, FitStage
from mien.training.fit.loop import fit

Progress = Callable[[float | None, str], None]


@dataclass(frozen=True, eq=False)
class PersonFit:
    """Gaussians optimised to the very views that go in, from scratch, for each person (`mien fit`).

    Args:
        texels: Side of the UV map that carries a Gaussian on each texel, as in the network.
        minutes: Wall time for each person; None for no limit.
        steps: Iterations for each; None for no limit.
        device: torch's.
        progress: Told how far it is; may raise to stop.
    """

    texels: int
    minutes: float | None = None
    steps: int | None = None
    device: str = "cpu"
    progress: Progress | None = None
    name: str = "person_fit"
    num_parameters: None = None

    @property
    def title(self) -> str:
        """It says for how long."""
        limit = f"{self.minutes:g} min" if self.minutes is not None else f"{self.steps:,} steps"
        return f"per-person fit, {limit}"

    @property
    def identity(self) -> Mapping[str, Any]:
        """The budget and the texels."""
        return {"texels": self.texels, "minutes": self.minutes, "steps": self.steps}

    def reconstruct(self, trial: Trial) -> Reconstruction:
        """Fit."""
        config = FitConfig(
            minutes=self.minutes,
            steps=self.steps,
            texels=self.texels,
            frames=(trial.frame,),
            preview_secs=0,
            measure_secs=0,
            device=self.device,
        )
        tracking = trial.original.tracking
        if tracking is None:
            why = "was not tracked, and who is fitted has to stand where the others do"
            raise FileError(trial.original.source, why)
        seen = Resplit(trial.original, {held.name: "train" for held in trial.inputs})
        steps: list[int] = []

        def fitted() -> GaussianCloud:
            done = self._done(seen, config, trial.person)
            steps.append(done.report.steps)
            return moved(done.avatar.pose(tracking.state(trial.frame)), trial.head_from_world)

        made = timed(fitted)
        return replace(made, note=f"{steps[0]:,} steps")

    def _done(self, seen: Resplit, config: FitConfig, person: str) -> FitDone:
        for event in fit(seen, config, name=person):
            if isinstance(event, FitDone):
                return event
            if self.progress is not None and isinstance(event, FitStage | FitProgress):
                self.progress(event.fraction, f"fitting {person}")
        raise AssertionError("a fit always ends")
