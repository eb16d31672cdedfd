"""The last step of every reader and the first of every writer: is this a cloud to work with?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud

_EXTREME_LOGIT = np.float32(16)
"""Opaque or transparent to the last bit of a float32."""

_LEAST_LOG_SCALE = np.float32(np.log(1e-9))
"""A nanometre: flat."""


def assemble(
    path: str | Path,
    *,
    means: NDArray,
    quats: NDArray,
    log_scales: NDArray,
    logit_opacities: NDArray,
    sh: NDArray,
    binding: NDArray | None = None,
    extras: Mapping[str, NDArray] | None = None,
) -> GaussianCloud:
    """Make the cloud of a file, with arrays as in GaussianCloud, of any float type.

    Other tools write infinite logits for what is wholly opaque or transparent, and minus infinity
    for the logarithm of an axis of no extent; these are made finite. Anything else is an error.

    Raises:
        FileError: It is empty or has values that are not finite, with how many.
    """
    logit_opacities = np.where(
        np.isinf(logit_opacities), np.sign(logit_opacities) * _EXTREME_LOGIT, logit_opacities
    )
    log_scales = np.where(np.isneginf(log_scales), _LEAST_LOG_SCALE, log_scales)
    # Doubles beyond float32 become infinite and are counted below.
    with np.errstate(over="ignore"):
        cloud = GaussianCloud(means, quats, log_scales, logit_opacities, sh, binding, extras or {})
    check_cloud(path, cloud)
    return cloud


def check_cloud(path: str | Path, cloud: GaussianCloud) -> None:
    """Check that a cloud is worth a file.

    Raises:
        FileError: It is empty or has values that are not finite, with how many.
    """
    n = cloud.num_gaussians
    if n == 0:
        raise FileError(path, "holds no Gaussians")
    bad = np.zeros(n, np.bool_)
    for values in (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh):
        bad |= ~np.isfinite(values.reshape(n, -1)).all(axis=1)
    if bad.any():
        raise FileError(
            path,
            "has values that are not numbers (NaN or infinite) in "
            f"{np.count_nonzero(bad):,} of its {n:,} Gaussians",
            hint="The training or the tool that wrote it went wrong; write it anew",
        )


def check_claim(path: str | Path, count: int, *, needed_bytes: int, available_bytes: int) -> None:
    """Check a claimed number of Gaussians against what the file can hold, before allocating.

    Raises:
        FileError: The file is too short for its claim.
    """
    if needed_bytes > available_bytes:
        raise FileError(
            path,
            f"its header claims {count:,} Gaussians, more than its {path_size(path):,} bytes can "
            "hold: truncated or damaged",
        )


def path_size(path: str | Path) -> int:
    """Return the size of a file in bytes."""
    return Path(path).stat().st_size
