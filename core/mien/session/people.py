"""People of a latent space: where the one who is shown stands, and who is near."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.mien_file import save_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import Avatar, Mixable, Situated
from mien.avatar.state import AvatarState
from mien.editing.document import Asset, Look
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.session.library import asset_for
from mien.session.session import Session

if TYPE_CHECKING:
    from mien.models.headsup.avatar import HeadsUpAvatar

Float32 = NDArray[np.float32]


def own_coefficients(avatar: Avatar) -> Float32:
    """Return where an avatar stands in its latent space [D] when nothing is said of it."""
    if isinstance(avatar, Situated):
        return avatar.coefficients
    space = avatar.latent_space
    return np.zeros(0 if space is None else len(space.names), np.float32)


def coefficients_in(avatar: Avatar, state: AvatarState) -> Float32:
    """Return where an avatar stands in its latent space in a state [D]."""
    found = own_coefficients(avatar).copy()
    if state.identity is not None:
        count = min(len(state.identity), len(found))
        found[:count] = state.identity[:count]
    return found


def state_with(avatar: Avatar, state: AvatarState, coefficients: Float32) -> AvatarState:
    """Return a state in which an avatar stands somewhere else; None is said where it is at home."""
    home = np.array_equal(coefficients, own_coefficients(avatar))
    return state.replace(identity=None if home else coefficients)


def as_shown(avatar: Avatar, state: AvatarState) -> Avatar:
    """Return who an avatar is in a state, as an avatar of their own where it can become others."""
    if state.identity is None or not isinstance(avatar, Situated):
        return avatar
    from mien.models.headsup.avatar import HeadsUpAvatar

    return avatar.at(state.identity) if isinstance(avatar, HeadsUpAvatar) else avatar


def keep_person(avatar: Avatar, state: AvatarState, path: Path) -> Asset:
    """Write who an avatar is in a state to a file (.avatar), and return it as an asset.

    Raises:
        FileError: It cannot be written.
    """
    save_avatar(path, as_shown(avatar, state))
    return asset_for(path)


def shown_person(session: Session, look: Look | None, leading: Avatar | None) -> Avatar | None:
    """Return who the sliders are about: the blend of a look where latents are blended, else the one
    who weighs most."""
    if look is None or not isinstance(leading, Mixable) or len(look.asset_ids) < 2:
        return leading
    blend = session.blend_of(look)
    if blend is None or len(blend.avatars) < 2:
        return leading
    mixed = leading.mixed(
        blend.avatars,
        np.array(blend.weights, np.float32),
        regions=dict(blend.regions),
        softness=blend.softness,
        name=leading.name,
    )
    return leading if mixed is None else mixed


def library_of(avatar: Avatar | None) -> IdentityLibrary | None:
    """Return the people of the same latent space, where they are known."""
    held = getattr(avatar, "library", None)
    return held if isinstance(held, IdentityLibrary) else None


def person_asset(library: IdentityLibrary, person: Identity) -> Asset | None:
    """Return the asset that somebody of a library is; None of a library without a file."""
    return None if library.source is None else asset_for(library.source, part=person.name)


def known_person(avatar: Avatar, library: IdentityLibrary, name: str) -> Avatar:
    """Return somebody the network learnt from, made by the network of an avatar.

    Raises:
        ValueError: There is nobody of that name.
    """
    latent = library.space.latent(library.known[library.known_names.index(name)])
    return replace(avatar, name=name, latent=latent, source=None, fitting=None)  # pyright: ignore


def keeps_latent(avatar: Avatar | None) -> bool:
    """Return whether an avatar was reconstructed by a network that may make others of it."""
    fitting = avatar.fitting if isinstance(avatar, RiggedAvatar) else None
    return fitting is not None and fitting.latent is not None


def with_latent_space(avatar: Avatar, network: Path) -> HeadsUpAvatar:
    """Return somebody who was reconstructed as one who may become anybody. Takes seconds.

    Raises:
        MienError: They are of another network, or it cannot be read.
    """
    from mien.models.headsup.opened import with_latent

    assert isinstance(avatar, RiggedAvatar)
    made = with_latent(avatar, network)
    made.person()
    return made
