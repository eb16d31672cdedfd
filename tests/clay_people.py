"""Many people at once: heads of the template in shapes and colours of their own, a Gaussian each
texel, filmed in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from filmed_scenes import BACKGROUND, FilmedCapture, rig_around
from mien.avatar.state import NEUTRAL
from mien.capture.protocol import View
from mien.capture.store import Encoding, import_capture
from mien.capture.tracking import Tracking
from mien.gaussians.cloud import GaussianCloud
from mien.image import to_uint8
from mien.models.headsup.canvas import Canvas
from mien.rendering import RenderOptions, make_renderer
from mien.template.selection import open_template

_SH_C0 = 0.28209479177387814
_TEXELS = 64


def _coloured(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return colours [N, 3]: skin, hair above it and cloth below, each of this person's own."""
    skin, hair, cloth = rng.uniform(0.15, 0.95, (3, 3))
    hairline, collar = 0.05 + 0.02 * rng.normal(), -0.12 + 0.01 * rng.normal()
    above = 1 / (1 + np.exp(-(points[:, 1] - 0.6 * points[:, 2] + 0.04 - hairline) / 0.004))
    below = 1 / (1 + np.exp((points[:, 1] - collar) / 0.004))
    colors = skin + above[:, None] * (hair - skin)
    return colors + below[:, None] * (cloth - colors)


def mould(folder: Path, seeds: Sequence[int], *, num_cameras: int = 10, size: int = 48) -> Path:
    """Store captures of people of clay in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    template = open_template("mien_head")
    canvas = Canvas.of(template, _TEXELS)
    cameras = rig_around(num_cameras, size)
    red, green, blue = (value / 255 for value in BACKGROUND)
    options = RenderOptions(background=(red, green, blue))
    renderer = make_renderer("cpu")
    for seed in seeds:
        rng = np.random.default_rng(seed)
        identity = template.likely_identity(rng, variety=1.0)
        points = canvas.binding.points(template.identity(identity), template.faces)
        cloud = GaussianCloud(
            points,
            canvas.quats,
            canvas.log_scales + 0.3,
            np.full(len(points), 4.0),
            ((_coloured(points, rng) - 0.5) / _SH_C0)[:, None],
        )
        views: dict[tuple[str, int], View] = {}
        for held in cameras:
            drawn = renderer.render(cloud, held.camera, options)
            views[held.name, 0] = View(drawn.rgb8, to_uint8(drawn.alpha))
        tracking = Tracking.of_states("mien_head", identity, (NEUTRAL,))
        filmed = FilmedCapture(cameras, views, tracking, name=f"clay-{seed:03d}")
        import_capture(filmed, folder / f"clay-{seed:03d}.capture", encoding=Encoding("png"))
    renderer.close()
    return folder
