"""A contact sheet: people on one page, each in front, from the sides and in three expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera
from mien.capture.store.pictures import Encoding, decode_view
from mien.capture.synthetic.filming import Crew, Take
from mien.capture.synthetic.performance import HELD
from mien.capture.synthetic.person import Person
from mien.capture.synthetic.production import Production
from mien.capture.synthetic.sampling import sample_person
from mien.image import Image8

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

Report = Callable[[float | None, str], None]
Pictures = Mapping[tuple[int, int], Image8]

_GAP = 3
SMALL = (224, 280)
LARGE = (2 * SMALL[0], 2 * SMALL[1] + _GAP)
_MARGIN, _GUTTER, _CAPTION = 30, 28, 48
_LETTERS = 19
_PAPER, _INK, _FAINT = (250, 250, 249), (32, 33, 36), (126, 128, 133)
_EXPRESSIONS = ("laugh", "surprise", "wink")
_SAMPLES = 4


@dataclass(frozen=True)
class _Place:
    """A picture of a person: by which camera, in which expression, and its corner in the tile."""

    camera: str
    expression: str
    corner: tuple[int, int]


def _places() -> tuple[_Place, ...]:
    columns = [LARGE[0] + _GAP + k * (SMALL[0] + _GAP) for k in range(3)]
    rows = (0, SMALL[1] + _GAP)
    around = [
        _Place(camera, "neutral", (column, rows[0]))
        for camera, column in zip(("quarter", "side", "back"), columns, strict=True)
    ]
    faces = [
        _Place("face", expression, (column, rows[1]))
        for expression, column in zip(_EXPRESSIONS, columns, strict=True)
    ]
    return (_Place("front", "neutral", (0, 0)), *around, *faces)


_TILE = (LARGE[0] + 3 * (_GAP + SMALL[0]), LARGE[1])


def contact_sheet(
    seeds: Sequence[int],
    *,
    light: str = "studio",
    backdrop: str = "grey",
    texture: int = 2048,
    num_workers: int = 2,
    num_columns: int = 2,
    report: Report | None = None,
) -> Image8:
    """Film people for a page and lay it out.

    Args:
        seeds: Who.
        light: Name of the light.
        backdrop: Name of what is behind them.
        texture: Texels along a side of a skin's paint.
        num_workers: Processes.
        num_columns: People side by side.
        report: Hears of progress and may cancel.

    Returns:
        The page [H, W, 3], sRGB bytes.

    Raises:
        MienError: Nothing can be drawn here.
    """
    production = Production(
        _cameras(),
        frames="expressions",
        light=light,
        backdrop=backdrop,
        texture=texture,
        supersampling=_SAMPLES,
    )
    names = [held.name for held in production.cameras]
    frames = list(HELD)
    wanted = [(names.index(each.camera), frames.index(each.expression)) for each in _places()]
    # Posing costs more than another camera does.
    takes = [Take(seed, tuple(sorted(wanted, key=lambda view: view[1]))) for seed in seeds]
    pictures: dict[int, dict[tuple[int, int], Image8]] = {seed: {} for seed in seeds}
    with Crew(production, Encoding("png", depth=False), num_workers) as crew:
        for done, filmed in enumerate(crew.film(takes)):
            if report is not None:
                report(done / (len(seeds) * len(wanted)), "contact sheet")
            size = production.cameras[filmed.camera].camera.size
            view = decode_view(filmed.view, size)
            pictures[filmed.seed][filmed.camera, filmed.frame] = view.image
    tiles = [(sample_person(seed), [pictures[seed][view] for view in wanted]) for seed in seeds]
    return _page(tiles, num_columns)


def _cameras() -> tuple[CaptureCamera, ...]:
    """Return the portrait cameras: bust in front and around, the face for expressions."""
    bust, face = (0.0, 0.004, 0.0), (0.0, 0.006, 0.02)
    angles = {"front": (0, 1), "quarter": (42, 3), "side": (90, 2), "back": (180, 4)}
    held = [
        _portrait(name, azimuth, elevation, bust, 0.190, LARGE if name == "front" else SMALL)
        for name, (azimuth, elevation) in angles.items()
    ]
    return (*held, _portrait("face", -14, 2, face, 0.136, SMALL))


def _portrait(
    name: str,
    azimuth: float,
    elevation: float,
    target: tuple[float, float, float],
    half_height: float,
    size: tuple[int, int],
) -> CaptureCamera:
    turn, lift, distance = np.radians(azimuth), np.radians(elevation), 1.6
    away = np.array([np.sin(turn) * np.cos(lift), np.sin(lift), np.cos(turn) * np.cos(lift)])
    eye = np.array(target) + distance * away
    fov = float(2 * np.arctan(half_height / distance))
    return CaptureCamera(name, Camera.looking_at(eye, target, size=size, fov_y=fov))


def _page(tiles: Sequence[tuple[Person, Sequence[Image8]]], num_columns: int) -> Image8:
    from PIL import Image, ImageDraw

    columns = min(num_columns, len(tiles))
    rows = -(-len(tiles) // columns)
    step = (_TILE[0] + _GUTTER, _TILE[1] + _CAPTION + _GUTTER // 2)
    width = 2 * _MARGIN + columns * step[0] - _GUTTER
    page = Image.new("RGB", (width, 2 * _MARGIN + rows * step[1] - _GUTTER // 2), _PAPER)
    drawing = ImageDraw.Draw(page)
    for number, (person, pictures) in enumerate(tiles):
        left = _MARGIN + (number % columns) * step[0]
        top = _MARGIN + (number // columns) * step[1]
        for place, picture in zip(_places(), pictures, strict=True):
            corner = (left + place.corner[0], top + place.corner[1])
            page.paste(Image.fromarray(picture), corner)
        _write_caption(drawing, (left, top + _TILE[1] + 9), person)
    return np.asarray(page)


def _write_caption(drawing: ImageDraw.ImageDraw, corner: tuple[int, int], person: Person) -> None:
    name = f"{person.seed:05d}"
    drawing.text(corner, name, _INK, font=_font(_LETTERS))
    shift = drawing.textlength(name, font=_font(_LETTERS)) + 12
    drawing.text((corner[0] + shift, corner[1]), _said(person), _FAINT, font=_font(_LETTERS))


_NO_BEARDS = ("stubble", "moustache", "goatee")
"""What nobody calls a beard."""


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _said(person: Person) -> str:
    hair = person.hair.style.replace("_", " ")
    parts = [f"{person.age_years:.0f} years", hair if person.hair.length_mm else "bald"]
    if person.beard.length_mm > 0:
        style = person.beard.style.replace("_", " ")
        parts.append(style if style in _NO_BEARDS else f"{style} beard")
    return ", ".join(parts)
