"""A study's curves: read from its ledger, drawn, and written for whoever shows them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    "memory": ("Decoder", "views that go in, log scale"),
}
_MEGABYTE = 1e6


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

    def drawn(self) -> Image8:
        """Return the page of charts [H, W, 3]."""
        grid = self.grid
        how = f"{grid.preset} network" if not grid.weights else Path(grid.weights).stem
        steps = "" if not self._trained else f", {grid.steps:,} steps each"
        return draw_panels(self.panels(), caption=f"{how}{steps}. Whiskers: one standard error.")

    @property
    def _trained(self) -> bool:
        return any("training_steps" in point.found for held in self.axes.values() for point in held)

    def _quality(self, axis: AxisName) -> Panel:
        points, (title, below) = self.axes[axis], _TITLES[axis]
        psnr = [point.found["metrics"]["psnr"] for point in points]
        curve = Curve(
            "",
            tuple(float(point.value) for point in points),
            tuple(each["mean"] for each in psnr),
            tuple(float("nan") if each["error"] is None else each["error"] for each in psnr),
        )
        inputs = "" if axis == "views" else f", {self.grid.num_inputs} views in"
        people = sorted({point.found["people"] for point in points})
        who = "-".join(str(count) for count in dict.fromkeys((people[0], people[-1])))
        note = f"PSNR in the mask's box; {who} people held out, {self.grid.num_targets} views each"
        labels = {float(point.value): point.label for point in points} if axis == "latent" else {}
        return Panel(title, below, metric("psnr").unit, (curve,), note + inputs, log_x=True,
                     x_labels=labels)  # fmt: skip

    def _memory(self) -> tuple[Panel, Panel]:
        points, (_, below) = self.axes["memory"], _TITLES["memory"]
        xs = tuple(float(point.value) for point in points)

        def curve(name: str, side: str, figure: str, unit: float) -> Curve:
            shown = {"headsup": "HeadsUp", "pixel_aligned": "pixel-aligned"}[name]
            ys = tuple(point.found[name][side][figure] / unit for point in points)
            return Curve(f"{shown}, {side} px", xs, ys)

        sizes = [(name, side) for name, held in points[0].found.items() for side in held]
        return (
            Panel(
                "Gaussians", below, "thousands",
                tuple(curve(*size, "num_gaussians", 1e3) for size in sizes),
                "by number and size of the views", log_x=True, from_zero=True,
            ),
            Panel(
                "Memory of the decoder", below, "MB",
                tuple(curve(*size, "decoder_bytes", _MEGABYTE) for size in sizes),
                "tensors alive at once, by number and size of the views",
                log_x=True, from_zero=True,
            ),
        )  # fmt: skip


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
