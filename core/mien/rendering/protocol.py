"""What a renderer is: a cloud, a camera and options in, a frame out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.image import Image8, to_uint8

EPS_2D = 0.3
"""Variance in square pixels added to every projected Gaussian (gsplat's `eps2d`)."""

ALPHA_MIN = 1 / 255
"""A Gaussian contributes to a pixel only from this alpha on."""

ALPHA_MAX = 0.999
"""No single Gaussian covers a pixel more than this (gsplat 1.5.3)."""

NEAR_PLANE = 0.01
"""Gaussians nearer than this, in metres, are not drawn."""


@dataclass(frozen=True)
class RenderOptions:
    """How a cloud is drawn. Two equal options give the same picture.

    Args:
        background: sRGB colour the picture is composited over.
        antialiased: Compensate opacities for the 0.3 px dilation (Yu et al. 2024, Mip-Splatting);
            otherwise the classic 3DGS picture.
        sh_degree: Use harmonics up to this degree; None for all there are.
        opacity_gain: Multiplies every opacity before the clamp, so that Gaussians look like solid
            ellipsoids.
        depth: Whether the frame has expected depth.
        eight_bit: Whether the frame's colours may be bytes, which is faster to show.
    """

    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    antialiased: bool = False
    sh_degree: int | None = None
    opacity_gain: float = 1.0
    depth: bool = True
    eight_bit: bool = False


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture of a cloud, as drawn from `camera`.

    Args:
        rgb: Colours over the background [H, W, 3], sRGB: float32 0..1 (not clipped above), or
            uint8 where `eight_bit` was asked for and the renderer can.
        alpha: Coverage [H, W], 0..1.
        depth: Expected depth [H, W] in metres along the view axis, normalised by alpha and 0 where
            nothing is; None where it was not asked for.
        camera: The camera of this very frame, for overlays.
    """

    rgb: NDArray
    alpha: NDArray[np.float32]
    depth: NDArray[np.float32] | None
    camera: Camera

    @property
    def rgb8(self) -> Image8:
        """The colours as bytes [H, W, 3]."""
        return self.rgb if self.rgb.dtype == np.uint8 else to_uint8(self.rgb)


@dataclass(frozen=True)
class Capabilities:
    """What a renderer can do besides drawing."""

    differentiable: bool
    device: str
    """`cpu`, `cuda` or the OpenGL renderer's own name."""


@runtime_checkable
class Renderer(Protocol):
    """Draws clouds. Belongs to the thread that made it."""

    @property
    def name(self) -> str:
        """The name it is registered under."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def render(self, cloud: GaussianCloud, camera: Camera, options: RenderOptions = ...) -> Frame:
        """Draw a cloud.

        Raises:
            RenderError: The picture cannot be drawn, with the reason.
        """
        ...

    def render_batch(
        self, cloud: GaussianCloud, cameras: Sequence[Camera], options: RenderOptions = ...
    ) -> list[Frame]:
        """Draw one cloud from several cameras."""
        ...

    def close(self) -> None:
        """Free what it holds; it draws no more."""
        ...


class RendererInfo(Protocol):
    """An entry of the registry of renderers: cheap to ask, imports its library only to make one."""

    rank: int
    """Preference among those available and not software; higher is better."""

    def unavailable(self) -> str:
        """Return why it cannot run here and what to do about it; empty when it can."""
        ...

    def accelerated(self) -> bool:
        """Return whether it would run on real graphics hardware, for the choice of the best."""
        ...

    def make(self) -> Renderer:
        """Make one, with its own context where it needs one.

        Raises:
            RenderError: It is not available here.
        """
        ...
