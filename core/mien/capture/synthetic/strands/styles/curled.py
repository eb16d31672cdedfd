"""Hair that coils by itself: loose curls and the afro."""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep
from mien.capture.synthetic.person import Hair
from mien.capture.synthetic.strands.children import Texture
from mien.capture.synthetic.strands.guides import Moment, unit
from mien.capture.synthetic.strands.scalp import Combing, Scalp
from mien.capture.synthetic.strands.styles.cropped import growth_flow
from mien.transforms import Array


def curls(scalp: Scalp, hair: Hair) -> Combing:
    """Let curls stand off the head and drop to the sides."""
    _, y, z = scalp.mm.T
    up = smoothstep(-10, 80, y)
    length = min(max(hair.length_mm, 40.0), 240.0)
    flow = growth_flow(scalp.mm)
    stray = np.stack([fractal_noise(scalp.mm / 1000, 50, 810 + k, 2) for k in range(3)], axis=1)
    side = np.sign(scalp.mm[:, 0] - hair.parting_mm)
    face = smoothstep(20, 60, z) * smoothstep(30, 60, y)
    # A curl takes up half of the hair's length, so that the outline is well inside of it.
    edge = 0.35 + 0.65 * smoothstep(0.2, 1.0, scalp.density)
    reach = 0.62 * length * (0.62 + 0.38 * up) * edge

    def rule(moment: Moment) -> Array:
        place = scalp.measures.to_template(moment.points)
        wish = moment.along_skin(0.6 * flow + 0.7 * stray)
        wish = wish + np.stack([0.8 * face * side, 0.35 * face, -0.3 * face], axis=1)
        rise = (0.9 + 0.6 * hair.volume) * (1 - moment.ramp(0.1, 0.9))
        fall = np.array([0, -1.0, 0]) * (0.2 + moment.ramp(0.1, 0.7))
        depth = np.clip(1.1 - np.linalg.norm((place - [0, -28, 72]) / [60, 98, 66], axis=1), 0, 1)
        outward = np.stack([4 * depth * np.sign(place[:, 0]), 0 * depth, 0 * depth], axis=1)
        return unit(wish + fall + rise * moment.normals + outward)

    def heights(moment: Moment) -> Array:
        return 1.5 + (4 + 16 * hair.volume) * moment.ramp(0.0, 0.5) * (0.5 + 0.5 * up)

    return Combing(
        reach,
        rule,
        heights,
        Texture(
            wisps=40, clump=0.86, clump_power=0.5, frizz=0.9, flyaway=0.02,
            curl_radius=5.5 + 3.5 * hair.wave, curl_root=0.35, curl_length=34 - 8 * hair.wave,
            flatness=0.05, scatter=0.10, base_height=1.5, layers=5.0,
        ),
        num_strands=15000,
        num_points=30 if length > 90 else 22,
        width_mm=0.27,
        raggedness=0.45,
    )  # fmt: skip


def afro(scalp: Scalp, hair: Hair) -> Combing:
    """Comb tight coils out into a round cloud, thicker on top than at the sides."""
    _, y, z = scalp.mm.T
    length = min(max(hair.length_mm, 12.0), 130.0)
    up = smoothstep(-20, 75, y)
    front = smoothstep(35, 75, z)
    bumps = 1 + 0.22 * fractal_noise(scalp.mm / 1000, 75, 820, 2)
    # Short hair at the edge makes the cloud round instead of cut off.
    edge = 0.35 + 0.65 * smoothstep(0.2, 1.0, scalp.density)
    thick = length * (0.55 + 0.45 * up) * bumps * edge * (1 - 0.25 * front)
    middle = scalp.measures.to_person(np.array([0.0, 28.0, -18.0]))

    def rule(moment: Moment) -> Array:
        outward = unit(moment.points - middle)
        return unit(moment.normals + 0.9 * outward + [0, 0.10, 0])

    def heights(moment: Moment) -> Array:
        return np.full(len(scalp), 0.5)

    return Combing(
        thick,
        rule,
        heights,
        Texture(
            wisps=7, clump=0.45, clump_power=0.6, frizz=3.2, flyaway=0.08,
            curl_radius=2.0 + 1.3 * hair.wave, curl_root=0.7, curl_length=8.5,
            scatter=0.8, base_height=0.4, layers=1.0,
        ),
        num_strands=17000,
        num_points=22 if length > 30 else 15,
        width_mm=0.26,
        raggedness=0.62,
    )  # fmt: skip
