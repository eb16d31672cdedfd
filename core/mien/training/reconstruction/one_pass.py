"""Reconstruct somebody in one pass: views to latent to avatar."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture
from mien.gaussians.cloud import GaussianCloud
from mien.models.headsup.decoding import HeadDecoder
from mien.rendering.differentiable import GaussianTensors, rasterizer
from mien.training.fit.events import Score
from mien.training.fit.measuring import measure
from mien.training.fit.views import Photographs
from mien.training.reconstruction.checking import disagreeing, overlaps
from mien.training.reconstruction.inputs import GREY, InputView, read_inputs, views_of
from mien.training.reconstruction.placing import Placed, chosen_views, placed
from mien.transforms import Array

_MOST_WRONG = 1 / 3
"""Share of the cameras that may be wrong: where more disagree, it is not they who are."""


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Somebody as the network sees them.

    Args:
        avatar: In the capture's world, moved by `avatar.head_from_world`.
        latent: [D, g, g].
        frame: That was looked at.
        head_from_world: The similarity [4, 4] from the capture's world to the one in which the
            head of that frame stands still.
        views: Names of the cameras whose pictures went in.
        overlaps: How much of each view's mask and the head agree, 0..1; None without a mask.
        notes: What its user may want to know.
        warnings: What is wrong with the capture, for people.
        secs: From pictures in memory to an avatar.
    """

    avatar: RiggedAvatar
    latent: NDArray[np.float32]
    frame: int
    head_from_world: Array
    views: tuple[str, ...]
    overlaps: dict[str, float | None]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    secs: float


def reconstruct(
    decoder: HeadDecoder,
    capture: Capture,
    *,
    frame: int = 0,
    views: int = 8,
    cameras: Sequence[str] | None = None,
    name: str = "",
) -> Reconstruction:
    """Reconstruct a person nobody optimised anything for.

    Args:
        decoder: The network.
        capture: The person. Stays open.
        frame: Which; best one with a neutral face.
        views: How many cameras' pictures go in, well spread; training cameras first.
        cameras: Names of those wanted instead.
        name: Of the avatar; the capture's by default.

    Raises:
        MienError: There is no such frame or camera, or no head is to be seen.
        FileError: A picture cannot be read.
    """
    at = placed(capture, frame, decoder.network.config.template)
    chosen = chosen_views(at, views=views, cameras=cameras)
    inputs, warnings = read_inputs(at, chosen, side=decoder.network.config.view_side)
    return of_inputs(decoder, at, inputs, warnings, name or capture.name)


def of_inputs(
    decoder: HeadDecoder, at: Placed, inputs: list[InputView], warnings: list[str], name: str
) -> Reconstruction:
    """Reconstruct a person from views that were read already."""
    began = time.perf_counter()
    latent = _latent(decoder, inputs)
    found = overlaps(inputs, _heads(decoder, latent))
    wrong = disagreeing(found)
    told = [
        f"camera {name}: reprojection disagrees with the mask (IoU {found[name]:.2f})"
        for name in wrong
    ]
    if wrong and len(wrong) <= _MOST_WRONG * len(inputs):
        # The others know better without them.
        inputs = [view for view in inputs if view.name not in wrong]
        told = [f"{each}; left out" for each in told]
        latent = _latent(decoder, inputs)
    fitting = Fitting(np.asarray(at.avatar_from_world, np.float64), decoder.network.config.template)
    avatar = decoder.avatar(latent, name, fitting=fitting)
    secs = time.perf_counter() - began
    views = tuple(view.name for view in inputs)
    said = {
        "method": "headsup",
        "network": decoder.model_id,
        "views": len(views),
        "frame": at.frame,
        "seconds": round(secs, 3),
    }
    held = replace(fitting, provenance=said, latent=latent.astype(np.float16))
    avatar = replace(avatar, fitting=held)
    return Reconstruction(
        avatar,
        latent,
        at.frame,
        at.head_from_world,
        views,
        found,
        at.notes,
        (*warnings, *told),
        secs,
    )


@torch.inference_mode()
def _latent(decoder: HeadDecoder, inputs: Sequence[InputView]) -> NDArray[np.float32]:
    device = decoder.device
    latents = decoder.network.encode([each.to(device) for each in views_of(inputs)])
    return latents[0].float().cpu().numpy()


def _heads(decoder: HeadDecoder, latent: NDArray[np.float32]) -> list[GaussianTensors]:
    """Return the person and the average head: a camera is right if one of them fits."""
    return [decoder.head(latent).gaussians(0), decoder.template_gaussians]


def unused_scores(made: Reconstruction, capture: Capture) -> list[Score]:
    """Hold a reconstruction against the pictures of cameras that did not go in.

    Both stand before grey; what is compared is the box of the photograph's mask.

    Raises:
        FileError: A picture cannot be read.
    """
    seen = Realigned(capture, made.head_from_world)
    others = [held for held in seen.cameras if held.name not in made.views]
    photographs = Photographs(seen, others, (made.frame,))
    gaussians = tensors_of(made.avatar.neutral)
    return [
        measure(rasterizer("cpu"), gaussians, each, background=GREY, replaced=True)
        for each in photographs
    ]


def tensors_of(cloud: GaussianCloud) -> GaussianTensors:
    """Return a cloud as tensors."""
    values = cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh
    # Copies, because torch wants arrays that may be written.
    return GaussianTensors(*(torch.from_numpy(np.array(each)) for each in values))
