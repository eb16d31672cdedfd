"""HeadsUp networks so small that every test may run one, and views for them."""

from __future__ import annotations

import numpy as np
import torch

from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.orbit import Orbit

SMALL = HeadsUpConfig(
    view_side=32,
    patch=4,
    encoder_widths=(16, 24),
    encoder_depth=1,
    latent_grid=8,
    latent_dim=32,
    num_blocks=2,
    num_heads=2,
    mlp_ratio=2.0,
    ray_focus=1.0,
    decoder_widths=(32, 16, 16),
    decoder_depth=1,
    glimpses=(0.0, 0.02, 0.05),
    rig_width=16,
)


def stirred(network: HeadsUp, *, strength: float = 0.05, seed: int = 0) -> HeadsUp:
    """Move every parameter: what begins at zero would hide what stands behind it."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += strength * torch.randn(parameter.shape, generator=generator)
    return network.eval()


def small_network(config: HeadsUpConfig = SMALL, *, strength: float = 0.05) -> HeadsUp:
    """Return a network whose parameters are all stirred; always the same one."""
    torch.manual_seed(0)
    return stirred(HeadsUp(config), strength=strength)


def view_of_noise(seed: int, size: tuple[int, int] = (32, 32)) -> Views:
    """Return a picture of noise from somewhere around the head."""
    rng = np.random.default_rng(seed)
    camera = Orbit(yaw=float(rng.uniform(-3, 3)), pitch=0.1, distance=1.0).camera(size)
    image = rng.uniform(size=(size[1], size[0], 4)).astype(np.float32)
    return Views.of(image, camera, side=max(size))


def together(*views: Views) -> Views:
    """Return views of one size as one set."""
    return Views(
        torch.cat([each.images for each in views], dim=1),
        torch.cat([each.rays for each in views], dim=1),
    )
