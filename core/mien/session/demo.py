"""The demo: the people that ship with Mien and what moves them.

People of the network that ships come first; the painted ones need none.
"""

from __future__ import annotations

import json
from pathlib import Path

from mien.editing.document import Asset, AssetKind, Document, Drive, Look
from mien.errors import FileError
from mien.models.headsup.shipped import NETWORK
from mien.resources import resource, resources_root
from mien.session.library import person_of

_FOLDER = "demo"


def first_document() -> Document | None:
    """Return what the studio opens on: people of the network that ships, else the painted ones.

    Raises:
        FileError: The demo's description is damaged.
    """
    return network_document() or demo_document()


def network_document() -> Document | None:
    """Return a document with people of the network that ships, the first one shown and driven by
    the film; None without the network.

    Raises:
        FileError: The description is damaged.
    """
    about = resources_root() / _FOLDER / "headsup.json"
    if not about.is_file() or not (resources_root() / NETWORK).is_file():
        return None
    try:
        content = json.loads(about.read_text(encoding="utf-8"))
        library = resource(f"{_FOLDER}/{content['library']}")
        people = [person_of(library, str(name)) for name in content["people"]]
        film = _asset("video", content["film"], Path(content["film"]).stem)
        sequence = _asset("capture", content["sequence"], Path(content["sequence"]).stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(about, f"is damaged ({type(error).__name__}: {error})") from error
    if not people:
        return None
    return Document(
        assets=(*people, film, sequence),
        looks={"A": Look.of(people[0].id)},
        drive=Drive(source=film.id),
    )


def demo_document() -> Document | None:
    """Return a document with the painted people, one of them shown and moved; None without them.

    Raises:
        FileError: The demo's description is damaged.
    """
    about = resources_root() / _FOLDER / "demo.json"
    if not about.is_file():
        return None
    try:
        content = json.loads(about.read_text(encoding="utf-8"))
        people = [_asset("avatar", item["file"], item["name"]) for item in content["people"]]
        track, default = content.get("track"), content.get("default")
        sources = [_asset("track", track, Path(track).stem)] if track else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(about, f"is damaged ({type(error).__name__}: {error})") from error
    if not people:
        return None
    chosen = next(
        (person for person in people if default in (person.name, Path(person.path).name)), people[0]
    )
    return Document(
        assets=(*people, *sources),
        looks={"A": Look.of(chosen.id)},
        drive=Drive(source=sources[0].id if sources else None),
    )


def _asset(kind: AssetKind, file: str, name: str) -> Asset:
    return Asset(f"demo-{Path(file).stem}", kind, name, f"resource:{_FOLDER}/{file}")
