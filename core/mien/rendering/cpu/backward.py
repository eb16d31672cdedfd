"""The whole backward pass as one kernel; every Gaussian's gradient is summed in a fixed order."""

from __future__ import annotations

from typing import Any

from numba import prange

from mien.rendering.cpu.compiling import kernel
from mien.rendering.cpu.projection_gradient import gaussian_gradients
from mien.rendering.cpu.raster_gradient import tile_gradients


@kernel
def render_gradient(
    means: Any,
    quats: Any,
    log_scales: Any,
    logit_opacities: Any,
    sh: Any,
    camera: Any,
    degree: int,
    antialiased: bool,
    background: Any,
    alpha_max: Any,
    transmittance_min: Any,
    workers: int,
    records: Any,
    order: Any,
    firsts: Any,
    visible: int,
    tile_starts: Any,
    entries: Any,
    slots: Any,
    shares: Any,
    pixels: Any,
    alive: Any,
    moments: Any,
    tickets: Any,
    rgb: Any,
    alpha: Any,
    depth: Any,
    rgb_gradient: Any,
    alpha_gradient: Any,
    depth_gradient: Any,
    means_out: Any,
    quats_out: Any,
    scales_out: Any,
    opacities_out: Any,
    sh_out: Any,
) -> None:
    """Add to the `*_out` arrays the gradients of one picture, as `render` left it."""
    tickets[:] = 0
    for worker in prange(workers):
        tile_gradients(
            records,
            entries,
            slots,
            tile_starts,
            tickets,
            0,
            pixels[worker],
            alive[worker],
            moments[worker],
            background,
            alpha_max,
            transmittance_min,
            rgb,
            alpha,
            depth,
            rgb_gradient,
            alpha_gradient,
            depth_gradient,
            shares,
        )
    for worker in prange(workers):
        gaussian_gradients(
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            camera,
            degree,
            antialiased,
            tickets,
            1,
            order,
            firsts,
            visible,
            records,
            shares,
            moments[worker],
            means_out,
            quats_out,
            scales_out,
            opacities_out,
            sh_out,
        )
