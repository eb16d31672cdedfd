"""What is said of a Gaussian that was clicked on."""

from __future__ import annotations

import numpy as np

from mien.gaussians.cloud import GaussianCloud
from mien.rendering.picking import Contribution


def described(cloud: GaussianCloud, found: Contribution) -> list[tuple[str, str]]:
    """Return the parameters of a Gaussian as pairs of name and text."""
    index = found.index
    mean = cloud.means[index] * 1000
    scales = np.exp(cloud.log_scales[index]) * 1000
    color = np.clip(cloud.base_colors[index], 0, 1)
    quat = cloud.quats[index] / max(float(np.linalg.norm(cloud.quats[index])), 1e-9)
    lines = [
        ("Index", f"{index:,}"),
        ("Position", _listed(mean, "{:.1f}") + " mm"),
        ("Scale", _listed(np.sort(scales)[::-1], "{:.2f}") + " mm"),
        ("Rotation", _listed(quat, "{:.2f}")),
        ("Opacity", f"{float(cloud.opacities[index]):.3f}"),
        ("Colour", "#" + "".join(f"{round(float(part) * 255):02x}" for part in color)),
        ("Part of the pixel", f"{found.weight:.0%}"),
    ]
    if cloud.binding is not None:
        lines.append(("Triangle", f"{int(cloud.binding[index]):,}"))
    return lines


def _listed(values: np.ndarray, form: str) -> str:
    return "  ".join(form.format(float(value)) for value in values)
