"""Free Gaussians that multiply where they are needed: gsplat's strategy, on CUDA only.

The densification of Kerbl et al. 2023, section 5.2, as gsplat's DefaultStrategy does it. What comes
out belongs to no surface, so the avatar does not move.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mien.avatar.kinds.static import StaticAvatar
from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture
from mien.errors import MienError
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.cuda.kernels import gsplat_state
from mien.rendering.cuda.rasterizer import load_kernels, rasterization_arguments, rasterize
from mien.rendering.differentiable import GaussianTensors
from mien.rendering.protocol import RenderOptions
from mien.training.fit.config import FitConfig
from mien.training.fit.events import FitDone, FitEvent, FitProgress, FitReport, FitStage, Score
from mien.training.fit.initialisation import Start, starting_gaussians
from mien.training.fit.measuring import measure, target
from mien.training.fit.motion import posed_start, surface_motion
from mien.training.fit.surface import FitSurface, surface_of
from mien.training.fit.views import (
    Photographs,
    check_frames,
    held_out_photographs,
    training_photographs,
)
from mien.training.losses import l1, ssim_by_convolution

_NAMES = ("means", "quats", "scales", "opacities", "sh0", "shN")
_RATES = {
    "means": 1.6e-4,
    "quats": 1e-3,
    "scales": 5e-3,
    "opacities": 5e-2,
    "sh0": 2.5e-3,
    "shN": 1.25e-4,
}
"""As in gsplat's own trainer; the means' falls to a hundredth."""
_SCENE_METRES = 0.3
"""What the strategy measures sizes by: about a head's radius."""
_DRAWN = RenderOptions(depth=False)
_EVERY = 25


def fit_free(
    capture: Capture,
    config: FitConfig,
    *,
    name: str = "",
    cancel: Callable[[], bool] = lambda: False,
) -> Iterator[FitEvent]:
    """Fit free Gaussians to one frame; an iterator of what happens, which ends with FitDone.

    Raises:
        MienError: There is no CUDA here, gsplat cannot run, or several frames are wanted.
    """
    problem = gsplat_state().problem
    if problem:
        raise MienError(
            f"the method free needs gsplat on CUDA: {problem}", hint="Use --method uv here"
        )
    frame, *others = config.frames
    if others:
        raise MienError("free Gaussians belong to one frame", hint="Choose one with --frames")
    load_kernels()
    began, cpu_began = time.monotonic(), time.process_time()
    check_frames(capture, config.frames)
    yield FitStage("finding the head")
    surface = surface_of(capture, config.template, config.frames)
    seen = Realigned(capture, surface.head_from_world)
    photographs = training_photographs(seen, config.frames)
    yield FitStage(f"reading {len(photographs)} pictures")
    start = starting_gaussians(
        surface, list(photographs), texels=config.texels, layers=config.layers, seed=config.seed
    )
    background = capture.background
    running = _FreeFit(
        config,
        _cloud_of(start, surface, frame, config.sh_degree),
        photographs,
        None if background is None else (background / 255).astype(np.float32),
    )
    held_out = held_out_photographs(seen, config.frames)
    cancelled = False
    while (fraction := _fraction(config, running.step, time.monotonic() - began)) < 1:
        if cancel():
            cancelled = True
            break
        loss, psnr = running.advance(fraction)
        if running.step % _EVERY == 0:
            elapsed = time.monotonic() - began
            yield FitProgress(
                running.step,
                fraction,
                elapsed,
                loss,
                psnr,
                None,
                running.num_gaussians,
                running.step / elapsed,
            )
    scores = tuple(running.scores(held_out))
    report = FitReport(
        running.step,
        time.monotonic() - began,
        running.num_gaussians,
        float(np.mean([score.psnr for score in scores])) if scores else None,
        float(np.mean([score.ssim for score in scores])) if scores else None,
        scores,
        (f"the head was found {surface.note}",),
        time.process_time() - cpu_began,
    )
    cloud = running.cloud()
    note = "free Gaussians, fitted to one frame: they do not move"
    yield FitDone(StaticAvatar(name or capture.name, cloud, note=note), report, cancelled)


class _FreeFit:
    """Free Gaussians under way."""

    def __init__(
        self,
        config: FitConfig,
        cloud: GaussianCloud,
        photographs: Photographs,
        background: NDArray[np.float32] | None,
    ) -> None:
        from gsplat.strategy import DefaultStrategy

        self.step = 0
        self._config = config
        self._photographs = photographs
        self._background = background
        # `cuda` is where gsplat runs, whatever the config of the other method says.
        values = {
            "means": cloud.means,
            "quats": cloud.quats,
            "scales": cloud.log_scales,
            "opacities": cloud.logit_opacities,
            "sh0": cloud.sh[:, :1],
            "shN": cloud.sh[:, 1:],
        }
        self._params = torch.nn.ParameterDict(
            {key: torch.nn.Parameter(torch.tensor(values[key], device="cuda")) for key in _NAMES}
        )
        self._optimizers: dict[str, Any] = {
            key: torch.optim.Adam([self._params[key]], lr=_RATES[key], eps=1e-15) for key in _NAMES
        }
        self._strategy = DefaultStrategy(
            refine_start_iter=300,
            refine_every=100,
            reset_every=10**9,
            refine_stop_iter=10**9,
        )
        self._strategy.check_sanity(self._params, self._optimizers)
        self._state = self._strategy.initialize_state(scene_scale=_SCENE_METRES)

    @property
    def num_gaussians(self) -> int:
        """How many there are now."""
        return len(self._params["means"])

    def advance(self, fraction: float) -> tuple[float, float]:
        """Do one step; return its loss and its PSNR in dB."""
        import gsplat.rendering

        draw_by_gsplat: Any = gsplat.rendering.rasterization
        chance = np.random.default_rng([self._config.seed, 4, self.step])
        photograph = self._photographs.get(int(chance.integers(len(self._photographs))))
        background = chance.random(3, np.float32) if self._background is None else self._background
        replaced = background if self._background is None else None
        wanted = torch.from_numpy(target(photograph, replaced)).cuda()
        self._optimizers["means"].param_groups[0]["lr"] = _RATES["means"] * 0.01**fraction
        arguments: dict[str, Any] = rasterization_arguments(
            self._gaussians(),
            [photograph.camera],
            _DRAWN,
            background=torch.from_numpy(background).cuda(),
        )
        arguments["packed"] = False  # The strategy reads the unpacked layout.
        drawn, _, info = draw_by_gsplat(**arguments)
        refines = fraction < self._config.relocate_until
        if refines:
            self._strategy.step_pre_backward(
                self._params, self._optimizers, self._state, self.step, info
            )
        image = drawn[0, ..., :3]
        share = self._config.weights.ssim
        loss = (1 - share) * l1(image, wanted) + share * (1 - ssim_by_convolution(image, wanted))
        torch.autograd.backward([loss])
        for optimizer in self._optimizers.values():
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if refines:
            self._strategy.step_post_backward(
                self._params, self._optimizers, self._state, self.step, info
            )
        self.step += 1
        error = (image.detach() - wanted).square().mean()
        return float(loss.detach()), float(-10 * torch.log10(error + 1e-12))

    def scores(self, held_out: Photographs) -> Iterator[Score]:
        """Measure on held-out pictures."""
        replaced = self._background is None
        background = np.zeros(3, np.float32) if self._background is None else self._background
        for photograph in held_out:
            yield measure(
                rasterize,
                self._gaussians(),
                photograph,
                background=background,
                replaced=replaced,
            )

    def cloud(self) -> GaussianCloud:
        """Return the Gaussians as they are."""
        held = self._gaussians()
        means, quats, log_scales, logit_opacities, sh = (
            tensor.detach().cpu().numpy() for tensor in held
        )
        return GaussianCloud(means, quats, log_scales, logit_opacities, sh)

    def _gaussians(self) -> GaussianTensors:
        held = self._params
        sh = torch.cat([held["sh0"], held["shN"]], dim=1)
        return GaussianTensors(held["means"], held["quats"], held["scales"], held["opacities"], sh)


def _cloud_of(start: Start, surface: FitSurface, frame: int, sh_degree: int) -> GaussianCloud:
    """Return the start as free Gaussians in a frame; texels that hide have no part in it."""
    means, quats = posed_start(start, surface_motion(surface, start.binding, frame))
    sh = np.zeros((len(means), (sh_degree + 1) ** 2, 3), np.float32)
    sh[:, 0] = start.harmonics
    return GaussianCloud(means, quats, start.log_scales, start.logit_opacities, sh)


def _fraction(config: FitConfig, step: int, elapsed_secs: float) -> float:
    shares = [0.0 if config.steps is None else step / config.steps]
    if config.minutes is not None:
        shares.append(elapsed_secs / (60 * config.minutes))
    return max(shares)
