"""People of a latent space: where the one who is shown stands, and who is near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.mien_file import save_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import Avatar, Mixable, Situated
from mien.editing.document import Asset, Look
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.session.library import asset_for, person_of
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


def coefficients_in(avatar: Avatar, identity: Sequence[float]) -> Float32:
    """Return where an avatar stands in its latent space when a look moves it so far [D]."""
    found = own_coefficients(avatar).copy()
    count = min(len(identity), len(found))
    found[:count] += np.asarray(identity[:count], np.float32)
    return found


def identity_at(avatar: Avatar, coefficients: Float32) -> tuple[float, ...]:
    """Return how far a look has to move an avatar for it to stand somewhere; empty at home."""
    moved = coefficients - own_coefficients(avatar)
    return tuple(moved.tolist()) if moved.any() else ()


def as_shown(avatar: Avatar, identity: Sequence[float]) -> Avatar:
    """Return who an avatar is when a look moves it, as an avatar of their own where it can be."""
    if not identity or not isinstance(avatar, Situated):
        return avatar
    from mien.models.headsup.avatar import HeadsUpAvatar

    moved = np.array(identity, np.float32)
    return avatar.at(moved) if isinstance(avatar, HeadsUpAvatar) else avatar


def keep_person(avatar: Avatar, identity: Sequence[float], path: Path) -> Asset:
    """Write who an avatar is when a look moves it to a file (.avatar); return it as an asset.

    Raises:
        FileError: It cannot be written.
    """
    save_avatar(path, as_shown(avatar, identity))
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
        # Which would take as long as decoding them does; here only where they stand is of interest.
        match_tone=False,
    )
    return leading if mixed is None else mixed


def library_of(avatar: Avatar | None) -> IdentityLibrary | None:
    """Return the people of the same latent space, where they are known."""
    held = getattr(avatar, "library", None)
    return held if isinstance(held, IdentityLibrary) else None


def person_asset(library: IdentityLibrary, person: Identity) -> Asset | None:
    """Return the asset that somebody of a library is; None of a library without a file."""
    return None if library.source is None else person_of(library.source, person.name)


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
