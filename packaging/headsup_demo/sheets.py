"""Contact sheets of the demo's people: what can be judged by looking only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from headsup_demo.page import Cell, Row, write_page
from numpy.typing import NDArray

from mien.avatar.framing import default_orbit
from mien.avatar.protocol import Avatar
from mien.capture.alignment import Realigned
from mien.capture.opening import open_capture
from mien.image import Image8
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.opened import Identities, open_identities
from mien.models.headsup.prior import gaussian_people
from mien.orbit import Orbit
from mien.rendering.protocol import Renderer, RenderOptions
from mien.training.reconstruction.one_pass import reconstruct

_BEHIND = (0.145, 0.152, 0.165)
_LEAST_CERTAIN = 0.2
_SLIDERS = (
    "melanin", "hair length mm", "hair color lightness", "age years", "masculinity",
    "beard length mm", "hair grey", "heaviness", "hair style: bald", "beard style: none",
)  # fmt: skip
"""Those that are drawn, as far as the network can tell them: each another thing to see."""
_MOST_SLIDERS = 6
_NOVEL, _TRUNCATION, _SEED = 24, 0.7, 0
_STEPS = 7


@dataclass(frozen=True)
class Studio:
    """What sheets are drawn with.

    Args:
        identities: The people.
        renderer: Draws.
        side: Of a picture, pixels.
    """

    identities: Identities
    renderer: Renderer
    side: int = 176

    @cached_property
    def orbit(self) -> Orbit:
        """One view for everybody, so that they can be compared."""
        return default_orbit(self.identities.decoder.avatar(self.identities.library.space.mean, ""))

    def person(self, coefficients: NDArray[np.float32]) -> Avatar:
        """Return who stands somewhere in the latent space."""
        held = self.identities
        return held.decoder.avatar(held.library.space.latent(coefficients), "")

    def drawn(self, avatar: Avatar, yaw: float = 0.0) -> Image8:
        """Return a picture [side, side, 3]."""
        camera = replace(self.orbit, yaw=yaw).camera((self.side, self.side))
        options = RenderOptions(background=_BEHIND, depth=False)
        return self.renderer.render(avatar.pose(), camera, options).rgb8


def interpolation(studio: Studio, path: Path) -> None:
    """Draw the ways from people to others: from the front, from aside and from behind."""
    people = studio.identities.library.people
    latents = [studio.identities.library.latent(person) for person in people]
    rows: list[Row] = []
    pairs = [(k % len(people), (k + len(people) // 2) % len(people)) for k in range(4)]
    for (one, other), yaw in zip(pairs, (0.0, 0.75, -1.4, math.pi), strict=True):
        cells: list[Cell] = []
        for share in np.linspace(0, 1, _STEPS):
            latent = (1 - share) * latents[one] + share * latents[other]
            said = {0.0: people[one].name, 1.0: people[other].name}
            avatar = studio.identities.decoder.avatar(latent, "")
            cells.append(Cell(studio.drawn(avatar, yaw), said.get(float(share), f"{share:.2f}")))
        rows.append(Row(cells))
    write_page(path, rows)


def sliders(studio: Studio, path: Path) -> None:
    """Draw what attribute sliders do to somebody, from one end to the other."""
    library = studio.identities.library
    if library.directions is None:
        return
    start = library.people[0].coefficients
    certain = library.directions.certain(_LEAST_CERTAIN)
    wanted = [name for name in _SLIDERS if name in certain.names]
    rows: list[Row] = []
    for name in wanted[:_MOST_SLIDERS]:
        low, high = certain.ranges[certain.names.index(name)]
        cells = [
            Cell(
                studio.drawn(studio.person(certain.with_value(start, name, float(value))), 0.3),
                f"{value:.3g}",
            )
            for value in np.linspace(low, high, _STEPS)
        ]
        rows.append(Row(cells, name))
    if rows:
        write_page(path, rows)


def novel_people(studio: Studio, path: Path) -> None:
    """Draw people who never were, each beside the nearest one that the network learnt from."""
    library = studio.identities.library
    rng = np.random.default_rng(_SEED)
    if library.prior is None:
        drawn = gaussian_people(rng, _NOVEL, library.space.num_axes, truncation=_TRUNCATION)
    else:
        drawn = library.prior.people(rng, _NOVEL, truncation=_TRUNCATION)
    cells: list[Cell] = []
    for number, coefficients in enumerate(drawn):
        ((name, apart),) = library.nearest(coefficients)
        nearest = library.known[library.known_names.index(name)]
        cells += [
            Cell(studio.drawn(studio.person(coefficients), 0.3), f"new {number + 1}"),
            Cell(studio.drawn(studio.person(nearest), 0.3), f"{name}, {apart:.2f}", near=True),
        ]
    write_page(path, [Row(cells[k : k + 8]) for k in range(0, len(cells), 8)], gap=12)


def one_pass(
    captures: Sequence[Path],
    decoder: HeadDecoder,
    renderer: Renderer,
    path: Path,
    *,
    views: int = 8,
    most: int = 8,
    side: int = 176,
) -> None:
    """Draw people whom the network never saw as cameras see them whose pictures did not go in,
    beside the photographs."""
    cells: list[Cell] = []
    for place in captures[:most]:
        with open_capture(place) as capture:
            made = reconstruct(decoder, capture, views=views)
            seen = Realigned(capture, made.head_from_world)
            unused = [held for held in seen.cameras if held.name not in made.views]
            facing = sorted(unused, key=lambda held: -_front(held.camera.position))
            for held in (facing[0], facing[len(facing) // 2]):
                view = seen.view(held.name, made.frame)
                camera = held.camera.resized((side, side))
                back = (0.5, 0.5, 0.5) if seen.background is None else _color(seen.background)
                options = RenderOptions(background=back, depth=False)
                drawn = renderer.render(made.avatar.pose(), camera, options).rgb8
                cells += [
                    Cell(_fitted(view.image, side), place.stem),
                    Cell(drawn, "in one pass", near=True),
                ]
    write_page(path, [Row(cells[k : k + 8]) for k in range(0, len(cells), 8)], gap=12)


def _front(position: NDArray[np.floating]) -> float:
    return float(position[2] / np.linalg.norm(position))


def _color(values: Sequence[int] | NDArray[np.integer]) -> tuple[float, float, float]:
    red, green, blue = (float(value) / 255 for value in values)
    return red, green, blue


def _fitted(image: Image8, side: int) -> Image8:
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS))


SHEETS: dict[str, Callable[[Studio, Path], None]] = {
    "interpolation.jpg": interpolation,
    "sliders.jpg": sliders,
    "novel_people.jpg": novel_people,
}
"""Sheets of the people alone; `one_pass` takes captures, too."""


def draw_sheets(library: Path, folder: Path, *, only: Sequence[str] = tuple(SHEETS)) -> None:
    """Draw sheets of a library's people into a folder."""
    from mien.rendering import make_renderer

    renderer = make_renderer("cpu")
    try:
        studio = Studio(open_identities(library), renderer)
        for name in only:
            SHEETS[name](studio, folder / name)
    finally:
        renderer.close()


def draw_one_pass(captures: Sequence[Path], network: Path, path: Path) -> None:
    """Draw the sheet of people reconstructed in one pass."""
    from mien.models.headsup.opened import open_network
    from mien.rendering import make_renderer

    renderer = make_renderer("cpu")
    try:
        one_pass(captures, open_network(network), renderer, path)
    finally:
        renderer.close()
