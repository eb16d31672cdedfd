"""How the pixel-aligned baseline is trained: by the samples, losses and schedule of HeadsUp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mien.models.headsup.views import Views
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned
from mien.models.pixel_aligned.weights import save_pixel_aligned
from mien.training.headsup.methods import Output
from mien.training.headsup.samples import Intake, Sample


class PixelAlignedMethod:
    """A network with a Gaussian on each of the views' pixels; a Method.

    It knows no template and learns no rig. Where HeadsUp is told where its texels lie, it is told
    where its pixels do, as far as captures bring depth.

    Args:
        config: Sizes.
    """

    name = "pixel_aligned"

    def __init__(self, config: PixelAlignedConfig) -> None:
        self.network = PixelAligned(config)
        self.intake = Intake(config.view_side, places=True)
        self.sizes: Mapping[str, Any] = config.as_dict()

    def output(self, views: Views, samples: Sequence[Sample], precision: torch.dtype) -> Output:
        """Return the heads of samples."""
        device = views.images.device
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            maps = self.network.maps(self.network.levels([views]))
        # Places need all their digits.
        heads = self.network.heads([views], [each.float() for each in maps])
        return heads, [None] * len(samples)

    def checkpoint_attention(self) -> None:
        """Do nothing: its attention is over few cells."""

    def save(self, path: Path, card: Mapping[str, Any]) -> None:
        """Write the network for use."""
        save_pixel_aligned(path, self.network, card)
