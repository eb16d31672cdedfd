"""Recipe: what exactly is compared, so that two figures can be known to mean the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from mien.errors import MienError
from mien.evaluation.flip_map import DEFAULT_PPD

Crop = Literal["full", "mask-box"]
CROPS: tuple[Crop, ...] = get_args(Crop)

Color = tuple[float, float, float]

DEFAULT_METRICS = ("psnr", "ssim", "l1")


@dataclass(frozen=True)
class Recipe:
    """How a photograph and a render become figures. Printed with every figure made by it.

    Args:
        metrics: Names in METRICS, in the order they are shown in.
        crop: The whole picture, or the box around the photograph's mask with a margin.
        margin: Of the box, as a share of its longer side.
        matte: Where given, what is behind the person in the photograph (by its mask) is replaced by
            this sRGB colour, and the render is drawn over the same. Otherwise the photograph is
            taken as it is, and the render drawn over the capture's background.
        scale: Resolution of both, as a share of the photograph's.
        ppd: Pixels per degree of the eye, for FLIP.

    Raises:
        MienError: A value is out of its range.
    """

    metrics: tuple[str, ...] = DEFAULT_METRICS
    crop: Crop = "full"
    margin: float = 0.05
    matte: Color | None = None
    scale: float = 1.0
    ppd: float = DEFAULT_PPD

    def __post_init__(self) -> None:
        if self.crop not in CROPS:
            raise MienError(f"crop {self.crop}: one of {', '.join(CROPS)}")
        ranges = {"margin": (0.0, 1.0), "scale": (0.01, 1.0), "ppd": (1.0, 300.0)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise MienError(f"{name} {value:g}: from {low:g} to {high:g}")

    def replace(self, **changes: Any) -> Recipe:
        """Return a recipe with other values of some fields."""
        return replace(self, **changes)

    @property
    def needs_mask(self) -> bool:
        """Whether photographs without a mask cannot be measured by it."""
        return self.crop == "mask-box" or self.matte is not None

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return it for people to read, as (what, how) pairs."""
        box = f"the box around the photograph's mask, with a margin of {self.margin:.0%}"
        region = "the whole picture" if self.crop == "full" else box
        behind = "as photographed; the render over the capture's background colour"
        if self.matte is not None:
            color = "#" + "".join(f"{round(255 * part):02x}" for part in self.matte)
            behind = f"replaced by {color}: in the photograph by its mask, in the render by alpha"
        resolution = "that of the photographs"
        if self.scale != 1:
            resolution = f"{self.scale:g} of the photographs', averaged over areas"
        return (
            ("Region", region),
            ("Background", behind),
            ("Resolution", resolution),
            ("Values", "sRGB 0 to 1; renders clipped to that range and not quantised"),
            ("Means", "each picture by itself, then the mean over pictures"),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


DEFAULT_RECIPE = Recipe()
"""Whole pictures, by the metrics that cost little."""

STRANGERS = Recipe(crop="mask-box", margin=0.0, matte=(128 / 255, 128 / 255, 128 / 255))
"""How people whom a network never saw are measured on: close around them and before grey, so that
what stood behind them in a capture makes no difference; as its training measures itself."""
