"""LPIPS through torchmetrics, where the network's weights are on this machine already."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import MienError
from mien.evaluation.similarity import PictureTooSmall
from mien.image import Image

_WEIGHTS = "alexnet-owt-7be5be79.pth"
"""What torchvision calls AlexNet_Weights.IMAGENET1K_V1 in its cache."""


def lpips_unavailable() -> str:
    """Return why LPIPS cannot be computed here; empty where it can. Nothing is ever fetched."""
    why = _torchvision_problem()
    if why:
        return why
    path = _weights_path()
    if not path.is_file():
        return f"AlexNet's weights are not at {path}"
    return ""


def lpips(image: Image, reference: Image) -> float:
    """Return the learned perceptual distance of two pictures [H, W, 3] in 0..1 (Zhang et al. 2018).

    Raises:
        MienError: The network is not at hand.
        PictureTooSmall: A side has fewer than 32 pixels.
    """
    why = lpips_unavailable()
    if why:
        raise MienError(f"LPIPS is not available: {why}")
    if min(image.shape[:2]) < 32:
        height, width = image.shape[:2]
        raise PictureTooSmall(f"{width}x{height} pixels are too few for LPIPS, which needs 32")
    from torch import inference_mode

    distance_of = network()
    with inference_mode():
        distance = float(distance_of(as_batch(image), as_batch(reference)))
    # It would sum up over all pictures; means are taken elsewhere.
    distance_of.reset()
    return distance


def as_batch(image: Image) -> Any:
    """Return a picture [H, W, 3] as torch's batch of one [1, 3, H, W]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]


@cache
def _torchvision_problem() -> str:
    if find_spec("torchvision") is None:
        return "torchvision is not installed"
    try:
        import_module("torchvision")
    except (ImportError, OSError, RuntimeError) as error:
        # It breaks in all these ways where it was built for another torch.
        return f"torchvision cannot be loaded ({str(error).splitlines()[0]})"
    return ""


def _weights_path() -> Path:
    from torch import hub

    return Path(hub.get_dir()) / "checkpoints" / _WEIGHTS


@cache
def network() -> Any:
    """Load the network once: it takes a second, and there may be thousands of pictures."""
    from torchmetrics.image import LearnedPerceptualImagePatchSimilarity

    return LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)
