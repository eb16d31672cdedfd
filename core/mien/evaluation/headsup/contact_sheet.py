"""A contact sheet: a photograph of each person, and what each method made of them beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mien.evaluation.headsup.charts import FAINT, INK, PAPER
from mien.evaluation.headsup.comparison import Comparison
from mien.evaluation.headsup.reconstructors import Reconstruction
from mien.evaluation.headsup.trials import Trial
from mien.evaluation.pairs import effective_recipe, photograph, rendered
from mien.evaluation.recipe import Recipe
from mien.image import Image8, read_image, write_image
from mien.rendering.protocol import Renderer

if TYPE_CHECKING:
    from PIL import ImageFont

_PHOTOGRAPH = "photograph"
_MARGIN, _GAP, _HEAD, _FOOT = 28, 6, 52, 30
_WIDEST, _LARGEST = 1400, 256
_LETTERS = 17
_FRONT = 0.15
"""Cosine to the front from which on a camera sees the face."""


@dataclass(frozen=True)
class Album:
    """A folder of the pictures that a sheet is made of.

    Args:
        folder: Where they are kept, a folder for each person.
        recipe: Whose resolution and background they have; the whole picture is kept.
        renderer: Draws.
    """

    folder: Path
    recipe: Recipe
    renderer: Renderer

    def keep(self, trial: Trial, method: str, made: Reconstruction) -> None:
        """Draw a head as a held-out camera sees it, and keep that beside the photograph.

        Raises:
            FileError: It cannot be written.
            RenderError: It cannot be drawn.
        """
        camera = shown_camera(trial)
        recipe = effective_recipe(self.recipe.replace(crop="full"), trial.capture)
        lens = next(held.camera for held in trial.targets if held.name == camera)
        photo = photograph(trial.capture, camera, trial.frame, lens=lens, recipe=recipe)
        image = rendered(self.renderer, made.cloud, photo)
        write_image(self._path(trial.person, camera, _PHOTOGRAPH), photo.image)
        write_image(self._path(trial.person, camera, method), image)

    def picture(self, person: str, camera: str, what: str) -> Image8 | None:
        """Return a picture that was kept; None where none was."""
        path = self._path(person, camera, what)
        return read_image(path) if path.is_file() else None

    def sheet(self, found: Comparison, trials: Sequence[Trial], *, most: int = 8) -> Image8:
        """Return a page [H, W, 3]: a row for each person, a column for each method.

        Args:
            found: Whose figures stand below the pictures.
            trials: The people.
            most: Rows; people in between are left out evenly.
        """
        count = min(most, len(trials))
        places = np.unique(np.linspace(0, len(trials) - 1, count).round().astype(int))
        rows = [self._row(found, trials[place]) for place in places]
        names = ["photograph", *(each.title for each in found.methods)]
        return _page(rows, names)

    def _row(self, found: Comparison, trial: Trial) -> list[_Cell]:
        camera = shown_camera(trial)
        cells = [_Cell(self.picture(trial.person, camera, _PHOTOGRAPH), trial.person)]
        for method in found.methods:
            picture = self.picture(trial.person, camera, method.name)
            values = [
                shown.values["psnr"]
                for each in found.outcomes
                if (each.method, each.person) == (method.name, trial.person)
                for shown in each.pictures
                if shown.camera == camera and "psnr" in shown.values
            ]
            cells.append(_Cell(picture, f"{values[0]:.1f} dB" if values else ""))
        return cells

    def _path(self, person: str, camera: str, what: str) -> Path:
        return self.folder / person / f"{camera}-{what}.png"


def shown_camera(trial: Trial) -> str:
    """Return the held-out camera that a person is shown by: of those that see the face, any.

    It is another one for other people, and always the same for one.
    """
    fronts = [
        held.name
        for held in trial.targets
        if held.camera.position[2] > _FRONT * np.linalg.norm(held.camera.position)
    ]
    names = sorted(fronts or [held.name for held in trial.targets])
    return names[sum(trial.person.encode()) % len(names)]


@dataclass(frozen=True)
class _Cell:
    picture: Image8 | None
    caption: str


def _page(rows: Sequence[Sequence[_Cell]], names: Sequence[str]) -> Image8:
    from PIL import Image, ImageDraw

    pictures = [cell.picture for row in rows for cell in row if cell.picture is not None]
    wide = max((picture.shape[1] for picture in pictures), default=1)
    tall = max((picture.shape[0] for picture in pictures), default=1)
    across = min((_WIDEST - 2 * _MARGIN) // len(names) - _GAP, _LARGEST)
    tile = across, max(1, round(across * tall / wide))
    step = tile[0] + _GAP, tile[1] + _FOOT
    width = 2 * _MARGIN + len(names) * step[0] - _GAP
    page = Image.new("RGB", (width, 2 * _MARGIN + _HEAD + len(rows) * step[1]), PAPER)
    drawing = ImageDraw.Draw(page)
    for column, name in enumerate(names):
        place = _MARGIN + column * step[0], _MARGIN + _HEAD - 10
        drawing.text(place, _wrapped(name, tile[0]), INK, font=_font(_LETTERS), anchor="ld")
    for row, cells in enumerate(rows):
        top = _MARGIN + _HEAD + row * step[1]
        for column, cell in enumerate(cells):
            left = _MARGIN + column * step[0]
            if cell.picture is not None:
                picture = Image.fromarray(cell.picture).resize(
                    (
                        tile[0],
                        max(1, round(tile[0] * cell.picture.shape[0] / cell.picture.shape[1])),
                    ),
                    Image.Resampling.LANCZOS,
                )
                page.paste(picture, (left, top))
            drawing.text((left, top + tile[1] + 5), cell.caption, FAINT, font=_font(_LETTERS - 3))
    return np.asarray(page)


def _wrapped(text: str, width: int) -> str:
    """Break a title into lines that are no wider than a picture."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _font(_LETTERS).getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
