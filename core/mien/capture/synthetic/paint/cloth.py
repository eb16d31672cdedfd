"""What covers the shoulders: necklines laid on the bust, their weave, folds and hems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.capture.synthetic.figure import Paint
from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.noise import Floats, fractal_noise, smoothstep, value_noise
from mien.capture.synthetic.paint.pigment import linear
from mien.capture.synthetic.person import Garment, Person
from mien.image import srgb_from_linear, to_uint8

NECK = np.array([0.0, -136.9, -48.9], np.float32)
UP_THE_NECK = np.array([0.0, 0.935, 0.353], np.float32)
"""The neck's axis on the neutral template, millimetres."""

REACH_MM = {"crew": 66.0, "vee": 68.0, "boat": 84.0, "collar": 62.0, "turtleneck": 40.0}
"""How far from the neck's axis each neckline lies on the shoulders."""

HEM_MM = {"crew": 9.0, "vee": 8.0, "boat": 5.0, "collar": 22.0, "turtleneck": 4.0}
"""Width of the band along the edge."""

THICKNESS_MM = {"crew": 1.8, "vee": 1.7, "boat": 1.4, "collar": 2.6, "turtleneck": 2.4}


@dataclass(frozen=True, eq=False)
class Cloth:
    """A garment on texels.

    Args:
        cover: Where it lies [T], 0..1.
        inside_mm: Distance from its edge [T], negative on bare skin.
    """

    cover: Float32
    inside_mm: Float32


def inside_neckline(neckline: str, mm: Floats) -> Floats:
    """Return how far inside a garment places [M, 3] of the neutral template are [M], mm."""
    away = mm - NECK
    height = away @ UP_THE_NECK
    radius = np.linalg.norm(away - height[:, None] * UP_THE_NECK, axis=1)
    if neckline == "turtleneck":
        return _under_chin(mm, 31 - height)
    front = smoothstep(-10, 40, away[:, 2])
    inside = radius - REACH_MM[neckline] - 1.1 * height
    across = np.abs(mm[:, 0])
    if neckline == "vee":
        inside = inside - front * 62 * np.clip(1 - across / 46, 0, 1)
    elif neckline == "collar":
        inside = inside - front * 44 * np.clip(1 - across / 24, 0, 1)
    elif neckline == "boat":
        inside = inside + (1 - front) * 8
    return _under_chin(mm, inside)


def _under_chin(mm: Floats, inside: Floats) -> Floats:
    return np.where(mm[:, 1] > -88, np.minimum(inside, -10), inside)


def drape(garment: Garment, canvas: Canvas) -> Cloth:
    """Lay a garment over the skin."""

    def lay(canvas: Canvas) -> Cloth:
        inside = inside_neckline(garment.neckline, canvas.mm).astype(np.float32)
        return Cloth(np.asarray(smoothstep(-0.9, 0.9, inside), np.float32), inside)

    return canvas.kept(f"garment {garment.neckline}", lay)


def paint_cloth(
    person: Person, canvas: Canvas, cloth: Cloth, color: Float32, height: Float32, surface: Float32
) -> None:
    """Paint a garment over skin's colour [T, 3], relief [T] and surface [T, 4], in place."""
    near = np.flatnonzero(cloth.inside_mm > -14)
    cover, inside = cloth.cover[near], cloth.inside_mm[near]
    thickness = THICKNESS_MM[person.garment.neckline]
    fabric, relief = _fabric(person, canvas.mm[near], inside)
    # Light does not get between cloth and skin.
    gap = 0.42 * np.exp(np.minimum(inside, 0) / 3.5) * (1 - cover)
    skin = color[near] * (1 - gap[:, None] * np.array([0.75, 1.0, 1.0], np.float32))
    color[near] = skin + cover[:, None] * (fabric - skin)
    edge = thickness * smoothstep(-1.0, 1.2, inside)
    height[near] = height[near] * (1 - cover) + edge + cover * relief
    cloth_surface = np.array([0.85, 0.22, 0.0, 1.0], np.float32)
    surface[near] += cover[:, None] * (cloth_surface - surface[near])
    surface[near, 3] *= 1 - 0.5 * gap


def _fabric(person: Person, mm: Float32, inside: Float32) -> tuple[Float32, Float32]:
    """Return the linear albedo [n, 3] and the relief [n], millimetres, of the cloth."""
    garment, seed = person.garment, person.seed
    width = HEM_MM[garment.neckline]
    hem = np.asarray(smoothstep(width + 0.8, width - 0.8, inside), np.float32)
    fine = value_noise(mm, 0.62, seed + 3)
    yarn = value_noise(mm * np.array([1, 0.25, 1], np.float32), 0.42, seed + 4)
    shade = 1 + 0.10 * fine + 0.08 * yarn
    relief = 0.16 * fine + 0.10 * yarn
    relief += 2.6 * fractal_noise(mm * np.array([1, 0.5, 1], np.float32), 0.020, seed + 5, 2)
    color = np.repeat(linear(garment.color)[None], len(mm), axis=0)
    if garment.pattern == "heather":
        shade *= 1 + 0.45 * value_noise(mm * np.array([1, 0.6, 1], np.float32), 0.5, seed + 6)
    elif garment.pattern == "stripes":
        stripe = smoothstep(
            0.30, 0.36, np.abs(((mm[:, 1] * 0.85 + mm[:, 2] * 0.15) / 17) % 1 - 0.5)
        )
        color += stripe[:, None].astype(np.float32) * (linear(garment.trim) - color)
    elif garment.pattern == "knit":
        rib = np.abs(np.sin(np.pi * mm[:, 0] / 5.0))
        shade *= 0.80 + 0.24 * rib
        relief += 0.35 * rib
    color += hem[:, None] * (linear(garment.trim) - color)
    ribs = np.abs(np.sin(np.pi * _round_the_neck(mm) / 2.6))
    relief += hem * (0.5 + 0.14 * ribs)
    seam = np.exp(-(((inside - width) / 1.0) ** 2))
    relief -= 0.5 * seam
    shade *= 1 - 0.30 * seam - 0.10 * hem * (1 - ribs)
    return (color * shade[:, None]).astype(np.float32), relief.astype(np.float32)


def _round_the_neck(mm: Float32) -> Float32:
    """Return the way round the neck [n], millimetres at a neckline's usual radius."""
    away = mm - NECK
    return 70 * np.arctan2(away[:, 0], away[:, 2])


def paint_lining_of_bust(person: Person, canvas: Canvas) -> Paint:
    """Paint what closes the bust below: more of the garment."""
    color = np.repeat(0.9 * linear(person.garment.color)[None], canvas.num_texels, axis=0)
    surface = np.tile(np.array([0.95, 0.1, 0.0, 1.0], np.float32), (canvas.num_texels, 1))
    return Paint(canvas.image(to_uint8(srgb_from_linear(color))), canvas.image(to_uint8(surface)))
