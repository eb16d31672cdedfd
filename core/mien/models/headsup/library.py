"""The library of identities: the people of a network, and what may be done with their latents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.models.headsup.attributes import Attribute, AttributeTable
from mien.models.headsup.directions import AttributeDirections
from mien.models.headsup.space import PrincipalSpace

if TYPE_CHECKING:
    from mien.models.headsup.prior import FlowPrior

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Identity:
    """Somebody in a library.

    Args:
        name: What people call them.
        coefficients: Where they stand in the latent space [K].
        attributes: What is known of them.
        training: Whether the network learnt from them; if not, they were reconstructed from views.
        thumbnail: A picture of them, JPEG.
        latent: All of it [D, g, g], half floats; None where the coefficients are enough.
    """

    name: str
    coefficients: Float32
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: dict[str, Attribute]())
    training: bool = True
    thumbnail: bytes = b""
    latent: NDArray[np.float16] | None = None


@dataclass(frozen=True, eq=False)
class IdentityLibrary:
    """People of one network.

    Args:
        model: Its id; see `HeadDecoder.model_id`.
        network: Name of its file, beside the library's own.
        space: Their latent space.
        people: Those who can be looked at.
        known: Coefficients of everybody the network learnt from [Q, K], with or without a
            picture here: who a new person is held against.
        known_names: Their names [Q].
        directions: Of attributes; None where none are known.
        prior: What new people are drawn from; None for the Gaussian.
        source: The file it came from.
    """

    model: str
    network: str
    space: PrincipalSpace
    people: tuple[Identity, ...]
    known: Float32
    known_names: tuple[str, ...]
    directions: AttributeDirections | None = None
    prior: FlowPrior | None = None
    source: Path | None = None

    @staticmethod
    def of(
        model: str,
        network: str,
        latents: Sequence[ArrayLike] | NDArray,
        names: Sequence[str],
        *,
        attributes: Sequence[Mapping[str, Attribute]] | None = None,
        num_axes: int = 64,
    ) -> IdentityLibrary:
        """Make a library of the people a network learnt from; nobody can be looked at yet.

        Args:
            model: The network's id.
            network: Name of its file.
            latents: Of neutral faces [Q, D, g, g].
            names: [Q].
            attributes: What is known of each [Q].
            num_axes: Directions of the latent space, at most.

        Raises:
            ValueError: There are fewer than two people, or names or attributes of another number.
        """
        if len(names) != len(latents):
            raise ValueError(f"{len(latents)} latents have {len(names)} names")
        space = PrincipalSpace.of(latents, num_axes=num_axes)
        known = space.coefficients(np.asarray(latents, np.float32))
        directions = None
        if attributes is not None:
            table = AttributeTable.of(attributes)
            directions = AttributeDirections.of(known, table, weights=space.scales)
        return IdentityLibrary(model, network, space, (), known, tuple(names), directions)

    def with_person(
        self,
        name: str,
        latent: ArrayLike,
        *,
        attributes: Mapping[str, Attribute] | None = None,
        training: bool = False,
        thumbnail: bytes = b"",
        whole: bool = False,
    ) -> IdentityLibrary:
        """Return the library with one more person who can be looked at.

        Args:
            name: What people call them.
            latent: [D, g, g].
            attributes: What is known of them.
            training: Whether the network learnt from them.
            thumbnail: JPEG.
            whole: Whether all of the latent is kept: what of it lies outside of the space, too.
        """
        held = np.asarray(latent, np.float32)
        person = Identity(
            name,
            self.space.coefficients(held),
            dict(attributes or {}),
            training,
            thumbnail,
            held.astype(np.float16) if whole else None,
        )
        return replace(self, people=(*self.people, person))

    def latent(self, person: Identity) -> Float32:
        """Return somebody's latent [D, g, g]."""
        if person.latent is not None:
            return person.latent.astype(np.float32)
        return self.space.latent(person.coefficients)

    def nearest(self, coefficients: ArrayLike, *, count: int = 1) -> list[tuple[str, float]]:
        """Return the training people nearest to somebody, with their distances, the nearest first.

        Distances are in people's own: 1 is what two of them have between them on average.
        """
        held = np.asarray(coefficients, np.float32)
        apart = np.linalg.norm((self.known - held) * self._weights, axis=1) / self._typical
        order = np.argsort(apart, kind="stable")[:count]
        return [(self.known_names[index], float(apart[index])) for index in order]

    @cached_property
    def _weights(self) -> Float32:
        """How much a coefficient counts: as much as it changes the latent."""
        return self.space.scales / max(float(np.linalg.norm(self.space.scales)), 1e-12)

    @cached_property
    def _typical(self) -> float:
        """The root mean square distance of two people."""
        around = (self.known - self.known.mean(axis=0)) * self._weights
        variance = float(np.square(around).sum()) / max(len(self.known) - 1, 1)
        return max(float(np.sqrt(2 * variance)), 1e-12)
