"""SMPTE timecodes to seconds: which rate they count at, and what they skip."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

_PATTERN = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;](\d{1,3}(?:\.\d+)?)")

_RATES = (24, 25, 30, 48, 50, 60, 100, 120, 240)

_APP_RATES = (30, 60, 120, 240)

DEFAULT_RATE = 60
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

    Where the seconds move on by one, the last frame number plus a step less the first number of
    the new second is the rate, or less where frames were dropped; so the largest is taken. Rates
    other than the app's own, 30 and 60, need three such places for evidence.

    Args:
        seconds: Whole seconds [T] of each timecode.
        frames: Frame number [T], with its fraction.
    """
    highest = frames.max(initial=0.0)
    onward = np.diff(seconds)
    steps = np.diff(frames)[onward == 0]
    steps = steps[steps > 0]
    rollovers = np.flatnonzero(onward == 1)
    rates = np.array(_RATES if len(rollovers) >= 3 else _APP_RATES)
    possible = rates[rates > highest]
    if not len(possible):
        return int(np.ceil(highest + 0.5))
    if not len(rollovers) or not len(steps):
        return int(possible[possible >= DEFAULT_RATE].min(initial=possible.max()))
    counted = (frames[rollovers] - frames[rollovers + 1]).max() + steps.min()
    return int(possible[np.argmin(np.abs(possible - counted))])


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
