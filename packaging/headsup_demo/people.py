"""The demo's people: a library of those the network learnt from and of those it never saw."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mien.avatar.kinds.mien_file import save_avatar
from mien.errors import MienError
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.models.headsup.library_file import save_library
from mien.models.headsup.opened import open_identities, open_network
from mien.rendering import make_renderer
from mien.session.ready import ready_file
from mien.training.identities import LibraryConfig, gather
from mien.training.variety import attribute_places, most_varied

LISTING = "headsup.json"
LIBRARY = "people.identities"
_OPENED = 4
"""People the studio opens on: enough for a pad."""

_WOMEN = (
    "Mira", "Selma", "Thea", "Naledi", "Juno", "Ottilie", "Paloma", "Imani", "Freya", "Sumi",
    "Dalia", "Wanda", "Ilse", "Rosa", "Tamsin", "Leoni", "Zora", "Petra", "Anouk", "Vera",
    "Hana", "Marit", "Odette", "Livia",
)  # fmt: skip
_MEN = (
    "Anton", "Jonas", "Bram", "Tariq", "Emil", "Hugo", "Kwame", "Luca", "Nils", "Rafael",
    "Soren", "Idris", "Pavel", "Oskar", "Milan", "Teo", "Viggo", "Ravi", "Caspar", "Leon",
    "Aldo", "Jiro", "Matti", "Felix",
)  # fmt: skip

Told = Callable[[float | None, str], None]


def learnt_from(
    data: Mapping[str, Any], training: Sequence[Path], held_out: Sequence[Path]
) -> tuple[list[Path], list[Path]]:
    """Return which captures a network learnt from, and which it never saw.

    A training may have held out some of its own, and learnt from some that were meant to be held
    out: what it recorded counts.

    Args:
        data: What the network's file says of its training's data.
        training: Captures that are said to be learnt from.
        held_out: Captures that are said not to be.
    """
    unseen, folders = set(data.get("held_out", ())), set(data.get("folders", ()))
    every = dict.fromkeys((*training, *held_out))
    learnt = [
        path
        for path in every
        if path.stem not in unseen and (path not in held_out or path.parent.name in folders)
    ]
    return learnt, [path for path in every if path not in learnt]


def make_people(
    network: Path,
    training: Sequence[Path],
    held_out: Sequence[Path],
    folder: Path,
    *,
    config: LibraryConfig,
    first: str = "",
    told: Told = lambda fraction, message: None,
) -> tuple[IdentityLibrary, list[str]]:
    """Reconstruct people, and write their library, its listing and who is shown at once.

    Args:
        network: Lies in the folder.
        training: Captures that the network learnt from.
        held_out: Captures of people it never saw.
        folder: Where to write.
        config: Of the library.
        first: Whose capture (its file's stem) the studio opens on; by default the most usual one
            of those held out.
        told: How far it is.

    Returns:
        The library, and why some people are left out.
    """
    config = replace(config, always=frozenset([first] if first else []))
    renderer = make_renderer("cpu")
    try:
        library, problems = gather(
            open_network(network),
            network.name,
            [*training, *held_out],
            renderer,
            config,
            held_out=frozenset(path.stem for path in held_out),
            progress=told,
        )
    finally:
        renderer.close()
    library, names = named(library)
    if first and first not in names:
        raise MienError(f"--first {first}: no capture of that name was given")
    path = folder / LIBRARY
    save_library(path, library, compact=True)
    opened = opened_on(library.people, names.get(first, ""))
    _keep_ready(path, opened[0])
    listing = json.loads((folder / LISTING).read_text()) if (folder / LISTING).is_file() else {}
    listing |= {"library": LIBRARY, "people": opened}
    write_listing(folder, listing)
    return library, problems


def write_listing(folder: Path, listing: dict[str, object]) -> None:
    """Write what the studio opens on."""
    (folder / LISTING).write_text(json.dumps(listing, indent=2) + "\n")


def named(library: IdentityLibrary) -> tuple[IdentityLibrary, dict[str, str]]:
    """Return a library whose people are called by names, and those by their captures."""
    pools = {True: iter(_MEN), False: iter(_WOMEN)}
    names = {
        person.name: next(pools[float(person.attributes.get("masculinity", 0)) > 0.5], person.name)
        for person in library.people
    }
    people = tuple(replace(person, name=names[person.name]) for person in library.people)
    known = tuple(names.get(name, name) for name in library.known_names)
    return replace(library, people=people, known_names=known), names


def opened_on(people: Sequence[Identity], first: str = "") -> list[str]:
    """Return whom the studio opens on: one the network never saw, and others unlike each other."""
    strangers = [person.name for person in people if not person.training]
    shown = first or next(iter(strangers), people[0].name)
    places = attribute_places([person.attributes for person in people])
    order = range(len(people)) if places is None else most_varied(places, _OPENED + 1)
    others = [people[index].name for index in order if people[index].name != shown]
    return [shown, *others[: _OPENED - 1]]


def _keep_ready(library: Path, name: str) -> None:
    """Keep somebody as an avatar, to be there before the network is."""
    place = ready_file(library, name)
    place.parent.mkdir(exist_ok=True)
    for old in place.parent.glob("*.avatar"):
        old.unlink()
    save_avatar(place, open_identities(library).named(name))


def config_of(*, shown: int, axes: int, prior_steps: int) -> LibraryConfig:
    """Return what is asked of the library."""
    prior = FlowConfig(steps=prior_steps) if prior_steps else None
    return LibraryConfig(shown=shown, num_axes=axes, prior=prior)
