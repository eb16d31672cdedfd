"""The whole backward pass as one kernel; every Gaussian's gradient is summed in a fixed order."""

from __future__ import annotations

from typing import Any

from numba import prange

from mien.rendering.cpu.blending import TILE
from mien.rendering.cpu.compiling import kernel, stage
from mien.rendering.cpu.projection import CHUNK
from mien.rendering.cpu.projection_gradient import gaussian_gradients
from mien.rendering.cpu.raster import TILE_RUN
from mien.rendering.cpu.raster_gradient import tile_gradients
from mien.rendering.cpu.teamwork import open_phase, take_ticket, wait_for_phase, was_last

TILES = 0
GAUSSIANS = 1


@stage
def work_back(
    worker: int,
    control: Any,
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
    """Do one thread's share: whatever tickets it gets hold of, tiles first, then Gaussians."""
    height, width = alpha.shape
    columns, rows = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    runs = (columns * rows + TILE_RUN - 1) // TILE_RUN
    run = take_ticket(control, TILES)
    while run < runs:
        tile_gradients(
            records,
            entries,
            slots,
            tile_starts,
            run,
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
        if was_last(control, TILES, runs):
            open_phase(control, GAUSSIANS)
        run = take_ticket(control, TILES)
    wait_for_phase(control, GAUSSIANS)

    chunks = (visible + CHUNK - 1) // CHUNK
    chunk = take_ticket(control, GAUSSIANS)
    while chunk < chunks:
        gaussian_gradients(
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            camera,
            degree,
            antialiased,
            chunk,
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
        chunk = take_ticket(control, GAUSSIANS)


@kernel
def render_gradient(
    workers: int,
    control: Any,
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
    """Add to the `*_out` arrays the gradients of one picture, as `render` left it.

    `control` [CONTROL_SIZE] is all zeros beforehand.
    """
    for worker in prange(workers):
        work_back(
            worker,
            control,
            means,
            quats,
            log_scales,
            logit_opacities,
            sh,
            camera,
            degree,
            antialiased,
            background,
            alpha_max,
            transmittance_min,
            records,
            order,
            firsts,
            visible,
            tile_starts,
            entries,
            slots,
            shares,
            pixels,
            alive,
            moments,
            rgb,
            alpha,
            depth,
            rgb_gradient,
            alpha_gradient,
            depth_gradient,
            means_out,
            quats_out,
            scales_out,
            opacities_out,
            sh_out,
        )
