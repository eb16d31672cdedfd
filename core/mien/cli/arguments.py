"""What several subcommands read from their arguments in the same way."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mien.avatar.framing import default_orbit
from mien.avatar.protocol import Avatar
from mien.avatar.state import AvatarState
from mien.errors import FileError, MienError
from mien.orbit import Orbit
from mien.rendering import Renderer, best_renderer, make_renderer
from mien.template.arkit import ARKIT_NAMES, canonical_name

MAX_SIDE = 16384


def parse_size(text: str) -> tuple[int, int]:
    """Read `WxH` in pixels.

    Raises:
        MienError: It is something else, or no renderer could hold it.
    """
    found = re.fullmatch(r"(\d+)[xX×](\d+)", text.strip())
    if found is None:
        raise MienError(f"--size {text}: a size is written like 1280x720")
    width, height = int(found[1]), int(found[2])
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise MienError(f"--size {text}: each side must be from 1 to {MAX_SIDE} pixels")
    return width, height


def parse_color(text: str) -> tuple[float, float, float] | None:
    """Read `transparent` (None) or a colour like `#1b1e22`.

    Raises:
        MienError: It is neither.
    """
    if text == "transparent":
        return None
    found = re.fullmatch(r"#?([0-9a-fA-F]{6})", text.strip())
    if found is None:
        raise MienError(f"--background {text}: use `transparent` or a colour like #1b1e22")
    red, green, blue = (int(found[1][i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def parse_expression(pairs: Sequence[str]) -> AvatarState:
    """Read `jawOpen=0.6` pairs; case does not matter.

    Raises:
        MienError: A pair is malformed or names no ARKit expression; close names are suggested.
    """
    weights: dict[str, float] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        known = canonical_name(name)
        if known is None:
            raise MienError(f"--expression {pair}: no expression {name!r}", hint=_suggestion(name))
        try:
            weight = float(value)
        except ValueError:
            weight = math.nan
        if not equals or not math.isfinite(weight):
            raise MienError(f"--expression {pair}: write it like {known}=0.6")
        weights[known] = weight
    return AvatarState.of(weights)


def camera_orbit(avatar: Avatar, yaw: float, pitch: float, size: tuple[int, int]) -> Orbit:
    """Return the default view of an avatar, turned by angles in degrees.

    Raises:
        MienError: An angle is not finite, or the pitch is beyond the poles.
    """
    if not math.isfinite(yaw) or not abs(pitch) <= 90:
        raise MienError(f"--yaw {yaw:g} --pitch {pitch:g}: degrees, the pitch from -90 to 90")
    orbit = default_orbit(avatar, aspect=size[0] / size[1])
    return replace(orbit, yaw=float(np.radians(yaw)), pitch=float(np.radians(pitch)))


def renderer_for(name: str | None) -> Renderer:
    """Make the renderer asked for, or the best one here.

    Raises:
        RenderError: The one asked for cannot run here.
    """
    return make_renderer(name) if name else best_renderer()


def output_suffix(path: Path, allowed: Sequence[str]) -> str:
    """Return the suffix of an output file if it is one of those allowed, and its folder exists.

    Raises:
        FileError: It is not; nothing has been computed yet.
    """
    suffix = path.suffix.lower()
    if suffix not in allowed:
        raise FileError(path, f"an output must end in {', '.join(allowed)}")
    if not path.absolute().parent.is_dir():
        raise FileError(path, "the folder does not exist", hint="Make it first.")
    return suffix


def _suggestion(name: str) -> str:
    from difflib import get_close_matches

    lower = {known.lower(): known for known in ARKIT_NAMES}
    close = [lower[match] for match in get_close_matches(name.lower(), lower, 3, 0.5)]
    return f"Did you mean {' or '.join(close)}?" if close else "ARKit's names are like jawOpen."
