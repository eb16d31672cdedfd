"""Call the forward kernel: cameras and options packed, work memory found, pictures returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mien import threads
from mien.camera import Camera
from mien.rendering.cpu.forward import NUM_ENTRIES, render
from mien.rendering.cpu.records import CAMERA_SIZE
from mien.rendering.cpu.scratch import Scratch
from mien.rendering.protocol import ALPHA_MAX, EPS_2D, NEAR_PLANE, RenderOptions

TRANSMITTANCE_MIN = 1e-4
"""A pixel is finished before its transmittance falls below this (gsplat)."""

_LATERAL_MARGIN = 0.3
"""How far outside the image, in half image sizes, the affine camera is still taken where the mean
is; beyond, at that border (gsplat)."""


@dataclass(frozen=True)
class Limits:
    """Where blending is cut off.

    Args:
        alpha_max: The most a single Gaussian covers.
        transmittance_min: The least a pixel lets through before it is finished.
    """

    alpha_max: float = ALPHA_MAX
    transmittance_min: float = TRANSMITTANCE_MIN


@dataclass(frozen=True)
class Gaussians:
    """The arrays of a cloud in one precision, contiguous and read-only."""

    means: NDArray[Any]
    quats: NDArray[Any]
    log_scales: NDArray[Any]
    logit_opacities: NDArray[Any]
    sh: NDArray[Any]

    @property
    def sh_degree(self) -> int:
        """The degree of the harmonics, 0 to 3."""
        return int(np.sqrt(self.sh.shape[1])) - 1


@dataclass(frozen=True)
class Pictures:
    """Where the kernel draws; an array of no rows is a picture nobody asked for."""

    rgb: NDArray[Any]
    rgb8: NDArray[np.uint8]
    alpha: NDArray[Any]
    depth: NDArray[Any]


def pack_camera(
    camera: Camera, options: RenderOptions, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Return a camera as the kernels read it; the layout is in `records`."""
    view, k = camera.camera_from_world, camera.intrinsics
    packed: list[Any] = [*view[:3, :3].ravel(), *view[:3, 3]]
    packed += [k[0, 0], k[1, 1], k[0, 2], k[1, 2], *camera.position]
    for axis, pixels in enumerate(camera.size):
        focal, centre = k[axis, axis], k[axis, 2]
        margin = _LATERAL_MARGIN * 0.5 * pixels / focal
        packed += [centre / focal + margin, (pixels - centre) / focal + margin]
    packed += [NEAR_PLANE, EPS_2D, options.opacity_gain]
    assert len(packed) == CAMERA_SIZE
    return np.array(packed, dtype)


def degree_of(gaussians: Gaussians, options: RenderOptions) -> int:
    """Return the degree of harmonics to draw with."""
    held = gaussians.sh_degree
    return held if options.sh_degree is None else min(held, options.sh_degree)


def draw(
    gaussians: Gaussians,
    camera: Camera,
    options: RenderOptions,
    *,
    background: NDArray[Any],
    pictures: Pictures,
    scratch: Scratch,
    limits: Limits,
) -> None:
    """Draw one picture; `background` [3] is of the Gaussians' precision."""
    dtype = gaussians.means.dtype
    workers = threads.num_threads()
    scratch.fit(len(gaussians.means), camera.size, workers=workers)
    packed = pack_camera(camera, options, dtype)
    while True:
        with threads.kernel_turn():
            scratch.control.fill(0)
            render(
                workers,
                scratch.control,
                scratch.facts,
                gaussians.means,
                gaussians.quats,
                gaussians.log_scales,
                gaussians.logit_opacities,
                gaussians.sh,
                packed,
                degree_of(gaussians, options),
                options.antialiased,
                background,
                dtype.type(limits.alpha_max),
                dtype.type(limits.transmittance_min),
                scratch.records,
                scratch.chunk_counts,
                scratch.keys,
                scratch.ids,
                scratch.histograms,
                scratch.tile_counts,
                scratch.tile_starts,
                scratch.share_sizes,
                scratch.entries,
                scratch.slots,
                scratch.firsts,
                scratch.pixels,
                scratch.alive,
                pictures.rgb,
                pictures.rgb8,
                pictures.alpha,
                pictures.depth,
            )
        num_entries = int(scratch.facts[NUM_ENTRIES])
        if num_entries <= len(scratch.entries):
            return
        scratch.fit_entries(num_entries)
