"""What an avatar is: a name, the expressions it obeys, and a pose from a state to a cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mien.avatar.state import AvatarState
from mien.gaussians.cloud import GaussianCloud

REGIONS: tuple[str, ...] = ("eyes", "brows", "nose", "mouth", "jaw", "cheeks", "forehead", "ears",
                            "scalp", "neck")  # fmt: skip
"""The face regions that can be mixed; soft masks over them sum to at most one per Gaussian."""

DEFAULT_SOFTNESS = 0.012
"""Width in metres of the border between two regions."""


class LatentSpace(Protocol):
    """Where an avatar's identities live: coefficients that may be chosen freely."""

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each dimension [D]; the strongest first."""
        ...

    @property
    def standard_deviations(self) -> NDArray[np.float32]:
        """How far people spread along each dimension [D]."""
        ...


@runtime_checkable
class Surfaced(Protocol):
    """What avatars have besides whose Gaussians ride on a triangle surface."""

    @property
    def faces(self) -> NDArray[np.int32]:
        """The triangles [F, 3], counter-clockwise from outside; the same in every state."""
        ...

    def surface(self, state: AvatarState = ...) -> NDArray[np.float32]:
        """Return the vertices [V, 3] of a state, in metres, in the frame of `pose`."""
        ...


@runtime_checkable
class Riggable(Protocol):
    """What avatars have besides that are made by a network: themselves, without it."""

    @property
    def rigged(self) -> Avatar:
        """The person as they are, on a rig of their own."""
        ...


@runtime_checkable
class Situated(Protocol):
    """What avatars have besides that stand somewhere in their latent space by themselves."""

    @property
    def coefficients(self) -> NDArray[np.float32]:
        """Where they stand [D]; who has no such place is zero by default."""
        ...


@runtime_checkable
class Expressive(Protocol):
    """What avatars have besides whose expressions a network may have learned."""

    @property
    def has_learned_rig(self) -> bool:
        """Whether it did; without, both rigs are one."""
        ...

    def with_learned(self, learned: bool) -> Avatar:
        """Return the same person moved by the learned rig, or by the template's alone."""
        ...


@runtime_checkable
class Mixable(Protocol):
    """What avatars have besides that can be blended before they are made: as latents."""

    def mixed(
        self,
        avatars: Sequence[Avatar],
        weights: NDArray[np.float32],
        *,
        regions: Mapping[str, int],
        softness: float,
        name: str,
        match_tone: bool = True,
    ) -> Avatar | None:
        """Return the blend of avatars, itself among them; None where not all can be blended so."""
        ...


@runtime_checkable
class Avatar(Protocol):
    """Something to look at. Immutable and safe to pose from any thread."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def kind(self) -> str:
        """`static`, `rigged`, ..."""
        ...

    @property
    def num_gaussians(self) -> int:
        """N; every pose has as many."""
        ...

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The ARKit expressions it obeys; empty for a static one."""
        ...

    @property
    def joints(self) -> tuple[str, ...]:
        """Which of `head`, `neck`, `jaw`, `eyes` it obeys."""
        ...

    @property
    def template(self) -> str | None:
        """Gaussian i means the same place in all avatars with the same template; None for none."""
        ...

    @property
    def latent_space(self) -> LatentSpace | None:
        """The identities it can take, or None."""
        ...

    @property
    def source(self) -> Path | None:
        """The file it came from, or None."""
        ...

    @property
    def region_weights(self) -> NDArray[np.float32] | None:
        """How much each Gaussian belongs to each of REGIONS [N, R], 0..1; None where unknown."""
        ...

    def pose(self, state: AvatarState = ...) -> GaussianCloud:
        """Return the Gaussians of a state, in metres, Y up, face toward +Z."""
        ...
