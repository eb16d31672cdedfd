"""The HeadsUp avatar: somebody who keeps the latent, and so may become anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.avatar.protocol import Avatar
from mien.avatar.regions import owned_masks, soft_masks, to_gaussians
from mien.avatar.rig import BoundGaussians, Float32, Int32
from mien.avatar.state import NEUTRAL, AvatarState
from mien.avatar.tone import apply_changes, healing_changes
from mien.gaussians.cloud import GaussianCloud
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.mixing import mixed_latents, region_masks
from mien.models.headsup.recent import Recent
from mien.models.headsup.space import PrincipalSpace

_FACE_BYTES = 96 << 20
"""For faces that were decoded with an expression: a clip that plays in a loop comes again."""
_BYTES_PER_GAUSSIAN = 56
_FEWEST_FACES = 6


@dataclass(frozen=True, eq=False)
class HeadsUpAvatar:
    """A person of a HeadsUp network who keeps the latent: may become anybody, and learned to move.

    The state's identity, where it has one, are coefficients by which the person is moved in the
    latent space: what of them lies outside of the space stays.

    Args:
        name: What people call it.
        decoder: The network.
        latent: Of the neutral face [D, g, g].
        latent_space: The identities it can take, or None for this one only.
        library: The people of the same space, where they are known.
        learned: Whether expressions also move the latent, by the learned rig, where the network
            has one; otherwise the template's morph targets alone move what is decoded once.
        source: The file it came from.
        fitting: Of one that was reconstructed from photographs.
        toning: Colour changes per brightness of each Gaussian [N, 3], which fit regions that are
            taken from others to the skin around them; see `avatar.tone`.
    """

    name: str
    decoder: HeadDecoder
    latent: Float32
    latent_space: PrincipalSpace | None = None
    library: IdentityLibrary | None = None
    learned: bool = True
    source: Path | None = None
    fitting: Fitting | None = None
    toning: Float32 | None = field(default=None, repr=False)
    kind: str = field(default="headsup", init=False)
    _people: Recent[RiggedAvatar] = field(init=False, repr=False)
    _faces: Recent[BoundGaussians] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.latent.shape != self.decoder.latent_shape:
            raise ValueError(
                f"a latent of this network is {self.decoder.latent_shape}, got {self.latent.shape}"
            )
        object.__setattr__(self, "_people", Recent[RiggedAvatar]())
        kept = max(_FEWEST_FACES, _FACE_BYTES // (_BYTES_PER_GAUSSIAN * max(self.num_gaussians, 1)))
        object.__setattr__(self, "_faces", Recent[BoundGaussians](kept))

    @property
    def num_gaussians(self) -> int:
        """N; every pose has as many."""
        return self.decoder.canvas.num_texels * self.decoder.network.config.layers

    @property
    def template(self) -> str:
        """The network: its texels mean the same place in all of its people."""
        return self.decoder.template

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The ARKit expressions it obeys."""
        return self.decoder.average.expression_names

    @property
    def joints(self) -> tuple[str, ...]:
        """Which of `head`, `neck`, `jaw`, `eyes` it obeys."""
        return self.decoder.average.joints

    @property
    def region_weights(self) -> NDArray[np.float32] | None:
        """How much each Gaussian belongs to each of REGIONS [N, R]."""
        return self.decoder.average.region_weights

    @property
    def rigged(self) -> RiggedAvatar:
        """The person as they are, moved by the template's rig alone; needs no network."""
        return self._own

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        """The similarity [4, 4] from the world of the capture it was made of, or no change."""
        return np.eye(4) if self.fitting is None else self.fitting.head_from_world

    @property
    def faces(self) -> Int32:
        """The triangles [F, 3] of the surface."""
        return self.decoder.canvas.template.faces

    @property
    def has_learned_rig(self) -> bool:
        """Whether the network learned how latents move; without, `learned` changes nothing."""
        return self.decoder.network.rig is not None

    @cached_property
    def coefficients(self) -> Float32:
        """Its own place in the latent space [K]; empty without one."""
        space = self.latent_space
        return np.zeros(0, np.float32) if space is None else space.coefficients(self.latent)

    def with_learned(self, learned: bool) -> HeadsUpAvatar:
        """Return the same person moved by the learned rig, or by the template's alone."""
        if learned == self.learned:
            return self
        made = replace(self, learned=learned)
        # What was decoded already is the same for both.
        for name in ("_people", "_faces", "_own"):
            made.__dict__[name] = getattr(self, name)
        return made

    def latent_of(self, identity: NDArray[np.float32] | None) -> Float32:
        """Return the latent [D, g, g] of a state's identity; its own without.

        Coefficients that are too many are left out.
        """
        space = self.latent_space
        if identity is None or space is None:
            return self.latent
        step = np.nan_to_num(np.asarray(identity, np.float32)[: space.num_axes])
        return self.latent + space.displacement(step) if step.any() else self.latent

    def person(self, identity: NDArray[np.float32] | None = None) -> RiggedAvatar:
        """Return somebody of the space as an avatar of their own, moved by the template's rig."""
        if identity is None:
            return self._own
        return self._people.get(identity.tobytes(), lambda: self.at(identity)._own)

    def at(self, identity: NDArray[np.float32] | None) -> HeadsUpAvatar:
        """Return who stands somewhere else in the latent space, as somebody of their own."""
        return self if identity is None else replace(self, latent=self.latent_of(identity))

    def mixed(
        self,
        avatars: Sequence[Avatar],
        weights: NDArray[np.float32],
        *,
        regions: Mapping[str, int],
        softness: float,
        name: str,
        match_tone: bool = True,
    ) -> HeadsUpAvatar | None:
        """Return somebody between people of the network, this one among them.

        Args:
            avatars: Who; reconstructed ones keep their latent, too.
            weights: How much of each, summing to one.
            regions: Who (an index) a region is taken from instead.
            softness: Width of the borders between regions, metres.
            name: What to call the result.
            match_tone: Whether the skin of a region takes the tone of the skin around it.

        Returns:
            None where somebody's latent is not known.
        """
        latents = [self._latent_in(each) for each in avatars]
        known = [latent for latent in latents if latent is not None]
        if len(known) < len(latents):
            return None
        canvas, grid = self.decoder.canvas, self.latent.shape[-1]
        blend = mixed_latents(known, weights)
        whole = replace(self, name=name, latent=blend, source=None, fitting=None, toning=None)
        if not regions:
            return whole
        masks = region_masks(canvas.template, grid, softness=softness)
        latent = mixed_latents(known, weights, regions=regions, masks=masks)
        made = replace(whole, latent=latent)
        if not match_tone:
            return made
        alone = int(np.argmax(weights))
        # Somebody who is there as they are has been decoded already.
        around = _rigged(avatars[alone]) if weights[alone] == 1 else whole.rigged
        return made._healed(around, avatars, regions, softness)

    def _healed(
        self,
        around: RiggedAvatar,
        avatars: Sequence[Avatar],
        regions: Mapping[str, int],
        softness: float,
    ) -> HeadsUpAvatar:
        """Return the same person with the skin of regions in the tone of the one they came to."""
        average = self.decoder.average
        distances = average.region_distances
        if distances is None:
            return self
        owned = owned_masks(regions, soft_masks(distances, softness))
        taken = [(_rigged(avatars[owner]).tone, mask) for owner, mask in owned.items()]
        topology = average.deformer.frames.topology
        changes = healing_changes(around.tone, self.rigged.tone, taken, topology)
        of_gaussians = to_gaussians(changes, average.gaussians.binding, average.rig.faces)
        healed = replace(self, toning=of_gaussians)
        # They need not be decoded anew for that.
        bound = healed._toned(self.rigged.gaussians)
        healed.__dict__["_own"] = replace(self.rigged, gaussians=bound)
        return healed

    def _latent_in(self, other: Avatar) -> Float32 | None:
        """Return the latent of somebody of the same network, or None."""
        if other.template != self.template:
            return None
        if isinstance(other, HeadsUpAvatar):
            return other.latent
        fitting = other.fitting if isinstance(other, RiggedAvatar) else None
        held = None if fitting is None else fitting.latent
        return None if held is None or held.shape != self.latent.shape else held.astype(np.float32)

    @cached_property
    def _own(self) -> RiggedAvatar:
        """The person as they are: asked for by the user interface, which must not wait for it to
        be decoded anew after every slider."""
        stands_on = self.decoder.network.config.template
        came_from = Fitting(np.eye(4), stands_on) if self.fitting is None else self.fitting
        # Whoever is saved can be blended as a latent later.
        held = replace(came_from, latent=self.latent.astype(np.float16))
        made = self.decoder.avatar(self.latent, self.name, fitting=held)
        return replace(made, gaussians=self._toned(made.gaussians))

    def pose(self, state: AvatarState = NEUTRAL) -> GaussianCloud:
        """Return the Gaussians of a state, in metres."""
        person = self.person(state.identity)
        if not self.learned or not self.has_learned_rig or not state.expression.any():
            return person.pose(state)
        bound = self._expressed(person, state)
        # The person's own tables: the learned rig changes what rides on the surface, not the rig.
        posed = person.deformer.pose(state, replace(self.decoder.bound_corners, gaussians=bound))
        if posed is None:
            places = bound.binding.points(person.rig.rest, person.rig.faces)
            posed = places + bound.offsets, bound.quats, bound.log_scales
        return GaussianCloud(*posed, bound.logit_opacities, bound.sh)

    def surface(self, state: AvatarState = NEUTRAL) -> Float32:
        """Return the posed vertices [V, 3] of the rig's surface."""
        return self.person(state.identity).surface(state)

    def _toned(self, bound: BoundGaussians) -> BoundGaussians:
        return (
            bound
            if self.toning is None
            else replace(bound, sh=apply_changes(bound.sh, self.toning))
        )

    def _expressed(self, person: RiggedAvatar, state: AvatarState) -> BoundGaussians:
        identity = b"" if state.identity is None else state.identity.tobytes()

        def decoded() -> BoundGaussians:
            head = self.decoder.head(self.latent_of(state.identity), state.expression)
            return self._toned(self.decoder.bound(head, person.rig))

        return self._faces.get(state.expression.tobytes() + identity, decoded)


def _rigged(avatar: Avatar) -> RiggedAvatar:
    """Return somebody of the network as they are, decoded."""
    held = avatar.rigged if isinstance(avatar, HeadsUpAvatar) else avatar
    assert isinstance(held, RiggedAvatar)
    return held
