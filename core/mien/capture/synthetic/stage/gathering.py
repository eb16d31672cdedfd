"""How much light reaches every vertex and every lock of hair, for all cameras at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.lights import MAX_LAMPS, Light
from mien.capture.synthetic.stage.casting import Caster
from mien.capture.synthetic.stage.fog import Fog

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

NUM_SIDES = 32
"""Directions from which the light without lamps is gathered."""

PANEL_POINTS = 7
"""Places on a large lamp from which its shadows are gathered."""

_BOUNCE = np.array([0.15, 0.09, 0.07])
"""What comes from where light is kept off: from skin and hair that themselves are lit."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """Light at places.

    Args:
        around: From all sides but the lamps [P, 3]: what white paint there reflects, linear.
        lean: How `around` changes as paint turns [P, 3]: its relative gradient by the normal.
        lamps: How much of each lamp is seen [P, MAX_LAMPS], 0..1.
    """

    around: Float32
    lean: Float32
    lamps: Float32

    def packed(self) -> Float32:
        """Return all of it side by side [P, 10]."""
        return np.concatenate([self.around, self.lean, self.lamps], axis=1)


@dataclass(frozen=True, eq=False)
class PosedFigure:
    """A figure at an instant.

    Args:
        faces: The rig's triangles [F, 3].
        casters: Those of them that cast shadows [G].
        surface: Vertices [V, 3].
        normals: Their normals [V, 3].
        strands: What grows, with its points at rest.
        points: Where their points are now, for each [S, K, 3].
    """

    faces: Int32
    casters: NDArray[np.intp]
    surface: Float32
    normals: Float32
    strands: Sequence[Strands]
    points: Sequence[Float32]

    @cached_property
    def fog(self) -> Fog:
        """Return the hair of the head as what light fades in."""
        hair = [
            (strands, points)
            for strands, points in zip(self.strands, self.points, strict=True)
            if strands.kind == "hair"
        ]
        return Fog.of([points for _, points in hair], [_shadows(*pair) for pair in hair])


def _shadows(strands: Strands, points: Float32) -> Float32:
    """Return the shadow [S, K] that a strand casts around each of its points, m²."""
    steps = np.linalg.norm(np.diff(points, axis=1), axis=2)
    lengths = np.zeros(points.shape[:2], np.float32)
    lengths[:, :-1] += 0.5 * steps
    lengths[:, 1:] += 0.5 * steps
    return lengths * strands.widths * (1.25 - 0.75 * strands.softness)


def gather(posed: PosedFigure, light: Light, caster: Caster) -> tuple[Gathered, list[Float32]]:
    """Return the light at the vertices [V], and around, lamps and course [S, K, 10] for each of
    strands.

    Hair hangs in its own fog; what is shorter is lit as the skin it grows from. The course is the
    mean direction of the hair there: a lock gleams as one.
    """
    aims = _Aims.of(light)
    caster.cast(posed.surface, posed.faces[posed.casters], aims.directions)
    fog = posed.fog
    skin = aims.gather(
        caster.visibility(posed.surface, posed.normals),
        fog.passing(posed.surface, aims.directions),
        posed.normals,
    )
    locks = aims.gather(
        caster.visibility(fog.middles, np.zeros_like(fog.middles)),
        fog.passing(fog.middles, aims.directions),
    )
    lit = np.concatenate([locks.around, locks.lamps, fog.courses], axis=1)
    return skin, [
        _lit_hair(points, fog, lit) if strands.kind == "hair" else _lit_fuzz(strands, posed, skin)
        for strands, points in zip(posed.strands, posed.points, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _Aims:
    """Where light is looked for: all sides, then places on each lamp [D, 3]."""

    directions: Float32
    radiance: Float32
    lamp_starts: tuple[int, ...]

    @staticmethod
    def of(light: Light) -> _Aims:
        around = sides()
        places = [
            lamp.points(3 if max(lamp.width, lamp.height) > 12 else 1) for lamp in light.lamps
        ]
        starts = np.cumsum([len(around), *(len(points) for points in places)])
        directions = np.concatenate([around, *places])
        radiance = light.surround(around)
        return _Aims(_float32(directions), _float32(radiance), tuple(starts.tolist()))

    def gather(self, seen: Float32, passed: Float32, normals: Float32 | None = None) -> Gathered:
        """Add up what comes along all directions [P, D]; from all sides where there is no normal.

        Light that the surface keeps off comes back from it; what hair keeps off is lost in it.
        """
        around = self.directions[:NUM_SIDES]
        free = (seen * passed)[:, :NUM_SIDES]
        if normals is None:
            share = np.full_like(free, 1 / NUM_SIDES)
        else:
            share = np.maximum(normals @ around.T, 0) * np.float32(4 / NUM_SIDES)
        bounced = (share * (1 - free)).sum(axis=1, keepdims=True) * _BOUNCE
        light = (share * free) @ self.radiance
        light = light + bounced * self.radiance.mean(axis=0)
        lamps = np.zeros((len(seen), MAX_LAMPS), np.float32)
        both = seen * passed
        for lamp, (start, stop) in enumerate(pairwise(self.lamp_starts)):
            lamps[:, lamp] = both[:, start:stop].mean(axis=1)
        return Gathered(light.astype(np.float32), self._lean(free, share, around), lamps)

    def _lean(self, free: Float32, share: Float32, around: Float32) -> Float32:
        """Return the gradient by the normal of the light that `share` takes, relative to it."""
        brightness = self.radiance.mean(axis=1)
        total = ((share * free) @ brightness)[:, None] + 0.02
        facing = (share > 0) * free * brightness * np.float32(4 / NUM_SIDES)
        return (facing @ around / total).astype(np.float32)


def _lit_hair(points: Float32, fog: Fog, lit: Float32) -> Float32:
    flat = np.ascontiguousarray(points.reshape(-1, 3))
    return fog.spread(lit, flat).reshape(*points.shape[:2], lit.shape[1])


def _lit_fuzz(strands: Strands, posed: PosedFigure, skin: Gathered) -> Float32:
    corners = posed.faces[strands.triangles]
    values = np.concatenate([skin.around, skin.lamps], axis=1)[corners]
    rooted = np.einsum("sk,skn->sn", strands.barycentric, values)
    lit = np.zeros((*strands.points.shape[:2], 3 + MAX_LAMPS + 3), np.float32)
    lit[..., : 3 + MAX_LAMPS] = rooted[:, None]
    return lit


def _float32(values: NDArray[Any]) -> Float32:
    return np.ascontiguousarray(values, np.float32)


def sides() -> NDArray[np.float64]:
    """Return evenly spread unit vectors [NUM_SIDES, 3] (Fibonacci sphere)."""
    k = np.arange(NUM_SIDES) + 0.5
    polar, turn = np.arccos(1 - 2 * k / NUM_SIDES), np.pi * (1 + 5**0.5) * k
    across = np.sin(polar)
    return np.stack([np.cos(turn) * across, np.cos(polar), np.sin(turn) * across], axis=1)
