"""Evaluation: all that was measured of an avatar against a capture, as tables and means."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.capture.protocol import SPLITS, Capture, CaptureCamera, Split
from mien.evaluation.measuring import Measured
from mien.evaluation.metrics import Metric, metric
from mien.evaluation.recipe import Recipe

Table = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured, and of what.

    Args:
        subject: The avatar's name.
        capture: The capture's.
        recipe: The effective one, with the metrics that could be had.
        cameras: Those measured [C], in the rig's order.
        frames: Indices of the frames measured [T], in order.
        frame_names: What the dataset calls them [T].
        times: Their instants [T], seconds.
        measured: One for each camera and frame.
        rig: All cameras of the capture, measured or not.
        unavailable: Why a metric that was asked for could not be had, by name.
    """

    subject: str
    capture: str
    recipe: Recipe
    cameras: tuple[CaptureCamera, ...]
    frames: tuple[int, ...]
    frame_names: tuple[str, ...]
    times: NDArray[np.float64]
    measured: tuple[Measured, ...]
    rig: tuple[CaptureCamera, ...] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(
        subject: str,
        capture: Capture,
        recipe: Recipe,
        measured: Iterable[Measured],
        *,
        unavailable: Mapping[str, str] | None = None,
    ) -> Evaluation:
        """Gather what `evaluate` yielded."""
        found = tuple(measured)
        frames = tuple(sorted({item.frame for item in found}))
        seen = {item.camera for item in found}
        left_out = dict(unavailable or {})
        names = tuple(name for name in recipe.metrics if name not in left_out)
        return Evaluation(
            subject,
            capture.name,
            recipe.replace(metrics=names),
            tuple(held for held in capture.cameras if held.name in seen),
            frames,
            tuple(capture.frame_names[frame] for frame in frames),
            np.asarray(capture.times, np.float64)[list(frames)],
            found,
            tuple(capture.cameras),
            left_out,
        )

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Those it has values of, in the recipe's order."""
        return tuple(metric(name) for name in self.recipe.metrics)

    @cached_property
    def missing(self) -> tuple[Measured, ...]:
        """The pictures there was nothing to compare with."""
        return tuple(item for item in self.measured if item.missing is not None)

    def table(self, name: str) -> Table:
        """Return a metric's values [C, T]; NaN where there are none."""
        return self._tables[name]

    def mean(self, name: str) -> float:
        """Return the mean over all pictures; NaN where there is none."""
        return float(_mean(self.table(name).ravel()))

    def camera_means(self, name: str) -> Table:
        """Return the mean of each camera over its frames [C]."""
        return _mean(self.table(name))

    def frame_means(self, name: str) -> Table:
        """Return the mean of each frame over the cameras [T]."""
        return _mean(self.table(name).T)

    @property
    def splits(self) -> tuple[Split, ...]:
        """Which splits its cameras are of, in their usual order."""
        return tuple(split for split in SPLITS if any(c.split == split for c in self.cameras))

    def split_mean(self, name: str, split: Split) -> float:
        """Return the mean over the pictures of a split's cameras; NaN where there is none."""
        rows = [index for index, held in enumerate(self.cameras) if held.split == split]
        return float(_mean(self.table(name)[rows].ravel()))

    def worst(self, name: str, count: int = 6, *, apart: int = 0) -> tuple[Measured, ...]:
        """Return the worst pictures by a metric, worst first.

        Args:
            name: The metric.
            count: At most how many.
            apart: A picture is passed over where a worse one of the same camera lies within as many
                of the measured frames, so that one bad moment does not fill the list.
        """
        sign = 1.0 if metric(name).better == "higher" else -1.0
        held = [item for item in self.measured if name in item.values]
        place = {frame: index for index, frame in enumerate(self.frames)}
        chosen: list[Measured] = []
        for item in sorted(held, key=lambda each: sign * each.values[name]):
            near = (
                other.camera == item.camera and abs(place[other.frame] - place[item.frame]) <= apart
                for other in chosen
            )
            if len(chosen) < count and not (apart and any(near)):
                chosen.append(item)
        return tuple(chosen)

    def middle(self, name: str) -> Measured | None:
        """Return the picture in the middle by a metric, or None where there is none."""
        held = sorted(
            (item for item in self.measured if name in item.values),
            key=lambda item: item.values[name],
        )
        return held[len(held) // 2] if held else None

    def write_csv(self, path: str | Path) -> None:
        """Write a row for each picture, atomically.

        Raises:
            FileError: It cannot be written.
        """
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\n")
        names = self.recipe.metrics
        rows.writerow(["camera", "split", "frame", "frame_name", "time_secs", *names, "missing"])
        splits = {held.name: held.split for held in self.cameras}
        place = {frame: index for index, frame in enumerate(self.frames)}
        for item in self.measured:
            at = place[item.frame]
            values = [repr(item.values[name]) if name in item.values else "" for name in names]
            head = [item.camera, splits[item.camera], item.frame, self.frame_names[at]]
            rows.writerow([*head, f"{self.times[at]:.6f}", *values, item.missing or ""])
        with replacing(path) as temporary:
            temporary.write_text(text.getvalue(), encoding="utf-8")

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values that JSON can hold: NaN is null, infinity `"inf"`."""
        return {
            "subject": self.subject,
            "capture": self.capture,
            "recipe": self.recipe.as_json(),
            "unavailable": dict(self.unavailable),
            "pictures": len(self.measured),
            "missing": [[item.camera, item.frame, item.missing] for item in self.missing],
            "mean": {name: plain(self.mean(name)) for name in self.recipe.metrics},
            "splits": {
                split: {name: plain(self.split_mean(name, split)) for name in self.recipe.metrics}
                for split in self.splits
            },
            "cameras": [
                {"name": held.name, "split": held.split, **self._row(self.camera_means, index)}
                for index, held in enumerate(self.cameras)
            ],
            "frames": [
                {"frame": frame, "name": name, **self._row(self.frame_means, index)}
                for index, (frame, name) in enumerate(
                    zip(self.frames, self.frame_names, strict=True)
                )
            ],
        }

    def to_json(self) -> str:
        """Return `as_json` as text."""
        return json.dumps(self.as_json(), indent=1, allow_nan=False)

    def _row(self, means: Any, index: int) -> dict[str, float | str | None]:
        return {name: plain(float(means(name)[index])) for name in self.recipe.metrics}

    @cached_property
    def _tables(self) -> dict[str, Table]:
        rows = {held.name: index for index, held in enumerate(self.cameras)}
        columns = {frame: index for index, frame in enumerate(self.frames)}
        shape = len(self.cameras), len(self.frames)
        tables = {name: np.full(shape, np.nan) for name in self.recipe.metrics}
        for item in self.measured:
            for name, value in item.values.items():
                tables[name][rows[item.camera], columns[item.frame]] = value
        return tables


def plain(value: float) -> float | str | None:
    """Return a number as JSON can hold it: NaN as null, infinity as `"inf"`."""
    if np.isnan(value):
        return None
    return "inf" if np.isinf(value) else value


def _mean(values: Table) -> Table:
    """Return means over the last axis of what is there; NaN where nothing is."""
    there = ~np.isnan(values)
    counts = there.sum(axis=-1)
    sums = np.where(there, values, 0).sum(axis=-1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
