"""The sizes of a HeadsUp network; presets differ in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, Literal

from mien.errors import MienError

Pooling = Literal["attention", "max"]

HEIGHTS = (0.0, 0.01, 0.02, 0.035, 0.05, 0.08, 0.12)
"""From the skin up to where hair ends, metres."""


@dataclass(frozen=True)
class HeadsUpConfig:
    """The sizes of a network.

    Args:
        view_side: Pixels along the longer side of a view as it is encoded.
        patch: Pixels along a side of what the stem takes in at once.
        encoder_widths: Channels of the view encoder's stages; each stage halves the map.
        encoder_depth: Residual blocks in each stage.
        latent_grid: Texels along a side of the latent, g.
        latent_dim: Numbers per latent texel, D.
        num_blocks: Blocks in which the queries look at the views.
        num_heads: Heads of their attention.
        mlp_ratio: Width of a block's MLP in latent_dim.
        ray_focus: How strongly attention favours tokens whose rays pass near a query's place on
            the template, at the start of training: the weight of the squared distance in units of
            3 cm. 0 for the paper's plain attention.
        glimpses: Heights over the template, metres, at which queries begin with what views show
            there; none for the paper's queries.
        pooling: How tokens reach the queries: by attention, or as the maximum over views.
        decoder_widths: Channels of the decoder's stages, from the latent grid up; each next stage
            doubles the map.
        decoder_depth: Residual blocks in each stage.
        layers: Gaussians per texel.
        background_dim: Numbers of the background's latent; 0 for no background model.
        background_texels: Texels along a side of the background's shell.
        rig_width: Channels of the learned latent rig; 0 for none.
        template: Name of the head template.

    Raises:
        ValueError: A number is out of bounds.
    """

    view_side: int
    patch: int
    encoder_widths: tuple[int, ...]
    encoder_depth: int
    latent_grid: int
    latent_dim: int
    num_blocks: int
    num_heads: int
    mlp_ratio: float
    ray_focus: float
    decoder_widths: tuple[int, ...]
    decoder_depth: int
    pooling: Pooling = "attention"
    layers: int = 1
    glimpses: tuple[float, ...] = ()
    background_dim: int = 0
    background_texels: int = 64
    rig_width: int = 0
    template: str = "mien_head"

    def __post_init__(self) -> None:
        if self.latent_dim % self.num_heads:
            raise ValueError(
                f"{self.latent_dim} numbers per latent texel cannot be shared by"
                f" {self.num_heads} heads"
            )
        if not self.encoder_widths or not self.decoder_widths:
            raise ValueError("encoder and decoder need at least one stage")
        if self.pooling not in ("attention", "max"):
            raise ValueError(f"pooling is attention or max, not {self.pooling!r}")
        small = [
            each.name
            for each in fields(self)
            if isinstance(held := getattr(self, each.name), int)
            and held < (0 if each.name in ("background_dim", "rig_width") else 1)
        ]
        if small:
            raise ValueError(f"{', '.join(small)} must be positive")

    @property
    def texels(self) -> int:
        """Texels along a side of the map of Gaussians."""
        return self.latent_grid * 2 ** (len(self.decoder_widths) - 1)

    @property
    def stride(self) -> int:
        """Pixels of a view along a side of a token."""
        return self.patch * 2 ** (len(self.encoder_widths) - 1)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can say."""
        return asdict(self)

    @staticmethod
    def from_dict(held: Mapping[str, Any]) -> HeadsUpConfig:
        """Return a configuration of what JSON said.

        Raises:
            MienError: A name is unknown or missing, or a value is out of bounds.
        """
        try:
            given: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in held.items()
            }
            return HeadsUpConfig(**given)
        except (TypeError, ValueError) as error:
            raise MienError(f"not the configuration of a HeadsUp network: {error}") from error


PRESETS: Mapping[str, HeadsUpConfig] = MappingProxyType(
    {
        # Trains in two minutes on two cores.
        "tiny": HeadsUpConfig(
            view_side=96,
            patch=4,
            encoder_widths=(24, 64),
            encoder_depth=1,
            latent_grid=16,
            latent_dim=64,
            num_blocks=2,
            num_heads=2,
            mlp_ratio=2.0,
            ray_focus=1.0,
            decoder_widths=(64, 32, 24),
            decoder_depth=1,
            layers=2,
            glimpses=HEIGHTS,
            rig_width=32,
        ),
        # Ships with the studio; trained on processors.
        "demo": HeadsUpConfig(
            view_side=128,
            patch=4,
            encoder_widths=(48, 128),
            encoder_depth=1,
            latent_grid=32,
            latent_dim=128,
            num_blocks=3,
            num_heads=4,
            mlp_ratio=2.0,
            ray_focus=1.0,
            decoder_widths=(128, 64, 32),
            decoder_depth=1,
            # Hair is a volume: half a decibel over one layer at equal steps.
            layers=2,
            glimpses=HEIGHTS,
            rig_width=64,
        ),
        # A day on one graphics card.
        "base": HeadsUpConfig(
            view_side=512,
            patch=4,
            encoder_widths=(64, 128, 256),
            encoder_depth=2,
            latent_grid=64,
            latent_dim=256,
            num_blocks=6,
            num_heads=8,
            mlp_ratio=4.0,
            ray_focus=1.0,
            decoder_widths=(256, 128, 64),
            decoder_depth=2,
            glimpses=HEIGHTS,
            background_dim=32,
            rig_width=128,
        ),
        # The numbers that are published; plain attention.
        "paper": HeadsUpConfig(
            view_side=1024,
            patch=4,
            encoder_widths=(96, 192, 384, 512),
            encoder_depth=2,
            latent_grid=64,
            latent_dim=512,
            num_blocks=8,
            num_heads=8,
            mlp_ratio=4.0,
            ray_focus=0.0,
            decoder_widths=(512, 256, 128, 64),
            decoder_depth=2,
            background_dim=32,
            rig_width=256,
        ),
    }
)
