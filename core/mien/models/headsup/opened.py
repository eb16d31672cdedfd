"""A library with its network: people to look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mien.errors import FileError, ModelMissing
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.models.headsup.library_file import load_library
from mien.models.headsup.shipped import shipped_network
from mien.models.headsup.weights import load_headsup


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
        return HeadsUpAvatar(name, self.decoder, latent, library.space, source=library.source)


def open_identities(path: str | Path) -> Identities:
    """Open a library and the network beside it, or the one that ships if it is of that.

    Raises:
        FileError: One of them is missing or damaged, or they do not belong together.
    """
    library = load_library(path)
    beside = Path(path).parent / Path(library.network).name
    try:
        place = beside if beside.is_file() else shipped_network()
    except ModelMissing:
        raise FileError(path, f"needs its network {beside.name}, which is not beside it") from None
    decoder = open_network(place)
    if decoder.model_id != library.model or decoder.latent_shape != library.space.mean.shape:
        raise FileError(
            path, f"its people are of another network than {place.name}",
            hint=f"Put {library.network} of the same training beside it",
        )  # fmt: skip
    return Identities(library, decoder)


def open_network(path: str | Path) -> HeadDecoder:
    """Open a trained network; the same file gives the same object, so that its people share it.

    Raises:
        FileError: It is missing or damaged.
    """
    place = Path(path).resolve()
    changed = place.stat().st_mtime_ns if place.is_file() else 0
    return _network(place, changed)


@lru_cache(maxsize=2)
def _network(place: Path, changed: int) -> HeadDecoder:
    return HeadDecoder(load_headsup(place)[0])
