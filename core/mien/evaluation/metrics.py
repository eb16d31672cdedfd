"""The metrics of the field, under their names: what each is, and whether it can be had here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mien.errors import MienError
from mien.evaluation.flip_map import flip
from mien.evaluation.recipe import Recipe
from mien.evaluation.similarity import WINDOW, PictureTooSmall, ssim
from mien.image import Image, psnr

Compute = Callable[[Image, Image, Recipe], float]


class Unavailable(MienError):
    """Report a metric that cannot be computed on this machine, with the reason."""


def _nothing() -> str:
    return ""


@dataclass(frozen=True)
class Metric:
    """A number that says how near a picture is to another.

    Args:
        name: In recipes and files.
        title: For people.
        unit: Such as dB; empty for none.
        better: Whether higher or lower is nearer.
        digits: Behind the point, where it is shown.
        method: How it is computed, in a line: constants and source.
        compute: From a picture and its reference [H, W, 3] in 0..1 and the recipe.
        unavailable: Says why it cannot be had here; empty where it can.
    """

    name: str
    title: str
    unit: str
    better: Literal["higher", "lower"]
    digits: int
    method: str
    compute: Compute
    unavailable: Callable[[], str] = _nothing

    def shown(self, value: float) -> str:
        """Return a value as it is shown, without its unit."""
        if np.isnan(value):
            return "–"
        return "∞" if np.isinf(value) else f"{value:.{self.digits}f}"

    def described(self, recipe: Recipe) -> str:
        """Return its method with the recipe's own constants in it."""
        return self.method.format(ppd=recipe.ppd)


def l1(image: Image, reference: Image) -> float:
    """Return the mean absolute difference of two pictures."""
    return float(np.mean(np.abs(image - reference), dtype=np.float64))


def ms_ssim(image: Image, reference: Image) -> float:
    """Return the multi-scale structural similarity of two pictures (Wang et al. 2003).

    Raises:
        PictureTooSmall: A side has fewer than 176 pixels, too few for five scales.
    """
    if min(image.shape[:2]) < 16 * WINDOW:
        height, width = image.shape[:2]
        raise PictureTooSmall(f"{width}x{height} pixels are too few for the five scales of MS-SSIM")
    # torch and torchmetrics take four seconds to be imported.
    from torch import inference_mode
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    from mien.evaluation.learned import as_batch

    with inference_mode():
        value = multiscale_structural_similarity_index_measure(
            as_batch(image), as_batch(reference), data_range=1.0
        )
    return float(value)


def _lpips(image: Image, reference: Image, _recipe: Recipe) -> float:
    from mien.evaluation.learned import lpips

    return lpips(image, reference)


def _lpips_unavailable() -> str:
    from mien.evaluation.learned import lpips_unavailable

    return lpips_unavailable()


_LISTED = (
    Metric(
        "psnr", "PSNR", "dB", "higher", 2,
        "10 log₁₀ (1 / mean squared error) over pixels and channels",
        lambda image, reference, _: psnr(image, reference),
    ),
    Metric(
        "ssim", "SSIM", "", "higher", 4,
        "Wang et al. 2004; Gaussian window of 11 px, σ 1.5, K 0.01 and 0.03, mirrored borders, "
        "mean over channels; equal to torchmetrics 1.9",
        lambda image, reference, _: ssim(image, reference),
    ),
    Metric(
        "ms_ssim", "MS-SSIM", "", "higher", 4,
        "Wang et al. 2003; five scales, otherwise as SSIM; torchmetrics",
        lambda image, reference, _: ms_ssim(image, reference),
    ),
    Metric(
        "flip", "FLIP", "", "lower", 4,
        "Andersson et al. 2020, LDR, mean of the map at {ppd:.1f} pixels per degree; "
        "equal to flip-evaluator 1.7",
        lambda image, reference, recipe: flip(image, reference, ppd=recipe.ppd),
    ),
    Metric(
        "lpips", "LPIPS", "", "lower", 4,
        "Zhang et al. 2018; AlexNet, version 0.1; torchmetrics",
        _lpips,
        _lpips_unavailable,
    ),
    Metric(
        "l1", "L1", "", "lower", 4,
        "mean absolute difference over pixels and channels",
        lambda image, reference, _: l1(image, reference),
    ),
)  # fmt: skip

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _LISTED}
"""All of them by name."""


def metric(name: str) -> Metric:
    """Return a metric by name.

    Raises:
        MienError: There is none of that name.
    """
    if name not in METRICS:
        raise MienError(f"no metric {name!r}; there are {', '.join(METRICS)}")
    return METRICS[name]


def unavailable(names: Iterable[str]) -> dict[str, str]:
    """Return why some of these metrics cannot be had here, by name.

    Raises:
        MienError: There is no metric of a name.
    """
    reasons = {name: metric(name).unavailable() for name in names}
    return {name: why for name, why in reasons.items() if why}
