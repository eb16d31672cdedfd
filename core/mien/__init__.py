"""Mien: 3D Gaussian head avatars, headless.

>>> import mien
>>> avatar = mien.open_avatar("james.zip")            # doctest: +SKIP
>>> cloud = avatar.pose(mien.AvatarState.of({"jawOpen": 0.6}))   # doctest: +SKIP

Importing the package is cheap: the heavy libraries load with the parts that need them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mien import driving, rendering
    from mien.avatar import Avatar, AvatarState, open_avatar
    from mien.avatar.framing import default_orbit
    from mien.camera import Camera
    from mien.driving import ExpressionTrack
    from mien.errors import MienError
    from mien.gaussians.cloud import GaussianCloud
    from mien.orbit import Orbit
    from mien.rendering import RenderOptions

_PLACES = {
    "Avatar": "mien.avatar",
    "AvatarState": "mien.avatar",
    "Camera": "mien.camera",
    "ExpressionTrack": "mien.driving",
    "GaussianCloud": "mien.gaussians.cloud",
    "MienError": "mien.errors",
    "Orbit": "mien.orbit",
    "RenderOptions": "mien.rendering",
    "default_orbit": "mien.avatar.framing",
    "open_avatar": "mien.avatar",
}
_MODULES = ("avatar", "driving", "gaussians", "rendering")

__all__ = [
    "Avatar",
    "AvatarState",
    "Camera",
    "ExpressionTrack",
    "GaussianCloud",
    "MienError",
    "Orbit",
    "RenderOptions",
    "default_orbit",
    "driving",
    "open_avatar",
    "rendering",
]


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in _MODULES:
        return import_module(f"mien.{name}")
    raise AttributeError(f"module 'mien' has no attribute {name!r}")
