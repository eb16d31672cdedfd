"""The whole network: views in, a latent between, heads out."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mien.models.headsup.attention import Queries
from mien.models.headsup.background import Background
from mien.models.headsup.canvas import Canvas
from mien.models.headsup.config import HeadsUpConfig
from mien.models.headsup.decoder import Decoder
from mien.models.headsup.encoder import Tokens, ViewEncoder
from mien.models.headsup.gaussians import GaussianHead, Head
from mien.models.headsup.glimpses import Glimpses
from mien.models.headsup.latent_rig import LatentRig
from mien.models.headsup.views import Views
from mien.template.selection import open_template


class HeadsUp(nn.Module):
    """One network for everybody (HeadsUp, arXiv 2605.04035).

    Args:
        config: Sizes.

    Raises:
        MienError: There is no such template.
    """

    def __init__(self, config: HeadsUpConfig) -> None:
        super().__init__()
        self.config = config
        template = open_template(config.template)
        self.canvas = Canvas.of(template, config.texels)
        self.encoder = ViewEncoder(config)
        self.glimpses = Glimpses(config, self.canvas) if config.glimpses else None
        self.queries = Queries(config, Canvas.of(template, config.latent_grid))
        self.head = GaussianHead(self.canvas, config.layers)
        self.decoder = Decoder(config, self.head.channels)
        self.background = Background(config) if config.background_dim else None
        self.rig = LatentRig(config) if config.rig_width else None

    def encode(self, views: Views | Sequence[Views]) -> Tensor:
        """Return the latents [B, D, g, g] of views of B people.

        Args:
            views: All views, or several sets of views of the same people that differ in size.
        """
        sets = [views] if isinstance(views, Views) else list(views)
        tokens = Tokens.joined([self.encoder(each) for each in sets])
        return self.queries(tokens, None if self.glimpses is None else self.glimpses(sets))

    def decode(self, latents: Tensor) -> Head:
        """Return the heads of latents [B, D, g, g]."""
        return self.head(self.decoder(latents))

    def express(self, latents: Tensor, expressions: Tensor) -> Tensor:
        """Return neutral latents [B, D, g, g] with expressions [B, 52], as the learned rig has it.

        They come back as they are where the network has no learned rig.
        """
        return latents if self.rig is None else self.rig(latents, expressions)

    def forward(self, views: Views | Sequence[Views]) -> Head:
        """Return the heads of views of B people, in one pass."""
        return self.decode(self.encode(views))
