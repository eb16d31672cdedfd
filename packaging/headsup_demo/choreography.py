"""What the performer of the demo's film does: seven seconds that end where they begin.

One thing after the other, each plain enough for a face tracker: brows, a smile, an open mouth, a
kiss, words, and the head turning to both sides.
"""

from __future__ import annotations

import numpy as np

from mien.capture.synthetic.gestures import Array, add, close_lids, ease, pulse, turn_eyes
from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_NAMES
from mien.transforms import matrix_from_axis_angle, rigid

SECONDS = 7.2
RATE = 25
BLINKS = (0.45, 1.95, 4.22, 5.55, 6.75)
"""When the eyes close, seconds."""

# Name, how much, and when: start, attack, hold and release in seconds.
ACTS = (
    ("browInnerUp", 0.80, (0.65, 0.28, 0.50, 0.40)),
    ("browOuterUp", 0.75, (0.65, 0.25, 0.50, 0.40)),
    ("eyeWide", 0.40, (0.68, 0.25, 0.40, 0.35)),
    ("mouthSmile", 0.85, (1.70, 0.45, 0.70, 0.55)),
    ("cheekSquint", 0.60, (1.75, 0.45, 0.60, 0.50)),
    ("eyeSquint", 0.25, (1.80, 0.40, 0.55, 0.50)),
    ("mouthUpperUp", 0.18, (1.75, 0.45, 0.60, 0.50)),
    ("mouthDimple", 0.15, (1.80, 0.40, 0.55, 0.50)),
    ("jawOpen", 0.72, (3.10, 0.28, 0.30, 0.32)),
    ("mouthLowerDown", 0.15, (3.10, 0.28, 0.30, 0.32)),
    ("browInnerUp", 0.25, (3.05, 0.25, 0.35, 0.35)),
    ("mouthPucker", 0.85, (4.00, 0.28, 0.32, 0.32)),
    ("mouthFunnel", 0.12, (4.00, 0.28, 0.32, 0.32)),
    ("browDown", 0.30, (4.00, 0.28, 0.32, 0.32)),
    # Three syllables while the head turns.
    ("jawOpen", 0.28, (4.98, 0.10, 0.04, 0.14)),
    ("mouthFunnel", 0.35, (5.22, 0.10, 0.05, 0.14)),
    ("jawOpen", 0.22, (5.40, 0.10, 0.04, 0.14)),
    ("mouthStretch", 0.30, (5.40, 0.10, 0.04, 0.14)),
    ("mouthSmile", 0.35, (5.90, 0.35, 0.25, 0.55)),
)  # fmt: skip

# Where the eyes look, leftward and upward, -1..1, from an instant on.
GAZE = ((0.70, 0.0, 0.12), (1.45, 0.0, 0.0), (4.50, 0.45, 0.05), (5.35, -0.45, 0.0),
        (6.20, 0.0, 0.0))  # fmt: skip

# Pitch (positive looks down), yaw (positive to the person's left) and roll in radians, and when.
TURNS = (
    ((-0.07, 0.0, 0.0), (0.60, 0.40, 0.40, 0.50)),
    ((0.03, 0.06, 0.09), (1.70, 0.50, 0.60, 0.60)),
    ((-0.06, 0.0, 0.0), (3.05, 0.35, 0.30, 0.40)),
    ((0.05, 0.0, -0.05), (3.95, 0.35, 0.30, 0.35)),
    ((0.0, 0.42, 0.0), (4.55, 0.45, 0.10, 0.60)),
    ((0.02, -0.42, 0.0), (5.30, 0.50, 0.15, 0.65)),
    ((0.09, 0.0, 0.0), (6.35, 0.25, 0.05, 0.35)),
)


def perform() -> ExpressionTrack:
    """Return the performance: 180 frames, 25 a second."""
    times = np.arange(round(SECONDS * RATE)) / RATE
    weights = np.zeros((len(times), len(ARKIT_NAMES)))
    for name, amount, course in ACTS:
        add(weights, name, amount * pulse(times, *course))
    turn_eyes(_gaze(times), weights)
    _blink(times, weights)
    turns = sum(np.outer(pulse(times, *course), reach) for reach, course in TURNS) + _sway(times)
    poses = rigid(matrix_from_axis_angle(turns), np.zeros((len(times), 3)))
    return ExpressionTrack(
        times,
        ARKIT_NAMES,
        np.clip(weights, 0, 1).astype(np.float32),
        poses,
        source="what the performer of the demo's film was told to do",
    )


def _gaze(times: Array) -> Array:
    gaze = np.zeros((len(times), 2))
    for at, *target in GAZE:
        move = ease((times - at) / 0.09)[:, None]
        gaze = gaze * (1 - move) + move * np.array(target)
    return gaze


def _blink(times: Array, weights: Array) -> None:
    """Close the eyes in a twelfth of a second and open them in a fifth (Evinger et al. 1991)."""
    lids = np.zeros(len(times))
    for at in BLINKS:
        lids = np.maximum(lids, pulse(times, at - 0.085, 0.085, 0.045, 0.20))
    close_lids(weights, lids)


def _sway(times: Array) -> Array:
    """Return what a head does that holds still [T, 3]; it closes over the loop."""
    turn = 2 * np.pi * times[:, None] / SECONDS
    reach = np.array([0.012, 0.022, 0.014])
    return reach * (np.sin(turn * [2, 1, 1] + [0.4, 0.0, 1.9]) - np.sin([0.4, 0.0, 1.9]))
