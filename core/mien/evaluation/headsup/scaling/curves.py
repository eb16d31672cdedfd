"""A study's curves: read from its ledger, drawn, and written for whoever shows them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien.atomic import replacing
from mien.errors import FileError
from mien.evaluation.headsup.charts import Curve, Panel, draw_panels
from mien.evaluation.headsup.ledger import Ledger
from mien.evaluation.headsup.scaling.grid import AXES, AxisName, Grid, cells_of
from mien.evaluation.metrics import metric
from mien.image import Image8, write_image

JSON, CSV, PNG = "curves.json", "curves.csv", "curves.png"
_KIND, _VERSION = "mien-scaling-study", 1

_TITLES: Mapping[AxisName, tuple[str, str]] = {
    "people": ("Training people", "people learnt from, log scale"),
    "views": ("Input views", "views that go in, log scale"),
    "latent": ("Latent size", "numbers in the latent, log scale"),
    "memory": ("Decoder", "views that go in"),
}
_NAMES = {"headsup": "HeadsUp", "pixel_aligned": "pixel-aligned"}


@dataclass(frozen=True)
class Point:
    """A cell that is finished.

    Args:
        value: Where it is along its axis.
        label: What stands below it.
        found: What its ledger says.
    """

    value: int
    label: str
    found: Mapping[str, Any]


@dataclass(frozen=True)
class Curves:
    """What a study has found so far.

    Args:
        grid: What it measures.
        axes: The points along each axis, in order.
    """

    grid: Grid
    axes: Mapping[AxisName, tuple[Point, ...]]

    @staticmethod
    def of(grid: Grid, ledger: Ledger) -> Curves:
        """Gather the cells that are finished."""
        points: dict[AxisName, list[Point]] = {axis: [] for axis in AXES}
        for cell in cells_of(grid):
            found = ledger.get(cell.as_key())
            if found is not None:
                points[cell.axis].append(Point(cell.value, cell.label, found))
        return Curves(
            grid,
            {axis: tuple(sorted(held, key=lambda p: p.value)) for axis, held in points.items()},
        )

    @staticmethod
    def read(folder: Path) -> Curves:
        """Read what a study wrote.

        Raises:
            FileError: There is nothing, or it is damaged.
        """
        path = folder / JSON
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            if held["kind"] != _KIND or held["version"] != _VERSION:
                raise FileError(path, "of another kind or version")
            axes: dict[AxisName, tuple[Point, ...]] = {
                axis: tuple(Point(**point) for point in held["axes"][axis]) for axis in AXES
            }
            return Curves(Grid.from_dict(held["grid"]), axes)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise FileError(path, f"cannot be read ({error})") from error

    def write(self, folder: Path) -> None:
        """Write them as JSON, CSV and a picture, each atomically.

        Raises:
            FileError: It cannot be written.
        """
        _write(folder / JSON, json.dumps(self.as_json(), indent=1, allow_nan=False))
        _write(folder / CSV, self.as_csv())
        if any(self.axes.values()):
            write_image(folder / PNG, self.drawn())

    def as_json(self) -> dict[str, Any]:
        """Return them as plain values."""
        axes = {axis: [vars(point) for point in held] for axis, held in self.axes.items()}
        return {"kind": _KIND, "version": _VERSION, "grid": self.grid.as_dict(), "axes": axes}

    def as_csv(self) -> str:
        """Return a row for each point: figures of quality, or of memory."""
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["axis", "value", "label", "figure", "mean", "error"])
        for axis, points in self.axes.items():
            for point in points:
                for figure, mean, error in _figures(axis, point):
                    shown = "" if error is None else repr(error)
                    rows.writerow([axis, point.value, point.label, figure, repr(mean), shown])
        return text.getvalue()

    def panels(self) -> list[Panel]:
        """Return a chart for each axis that has points."""
        drawn = [self._quality(axis) for axis in ("people", "views", "latent") if self.axes[axis]]
        return [*drawn, *(self._memory() if self.axes["memory"] else ())]

    @property
    def caption(self) -> str:
        """With what networks, and what whiskers mean."""
        grid = self.grid
        how = f"{grid.preset} network" if not grid.weights else Path(grid.weights).stem
        steps = "" if not self._trained else f", {grid.steps:,} steps each"
        return f"{how}{steps}. Whiskers: one standard error, what people differ by taken out."

    def drawn(self) -> Image8:
        """Return the page of charts [H, W, 3]."""
        return draw_panels(self.panels(), caption=self.caption)

    @property
    def _trained(self) -> bool:
        return any("training_steps" in point.found for held in self.axes.values() for point in held)

    def _quality(self, axis: AxisName) -> Panel:
        points, (title, below) = self.axes[axis], _TITLES[axis]
        curve = Curve(
            "",
            tuple(float(point.value) for point in points),
            tuple(point.found["metrics"]["psnr"]["mean"] for point in points),
            paired_errors([point.found["by_person"] for point in points]),
        )
        inputs = "" if axis == "views" else f", {self.grid.num_inputs} views in"
        people = sorted({point.found["people"] for point in points})
        who = "-".join(str(count) for count in dict.fromkeys((people[0], people[-1])))
        note = f"PSNR in the mask's box; {who} people held out, {self.grid.num_targets} views each"
        labels = {float(point.value): point.label for point in points} if axis == "latent" else {}
        return Panel(title, below, metric("psnr").unit, (curve,), note + inputs, log_x=True,
                     x_labels=labels)  # fmt: skip

    def _memory(self) -> tuple[Panel, Panel]:
        below = _TITLES["memory"][1]
        return (
            Panel(
                "Gaussians, in thousands",
                below,
                "",
                self._footprints("num_gaussians", 1e3),
                "by number and size of the views",
                from_zero=True,
            ),
            Panel(
                "Memory of the decoder, MB",
                below,
                "",
                self._footprints("decoder_bytes", 1e6),
                "tensors alive at once, by number and size of the views",
                from_zero=True,
            ),
        )

    def _footprints(self, figure: str, unit: float) -> tuple[Curve, ...]:
        """Return a curve for each network and size of views; one where sizes make no difference."""
        points = self.axes["memory"]
        xs = tuple(float(point.value) for point in points)
        sizes: dict[tuple[str, tuple[float, ...]], list[str]] = {}
        for name, held in points[0].found.items():
            for side in held:
                ys = tuple(point.found[name][side][figure] / unit for point in points)
                sizes.setdefault((name, ys), []).append(side)
        return tuple(
            Curve(f"{_NAMES[name]}, {' and '.join(sides)} px", xs, ys)
            for (name, ys), sides in sizes.items()
        )


def paired_errors(by_person: Sequence[Mapping[str, float]]) -> tuple[float, ...]:
    """Return the standard error of each point of a curve on which the same people were measured.

    What people differ by is taken out, since it is the same at each point (Cousineau 2005, with
    the correction of Morey 2008). NaN for fewer than two people or points, or where people differ.
    """
    people = sorted(by_person[0])
    if len(people) < 2 or len(by_person) < 2 or any(sorted(p) != people for p in by_person):
        return (float("nan"),) * len(by_person)
    values = np.array([[each[person] for person in people] for each in by_person])
    left = values - values.mean(axis=0)
    errors = left.std(axis=1, ddof=1) / np.sqrt(len(people))
    count = len(by_person)
    return tuple((errors * np.sqrt(count / (count - 1))).tolist())


def _figures(axis: AxisName, point: Point) -> list[tuple[str, float, float | None]]:
    if axis != "memory":
        metrics = point.found["metrics"]
        return [(name, held["mean"], held["error"]) for name, held in metrics.items()]
    return [
        (f"{name} {side} px {figure}", value, None)
        for name, sides in point.found.items()
        for side, held in sides.items()
        for figure, value in held.items()
    ]


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
