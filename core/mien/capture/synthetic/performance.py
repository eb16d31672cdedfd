"""What synthetic people do before the cameras: hold an expression, or live for a while.

A performance is life as cameras see it: people talk in phrases, blink, look around, turn their
head, and let a feeling cross their face. It is drawn from a seed, each person their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from mien.capture.synthetic.gestures import Array, add, close_lids, ease, pulse, turn_eyes
from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_NAMES
from mien.transforms import matrix_from_axis_angle, rigid

Weights = Mapping[str, float]

RATE = 24.0

HELD: dict[str, Weights] = {
    "neutral": {},
    "smile": {"mouthSmile": 0.8, "cheekSquint": 0.5, "eyeSquint": 0.2, "mouthDimple": 0.2},
    "laugh": {
        "mouthSmile": 0.95, "cheekSquint": 0.85, "eyeSquint": 0.5, "mouthUpperUp": 0.45,
        "mouthLowerDown": 0.3, "jawOpen": 0.32, "browOuterUp": 0.15,
    },
    "surprise": {
        "jawOpen": 0.5, "browInnerUp": 0.9, "browOuterUp": 0.8, "eyeWide": 0.8, "mouthFunnel": 0.3,
    },
    "open": {"jawOpen": 1.0},
    "closed_eyes": {"eyeBlink": 1.0},
    "wink": {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.6, "mouthSmileLeft": 0.5},
    "kiss": {"mouthPucker": 0.95, "mouthFunnel": 0.15, "eyeSquint": 0.15},
    "anger": {
        "browDown": 0.95, "eyeSquint": 0.5, "noseSneer": 0.5, "mouthPress": 0.6, "mouthFrown": 0.4,
    },
    "sadness": {"browInnerUp": 0.9, "mouthFrown": 0.85, "mouthShrugLower": 0.5, "eyeSquint": 0.15},
    "disgust": {"noseSneer": 0.95, "mouthUpperUp": 0.6, "browDown": 0.55, "eyeSquint": 0.35},
    "puff": {"cheekPuff": 0.95, "mouthPucker": 0.2},
    "teeth": {"mouthStretch": 0.5, "mouthUpperUp": 0.7, "mouthLowerDown": 0.85, "jawOpen": 0.06},
    "mouth_left": {"mouthLeft": 0.8, "jawLeft": 0.4},
    "look_left": {"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8},
    "look_up": {"eyeLookUp": 0.75, "browInnerUp": 0.3, "browOuterUp": 0.25},
    "tongue": {"tongueOut": 1.0, "jawOpen": 0.5},
}  # fmt: skip
"""Expressions worth a photograph; a name without a side means both."""

# Of a syllable: jaw, funnel, pucker, stretch, upper lip up, lower lip down, lips pressed.
_SOUNDS = np.array(
    [
        (0.34, 0.05, 0.00, 0.10, 0.12, 0.20, 0.0),  # a
        (0.20, 0.00, 0.00, 0.35, 0.14, 0.18, 0.0),  # e
        (0.10, 0.00, 0.00, 0.30, 0.10, 0.12, 0.0),  # i
        (0.22, 0.35, 0.15, 0.00, 0.05, 0.10, 0.0),  # o
        (0.10, 0.30, 0.50, 0.00, 0.00, 0.00, 0.0),  # u
        (0.00, 0.00, 0.05, 0.00, 0.00, 0.00, 0.5),  # m, b, p
        (0.06, 0.05, 0.00, 0.05, 0.15, 0.00, 0.1),  # f, v
        (0.08, 0.10, 0.05, 0.15, 0.10, 0.15, 0.0),  # s, t, d
    ]
)
_SOUND_NAMES = (
    "jawOpen", "mouthFunnel", "mouthPucker", "mouthStretch", "mouthUpperUp", "mouthLowerDown",
    "mouthPress",
)  # fmt: skip
_MOODS = ("smile", "laugh", "surprise", "anger", "sadness", "disgust", "kiss", "mouth_left")


def held_expressions() -> tuple[ExpressionTrack, tuple[str, ...]]:
    """Return the held expressions as a track, one each second, and their names."""
    weights = np.zeros((len(HELD), len(ARKIT_NAMES)))
    for row, expression in enumerate(HELD.values()):
        for name, weight in expression.items():
            add(weights[row : row + 1], name, np.array([weight]))
    track = ExpressionTrack(
        np.arange(len(HELD), dtype=np.float64),
        ARKIT_NAMES,
        weights.astype(np.float32),
        source="held expressions",
    )
    return track, tuple(HELD)


def perform(seed: int, num_frames: int, *, rate: float = RATE) -> ExpressionTrack:
    """Return what somebody does for some frames; the same seed does the same, for longer.

    Args:
        seed: Whose life it is.
        num_frames: T.
        rate: Frames a second.

    Raises:
        ValueError: There is no frame, or no time between frames.
    """
    if num_frames < 1 or not rate > 0:
        raise ValueError(f"{num_frames} frames at {rate} a second are no performance")
    times = np.arange(num_frames) / rate
    talk, mood, blink, look, turn = (
        np.random.default_rng([seed, 5, stream]) for stream in range(5)
    )
    weights = np.zeros((num_frames, len(ARKIT_NAMES)))
    gaze = _gaze(times, look)
    _speak(times, weights, talk)
    _feel(times, weights, mood)
    turn_eyes(gaze, weights)
    _blink(times, weights, blink)
    rotations = matrix_from_axis_angle(_turns(times, turn))
    return ExpressionTrack(
        times,
        ARKIT_NAMES,
        np.clip(weights, 0, 1).astype(np.float32),
        rigid(rotations, np.zeros((num_frames, 3))).astype(np.float64),
        source=f"performance of seed {seed}",
    )


def _events(
    times: Array, rng: np.random.Generator, first: float, gap: tuple[float, float]
) -> Iterator[float]:
    """Yield instants, each a random time within `gap` seconds after the one before.

    They are drawn as they are asked for, so that a longer performance begins like a shorter one.
    """
    at = rng.uniform(0.5, 1.0) * first
    while at < times[-1] + 2:
        yield at
        at += rng.uniform(*gap)


def _speak(times: Array, weights: Array, rng: np.random.Generator) -> None:
    at = 0.35
    while at < times[-1] + 2:
        for _ in range(rng.integers(4, 12)):
            length = rng.uniform(0.13, 0.26)
            sound = _SOUNDS[rng.integers(len(_SOUNDS))] * rng.uniform(0.7, 1.15)
            # Neighbouring sounds run into each other: each begins before its time.
            course = np.exp(-(((times - at - length / 2) / (0.62 * length)) ** 2))
            for name, amount in zip(_SOUND_NAMES, sound, strict=True):
                add(weights, name, amount * course)
            at += length
        at += rng.uniform(0.4, 1.3)


def _feel(times: Array, weights: Array, rng: np.random.Generator) -> None:
    moods = list(rng.permutation(_MOODS))
    for number, at in enumerate(_events(times, rng, 1.6, (1.9, 3.4))):
        strength = rng.uniform(0.55, 1.0)
        course = strength * pulse(times, at, *rng.uniform((0.25, 0.3, 0.4), (0.6, 1.0, 0.9)))
        # A feeling takes the mouth over while it lasts.
        weights[:, _MOUTH] *= (1 - 0.7 * course)[:, None]
        for name, weight in HELD[str(moods[number % len(moods)])].items():
            add(weights, name, weight * course)


_MOUTH = np.array([name.startswith(("mouth", "jaw")) for name in ARKIT_NAMES])


def _gaze(times: Array, rng: np.random.Generator) -> Array:
    """Return where the eyes point [T, 2], leftward and upward, -1..1: still, with quick moves."""
    gaze = np.zeros((len(times), 2))
    for number, at in enumerate(_events(times, rng, 0.9, (0.5, 2.1))):
        # Every other look goes back to whom they talk to.
        target = rng.normal(0, (0.38, 0.2)) if number % 2 == 0 else rng.normal(0, 0.05, 2)
        move = ease((times - at) / 0.085)[:, None]
        gaze = gaze * (1 - move) + move * target
    return np.clip(gaze, -0.8, 0.8)


def _blink(times: Array, weights: Array, rng: np.random.Generator) -> None:
    """Close the eyes in a twelfth of a second and open them in a fifth (Evinger et al. 1991)."""
    lids = np.zeros(len(times))
    for at in _events(times, rng, 1.4, (1.2, 4.2)):
        lids = np.maximum(lids, pulse(times, at, 0.085, 0.035, 0.20))
    close_lids(weights, lids)


def _turns(times: Array, rng: np.random.Generator) -> Array:
    """Return the head's rotation [T, 3], axis-angle: slow sway and a turn now and then."""
    turns = np.zeros((len(times), 3))
    for frequency in (0.13, 0.31, 0.7):
        phases = rng.uniform(0, 2 * np.pi, 3)
        reach = np.array([0.035, 0.06, 0.03]) * rng.uniform(0.6, 1.2, 3) * 0.13 / frequency
        turns += reach * (np.sin(2 * np.pi * frequency * times[:, None] + phases) - np.sin(phases))
    for at in _events(times, rng, 1.2, (1.4, 2.8)):
        target = rng.normal(0, (0.07, 0.24, 0.05)).clip(-0.45, 0.45)
        turns += target * pulse(times, at, *rng.uniform((0.4, 0.2, 0.5), (0.8, 0.9, 1.0)))[:, None]
    return turns
