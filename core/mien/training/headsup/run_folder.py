"""What a training leaves: a folder that can be watched while it goes on, and taken up again."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError
from mien.image import write_image
from mien.training.headsup.examination import Seen
from mien.training.headsup.pictures import GREY
from mien.training.headsup.stepping import PARTS

COLUMNS: tuple[str, ...] = (
    ("step", "secs", "fraction", "people", "rate", "gradient", "loss", *PARTS, "psnr")
    + ("val_psnr", "val_mean_head", "val_learned_rig", "val_template_rig")
)  # fmt: skip
"""Of the log. PSNRs in dB, `secs` without breaks, `people` a second; what begins with `val_` is of
people held out, and empty in lines without a measurement."""

_EDGE = 8
_MOST_SIDE = 320


class RunFolder:
    """A training's folder.

    It holds `config.json`; `log.csv` with a line every few seconds; `previews/`, pictures of people
    held out (shown | photograph | drawn); `last.safetensors`, the checkpoint;
    `average.safetensors`, the network for use as it is now; and `best.safetensors`, as it was when
    it measured best.

    Args:
        path: Where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def checkpoint(self) -> Path:
        """What a training goes on from."""
        return self.path / "last.safetensors"

    @property
    def average(self) -> Path:
        """The network for use, as of the last checkpoint."""
        return self.path / "average.safetensors"

    @property
    def best(self) -> Path:
        """The network for use that measured best."""
        return self.path / "best.safetensors"

    @property
    def log(self) -> Path:
        """The lines of the training."""
        return self.path / "log.csv"

    def begin(self, config: Mapping[str, Any], *, resume: bool) -> None:
        """Make the folder, or take it up.

        Raises:
            FileError: It cannot be made, or holds a training already that is not to be resumed.
        """
        if not resume and self.checkpoint.exists():
            raise FileError(
                self.path, "holds a training already", hint="Say --resume, or another --out"
            )
        try:
            (self.path / "previews").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(self.path, f"cannot be made ({error.strerror})") from error
        with replacing(self.path / "config.json") as temporary:
            temporary.write_text(json.dumps(config, indent=1))

    def rewind(self, step: int) -> None:
        """Drop the log's lines after a step, which will be done again."""
        lines = [line for line in self.lines() if int(line["step"]) <= step]
        with replacing(self.log) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(lines)

    def lines(self) -> list[dict[str, str]]:
        """Return the log's lines; none where there is no log, and no half-written one."""
        try:
            with self.log.open(newline="") as file:
                return [line for line in csv.DictReader(file) if None not in line.values()]
        except OSError:
            return []

    def add(self, line: Mapping[str, Any]) -> None:
        """Add a line to the log.

        Raises:
            FileError: It cannot be written.
        """
        written = {name: _written(value) for name, value in line.items() if value is not None}
        try:
            with self.log.open("a", newline="") as file:
                csv.DictWriter(file, COLUMNS, restval="").writerow(written)
        except OSError as error:
            raise FileError(self.log, f"cannot be written ({error.strerror})") from error

    def preview(self, step: int, rows: Sequence[Seen]) -> Path:
        """Write a picture of what people held out look like by now."""
        path = self.path / "previews" / f"step_{step:08d}.png"
        write_image(path, sheet(rows))
        return path


def sheet(rows: Sequence[Seen]) -> NDArray[np.float32]:
    """Lay out pictures: shown, photograph and drawn, a row for each person."""
    laid = [[row.shown, row.photograph, row.drawn] for row in rows]
    pictures = [picture for row in laid for picture in row]
    height, width = (
        min(_MOST_SIDE, max(picture.shape[axis] for picture in pictures)) for axis in (0, 1)
    )
    size = len(rows) * (height + _EDGE) + _EDGE, 3 * (width + _EDGE) + _EDGE, 3
    page = np.full(size, 0.12, np.float32)
    for down, row in enumerate(laid):
        for across, picture in enumerate(row):
            top, left = _EDGE + down * (height + _EDGE), _EDGE + across * (width + _EDGE)
            page[top : top + height, left : left + width] = _centred(picture, height, width)
    return page


def _centred(picture: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Return a picture in the middle of a cell, before the grey that people are shown before."""
    cell = np.tile(GREY, (height, width, 1))
    cut = picture[:height, :width]
    top, left = (height - cut.shape[0]) // 2, (width - cut.shape[1]) // 2
    cell[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return cell


def _written(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
