"""SMPTE timecodes to seconds: which rate they count at, and what they skip."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

_PATTERN = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;](\d{1,3}(?:\.\d+)?)")

_RATES = np.array([24, 25, 30, 48, 50, 60, 72, 90, 100, 120, 240])

_DEFAULT_RATE = 60
"""Of the Live Link Face app."""

_DAY_SECS = 86400.0


def parse_timecode(text: str) -> tuple[int, float]:
    """Return the whole seconds and the frame, with its fraction, of `HH:MM:SS:FF.ff`.

    Raises:
        ValueError: It is no timecode.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no timecode HH:MM:SS:FF")
    hours, minutes, seconds = (int(part) for part in match.groups()[:3])
    if minutes > 59 or seconds > 59:
        raise ValueError(f"{text!r} is no timecode HH:MM:SS:FF")
    return (hours * 60 + minutes) * 60 + seconds, float(match.group(4))


def format_timecode(time: float, rate: int) -> str:
    """Return the timecode of an instant in seconds, with thousandths of a frame."""
    thousandths = round(time * rate * 1000)
    seconds, rest = divmod(thousandths, rate * 1000)
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours:02d}:{minutes:02d}:{seconds % 60:02d}:{rest / 1000:06.3f}"


def infer_rate(seconds: NDArray[np.integer], frames: NDArray[np.floating]) -> int:
    """Return the nominal frames per second that timecodes count at: 60 also for 59.94.

    Wherever the seconds move on by one, the last frame number, the usual step and the first
    number of the new second tell how many fit; the median is not disturbed by dropped frames.

    Args:
        seconds: Whole seconds [T] of each timecode.
        frames: Frame number [T], with its fraction.
    """
    highest = frames.max(initial=0.0)
    onward = np.diff(seconds)
    steps = np.diff(frames)[onward == 0]
    steps = steps[steps > 0]
    rollovers = np.flatnonzero(onward == 1)
    if len(rollovers) and len(steps):
        counted = np.median(frames[rollovers] + np.median(steps) - frames[rollovers + 1])
        possible = _RATES[highest < _RATES]
        if len(possible):
            nearest = int(possible[np.argmin(np.abs(possible - counted))])
            if abs(nearest - counted) < 0.1 * nearest:
                return nearest
    if highest >= _DEFAULT_RATE:
        return int(_RATES[highest < _RATES].min(initial=240))
    return 30 if highest < 30 and len(rollovers) else _DEFAULT_RATE


def times_from_timecodes(
    seconds: NDArray[np.integer], frames: NDArray[np.floating], rate: int
) -> NDArray[np.float64]:
    """Return seconds since the first timecode [T], through midnight and dropped numbers.

    Drop-frame counting is recognised by a minute that begins with frame 2 or 4 right after the last
    frame of the one before; its real rate is 1000/1001 of the nominal one.
    """
    wrapped = np.concatenate([[0], np.cumsum(np.diff(seconds) < -_DAY_SECS / 2)])
    days = wrapped * _DAY_SECS
    total = (seconds + days) * rate + frames
    skipped = _skipped_numbers(seconds, frames, rate)
    if skipped:
        minutes = ((seconds + days) // 60).astype(np.int64)
        numbered = total - skipped * (minutes - minutes // 10)
        return (numbered - numbered[0]) / (rate * 1000 / 1001)
    return (total - total[0]) / rate


def _skipped_numbers(seconds: NDArray[np.integer], frames: NDArray[np.floating], rate: int) -> int:
    if rate not in (30, 60):
        return 0
    skip = rate // 15
    minute_starts = (np.diff(seconds) == 1) & (seconds[1:] % 60 == 0) & (seconds[1:] % 600 != 0)
    before = frames[:-1][minute_starts] >= rate - 1
    after = np.floor(frames[1:][minute_starts])
    return skip if len(after) and bool(np.all(after[before] == skip) and before.any()) else 0
