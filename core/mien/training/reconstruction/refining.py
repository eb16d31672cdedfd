"""Refine a reconstruction: move its latent until the head looks like the views that went in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.capture.alignment import Realigned
from mien.capture.protocol import Capture, camera_named
from mien.errors import MienError
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.gaussians import Head
from mien.rendering.differentiable import Rasterizer, rasterizer
from mien.rendering.protocol import RenderOptions
from mien.training.fit.measuring import target
from mien.training.fit.views import Photograph, Photographs
from mien.training.losses import l1, ssim
from mien.training.reconstruction.inputs import GREY
from mien.training.reconstruction.one_pass import Reconstruction
from mien.training.ssim_kernel import WINDOW

_RATE = 0.1
"""Adam's step size at the start, in the spread of the latent's numbers."""
_SSIM = 0.2
_NEAR = 2e-3
"""How strongly the latent is held near where it began, in its own spread."""
_SIDE = 320
"""Pixels along the longer side of what is compared, at most."""
_BEHIND = tuple(float(value) for value in GREY)
_OPTIONS = RenderOptions(background=_BEHIND, depth=False)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class RefineProgress:
    """How far a refinement is.

    Args:
        step: Steps done.
        steps: Of so many.
        loss: Of the last view.
        psnr: Of the last view, over its crop, dB.
    """

    step: int
    steps: int
    loss: float
    psnr: float


@dataclass(frozen=True, eq=False)
class RefinePreview:
    """How the person looks on the way.

    Args:
        step: Steps done.
        avatar: As it would be given back now.
    """

    step: int
    avatar: RiggedAvatar


@dataclass(frozen=True, eq=False)
class RefineDone:
    """It has ended.

    Args:
        reconstruction: The refined one; what was begun with where no step helped.
        cancelled: Whether it was stopped early, with the best so far.
    """

    reconstruction: Reconstruction
    cancelled: bool


RefineEvent = RefineProgress | RefinePreview | RefineDone


def refine(
    decoder: HeadDecoder,
    start: Reconstruction,
    capture: Capture,
    *,
    steps: int = 100,
    preview_secs: float = 1.0,
    cancel: Callable[[], bool] = lambda: False,
) -> Iterator[RefineEvent]:
    """Optimise a reconstruction's latent; an iterator of what happens, which ends in RefineDone.

    The network stays as it is, so what comes out still is a latent of its.

    Args:
        decoder: The network.
        start: What to begin with; its own views are what is compared with.
        capture: That it was made of.
        steps: Each looks at one view.
        preview_secs: Between pictures on the way; 0 for none.
        cancel: Asked at every step.

    Raises:
        MienError: The number of steps is not positive.
        FileError: A picture cannot be read.
    """
    if steps < 1:
        raise MienError(f"{steps} steps: a refinement needs at least one")
    began, shown = time.perf_counter(), time.monotonic()
    refining = _Refining(decoder, start, capture, steps)
    before = refining.loss()
    cancelled = False
    for step in range(steps):
        if cancel():
            cancelled = True
            break
        loss, psnr = refining.advance(step)
        yield RefineProgress(step + 1, steps, loss, psnr)
        if preview_secs > 0 and time.monotonic() - shown >= preview_secs:
            shown = time.monotonic()
            yield RefinePreview(step + 1, refining.avatar())
    if refining.loss() >= before:
        yield RefineDone(start, cancelled)
        return
    yield RefineDone(refining.reconstruction(time.perf_counter() - began), cancelled)


class _Refining:
    """A latent under way."""

    def __init__(
        self, decoder: HeadDecoder, start: Reconstruction, capture: Capture, steps: int
    ) -> None:
        self._decoder, self._start, self._steps = decoder, start, steps
        self._photographs = _photographs(capture, start)
        self._rasterize: Rasterizer = rasterizer(decoder.device.type)
        self._first = torch.from_numpy(start.latent)[None].to(decoder.device)
        self._spread = float(self._first.std())
        self._latent = self._first.clone().requires_grad_()
        self._adam = torch.optim.Adam([self._latent], lr=_RATE * self._spread)
        self._done = 0

    def advance(self, step: int) -> tuple[float, float]:
        """Look at the next view; return its loss and PSNR."""
        for group in self._adam.param_groups:
            share = step / self._steps
            group["lr"] = _RATE * self._spread * 0.5 * (1 + math.cos(math.pi * share))
        # Neighbours in the list look from far apart: so do neighbours in time.
        photograph = self._photographs[step % len(self._photographs)]
        self._adam.zero_grad(set_to_none=True)
        loss, psnr = self._compared(self._decoder.network.decode(self._latent), photograph)
        away = (self._latent - self._first).square().mean() / self._spread**2
        (loss + _NEAR * away).backward()  # pyright: ignore[reportUnknownMemberType]
        self._adam.step()
        self._done = step + 1
        return float(loss.detach()), psnr

    @torch.no_grad()
    def loss(self) -> float:
        """Return the mean loss over all views."""
        head = self._decoder.network.decode(self._latent)
        return float(np.mean([float(self._compared(head, each)[0]) for each in self._photographs]))

    def avatar(self) -> RiggedAvatar:
        """Return the person as they are now."""
        old = self._start.avatar
        return self._decoder.avatar(self._values(), old.name, fitting=old.fitting)

    def reconstruction(self, secs: float) -> Reconstruction:
        """Return the refined person."""
        avatar, fitting = self.avatar(), self._start.avatar.fitting
        if fitting is not None:
            said = {**fitting.provenance, "refined_steps": self._done}
            latent = self._values().astype(np.float16)
            avatar = replace(avatar, fitting=replace(fitting, provenance=said, latent=latent))
        note = f"refined in {self._done} steps"
        return replace(
            self._start,
            avatar=avatar,
            latent=self._values(),
            notes=(*self._start.notes, note),
            secs=self._start.secs + secs,
        )

    def _values(self) -> np.ndarray:
        return self._latent.detach()[0].cpu().numpy().copy()

    def _compared(self, head: Head, photograph: Photograph) -> tuple[Tensor, float]:
        device = self._decoder.device
        wanted = torch.from_numpy(target(photograph, GREY)).to(device)
        drawn = self._rasterize(head.gaussians(0), [photograph.camera], _OPTIONS).rgb[0]
        loss = (1 - _SSIM) * l1(drawn, wanted)
        if min(wanted.shape[:2]) >= WINDOW:
            loss = loss + _SSIM * (1 - ssim(drawn, wanted))
        error = (drawn.detach().clamp(0, 1) - wanted).square().mean()
        return loss, float(-10 * torch.log10(error + 1e-12))


def _photographs(capture: Capture, start: Reconstruction) -> Sequence[Photograph]:
    """Read the views that went in, no larger than is needed."""
    seen = Realigned(capture, start.head_from_world)
    cameras = [camera_named(seen, name) for name in start.views]
    held = Photographs(seen, cameras, (start.frame,))
    return [_small(photograph) for photograph in held]


def _small(photograph: Photograph) -> Photograph:
    while max(photograph.camera.size) > _SIDE:
        photograph = photograph.halved()
    return photograph
