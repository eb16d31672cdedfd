"""Eyes, teeth, tongue, brows and lashes."""

from __future__ import annotations

import numpy as np
from demo.cast import Person
from demo.light import to_linear
from numpy.typing import NDArray

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, value_noise

Array = NDArray[np.float64]

IRIS = 0.405
"""Polar angle of the iris's edge on the eyeball, radians: just within the template's cornea."""

PUPIL = 0.155


def paint_eye(person: Person, directions: Array, side: int) -> tuple[Array, Array]:
    """Return the linear albedo [M, 3] and what glows of itself [M, 3] of an eyeball.

    Args:
        person: Whose eye.
        directions: Unit directions [M, 3] from the ball's centre.
        side: 0 the left eye, 1 the right.
    """
    x, y = directions[:, 0], directions[:, 1]
    polar = np.arccos(np.clip(directions[:, 2], -1, 1))
    turn = np.arctan2(y, x)
    ring = np.stack([np.cos(turn), np.sin(turn), 0.3 + 0 * x], axis=1)
    white = to_linear((0.86, 0.835, 0.815)) * np.ones((len(x), 1))
    corner = smoothstep(0.35, 0.95, np.abs(x))[:, None]
    white = white * (1 - corner * [0.16, 0.40, 0.38])
    veins = smoothstep(0.27, 0.40, value_noise(np.c_[ring[:, :2] * 3, polar * 9], 1.6, 7 + side))
    white = white * (1 - 0.30 * (veins * smoothstep(0.45, 0.8, polar))[:, None] * [0.15, 0.8, 0.8])
    q = polar / IRIS
    fibres = fractal_noise(np.c_[ring[:, :2] * 9, q * 1.1], 1.0, 19 + person.seed, 3)
    iris = to_linear(person.iris) * (1.0 + 0.9 * fibres[:, None])
    warm = to_linear((0.50, 0.34, 0.16)) * (0.4 + 0.8 * iris.mean() / 0.12)
    inner = 0.32 * np.exp(-(((q - 0.52) / 0.16) ** 2))[:, None]
    iris = iris * (1 - inner) + inner * np.minimum(warm, 0.4)
    # The cornea gathers light on the side away from it: the lower half glows.
    iris = iris * (0.80 + 0.75 * smoothstep(0.25, -0.30, y))[:, None]
    limbus = smoothstep(0.74, 0.98, q)[:, None]
    iris = iris * (1 - 0.80 * limbus)
    pupil = smoothstep(PUPIL + 0.022, PUPIL - 0.022, polar)[:, None]
    iris = iris * (1 - pupil) + pupil * 0.0035
    edge = smoothstep(1.06, 0.95, q)[:, None]
    color = white * (1 - edge) + edge * np.clip(iris, 0.003, 0.8)
    # The window: one soft square in the upper left, and its faint bounce below right.
    window = _spot(x, y, -0.135, 0.165, 0.050) * 0.95 + _spot(x, y, 0.15, -0.17, 0.045) * 0.10
    return color, window[:, None] * np.array([1.0, 0.99, 0.97])


def _spot(x: Array, y: Array, at_x: float, at_y: float, size: float) -> Array:
    return np.exp(-((((x - at_x) / size) ** 4) + (((y - at_y) / size) ** 4)))


ARCH_Z = 38.0
"""Where on the template, millimetres, lines across the rows of teeth meet."""


def _turned_in(mm: Array, normals: Array) -> Array:
    """Return how much places [M, 3] in the mouth face its inside, 0..1."""
    outward = np.c_[mm[:, 0], 0 * mm[:, 1], mm[:, 2] - ARCH_Z]
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    return smoothstep(0.45, -0.1, (normals * outward).sum(axis=1))


def _into_the_dark(mm: Array) -> Array:
    """Return how much light [M, 1] reaches places along the rows of teeth."""
    along = np.abs(np.degrees(np.arctan2(mm[:, 0], mm[:, 2] - ARCH_Z)))
    return 1 - 0.90 * smoothstep(26, 74, along)[:, None]


def paint_teeth(mm: Array, normals: Array, turn: Array, *, upper: bool) -> Array:
    """Return the linear albedo [M, 3] of a row of teeth.

    What faces the neighbours lies in the cleft between them, what faces the tongue in the dark.

    Args:
        mm: Places on the template [M, 3], millimetres.
        normals: Of its surface there [M, 3].
        turn: Where on its tooth each place is [M], 0..1 round it: 0.5 faces the lips.
        upper: Which row.
    """
    height = mm[:, 1] if upper else -mm[:, 1]
    crown = (height - height.min()) / np.ptp(height)
    neck = smoothstep(0.35, 0.85, crown)[:, None]
    edge = smoothstep(0.12, 0.0, crown)[:, None]
    enamel = to_linear((0.90, 0.865, 0.80)) * (1 - neck * [0.05, 0.14, 0.26])
    enamel = enamel * (1 - edge * [0.16, 0.10, 0.05])
    # Wider than in life: what is narrower than a Gaussian would not be seen.
    cleft = smoothstep(0.10, 0.18, np.abs(turn - 0.5)) * smoothstep(0.0, 0.12, crown)
    enamel = enamel * (1 - cleft[:, None] * [0.74, 0.80, 0.83])
    inner = _turned_in(mm, normals) * (1 - 0.4 * smoothstep(0.6, 0.9, np.abs(normals[:, 1])))
    dark = np.array([0.085, 0.035, 0.030])
    return _into_the_dark(mm) * (enamel * (1 - inner[:, None]) + inner[:, None] * dark)


def paint_gums(mm: Array, normals: Array) -> Array:
    """Return the linear albedo [M, 3] of gums, palate and floor of the mouth."""
    inner = _turned_in(mm, normals)[:, None]
    grain = 1 + 0.12 * value_noise(mm / 1000, 900, 23)
    color = to_linear((0.72, 0.42, 0.41)) * grain[:, None]
    return _into_the_dark(mm) * color * (1 - 0.80 * inner * [0.9, 1, 1])


def paint_tongue(mm: Array, normals: Array) -> Array:
    """Return the linear albedo [M, 3] of the tongue, its form in it: no light finds it at rest."""
    form = 0.45 + 0.55 * smoothstep(-0.5, 0.9, normals @ np.array([0, 0.55, 0.83]))
    groove = np.exp(-((mm[:, 0] / 2.2) ** 2))
    bumps = value_noise(mm / 1000, 800, 17)
    shade = (1 + 0.2 * bumps - 0.25 * groove) * smoothstep(14, 74, mm[:, 2])
    return to_linear((0.79, 0.45, 0.44)) * (0.10 + 0.85 * shade * form)[:, None]


BROW = np.array(
    [[9.5, 12.0], [16, 14.5], [24, 16.4], [32, 16.8], [39, 15.4], [45, 12.2], [49.5, 8.6]]
)
"""The line of the left brow as seen from the front, millimetres on the template."""

NUM_BROW = 420


def brow_plan(rng: np.random.Generator) -> tuple[Array, Array]:
    """Return where the strands of a brow are: along it and across it [NUM_BROW], 0..1 and -1..1."""
    along = (np.arange(NUM_BROW) * 0.6180339887 + rng.random()) % 1
    across = rng.uniform(-1, 1, NUM_BROW)
    return along, across


def brow_line(along: Array) -> tuple[Array, Array]:
    """Return points [n, 2] of the brow's line and its unit tangents [n, 2]."""
    turn = along * (len(BROW) - 1)
    base = np.minimum(turn.astype(int), len(BROW) - 2)
    share = (turn - base)[:, None]
    tangents = np.gradient(BROW, axis=0)
    direction = tangents[base] * (1 - share) + tangents[base + 1] * share
    point = BROW[base] * (1 - share) + BROW[base + 1] * share
    return point, direction / np.linalg.norm(direction, axis=1, keepdims=True)


def brow_strands(
    person: Person, along: Array, across: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the strands of a left brow as seen from the front.

    Returns:
        Centres [n, 2] mm, directions [n, 2], lengths [n] mm, opacities [n], lightness [n].
    """
    brows = person.brows
    point, tangent = brow_line(along)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    half = brows.thickness * np.interp(along, [0, 0.12, 0.5, 0.8, 1], [1.7, 2.5, 2.3, 1.5, 0.5])
    lift = brows.raise_mm + brows.arch_mm * np.interp(along, [0, 0.4, 0.68, 1], [-0.3, 0.4, 1, 0.1])
    centre = point + normal * (half * across)[:, None]
    centre[:, 1] += lift
    # Inner hairs stand up, the tail's lie along; hairs of the upper edge lean down to the line.
    lean = np.interp(along, [0, 0.15, 0.45, 1], [68, 46, 20, -4]) - 20 * across
    lean = np.radians(lean + rng.normal(0, 8, len(along)))
    direction = tangent * np.cos(lean)[:, None] + normal * np.sin(lean)[:, None]
    length = np.interp(along, [0, 0.2, 0.7, 1], [3.2, 4.2, 3.8, 2.6]) * rng.uniform(
        0.8, 1.15, len(along)
    )
    fade = smoothstep(0, 0.07, along) * (1 - 0.35 * np.abs(across) ** 3)
    opacity = np.clip(brows.density * 0.62 * fade * rng.uniform(0.55, 1.1, len(along)), 0, 0.95)
    return centre, direction, length, opacity, rng.uniform(0.75, 1.25, len(along))
