"""A performance of twelve seconds that begins where it ends: idle life, a smile, some speech."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_INDEX, ARKIT_NAMES
from mien.transforms import matrix_from_axis_angle, rigid

Array = NDArray[np.float64]

SEED = 8
SECONDS = 12.0
RATE = 30
BLINKS = (1.15, 3.62, 5.05, 8.35, 8.72, 10.9)
"""When the eyes close; one of them twice in a row, as people do."""

NECK = np.array([0.0, -0.09, -0.02])
"""What the head turns about, metres."""

SYLLABLES = (
    # time, how long, jaw, funnel, pucker, stretch, upper lip up, lower lip down
    (5.55, 0.20, 0.26, 0.00, 0.00, 0.20, 0.10, 0.15),
    (5.78, 0.18, 0.10, 0.40, 0.25, 0.00, 0.00, 0.05),
    (5.98, 0.20, 0.34, 0.05, 0.00, 0.10, 0.12, 0.20),
    (6.22, 0.14, 0.02, 0.00, 0.00, 0.05, 0.00, 0.00),
    (6.40, 0.22, 0.22, 0.30, 0.10, 0.00, 0.05, 0.12),
    (6.66, 0.18, 0.14, 0.00, 0.00, 0.35, 0.14, 0.18),
    (6.90, 0.22, 0.30, 0.10, 0.00, 0.05, 0.08, 0.20),
    (7.14, 0.15, 0.05, 0.10, 0.45, 0.00, 0.00, 0.00),
    (7.34, 0.24, 0.24, 0.00, 0.00, 0.25, 0.12, 0.18),
    (7.62, 0.22, 0.12, 0.15, 0.10, 0.05, 0.02, 0.05),
)  # fmt: skip


def perform() -> ExpressionTrack:
    """Return the performance: 12 s at 30 frames a second, its end flowing into its beginning."""
    times = np.arange(int(SECONDS * RATE)) / RATE
    weights = np.zeros((len(times), len(ARKIT_NAMES)))
    rng = np.random.default_rng(SEED)
    gaze = _gaze(times, rng)
    _smile(times, weights)
    _speak(times, weights)
    _brows(times, weights)
    _breathe(times, weights)
    _look(gaze, weights)
    _blink(times, weights)
    turns = _turns(times, gaze)
    rotations = matrix_from_axis_angle(turns)
    shifts = NECK - rotations @ NECK + np.c_[0 * times, 0.0012 * _wave(times, 3, 0.4), 0 * times]
    return ExpressionTrack(
        times,
        ARKIT_NAMES,
        np.clip(weights, 0, 1).astype(np.float32),
        rigid(rotations, shifts),
        source="Mien's demo performance",
    )


def _wave(times: Array, cycles: int, phase: float) -> Array:
    """Return a sine that closes over the loop."""
    return np.sin(2 * np.pi * (cycles * times / SECONDS + phase))


def _since(times: Array, start: float) -> Array:
    """Return the time from `start` [T], counted round the loop, -6 .. 6 s."""
    return (times - start + SECONDS / 2) % SECONDS - SECONDS / 2


def _rise(times: Array, start: float, attack: float, hold: float, release: float) -> Array:
    """Return a soft pulse 0..1 [T] round the loop."""
    t = _since(times, start + (attack + hold + release) / 2) + (attack + hold + release) / 2
    up = np.clip(t / attack, 0, 1)
    down = np.clip((t - attack - hold) / release, 0, 1)
    ease_up, ease_down = (
        up**3 * (6 * up**2 - 15 * up + 10),
        down**3 * (6 * down**2 - 15 * down + 10),
    )
    return ease_up * (1 - ease_down)


def _add(weights: Array, name: str, amount: Array) -> None:
    for side in ("",) if name in ARKIT_INDEX else ("Left", "Right"):
        weights[:, ARKIT_INDEX[name + side]] += amount


def _smile(times: Array, weights: Array) -> None:
    first = _rise(times, 2.1, 0.9, 1.0, 1.2)
    second = _rise(times, 8.0, 0.7, 1.5, 1.5)
    both = 0.42 * first + 0.72 * second
    _add(weights, "mouthSmile", both)
    weights[:, ARKIT_INDEX["mouthSmileLeft"]] += 0.06 * first
    _add(weights, "cheekSquint", 0.55 * second + 0.25 * first)
    _add(weights, "eyeSquint", 0.28 * second + 0.10 * first)
    _add(weights, "mouthDimple", 0.15 * second)
    _add(weights, "mouthUpperUp", 0.22 * second)
    _add(weights, "jawOpen", 0.05 * second)


def _speak(times: Array, weights: Array) -> None:
    names = (
        "jawOpen",
        "mouthFunnel",
        "mouthPucker",
        "mouthStretch",
        "mouthUpperUp",
        "mouthLowerDown",
    )
    for start, length, *amounts in SYLLABLES:
        # Neighbouring sounds run into each other: each begins before its time.
        pulse = np.exp(-((_since(times, start + length / 2) / (0.62 * length)) ** 2))
        for name, amount in zip(names, amounts, strict=True):
            _add(weights, name, amount * pulse)
    lips = np.exp(-((_since(times, 6.27) / 0.06) ** 2)) + np.exp(
        -((_since(times, 7.9) / 0.09) ** 2)
    )
    _add(weights, "mouthPress", 0.25 * lips)


def _brows(times: Array, weights: Array) -> None:
    _add(
        weights,
        "browInnerUp",
        0.35 * _rise(times, 5.5, 0.25, 0.5, 0.5) + 0.05 * (1 + _wave(times, 2, 0.1)),
    )
    _add(weights, "browOuterUp", 0.45 * _rise(times, 5.5, 0.22, 0.45, 0.5))
    weights[:, ARKIT_INDEX["browOuterUpLeft"]] += 0.35 * _rise(times, 0.35, 0.4, 0.5, 0.6)
    _add(weights, "browDown", 0.22 * _rise(times, 6.8, 0.25, 0.25, 0.4))
    _add(weights, "eyeWide", 0.20 * _rise(times, 5.5, 0.2, 0.35, 0.45))


def _breathe(times: Array, weights: Array) -> None:
    breath = 0.5 + 0.5 * _wave(times, 3, 0.0)
    _add(weights, "jawOpen", 0.012 * breath)
    _add(weights, "mouthShrugLower", 0.04 * (1 - breath))
    _add(weights, "noseSneer", 0.02 * breath)
    _add(weights, "mouthPress", 0.05 * (0.5 + 0.5 * _wave(times, 5, 0.3)))


def _gaze(times: Array, rng: np.random.Generator) -> Array:
    """Return where the eyes point [T, 2], leftward and upward, -1..1: still, with quick moves."""
    stops = ((0.0, 0, 0), (0.9, 0.45, 0.10), (2.0, 0.05, 0), (4.25, -0.5, 0.22), (5.15, 0, 0),
             (6.55, 0.16, -0.08), (7.25, -0.04, 0), (10.0, 0.12, -0.3), (11.0, 0, 0))  # fmt: skip
    gaze = np.zeros((len(times), 2))
    for at, *target in stops[1:]:
        move = np.clip((times - at) / 0.085, 0, 1)
        move = (move * move * (3 - 2 * move))[:, None]
        gaze = gaze * (1 - move) + move * np.array(target)
    drift = np.stack(
        [0.025 * _wave(times, 7, rng.random()), 0.02 * _wave(times, 5, rng.random())], 1
    )
    return gaze + drift


def _look(gaze: Array, weights: Array) -> None:
    left, up = gaze.T
    for name, amount in (
        ("eyeLookOutLeft", left), ("eyeLookInRight", left), ("eyeLookInLeft", -left),
        ("eyeLookOutRight", -left), ("eyeLookUpLeft", up), ("eyeLookUpRight", up),
        ("eyeLookDownLeft", -up), ("eyeLookDownRight", -up),
    ):  # fmt: skip
        weights[:, ARKIT_INDEX[name]] += np.clip(amount, 0, 1)


def _blink(times: Array, weights: Array) -> None:
    """Close the eyes in a twelfth of a second and open them in a fifth (Evinger et al. 1991)."""
    lids = np.zeros(len(times))
    for at in BLINKS:
        t = _since(times, at)
        close = np.clip((t + 0.085) / 0.085, 0, 1)
        reopen = np.clip((t - 0.035) / 0.20, 0, 1)
        lids = np.maximum(
            lids, close * close * (3 - 2 * close) * (1 - reopen * reopen * (3 - 2 * reopen))
        )
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        weights[:, ARKIT_INDEX[name]] = np.maximum(weights[:, ARKIT_INDEX[name]], lids)
    # A lid that comes down needs no widening, and squints fade under it.
    for name in ("eyeWideLeft", "eyeWideRight"):
        weights[:, ARKIT_INDEX[name]] *= 1 - lids


def _turns(times: Array, gaze: Array) -> Array:
    """Return the head's rotation [T, 3], axis-angle: slow sway, and it follows the eyes late."""
    lag = np.exp(-np.arange(RATE) / (0.28 * RATE))
    lag /= lag.sum()
    # Round the loop, so that what lags behind its end reaches its beginning.
    spectrum = np.fft.rfft(lag, len(times))[:, None]
    late = np.fft.irfft(np.fft.rfft(gaze, axis=0) * spectrum, len(times), axis=0)
    late = np.fft.irfft(np.fft.rfft(late, axis=0) * spectrum, len(times), axis=0)
    nod = 0.045 * np.exp(-((_since(times, 6.1) / 0.28) ** 2)) + 0.04 * np.exp(
        -((_since(times, 7.4) / 0.3) ** 2)
    )
    pitch = (
        0.022 * _wave(times, 2, 0.15)
        - 0.16 * late[:, 1]
        + nod
        - 0.02 * _rise(times, 8.0, 0.7, 1.5, 1.5)
    )
    yaw = 0.075 * _wave(times, 1, 0.0) + 0.03 * _wave(times, 3, 0.3) + 0.22 * late[:, 0]
    roll = 0.028 * _wave(times, 1, 0.35) + 0.07 * _rise(times, 8.1, 0.9, 1.2, 1.4)
    return np.stack([pitch, yaw, roll], axis=1)
