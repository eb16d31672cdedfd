"""GaussianCloud: what every avatar poses to and every renderer draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

SH_C0 = 0.28209479177387814
"""The constant spherical harmonic: colour = 0.5 + SH_C0 * sh[:, 0]."""

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GaussianCloud:
    """N anisotropic 3-D Gaussians with view-dependent colour (Kerbl et al. 2023).

    All arrays are float32, contiguous and read-only; an edit makes a new cloud. Two clouds are
    equal when they are the same object, which is what a renderer's upload cache keys on.

    Args:
        means: Centres [N, 3], metres.
        quats: Rotations [N, 4], wxyz, not necessarily of unit length.
        log_scales: Natural logarithms [N, 3] of the standard deviations in metres.
        logit_opacities: Logits [N] of the opacities.
        sh: Spherical harmonic coefficients [N, K, 3], K = 1, 4, 9 or 16; the constant first.
        binding: Triangle [N] each Gaussian is bound to, or None.
        extras: Further per-Gaussian properties by name, each [N], kept through reading and writing.

    Raises:
        ValueError: The shapes do not belong together.
    """

    means: Float32
    quats: Float32
    log_scales: Float32
    logit_opacities: Float32
    sh: Float32
    binding: NDArray[np.int32] | None = None
    extras: Mapping[str, NDArray] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        n = len(self.means)
        expected = {
            "means": (n, 3),
            "quats": (n, 4),
            "log_scales": (n, 3),
            "logit_opacities": (n,),
        }
        for name, shape in expected.items():
            self._freeze(name, np.float32, shape)
        k = self.sh.shape[1] if np.ndim(self.sh) == 3 else 0
        if k not in (1, 4, 9, 16):
            raise ValueError(f"sh must be [N, 1|4|9|16, 3], got {np.shape(self.sh)}")
        self._freeze("sh", np.float32, (n, k, 3))
        if self.binding is not None:
            self._freeze("binding", np.int32, (n,))
        for name, values in self.extras.items():
            if len(values) != n:
                raise ValueError(f"extra {name} has {len(values)} values for {n} Gaussians")
        object.__setattr__(self, "extras", MappingProxyType(dict(self.extras)))

    def _freeze(self, name: str, dtype: type, shape: tuple[int, ...]) -> None:
        given = getattr(self, name)
        array = np.ascontiguousarray(given, dtype=dtype)
        if array.shape != shape:
            raise ValueError(f"{name} must be {shape}, got {array.shape}")
        if array is given and array.flags.writeable:
            # A view, so that the caller's own array stays writable for the caller.
            array = array.view()
        array.setflags(write=False)
        object.__setattr__(self, name, array)

    @property
    def num_gaussians(self) -> int:
        """N."""
        return len(self.means)

    @property
    def sh_degree(self) -> int:
        """The degree of the spherical harmonics, 0 to 3."""
        return int(np.sqrt(self.sh.shape[1])) - 1

    @property
    def opacities(self) -> Float32:
        """Opacities [N], 0..1."""
        return sigmoid(self.logit_opacities)

    @property
    def base_colors(self) -> Float32:
        """The direction-free colours [N, 3], sRGB, unclipped."""
        return self.sh[:, 0] * np.float32(SH_C0) + np.float32(0.5)

    @property
    def num_bytes(self) -> int:
        """Memory the arrays take."""
        arrays = [self.means, self.quats, self.log_scales, self.logit_opacities, self.sh]
        arrays += [self.binding] if self.binding is not None else []
        return sum(array.nbytes for array in [*arrays, *self.extras.values()])

    def replace(self, **changes: Any) -> GaussianCloud:
        """Return a cloud with other values of some fields."""
        return replace(self, **changes)

    def take(self, selection: NDArray) -> GaussianCloud:
        """Return the Gaussians of a boolean mask [N] or an index array, in its order."""
        return GaussianCloud(
            self.means[selection],
            self.quats[selection],
            self.log_scales[selection],
            self.logit_opacities[selection],
            self.sh[selection],
            None if self.binding is None else self.binding[selection],
            {name: values[selection] for name, values in self.extras.items()},
        )


def sigmoid(logits: Float32) -> Float32:
    """Return 1 / (1 + exp(-x)), 0 where the exponential is beyond float32."""
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-logits))).astype(np.float32)


def from_colors(
    means: NDArray,
    quats: NDArray,
    log_scales: NDArray,
    logit_opacities: NDArray,
    colors: NDArray,
    *,
    binding: NDArray | None = None,
) -> GaussianCloud:
    """Make a cloud with plain sRGB colours [N, 3] instead of spherical harmonics."""
    sh = ((np.asarray(colors, np.float32) - 0.5) / SH_C0)[:, None, :]
    return GaussianCloud(means, quats, log_scales, logit_opacities, sh, binding)


def concatenate(clouds: Sequence[GaussianCloud]) -> GaussianCloud:
    """Return all Gaussians of several clouds; lower SH degrees are filled with zeros.

    Bindings and extras are kept only where every cloud has them.
    """
    k = max(cloud.sh.shape[1] for cloud in clouds)
    sh = [np.pad(cloud.sh, ((0, 0), (0, k - cloud.sh.shape[1]), (0, 0))) for cloud in clouds]
    bindings = [cloud.binding for cloud in clouds if cloud.binding is not None]
    names = set.intersection(*(set(cloud.extras) for cloud in clouds))
    return GaussianCloud(
        np.concatenate([cloud.means for cloud in clouds]),
        np.concatenate([cloud.quats for cloud in clouds]),
        np.concatenate([cloud.log_scales for cloud in clouds]),
        np.concatenate([cloud.logit_opacities for cloud in clouds]),
        np.concatenate(sh),
        np.concatenate(bindings) if len(bindings) == len(clouds) else None,
        {name: np.concatenate([cloud.extras[name] for cloud in clouds]) for name in sorted(names)},
    )
