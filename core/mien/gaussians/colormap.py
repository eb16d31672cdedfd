"""Colours for numbers: a ramp of even lightness steps and a wheel of even hues.

Both are computed in OKLab (Ottosson 2020), where equal distances look equal.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mien.gaussians.cloud import Float32
from mien.image import srgb_from_linear
from mien.transforms import Array

_LMS_FROM_LAB = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def ramp_colors(values: ArrayLike) -> Float32:
    """Return sRGB colours [..., 3] of numbers 0..1: dark blue, through magenta and orange, to pale.

    Lightness rises evenly, so that the order is right in greyscale and for every kind of eyes.
    """
    index = np.clip(np.nan_to_num(np.asarray(values, np.float64)), 0, 1) * (len(_ramp()) - 1)
    return _ramp()[np.rint(index).astype(np.intp)]


def wheel_colors(turns: ArrayLike, *, lightness: ArrayLike = 0.72) -> Float32:
    """Return sRGB colours [..., 3] of hues in turns, all of the same lightness and strength."""
    angle = 2 * np.pi * np.asarray(turns, np.float64)
    light = np.broadcast_to(np.asarray(lightness, np.float64), angle.shape)
    return srgb_from_oklab(light, 0.11 * np.cos(angle), 0.11 * np.sin(angle))


def srgb_from_oklab(lightness: Array, a: Array, b: Array) -> Float32:
    """Return sRGB colours [..., 3] of OKLab coordinates [...], clipped to what can be shown."""
    lms = np.stack([lightness, a, b], axis=-1) @ _LMS_FROM_LAB.T
    linear = (lms**3) @ _RGB_FROM_LMS.T
    return srgb_from_linear(np.clip(linear, 0, 1)).astype(np.float32)


@cache
def _ramp() -> Float32:
    t = np.linspace(0, 1, 256)
    lightness = 0.18 + 0.76 * t
    # Blue at the dark end to yellow at the pale end, strongest in the middle.
    hue = np.deg2rad(275 + 185 * t)
    chroma = 0.06 + 0.13 * np.sin(np.pi * t) ** 0.8
    return srgb_from_oklab(lightness, chroma * np.cos(hue), chroma * np.sin(hue))
