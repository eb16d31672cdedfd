"""One step of a fit after the other: draw a photograph's view, compare, improve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.rendering.differentiable import GaussianTensors, Rasterizer, rasterizer
from mien.rendering.protocol import ALPHA_MAX, RenderOptions
from mien.training.fit.config import FitConfig
from mien.training.fit.events import Score
from mien.training.fit.measuring import measure, target
from mien.training.fit.motion import Mover
from mien.training.fit.parameters import Motions, Parameters
from mien.training.fit.relocation import Need, relocate
from mien.training.fit.surface import FitSurface
from mien.training.fit.views import Photograph, Photographs
from mien.training.losses import l1, ssim
from mien.training.ssim_kernel import WINDOW

_LONGEST = 0.012
"""Standard deviation in metres beyond which a Gaussian is too long to belong to one place."""
_HARMONICS_FROM = 0.25
"""Share of the time after which colours begin to depend on direction, a degree at a time."""
_DRAWN = RenderOptions(depth=False)


@dataclass(frozen=True)
class Outcome:
    """What a step gave: its loss, and its picture's PSNR in dB."""

    loss: float
    psnr: float


class Fit:
    """A fit under way.

    Args:
        config: What is asked.
        surface: The person's.
        parameters: To be optimised.
        photographs: To be matched.
        held_out: To be measured on.
        background: The colour [3] behind the person, sRGB 0..1; None where there is a room, which
            is then painted over by a colour of chance.
    """

    def __init__(
        self,
        config: FitConfig,
        surface: FitSurface,
        parameters: Parameters,
        *,
        photographs: Photographs,
        held_out: Photographs,
        background: NDArray[np.float32] | None,
    ) -> None:
        self.config = config
        self.surface = surface
        self.parameters = parameters
        self.photographs = photographs
        self.held_out = held_out
        self.step = 0
        self._background = background
        self._rasterize: Rasterizer = rasterizer(config.device)
        self._motions = Motions(Mover(surface.rig), dict(surface.states), parameters)
        self._need = Need(parameters)

    def advance(self, fraction: float) -> Outcome:
        """Do one step, at a fraction of the budget."""
        config, parameters = self.config, self.parameters
        photograph = self.photographs.get(*self._next(fraction))
        background = self._background_now()
        posed = self._thinned(self._motions.posed(photograph.frame, degree=self._degree(fraction)))
        drawn = self._rasterize(
            posed, [photograph.camera], _DRAWN, background=torch.from_numpy(background)
        )
        wanted = torch.from_numpy(
            target(photograph, background if self._background is None else None)
        )
        loss = self._loss(drawn.rgb[0], wanted, drawn.alpha[0], photograph)
        parameters.set_rates(fraction)
        parameters.adam.zero_grad(set_to_none=True)
        torch.autograd.backward([loss])
        self._need.add(parameters)
        parameters.adam.step()
        self.step += 1
        if self.step % config.relocate_every == 0 and self._may_relocate(fraction):
            relocate(parameters, self._need, seed=(config.seed, self.step))
            self._need.clear()
        error = (drawn.rgb[0].detach() - wanted).square().mean()
        return Outcome(float(loss.detach()), float(-10 * torch.log10(error + 1e-12)))

    def scores(self) -> Iterator[Score]:
        """Measure on the held-out pictures, one after the other."""
        replaced = self._background is None
        background = np.zeros(3, np.float32) if replaced else self._background
        assert background is not None
        for photograph in self.held_out:
            with torch.no_grad():
                posed = self._motions.posed(photograph.frame, degree=self.config.sh_degree)
            yield measure(
                self._rasterize, posed, photograph, background=background, replaced=replaced
            )

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything that a resumed fit needs."""
        held = self._need
        return {
            **self.parameters.state(),
            "pull": held.pull.cpu().numpy().copy(),
            "seen": held.seen.cpu().numpy().copy(),
        }

    def restore(self, step: int, arrays: dict[str, NDArray[Any]]) -> None:
        """Take over where a checkpoint was made; the parameters are restored already."""
        self.step = step
        self._need.pull.copy_(torch.from_numpy(arrays["pull"]))
        self._need.seen.copy_(torch.from_numpy(arrays["seen"]))

    def _next(self, fraction: float) -> tuple[int, int]:
        """Return which photograph comes next, and at which level of its pyramid.

        Every epoch shows all of them in an order of its own, which is the same whenever the fit is
        taken up again.
        """
        count = len(self.photographs)
        epoch, place = divmod(self.step, count)
        order = np.random.default_rng([self.config.seed, 0, epoch]).permutation(count)
        index = int(order[place])
        quarter, half = self.config.coarse
        level = 2 if fraction < quarter else 1 if fraction < quarter + half else 0
        side = min(self.photographs.get(index).camera.size)
        while level and side >> level < 2 * WINDOW:
            level -= 1
        return index, level

    def _thinned(self, posed: GaussianTensors) -> GaussianTensors:
        """Leave out some Gaussians by chance; the others stand in for them."""
        drop = self.config.drop
        if not drop:
            return posed
        chance = np.random.default_rng([self.config.seed, 5, self.step])
        stays = torch.from_numpy(chance.random(len(posed.means), np.float32) >= drop)
        opacities = posed.logit_opacities.sigmoid() * stays / (1 - drop)
        return posed._replace(logit_opacities=opacities.clamp(1e-6, ALPHA_MAX).logit())

    def _background_now(self) -> NDArray[np.float32]:
        if self._background is not None:
            return self._background
        return np.random.default_rng([self.config.seed, 3, self.step]).random(3, np.float32)

    def _degree(self, fraction: float) -> int:
        late = (fraction - _HARMONICS_FROM) / (1 - _HARMONICS_FROM)
        return 0 if late < 0 else min(self.config.sh_degree, 1 + int(4 * late))

    def _may_relocate(self, fraction: float) -> bool:
        return self.config.coarse[0] < fraction < self.config.relocate_until

    def _loss(self, image: Tensor, wanted: Tensor, alpha: Tensor, photograph: Photograph) -> Tensor:
        weights, held = self.config.weights, self.parameters
        loss = (1 - weights.ssim) * l1(image, wanted)
        loss = loss + weights.ssim * (1 - ssim(image, wanted))
        if photograph.mask is not None:
            mask = torch.from_numpy(photograph.mask).to(alpha) / 255
            loss = loss + weights.mask * l1(alpha, mask)
        opacity = held.tensors["logit_opacities"].sigmoid().mean()
        long = (held.tensors["log_scales"] - float(np.log(_LONGEST))).clamp(min=0)
        strayed = (100 * (held.tensors["offsets"] - held.home)).square().sum(dim=1)
        return (
            loss
            + weights.opacity * opacity
            + weights.size * long.square().mean()
            + weights.stray * strayed.mean()
        )
