"""Sample people who never lived: plausible together, different from each other, fixed by a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.palettes import (
    CLOTH,
    FAIR_HAIR,
    FAIR_IRISES,
    HAIR,
    IRISES,
    LIPS,
    LIPSTICKS,
    SKIN,
    along,
    mixed,
)
from mien.capture.synthetic.person import (
    Beard,
    Brows,
    Eyes,
    Garment,
    Hair,
    Lashes,
    Person,
    Skin,
)
from mien.template.head import HeadTemplate
from mien.template.sources.mien_head import mien_head
from mien.transforms import Array

YOUNGEST, OLDEST = 18.0, 80.0

_STEPS = np.array([0.8191725134, 0.5497004779, 0.6710436067])
"""Powers of 1 / 1.2207: neighbouring seeds then fill three dimensions evenly (Roberts 2018)."""

_HUE_STEP = 0.7548776662
"""Its own step, of the plane's sequence, so that colours go round independently of the rest."""

_AGES = ((0.0, 0.18, 0.55, 0.82, 1.0), (YOUNGEST, 25.0, 39.0, 58.0, OLDEST))
"""Quantiles of the age."""

_WOMEN = {
    "long_straight": 3.0, "long_waves": 3.0, "bob": 2.5, "fringe": 1.5, "bun": 1.2,
    "ponytail": 1.5, "curls": 1.5, "side_part": 0.5, "afro": 0.0, "braid": 0.0, "buzz": 0.15,
}  # fmt: skip
_MEN = {
    "crop": 3.0, "side_part": 3.0, "tousled": 2.5, "buzz": 1.5, "curls": 1.0, "bald": 0.0,
    "long_waves": 0.3, "bun": 0.2, "afro": 0.0,
}  # fmt: skip
_OF_AGE = ("bob", "fringe", "bun", "side_part", "afro")
"""What women wear past sixty."""

_LENGTH_MM = {
    "bald": (0, 0), "buzz": (4, 9), "crop": (18, 38), "side_part": (50, 85), "tousled": (45, 80),
    "bob": (190, 240), "fringe": (240, 330), "long_straight": (330, 440), "long_waves": (320, 430),
    "curls": (75, 200), "afro": (28, 66), "bun": (260, 320), "ponytail": (300, 380),
    "braid": (260, 360),
}  # fmt: skip
"""Shortest and longest that each style is worn."""


@dataclass(frozen=True)
class _Origin:
    """What the rest follows from."""

    age: float
    masculinity: float
    ancestry: tuple[float, float, float]
    melanin: float

    @property
    def male(self) -> bool:
        return self.masculinity > 0.5

    @property
    def european(self) -> float:
        return self.ancestry[2]

    @property
    def african(self) -> float:
        return self.ancestry[0]


def sample_person(seed: int, *, template: HeadTemplate | None = None) -> Person:
    """Sample a person; consecutive seeds cover ages, sexes and ancestries evenly.

    Args:
        seed: Which person: the same seed is the same person.
        template: Whose identities to draw from; Mien's own when left out.
    """
    rng = np.random.default_rng([seed, 2])
    origin = _origin(seed, rng)
    heaviness = float(np.clip(rng.normal(-0.05 + 0.004 * (origin.age - 35), 0.35), -1, 1))
    head = template or mien_head()
    identity = head.likely_identity(
        rng,
        masculinity=_apart(origin.masculinity),
        age_years=origin.age if origin.male else 0.75 * origin.age + 6,
        heaviness=heaviness,
        ancestry=origin.ancestry,
    )
    hair_name = _hair_name(seed, origin, rng)
    grey = _grey(origin, rng)
    hair = _hair(origin, hair_name, grey, rng)
    brow_mm = _brow_height(head, identity)
    return Person(
        seed=seed,
        identity=identity,
        age_years=origin.age,
        masculinity=origin.masculinity,
        ancestry=origin.ancestry,
        heaviness=heaviness,
        skin=_skin(origin, hair_name, rng),
        eyes=_eyes(origin, rng),
        hair=hair,
        brows=_brows(origin, hair_name, grey, brow_mm, rng),
        lashes=Lashes(
            length=float(rng.uniform(0.85, 1.05) if origin.male else rng.uniform(0.95, 1.3)),
            density=float(rng.uniform(0.8, 1.1) * (1 if origin.age < 55 else 0.8)),
        ),
        beard=_beard(origin, hair_name, grey, rng),
        garment=_garment(origin, rng),
        rest=_rest(origin, brow_mm, _smile(head, identity), rng),
    )


def _apart(masculinity: float) -> float:
    """Return what makes a face read as the sex it has: with styled hair, brows and no voice,
    people tell faces apart by features a little beyond the mean."""
    return 0.5 + (1.3 if masculinity > 0.5 else 1.4) * (masculinity - 0.5)


def _origin(seed: int, rng: np.random.Generator) -> _Origin:
    place = (0.5 + seed * _STEPS) % 1
    age = float(np.interp(place[0], *_AGES))
    male = place[1] > 0.5
    masculinity = float(np.clip(rng.normal(0.93 if male else 0.06, 0.06), 0, 1))
    # A third each, most of them with a little of the others.
    shares = rng.dirichlet([0.5, 0.5, 0.5]) * 0.30
    shares[int(3 * place[2])] += 0.70
    african, asian, european = (float(share) for share in shares)
    melanin = 0.84 * african + 0.30 * asian + 0.13 * european + rng.normal(0, 0.055)
    # The sun, and the south of each continent.
    melanin += (rng.random() < 0.30) * rng.uniform(0.05, 0.28) * (1 - african)
    return _Origin(
        age, masculinity, (african, asian, european), float(np.clip(melanin, 0.02, 0.98))
    )


def _skin(origin: _Origin, hair: str, rng: np.random.Generator) -> Skin:
    tone = along(SKIN, origin.melanin)
    warm = rng.normal(0, 0.012)
    tone = (tone[0] + 0.3 * warm, tone[1], float(np.clip(tone[2] - 1.6 * warm, 0.1, 0.9)))
    age = (origin.age - YOUNGEST) / (OLDEST - YOUNGEST)
    made_up = float((not origin.male) and rng.random() < 0.6)
    lip_paint = made_up * rng.uniform(0.05, 0.55)
    natural = mixed(along(LIPS, origin.melanin), tone, rng.uniform(0.0, 0.25) + 0.15 * age)
    # Lipstick is a film: what is under it darkens it.
    stick = mixed(LIPSTICKS[rng.integers(len(LIPSTICKS))], natural, 0.75 * origin.melanin)
    lips = mixed(natural, stick, lip_paint * 0.8)
    fair = float(np.clip(1 - 2.6 * origin.melanin, 0, 1)) * origin.european
    red_haired = hair in ("copper", "auburn")
    freckled = rng.random() < (0.9 if red_haired else 0.35 * fair)
    return Skin(
        tone=tone,
        lips=lips,
        melanin=origin.melanin,
        redness=float(np.clip(rng.normal(0.42 + 0.12 * fair, 0.12), 0.15, 0.95)),
        freckles=float(freckled * rng.uniform(0.35, 1.0)),
        moles=int(rng.poisson(1.5)),
        mottling=float(np.clip(rng.normal(0.45 + 0.25 * age, 0.12), 0.2, 1)),
        wrinkles=float(np.clip(rng.normal(0.55, 0.18) * (1 - 0.35 * origin.african), 0.1, 1)),
        spots=float(np.clip((origin.age - 46) / 30, 0, 1) * rng.uniform(0.3, 1.0)),
        shine=float(np.clip(rng.normal(0.5 + 0.35 * origin.melanin, 0.14), 0.15, 1)),
        liner=made_up * float(rng.uniform(0.2, 0.8)),
        lip_paint=lip_paint,
        blush=made_up * float(rng.uniform(0.2, 0.9)),
    )


def _eyes(origin: _Origin, rng: np.random.Generator) -> Eyes:
    name = "dark brown"
    if rng.random() < origin.european**1.5 * (1.15 - 0.9 * origin.melanin):
        name = _pick(FAIR_IRISES, rng)
    elif rng.random() < 0.35:
        name = "brown"
    jitter = rng.normal(1, 0.08)
    iris = IRISES[name]
    return Eyes(
        iris=(iris[0] * jitter, iris[1] * jitter, iris[2] * jitter),
        rim=float(rng.uniform(0.35, 0.85)),
        veins=float(np.clip(rng.normal(0.22 + 0.15 * (origin.age > 55), 0.1), 0.05, 0.7)),
    )


def _hair_name(seed: int, origin: _Origin, rng: np.random.Generator) -> str:
    """Return a colour; consecutive fair people have it spread evenly, rare colours too."""
    if rng.random() < origin.european * (1.3 - 0.8 * origin.melanin):
        return _picked(FAIR_HAIR, (0.151 + seed * _HUE_STEP) % 1)
    return "black" if rng.random() < 0.75 else "dark brown"


def _grey(origin: _Origin, rng: np.random.Generator) -> float:
    """Return the share of grey hairs: half of it at fifty-two, give or take seven years.

    Up to sixty-eight, some women dye them.
    """
    grey = 1 / (1 + np.exp(-(origin.age - rng.normal(52, 7)) / 5.0))
    dyed = (not origin.male) and rng.random() < 0.45 and origin.age < 68
    return float(0.0 if grey < 0.03 or dyed else grey)


def _hair(origin: _Origin, name: str, grey: float, rng: np.random.Generator) -> Hair:
    style, recede = _style(origin, rng)
    root, tip = HAIR[name]
    shortest, longest = _LENGTH_MM[style]
    if origin.male and style == "curls":
        longest = 115
    straight = 0.15 + 0.5 * (1 - origin.ancestry[1]) * rng.random()
    return Hair(
        style=style,
        root=root,
        tip=tip if longest > 60 else mixed(root, tip, 0.5),
        length_mm=float(rng.uniform(shortest, longest)),
        volume=float(np.clip(rng.normal(0.5, 0.15), 0.15, 0.9)),
        wave=float(straight),
        parting_mm=float(rng.choice([-1, 1]) * rng.uniform(5, 30)),
        recede_mm=recede,
        grey=grey,
        shine=float(rng.uniform(0.8, 1.3) * (0.6 if style == "afro" else 1)),
    )


def _style(origin: _Origin, rng: np.random.Generator) -> tuple[str, float]:
    """Return a hair style and how far the hairline has receded, millimetres."""
    styles = dict(_MEN if origin.male else _WOMEN)
    tight = origin.african > 0.5
    if tight:
        styles |= {"afro": 4.0, "buzz": 2.5 if origin.male else 0.8, "braid": 1.0}
        styles = {s: w for s, w in styles.items() if s in ("afro", "buzz", "braid", "bun", "curls")}
    recede = 0.0
    if origin.male:
        recede = float(max(0.0, rng.normal(0.28 * (origin.age - 28), 6)))
        styles["bald"] = 0.5 + 4.0 * (recede > 16)
        if recede > 12:
            styles = {s: w for s, w in styles.items() if s in ("bald", "buzz", "crop", "side_part")}
        if origin.age > 45:
            # No longer the ways of the young.
            styles = {s: w for s, w in styles.items() if s not in ("bun", "long_waves", "braid")}
    elif origin.age > 60:
        styles = {s: (3 if s == "bob" else 1) * w for s, w in styles.items() if s in _OF_AGE}
    return _pick(styles, rng), min(recede, 24.0)


def _brow_height(head: HeadTemplate, identity: NDArray[np.float32]) -> float:
    """Return how far above the usual a face has the brow's bone over the lower lid, millimetres."""
    brow, lid = _places(head, identity, "brow_left_1", "lid_left_lower_inner")[:, 1]
    return float(brow - lid - 26.8)


def _places(head: HeadTemplate, identity: NDArray[np.float32], *names: str) -> Array:
    """Return where landmarks lie on a person's surface [L, 3], millimetres."""
    vertices = [head.landmarks[name] for name in names]
    moved = np.tensordot(identity, head.identity_basis[: len(identity), vertices], 1)
    return 1000 * (head.neutral[vertices].astype(np.float64) + moved)


def _brows(
    origin: _Origin, name: str, grey: float, bone_mm: float, rng: np.random.Generator
) -> Brows:
    # Brows are darker than fair hair, and grey later.
    dark = mixed(HAIR[name][0], HAIR["dark brown"][0], 0.35)
    color = mixed(dark, (0.50, 0.47, 0.44), 0.6 * max(0.0, grey - 0.3))
    # Brows differ less in height than their bones do: far up or low down they would look like an
    # expression.
    evened = np.clip(-0.55 * bone_mm, -2.0, 2.2)
    return Brows(
        color=color,
        thickness=float(
            rng.normal(1.15, 0.12)
            if origin.male
            else rng.normal(0.86 - 0.18 * (origin.age > 60), 0.1)
        ),
        raise_mm=float(evened + rng.normal(-0.8 if origin.male else 0.3, 0.4)),
        arch_mm=float(rng.normal(0.0 if origin.male else 1.0, 0.5)),
        density=float(np.clip(rng.normal(1.05, 0.12) - 0.2 * (origin.age > 60), 0.6, 1.3)),
    )


def _beard(origin: _Origin, name: str, grey: float, rng: np.random.Generator) -> Beard:
    if not origin.male:
        return Beard()
    styles = {
        "none": 4.0,
        "stubble": 2.5,
        "full": 1.4,
        "short_boxed": 1.4,
        "goatee": 0.5,
        "moustache": 0.4,
    }
    style = _pick(styles, rng)
    growth = rng.uniform(0.6, 1.0) * (1 - 0.45 * origin.ancestry[1])
    lengths = {
        "none": 0.0,
        "stubble": 1.5,
        "full": rng.uniform(9, 22),
        "short_boxed": rng.uniform(5, 9),
    }
    return Beard(
        style=style,
        stubble=float(growth * (rng.uniform(0.1, 0.35) if style == "none" else 0.7)),
        length_mm=float(lengths.get(style, 6.0)),
        color=mixed(HAIR[name][0], HAIR["auburn"][0], 0.2 * origin.european),
        grey=float(min(1.0, 1.15 * grey)),
    )


def _garment(origin: _Origin, rng: np.random.Generator) -> Garment:
    men = {"crew": 3.0, "collar": 2.5, "vee": 1.0, "turtleneck": 0.7}
    women = {"crew": 2.5, "boat": 1.5, "vee": 2.0, "turtleneck": 0.8, "collar": 1.5}
    neckline = _pick(men if origin.male else women, rng)
    name = list(CLOTH)[rng.integers(len(CLOTH))]
    patterns = {"plain": 4.0, "heather": 2.5, "knit": 1.5, "stripes": 1.0 * (neckline == "crew")}
    pattern = "knit" if neckline == "turtleneck" else _pick(patterns, rng)
    color = CLOTH[name]
    trim = mixed(color, (1.0, 1.0, 1.0) if sum(color) < 1.5 else (0.2, 0.2, 0.22), 0.07)
    if pattern == "stripes":
        trim = CLOTH["cream" if sum(color) < 1.5 else "navy"]
    return Garment(neckline, color, trim, pattern)


def _rest(
    origin: _Origin, brow_mm: float, smile: float, rng: np.random.Generator
) -> Mapping[str, float]:
    """Return what a rested, friendly face does without being asked.

    Args:
        origin: Who.
        brow_mm: How far above the usual the bone of its brows is.
        smile: What makes its mouth look at rest.
    """
    frown = rng.uniform(0.01, 0.05) + 0.09 * origin.masculinity
    # High brows would look astonished all day long, low ones angry.
    frown = float(np.clip(frown + 0.05 * brow_mm, -0.15, 0.25))
    smile += rng.uniform(-0.02, 0.02)
    awake = rng.uniform(0.08, 0.18)
    uneven = rng.normal(0, 0.02, 2)
    return {
        "browDownLeft": max(frown, 0.0),
        "browDownRight": max(frown, 0.0),
        "browInnerUp": max(-0.5 * frown, 0.0),
        "browOuterUpLeft": max(-frown, 0.0),
        "browOuterUpRight": max(-frown, 0.0),
        "mouthSmileLeft": float(smile + uneven[0]),
        "mouthSmileRight": float(smile - uneven[0]),
        "eyeWideLeft": float(awake + 0.5 * uneven[1]),
        "eyeWideRight": float(awake - 0.5 * uneven[1]),
        "mouthPressLeft": float(rng.uniform(0, 0.06)),
        "mouthPressRight": float(rng.uniform(0, 0.06)),
    }


def _smile(head: HeadTemplate, identity: NDArray[np.float32]) -> float:
    """Return the smile that makes a mouth look at rest.

    By nature some mouths hang and look sad: corners far under the nose, a lower lip that runs
    straight across. Others smile by themselves: corners high, a lip curved about the teeth.
    """
    wing, corner, side, middle = _places(
        head, identity, "nose_base_left_1", "lip_left_corner", "lip_lower_left_1",
        "lip_lower_middle",
    )  # fmt: skip
    hanging = wing[1] - corner[1] - 21.5
    straight = side[2] - middle[2] + 0.8
    return float(np.clip(0.25 + 0.027 * hanging + 0.30 * straight, 0.14, 0.45))


def _pick(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    return _picked(weights, rng.random())


def _picked(weights: Mapping[str, float], place: float) -> str:
    """Return the name at a place 0..1 of the weights laid end to end."""
    names = sorted(weights)
    shares = np.array([weights[name] for name in names])
    return names[min(int(np.searchsorted(np.cumsum(shares / shares.sum()), place)), len(names) - 1)]
