"""A library with its network: people to look at."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.errors import FileError, MienError, ModelMissing
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.models.headsup.library_file import load_library
from mien.models.headsup.shipped import shipped_network
from mien.models.headsup.weights import load_headsup

_OPENING = threading.Lock()
"""Several people of a network may be opened at once: it is read by the first one only."""


@dataclass(frozen=True, eq=False)
class Identities:
    """A library and the network that its latents are of.

    Args:
        library: The people.
        decoder: The network.
    """

    library: IdentityLibrary
    decoder: HeadDecoder

    def avatar(self, person: Identity | None = None) -> HeadsUpAvatar:
        """Return somebody of the library, the first one by default; the mean of an empty one."""
        library = self.library
        chosen = person or next(iter(library.people), None)
        latent = library.space.mean if chosen is None else library.latent(chosen)
        name = "mean" if chosen is None else chosen.name
        return HeadsUpAvatar(
            name, self.decoder, latent, library.space, library, source=library.source
        )

    def named(self, name: str) -> HeadsUpAvatar:
        """Return somebody of the library by name.

        Raises:
            FileError: There is nobody of that name.
        """
        person = next((held for held in self.library.people if held.name == name), None)
        if person is None:
            raise FileError(self.library.source or "library", f"knows nobody named {name}")
        return self.avatar(person)


def open_identities(path: str | Path) -> Identities:
    """Open a library and the network beside it, or the one that ships if it is of that.

    Raises:
        FileError: One of them is missing or damaged, or they do not belong together.
    """
    library = _library_at(Path(path).resolve())
    beside = Path(path).parent / Path(library.network).name
    away = FileError(path, f"needs its network {beside.name}, which is not beside it")
    try:
        place = beside if beside.is_file() else shipped_network()
    except ModelMissing:
        raise away from None
    decoder = open_network(place)
    if decoder.model_id == library.model and decoder.latent_shape == library.space.mean.shape:
        return Identities(library, decoder)
    if place != beside:
        raise away
    raise FileError(
        path, f"its people are of another network than {place.name}",
        hint=f"Put {library.network} of the same training beside it",
    )  # fmt: skip


def with_latent(avatar: RiggedAvatar, network: Path) -> HeadsUpAvatar:
    """Return somebody who was reconstructed as one who may become anybody.

    The latent space is that of a library beside the network; without one it is closed.

    Args:
        avatar: Who keeps a latent; see `Fitting`.
        network: Its file.

    Raises:
        FileError: The network cannot be read.
        MienError: They keep no latent, or are of another network.
    """
    fitting = avatar.fitting
    if fitting is None or fitting.latent is None:
        raise MienError(f"{avatar.name} was made by no network that kept a latent")
    decoder = open_network(network)
    if decoder.template != avatar.template or decoder.latent_shape != fitting.latent.shape:
        raise MienError(
            f"{avatar.name} was made by another network than {network.name}",
            hint="Choose that one in the Reconstruct panel",
        )
    library = library_beside(network, decoder)
    space = None if library is None else library.space
    latent = fitting.latent.astype(np.float32)
    return HeadsUpAvatar(
        avatar.name, decoder, latent, space, library, source=avatar.source, fitting=fitting
    )


def library_beside(network: Path, decoder: HeadDecoder) -> IdentityLibrary | None:
    """Return the first library of a network's people that lies beside it, or None."""
    for path in sorted(network.parent.glob("*.identities")):
        with suppress(FileError):
            library = _library_at(path.resolve())
            if library.model == decoder.model_id:
                return library
    return None


def open_network(path: str | Path) -> HeadDecoder:
    """Open a trained network; the same file gives the same object, so that its people share it.

    Raises:
        FileError: It is missing or damaged.
    """
    place = Path(path).resolve()
    changed = place.stat().st_mtime_ns if place.is_file() else 0
    with _OPENING:
        return _network(place, changed)


def _library_at(place: Path) -> IdentityLibrary:
    changed = place.stat().st_mtime_ns if place.is_file() else 0
    with _OPENING:
        return _library(place, changed)


@lru_cache(maxsize=2)
def _library(place: Path, changed: int) -> IdentityLibrary:
    del changed  # the same file changed is another one
    return load_library(place)


@lru_cache(maxsize=2)
def _network(place: Path, changed: int) -> HeadDecoder:
    return HeadDecoder(load_headsup(place)[0])
