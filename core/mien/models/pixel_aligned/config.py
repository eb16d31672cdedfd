"""The sizes of a pixel-aligned network; presets differ in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from mien.errors import MienError


@dataclass(frozen=True)
class PixelAlignedConfig:
    """The sizes of a network.

    Args:
        view_side: Pixels along the longer side of a view as it is encoded.
        stride: Pixels along a side of what one Gaussian stands for.
        widths: Channels of the U-Net's levels, from the finest; each next one halves the map.
        depth: Residual blocks on each level, on the way down and on the way up.
        num_blocks: Blocks on the coarsest level in which all views look at each other.
        num_heads: Heads of their attention.
        mlp_ratio: Width of a block's MLP in the coarsest width.

    Raises:
        ValueError: A number is out of bounds.
    """

    view_side: int
    stride: int
    widths: tuple[int, ...]
    depth: int
    num_blocks: int
    num_heads: int
    mlp_ratio: float = 2.0

    def __post_init__(self) -> None:
        if not self.widths:
            raise ValueError("a network needs at least one level")
        numbers = {"view_side": self.view_side, "stride": self.stride, "depth": self.depth}
        numbers |= {"num_heads": self.num_heads, "widths": min(self.widths)}
        small = [name for name, value in numbers.items() if value < 1]
        if small or self.num_blocks < 0:
            raise ValueError(f"{', '.join(small or ['num_blocks'])} must be positive")
        if self.widths[-1] % self.num_heads:
            raise ValueError(
                f"{self.widths[-1]} channels cannot be shared by {self.num_heads} heads"
            )

    @property
    def coarsest(self) -> int:
        """Pixels of a view along a side of the coarsest level's cells."""
        return self.stride * 2 ** (len(self.widths) - 1)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can say."""
        return asdict(self)

    @staticmethod
    def from_dict(held: Mapping[str, Any]) -> PixelAlignedConfig:
        """Return a configuration of what JSON said.

        Raises:
            MienError: A name is unknown or missing, or a value is out of bounds.
        """
        try:
            given: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in held.items()
            }
            return PixelAlignedConfig(**given)
        except (TypeError, ValueError) as error:
            raise MienError(f"not the configuration of a pixel-aligned network: {error}") from error


PRESETS: Mapping[str, PixelAlignedConfig] = MappingProxyType(
    {
        "tiny": PixelAlignedConfig(
            view_side=96, stride=2, widths=(24, 48, 64, 80), depth=1, num_blocks=2, num_heads=2
        ),
        "demo": PixelAlignedConfig(
            view_side=192, stride=2, widths=(32, 64, 128, 160), depth=1, num_blocks=3, num_heads=4
        ),
        "base": PixelAlignedConfig(
            view_side=512,
            stride=2,
            widths=(48, 96, 160, 256, 320),
            depth=2,
            num_blocks=4,
            num_heads=8,
            mlp_ratio=4.0,
        ),
    }
)  # fmt: skip
"""By the names of the HeadsUp presets that each is about as large as."""
