"""View modes that show what a frame has besides colour: expected depth and coverage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mien.gaussians.colormap import ramp_colors
from mien.image import Image
from mien.rendering.protocol import Frame

Background = tuple[float, float, float]


def show_depth(frame: Frame, background: Background) -> Frame:
    """Return a frame coloured by its depth, near pale and far dark, over the background.

    The range is that of the frame's own solid pixels, without the outermost two percent.
    """
    if frame.depth is None:
        return frame
    solid = frame.depth[frame.alpha > 0.5]
    near, far = np.quantile(solid, [0.02, 0.98]) if len(solid) else (0.0, 1.0)
    nearness = (far - frame.depth) / max(float(far - near), 1e-6)
    return _over(frame, ramp_colors(nearness), background)


def show_alpha(frame: Frame, _background: Background) -> Frame:
    """Return a frame as bright as it is covered: black where nothing is."""
    return replace(frame, rgb=np.repeat(frame.alpha[..., None], 3, axis=-1))


FRAME_MODES: dict[str, Callable[[Frame, Background], Frame]] = {
    "depth": show_depth,
    "alpha": show_alpha,
}


def _over(frame: Frame, colors: Image, background: Background) -> Frame:
    alpha = frame.alpha[..., None]
    below = np.asarray(background, np.float32)
    return replace(frame, rgb=(colors * alpha + below * (1 - alpha)).astype(np.float32))
