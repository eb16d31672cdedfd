"""What a fit optimises: the bound Gaussians as tensors, and Adam's memory of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.avatar.rig import BoundGaussians, SurfaceBinding
from mien.avatar.state import AvatarState
from mien.models.quaternions import composed, rotated
from mien.rendering.differentiable import GaussianTensors
from mien.training.fit.config import FitConfig, Rates
from mien.training.fit.initialisation import Start
from mien.training.fit.motion import Motion, Mover

NAMES = ("offsets", "quats", "log_scales", "logit_opacities", "colors", "harmonics")
_BETAS = (0.9, 0.99)
_TINY = 1e-15
"""Adam's own guard, small because the gradients are (3DGS)."""


class Parameters:
    """N Gaussians relative to the surface, ready to be optimised.

    They mean what they do in BoundGaussians: offsets and rotations in the axes of the surface at
    rest, so that what is trained in any frame poses in all.

    Args:
        start: What they begin as.
        sh_degree: Of the colours.
        rates: Adam's step sizes.
        device: torch's.
    """

    def __init__(self, start: Start, *, sh_degree: int, rates: Rates, device: str) -> None:
        count = len(start.offsets)
        self._rates = rates
        self.binding = start.binding
        self.kept = start.kept
        self.free = start.free
        values = {
            "offsets": start.offsets,
            "quats": start.quats,
            "log_scales": start.log_scales,
            "logit_opacities": start.logit_opacities,
            "colors": start.harmonics[:, None, :],
            "harmonics": np.zeros((count, (sh_degree + 1) ** 2 - 1, 3), np.float32),
        }
        self.tensors: dict[str, Tensor] = {
            name: torch.tensor(values[name], device=device).requires_grad_() for name in NAMES
        }
        self.home = torch.tensor(start.offsets, device=device)
        groups = [{"params": [self.tensors[name]], "name": name} for name in NAMES]
        self.adam = torch.optim.Adam(groups, lr=1e-3, betas=_BETAS, eps=_TINY, fused=True)

    @property
    def num_gaussians(self) -> int:
        """N."""
        return len(self.home)

    def set_rates(self, fraction: float) -> None:
        """Set Adam's step sizes for a fraction of the budget: all decay exponentially."""
        rates = self._rates
        for group in self.adam.param_groups:
            name = group["name"]
            end = rates.offsets_end / rates.offsets if name == "offsets" else rates.end
            group["lr"] = getattr(rates, name) * end**fraction

    def posed(
        self, motion: Motion, lengthening: NDArray[np.float32] | None, *, degree: int
    ) -> GaussianTensors:
        """Return the Gaussians where a frame's surface holds them, with harmonics up to a degree.

        The turn and the place are fixed, the offsets and rotations are not: the gradient passes.
        """
        held = self.tensors
        points = torch.from_numpy(motion.points).to(self.home.device)
        offsets, quats, log_scales = held["offsets"], held["quats"], held["log_scales"]
        if not motion.still:
            turned = torch.from_numpy(motion.quats).to(self.home.device)
            offsets, quats = rotated(turned, offsets), composed(turned, quats)
        if lengthening is not None:
            log_scales = log_scales + torch.from_numpy(lengthening).to(self.home.device)
        count = (degree + 1) ** 2 - 1
        sh = held["colors"]
        if count:
            sh = torch.cat([sh, held["harmonics"][:, :count]], dim=1)
        return GaussianTensors(
            points + offsets, quats, log_scales, held["logit_opacities"], sh.contiguous()
        )

    def bound(self) -> BoundGaussians:
        """Return the Gaussians as an avatar holds them."""
        values = {name: self.values(name) for name in NAMES}
        quats = values["quats"]
        lengths = np.linalg.norm(quats, axis=1, keepdims=True)
        sh = np.concatenate([values["colors"], values["harmonics"]], axis=1)
        return BoundGaussians(
            self.binding,
            values["offsets"],
            quats / np.maximum(lengths, 1e-12),
            values["log_scales"],
            values["logit_opacities"],
            sh,
        )

    def values(self, name: str) -> NDArray[np.float32]:
        """Return a copy of a parameter."""
        return self.tensors[name].detach().cpu().numpy().copy()

    def forget(self, rows: Tensor) -> None:
        """Clear Adam's memory of some Gaussians: they are new ones."""
        for tensor in self.tensors.values():
            for name in ("exp_avg", "exp_avg_sq"):
                memory = self.adam.state[tensor].get(name)
                if memory is not None:
                    memory[rows] = 0

    def rebind(self, rows: NDArray[np.intp], like: NDArray[np.intp]) -> None:
        """Hold some Gaussians where others are held."""
        triangles, barycentric = self.binding.triangles.copy(), self.binding.barycentric.copy()
        triangles[rows], barycentric[rows] = triangles[like], barycentric[like]
        self.binding = SurfaceBinding(triangles, barycentric)
        free = self.free.copy()
        free[rows] = free[like]
        self.free = free
        with torch.no_grad():
            self.home[torch.from_numpy(rows)] = self.home[torch.from_numpy(like)]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything that a resumed fit needs, as arrays by name."""
        arrays: dict[str, NDArray[Any]] = {name: self.values(name) for name in NAMES}
        for name, tensor in self.tensors.items():
            for key, memory in self.adam.state[tensor].items():
                arrays[f"adam.{name}.{key}"] = memory.detach().cpu().numpy().copy()
        arrays["home"] = self.home.cpu().numpy().copy()
        arrays["triangles"] = self.binding.triangles.copy()
        arrays["barycentric"] = self.binding.barycentric.copy()
        arrays["kept"], arrays["free"] = self.kept.copy(), self.free.copy()
        return arrays

    @staticmethod
    def of_state(arrays: dict[str, NDArray[Any]], config: FitConfig) -> Parameters:
        """Return what `state` was taken of.

        Raises:
            KeyError: An array is missing.
            ValueError: The arrays do not belong together.
        """
        binding = SurfaceBinding(arrays["triangles"], arrays["barycentric"])
        count = len(binding.triangles)
        names = ("offsets", "quats", "log_scales", "logit_opacities")
        start = Start(
            binding,
            **{name: arrays[name] for name in names},
            colors=np.zeros((count, 3), np.float32),
            kept=arrays["kept"].astype(bool),
            free=arrays["free"].astype(bool),
        )
        made = Parameters(
            start, sh_degree=config.sh_degree, rates=config.rates, device=config.device
        )
        with torch.no_grad():
            for name, tensor in made.tensors.items():
                tensor.copy_(torch.from_numpy(_shaped(arrays[name], tensor, name)))
            made.home.copy_(torch.from_numpy(_shaped(arrays["home"], made.home, "home")))
        for name, tensor in made.tensors.items():
            prefix = f"adam.{name}."
            made.adam.state[tensor].update(
                {
                    key.removeprefix(prefix): torch.from_numpy(value.copy())
                    for key, value in arrays.items()
                    if key.startswith(prefix)
                }
            )
        return made


def _shaped(array: NDArray[Any], like: Tensor, name: str) -> NDArray[Any]:
    if array.shape != tuple(like.shape):
        raise ValueError(f"{name} should be {tuple(like.shape)}, but is {array.shape}")
    return array


class Motions:
    """The motion of each frame, worked out when first wanted and anew when bindings change.

    Args:
        mover: Of the person's rig.
        states: Of the frames.
        parameters: Whose Gaussians move.
    """

    def __init__(
        self, mover: Mover, states: dict[int, AvatarState], parameters: Parameters
    ) -> None:
        self._mover = mover
        self._states = states
        self._parameters = parameters
        self._known: dict[int, Motion] = {}
        self._binding = parameters.binding

    def posed(self, frame: int, *, degree: int) -> GaussianTensors:
        """Return the Gaussians in a frame, differentiable in the parameters."""
        held = self._parameters
        if held.binding is not self._binding:
            self._known.clear()
            self._binding = held.binding
        if frame not in self._known:
            self._known[frame] = self._mover.motion(held.binding, self._states[frame])
        motion = self._known[frame]
        lengthening = None
        if not motion.still:
            quats = held.values("quats")
            lengthening = self._mover.lengthening(held.binding, self._states[frame], quats)
        return held.posed(motion, lengthening, degree=degree)
