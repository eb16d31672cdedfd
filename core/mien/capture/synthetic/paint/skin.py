"""Skin as a paint: pigment, marks, features, lines, relief and how all of it answers light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.capture.synthetic.figure import Paint, Strands
from mien.capture.synthetic.paint.canvas import Canvas, Float32
from mien.capture.synthetic.paint.cloth import drape, paint_cloth
from mien.capture.synthetic.paint.features import Features, features_of, paint_features
from mien.capture.synthetic.paint.marks import paint_marks
from mien.capture.synthetic.paint.noise import smoothstep
from mien.capture.synthetic.paint.pigment import darken, paint_pigment
from mien.capture.synthetic.paint.places import blob
from mien.capture.synthetic.paint.relief import normal_map, skin_relief
from mien.capture.synthetic.paint.roots import paint_roots, paint_stubble
from mien.capture.synthetic.paint.wrinkles import carve_wrinkles
from mien.capture.synthetic.person import Person
from mien.image import srgb_from_linear, to_uint8
from mien.template.head import HeadTemplate


def paint_skin(
    person: Person, template: HeadTemplate, canvas: Canvas, strands: Sequence[Strands] = ()
) -> Paint:
    """Paint a person's skin, with what hair leaves on it and the cloth over it.

    Args:
        person: Whose.
        template: The head template.
        canvas: The texels of its skin.
        strands: What grows on it.
    """
    found = features_of(canvas)
    wrinkles = carve_wrinkles(person, canvas)
    color = paint_pigment(person, canvas)
    paint_marks(person, canvas, color)
    darken(color, np.clip(wrinkles * 0.42, -0.05, 0.3), (0.55, 0.95, 0.95))
    paint_stubble(person, canvas, color)
    paint_features(person, canvas, color)
    hairy = paint_roots(strands, template, canvas, color)
    height = skin_relief(person, canvas, wrinkles)
    surface = _surface(person, canvas, found, wrinkles, hairy)
    cloth = drape(person.garment, canvas)
    paint_cloth(person, canvas, cloth, color, height, surface)
    return Paint(
        canvas.image(to_uint8(srgb_from_linear(color))),
        canvas.image(to_uint8(surface)),
        normal_map(canvas, height),
    )


def _surface(
    person: Person, canvas: Canvas, found: Features, wrinkles: Float32, hairy: Float32
) -> Float32:
    """Return roughness, specular strength, scattering and cavity [T, 4]."""
    oil, thin = canvas.kept("oil", _oil), canvas.kept("thin", _thin)
    shine = person.skin.shine
    rough = 0.53 - 0.13 * shine * (0.5 + 1.2 * oil) + 0.05 * person.skin.wrinkles
    strength = 0.50 + 0.22 * shine * oil
    paint = person.skin.lip_paint
    rough = _toward(rough, found.lips, 0.42 - 0.12 * paint)
    strength = _toward(strength, found.lips, 0.60 + 0.15 * paint)
    wet = np.maximum(found.mouth, np.maximum(found.wet_rim, 0.9 * found.tear))
    rough = _toward(rough, wet, 0.22)
    strength = _toward(strength, wet, 0.75)
    strength = strength * (1 - 0.75 * hairy)
    scatter = np.clip(0.5 + thin + 0.25 * found.lips, 0, 1) * (1 - 0.8 * hairy)
    cavity = (1 - found.folds) * (1 - np.clip(0.7 * wrinkles, 0, 0.35))
    surface: Float32 = np.empty((canvas.num_texels, 4), np.float32)
    for channel, values in enumerate((rough, strength, scatter, cavity)):
        surface[:, channel] = values
    return surface


def _toward(values: Float32, amount: Float32, target: float) -> Float32:
    return np.asarray(values + amount * (target - values), np.float32)


def _oil(canvas: Canvas) -> Float32:
    """Return where skin is oily [T]: forehead, nose and chin."""
    mm = canvas.mm
    oil = 0.8 * blob(mm, (0, 40, 86), (34, 24, 40)) + blob(mm, (0, -30, 102), (13, 22, 20))
    oil += 0.5 * blob(mm, (0, -94, 84), (15, 10, 20)) + 0.4 * blob(mm, (36, -18, 70), (14, 9, 24))
    return np.clip(oil, 0, 1).astype(np.float32)


def _thin(canvas: Canvas) -> Float32:
    """Return where light passes through [T]: ears and the wings of the nose."""
    wings = blob(canvas.mm, (14, -41, 88), (6, 7, 12))
    return (0.45 * smoothstep(0.2, 0.8, canvas.mask["ears"]) + 0.3 * wings).astype(np.float32)
