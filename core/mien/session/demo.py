"""The demo: the people that ship with Mien and the track that moves them."""

from __future__ import annotations

import json
from pathlib import Path

from mien.editing.document import Asset, AssetKind, Document, Drive, Look
from mien.errors import FileError
from mien.resources import resources_root

_FOLDER = "demo"


def demo_document() -> Document | None:
    """Return a document with the demo people, one of them shown and moved; None without them.

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
