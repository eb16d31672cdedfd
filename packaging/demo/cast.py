"""The demo people: who they are and how they look, in numbers a painter can use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from template.people import Phenotype

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Skin:
    """Colours are sRGB 0..1; amounts are 0..1."""

    tone: Color
    flush: Color
    lips: Color
    redness: float = 0.5
    freckles: float = 0.0
    mottling: float = 0.5
    age: float = 0.0
    shine: float = 0.5
    liner: float = 0.0
    lip_paint: float = 0.0


@dataclass(frozen=True)
class Hair:
    """A style, its colours (root, tip) and how it is worn."""

    style: str
    root: Color
    tip: Color
    shine: float = 1.0
    hairline: float = 0.0
    grey: float = 0.0


@dataclass(frozen=True)
class Brows:
    """Thickness and height in millimetres beyond the usual; arch raises the outer third."""

    color: Color
    thickness: float = 1.0
    raise_mm: float = 0.0
    arch_mm: float = 0.0
    density: float = 1.0


@dataclass(frozen=True)
class Beard:
    """How much of one: stubble is painted, a beard has strands of a length in millimetres."""

    stubble: float = 0.0
    length_mm: float = 0.0
    color: Color = (0.1, 0.08, 0.07)
    grey: float = 0.0


@dataclass(frozen=True)
class Garment:
    """What covers the shoulders: its neckline and colours."""

    neckline: str
    color: Color
    trim: Color


KINDLY = {"mouthSmileLeft": 0.10, "mouthSmileRight": 0.10, "browInnerUp": 0.08,
          "eyeWideLeft": 0.10, "eyeWideRight": 0.10}  # fmt: skip
"""What a rested, friendly face does without being asked: it becomes part of the person's shape."""


@dataclass(frozen=True)
class Person:
    """Everything the painter needs to make one demo avatar."""

    name: str
    description: str
    seed: int
    shape: Phenotype
    skin: Skin
    hair: Hair
    brows: Brows
    iris: Color
    garment: Garment
    beard: Beard = field(default_factory=Beard)
    lashes: float = 1.0
    rest: Mapping[str, float] = field(default_factory=lambda: dict(KINDLY))


def shape(ancestry: Color, male: float, old: float, heavy: float, **sliders: float) -> Phenotype:
    """Write a phenotype down; sliders with underscores for dashes."""
    named = {name.replace("_", "-"): amount for name, amount in sliders.items()}
    return Phenotype(ancestry, male=male, old=old, heavy=heavy, sliders=named)


CAST = (
    Person(
        name="Ada",
        description="A woman in her thirties with a copper bob, green eyes and freckles",
        seed=11,
        shape=shape((0.0, 0.05, 1.0), 0.0, 0.05, -0.2, nose_point_up=0.35, nose_width2=-0.3,
                    nose_scale_horiz=-0.3, eye_scale=0.55, eye_height2=0.25,
                    mouth_upperlip_volume=0.35, mouth_lowerlip_volume=0.3, chin_width=-0.4,
                    chin_bones=-0.2, nose_scale_vert=-0.25, neck_scale_horiz=-0.25),
        skin=Skin((0.95, 0.765, 0.665), (0.92, 0.52, 0.44), (0.76, 0.39, 0.37), redness=0.68,
                  freckles=0.6, mottling=0.5, liner=0.35, lip_paint=0.25),
        hair=Hair("bob", (0.36, 0.15, 0.07), (0.66, 0.33, 0.16), shine=1.1),
        brows=Brows((0.40, 0.22, 0.13), thickness=0.8, raise_mm=0.8, arch_mm=1.0),
        iris=(0.36, 0.47, 0.30),
        garment=Garment("crew", (0.16, 0.27, 0.29), (0.22, 0.36, 0.38)),
    ),
    Person(
        name="Kofi",
        description="A man in his forties with dark skin, a short afro and a trimmed beard",
        seed=23,
        shape=shape((1.0, 0.0, 0.05), 0.97, 0.28, 0.12, chin_width=0.25, head_scale_horiz=0.1,
                    nose_flaring=0.2, chin_prominent=0.2, eye_scale=0.2, eye_height2=0.2),
        skin=Skin((0.44, 0.28, 0.20), (0.50, 0.26, 0.19), (0.48, 0.28, 0.25), redness=0.35,
                  mottling=0.6, age=0.3, shine=0.85),
        hair=Hair("afro", (0.06, 0.05, 0.045), (0.16, 0.13, 0.115), shine=0.45, grey=0.03),
        brows=Brows((0.06, 0.045, 0.04), thickness=1.15, density=1.1),
        iris=(0.20, 0.12, 0.07),
        garment=Garment("collar", (0.78, 0.76, 0.71), (0.86, 0.84, 0.80)),
        beard=Beard(0.75, 7.0, (0.07, 0.055, 0.05), grey=0.22),
    ),
    Person(
        name="Yuki",
        description="A young woman with straight black hair, a fringe and dark eyes",
        seed=37,
        shape=shape((0.0, 1.0, 0.0), 0.05, 0.02, -0.15, eye_scale=0.55, eye_height2=0.25,
                    chin_width=-0.2, nose_scale_horiz=-0.2, mouth_lowerlip_volume=0.25,
                    cheek_volume=0.2, nose_hump=-0.2),
        skin=Skin((0.93, 0.755, 0.635), (0.92, 0.54, 0.46), (0.79, 0.42, 0.43), redness=0.42,
                  mottling=0.3, liner=0.6, lip_paint=0.45),
        hair=Hair("fringe", (0.07, 0.06, 0.065), (0.17, 0.145, 0.14), shine=1.7),
        brows=Brows((0.10, 0.075, 0.065), thickness=0.85, raise_mm=0.0),
        iris=(0.22, 0.13, 0.08),
        garment=Garment("boat", (0.69, 0.42, 0.38), (0.75, 0.49, 0.45)),
    ),
    Person(
        name="Mateo",
        description="A man in his thirties with olive skin, tousled brown hair and stubble",
        seed=41,
        shape=shape((0.1, 0.05, 1.0), 0.95, 0.15, 0.0, nose_hump=0.3, chin_prominent=0.3,
                    chin_width=0.2, nose_scale_vert=0.1, eye_scale=0.3, cheek_bones=0.3),
        skin=Skin((0.80, 0.60, 0.47), (0.78, 0.43, 0.34), (0.69, 0.42, 0.37), redness=0.5,
                  mottling=0.6, age=0.15, shine=0.65),
        hair=Hair("tousled", (0.13, 0.085, 0.06), (0.30, 0.20, 0.13), shine=0.9),
        brows=Brows((0.12, 0.08, 0.06), thickness=1.2, raise_mm=-0.5, density=1.2),
        iris=(0.36, 0.24, 0.13),
        garment=Garment("vee", (0.25, 0.27, 0.33), (0.31, 0.33, 0.40)),
        beard=Beard(0.8, 3.0, (0.12, 0.08, 0.06)),
    ),
    Person(
        name="Ines",
        description="A woman in her seventies with silver hair in a bun and blue eyes",
        seed=53,
        shape=shape((0.05, 0.0, 1.0), 0.12, 0.95, 0.05, eye_bag=0.35, eye_scale=0.35,
                    ear_lobe=0.3, nose_point_up=-0.1, mouth_angles_up=0.25),
        skin=Skin((0.87, 0.69, 0.59), (0.83, 0.49, 0.42), (0.72, 0.44, 0.41), redness=0.6,
                  freckles=0.3, mottling=0.85, age=1.0, shine=0.4, lip_paint=0.25, liner=0.2),
        hair=Hair("bun", (0.60, 0.59, 0.58), (0.86, 0.85, 0.83), shine=0.8),
        brows=Brows((0.52, 0.47, 0.43), thickness=0.8, density=0.8),
        iris=(0.40, 0.53, 0.63),
        garment=Garment("crew", (0.30, 0.24, 0.36), (0.36, 0.29, 0.43)),
        lashes=0.6,
    ),
    Person(
        name="Noor",
        description="A woman in her twenties with brown skin, long dark waves and hazel eyes",
        seed=67,
        shape=shape((0.25, 0.3, 1.0), 0.0, 0.02, -0.2, eye_scale=0.7, eye_height2=0.35,
                    mouth_lowerlip_volume=0.5, mouth_upperlip_volume=0.5, nose_hump=0.1,
                    nose_width2=-0.3, nose_scale_horiz=-0.3, chin_width=-0.45, chin_bones=-0.3,
                    cheek_bones=0.35, head_scale_horiz=-0.2, neck_scale_horiz=-0.3),
        skin=Skin((0.70, 0.49, 0.36), (0.70, 0.36, 0.28), (0.62, 0.33, 0.31), redness=0.4,
                  mottling=0.4, shine=0.65, liner=0.75, lip_paint=0.4),
        hair=Hair("long", (0.085, 0.06, 0.05), (0.24, 0.16, 0.12), shine=1.5),
        brows=Brows((0.08, 0.055, 0.045), thickness=0.95, raise_mm=0.8, arch_mm=1.6, density=1.1),
        iris=(0.40, 0.29, 0.14),
        garment=Garment("crew", (0.75, 0.56, 0.24), (0.82, 0.64, 0.32)),
    ),
)  # fmt: skip
