"""Navigation: what hands on mouse and keys do to the camera, as pure functions of the orbit."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import numpy as np

from mien.orbit import Orbit

_RADIANS_PER_HEIGHT = math.pi
"""A drag over the whole height of the viewport turns half way round."""

_WHEEL_STEP = 0.9
"""Factor on the distance for one notch of the wheel."""

FLY_SPEED = 1.2
"""Distances to the pivot per second."""

TRANSITION_SECS = 0.22

VIEWS: dict[str, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "left": (math.pi / 2, 0.0),
    "right": (-math.pi / 2, 0.0),
    "back": (math.pi, 0.0),
}
"""Yaw and pitch of the named views: `left` shows the avatar's left side."""

# The six keys under the fingers of the left hand, wherever letters are on this keyboard: the
# hardware's own numbers, which differ between systems.
_FLY_DIRECTIONS: dict[str, tuple[float, float, float]] = {
    "W": (0, 0, 1),
    "S": (0, 0, -1),
    "A": (-1, 0, 0),
    "D": (1, 0, 0),
    "E": (0, -1, 0),
    "Q": (0, 1, 0),
}
_SCAN_CODES: dict[str, dict[int, str]] = {
    # evdev's codes plus eight, as X11 and Wayland report them
    "linux": {25: "W", 39: "S", 38: "A", 40: "D", 26: "E", 24: "Q"},
    # PC set 1
    "win32": {17: "W", 31: "S", 30: "A", 32: "D", 18: "E", 16: "Q"},
}


def orbited(orbit: Orbit, dx: float, dy: float, height: float) -> Orbit:
    """Turn by a drag of some pixels in a viewport of some height; the head follows the hand."""
    turn = _RADIANS_PER_HEIGHT / max(height, 1.0)
    return orbit.orbited(-dx * turn, dy * turn)


def panned(orbit: Orbit, dx: float, dy: float, height: float) -> Orbit:
    """Move sideways by a drag, so that what was under the cursor stays under it."""
    return orbit.panned(dx / max(height, 1.0), dy / max(height, 1.0))


def dollied(orbit: Orbit, notches: float, at: tuple[float, float], aspect: float) -> Orbit:
    """Move nearer (positive) or away, toward the place under the cursor.

    Args:
        orbit: The camera.
        notches: Of the wheel.
        at: The cursor as fractions of the picture's sides, from the top left corner.
        aspect: Width over height of the picture.
    """
    nearer = orbit.dollied(_WHEEL_STEP**notches)
    shrink = nearer.distance / orbit.distance
    # The point under the cursor in the pivot's plane keeps its place on the screen.
    right, down = (at[0] - 0.5) * aspect, at[1] - 0.5
    return nearer.panned(-right * (1 / shrink - 1), -down * (1 / shrink - 1))


def pivoted(orbit: Orbit, point: np.ndarray) -> Orbit:
    """Turn around another point from now on, which comes to the middle of the picture."""
    forward = orbit.camera((16, 16)).forward
    depth = float((np.asarray(point) - orbit.eye) @ forward)
    return replace(orbit, pivot=tuple(float(value) for value in point), distance=max(depth, 1e-3))


def viewed_from(orbit: Orbit, name: str) -> Orbit:
    """Look from the front, left, right or back, keeping pivot and distance.

    Raises:
        KeyError: There is no view of that name.
    """
    yaw, pitch = VIEWS[name]
    return replace(orbit, yaw=yaw, pitch=pitch)


def fly_key(scan_code: int, text: str, platform: str = sys.platform) -> str | None:
    """Return which fly key was pressed, by its place where the system tells it, or its letter."""
    codes = _SCAN_CODES.get(platform)
    if codes is not None and scan_code:
        return codes.get(scan_code)
    letter = text.upper()
    return letter if letter in _FLY_DIRECTIONS else None


def flown(orbit: Orbit, keys: frozenset[str], elapsed_secs: float, *, fast: bool = False) -> Orbit:
    """Fly for a moment with some keys held; Shift is four times as fast."""
    direction = np.sum([_FLY_DIRECTIONS[key] for key in keys], axis=0) if keys else np.zeros(3)
    length = float(np.linalg.norm(direction))
    if length == 0.0:
        return orbit
    metres = FLY_SPEED * orbit.distance * elapsed_secs * (4.0 if fast else 1.0)
    return orbit.flown(direction / length * metres)


def eased(fraction: float) -> float:
    """Return a fraction that starts and ends gently (smoothstep)."""
    clamped = min(max(fraction, 0.0), 1.0)
    return clamped * clamped * (3 - 2 * clamped)
