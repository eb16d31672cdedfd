"""Session files: the document and the view as JSON, written atomically, versioned.

A `.mien` file refers to avatars and videos by path (absolute, and relative to itself, so that a
folder can be moved as a whole) and never copies them.
"""

from __future__ import annotations

import base64
import json
import math
import os
import zlib
from collections.abc import Collection
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from mien.atomic import replacing
from mien.avatar.state import AvatarState
from mien.editing.commands import SetKeyframes
from mien.editing.document import (
    Asset,
    AssetKind,
    Document,
    Drive,
    Keyframe,
    Look,
    Note,
    Photo,
    Preset,
)
from mien.errors import FileError
from mien.gaussians.marks import Marks
from mien.orbit import Orbit
from mien.session.plain_values import sound
from mien.session.view_state import CompareMode, LoopMode, ViewState

FORMAT = "mien-session"
VERSION = 1
MAX_BYTES = 256 << 20
_MOST_MARKS = 1 << 28
_MOST_COEFFICIENTS = 1 << 16


def save_session(path: str | Path, document: Document, view: ViewState) -> None:
    """Write a session; after a crash at any instant the old file or the new one stands.

    Raises:
        FileError: It cannot be written; the old file stands.
    """
    folder = Path(path).resolve().parent
    content = {
        "format": FORMAT,
        "version": VERSION,
        "document": _document_out(document, folder),
        "view": asdict(view),
    }
    # Escaped, because a path on Linux may be bytes that are no UTF-8 and must survive all the same.
    text = json.dumps(content, indent=1, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def load_session(path: str | Path) -> tuple[Document, ViewState]:
    """Read a session. Files it refers to are not opened; see `missing_assets`.

    Raises:
        FileError: It is missing, damaged, foreign or of a newer version.
    """
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise FileError(path, "is too large for a Mien session")
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"is not a Mien session or is damaged ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FileError(path, "is not a Mien session")
    if content.get("version") != VERSION:
        raise FileError(
            path, f"has version {content.get('version')!r}, this Mien reads {VERSION}",
            hint="Open it with a newer Mien.",
        )  # fmt: skip
    try:
        document = _document_in(content["document"], Path(path).resolve().parent)
        return document, _view_in(content["view"])
    except (LookupError, TypeError, ValueError, AttributeError, OSError, zlib.error) as error:
        raise FileError(path, f"is damaged ({type(error).__name__}: {error})") from error


def missing_assets(document: Document) -> tuple[Asset, ...]:
    """Return the assets whose files are not where they were."""
    return tuple(
        asset
        for asset in document.assets
        if not asset.path.startswith("resource:") and not Path(asset.path).exists()
    )


def _document_out(document: Document, folder: Path) -> dict[str, Any]:
    state = document.state
    return {
        "assets": [
            {**asdict(asset), "relative": _relative(asset, folder)} for asset in document.assets
        ],
        "looks": {slot: _look_out(look) for slot, look in document.looks.items()},
        "state": {field.name: _list(getattr(state, field.name)) for field in fields(AvatarState)},
        "drive": {
            **{field.name: getattr(document.drive, field.name) for field in fields(Drive)},
            "gains": dict(document.drive.gains),
            "offsets": dict(document.drive.offsets),
        },
        "presets": [
            {"name": preset.name, "look": _look_out(preset.look)} for preset in document.presets
        ],
        "keyframes": [
            {"time": keyframe.time, "look": _look_out(keyframe.look)}
            for keyframe in document.keyframes
        ],
        "marks": {asset: _bits_out(marks) for asset, marks in document.marks.items()},
        "notes": [asdict(note) for note in document.notes],
        "photos": {slot: asdict(photo) for slot, photo in document.photos.items()},
        "up_fixes": dict(document.up_fixes),
    }


def _document_in(content: dict[str, Any], folder: Path) -> Document:
    assets = tuple(_asset_in(asset, folder) for asset in content["assets"])
    known = {asset.id for asset in assets}
    drive = Drive(**sound(content["drive"], Drive(source="", neutral_time=0.0)))
    if drive.source is not None and drive.source not in known:
        raise ValueError(f"it is driven by {drive.source!r}, which it does not have")
    presets = [(item["name"], _look_in(item["look"], known)) for item in content["presets"]]
    keyframes = [
        Keyframe(**sound({"time": item["time"]}, {"time": 0.0}), look=_look_in(item["look"], known))
        for item in content["keyframes"]
    ]
    looks = {slot: _look_in(look, known) for slot, look in content["looks"].items()}
    state = _state_in(content["state"])
    if state.identity is not None and "A" in looks:
        # Sessions of Mien before looks had an identity say it there.
        looks["A"] = replace(looks["A"], identity=tuple(state.identity.tolist()))
        state = state.replace(identity=None)
    return Document(
        assets=assets,
        looks=looks,
        state=state,
        drive=drive,
        presets=tuple(Preset(str(name), look) for name, look in presets),
        keyframes=SetKeyframes(tuple(keyframes)).apply(Document()).keyframes,
        marks={asset: _bits_in(bits) for asset, bits in content["marks"].items()},
        notes=tuple(_note_in(note) for note in content["notes"]),
        photos={slot: _photo_in(photo, known) for slot, photo in content.get("photos", {}).items()},
        up_fixes=sound({"up_fixes": content["up_fixes"]}, {"up_fixes": {"": ""}})["up_fixes"],
    )


def _state_in(content: dict[str, Any]) -> AvatarState:
    values: dict[str, Any] = {
        name: np.asarray(value, np.float32) if isinstance(value, list) else value
        for name, value in content.items()
    }
    for name, value in values.items():
        if value is not None and not np.isfinite(value).all():
            raise ValueError(f"its {name} is not finite")
    return AvatarState(**values)


def _view_in(content: dict[str, Any]) -> ViewState:
    values: dict[str, Any] = dict(content)
    orbits = {name: _orbit_in(values.pop(name, None)) for name in ("orbit", "orbit_b")}
    values = sound(values, ViewState(in_time=0.0, out_time=0.0))
    # A session opens standing still, whatever it did when it was saved.
    values["playing"] = False
    view = ViewState(orbit=orbits["orbit"] or Orbit(), orbit_b=orbits["orbit_b"], **values)
    if view.compare not in get_args(CompareMode) or view.loop not in get_args(LoopMode):
        raise ValueError(f"no way to compare is {view.compare!r} or to loop {view.loop!r}")
    return view


def _orbit_in(content: dict[str, Any] | None) -> Orbit | None:
    if content is None:
        return None
    orbit = Orbit(**sound(content, Orbit()))
    if not (orbit.distance > 0 and 0 < orbit.fov_y < math.pi):
        raise ValueError(f"no view is {orbit.distance} metres away and {orbit.fov_y} radians wide")
    return orbit


def _look_out(look: Look) -> dict[str, Any]:
    return {
        "weights": dict(look.weights),
        "regions": dict(look.regions),
        "softness": look.softness,
        "identity": list(look.identity),
        "learned": look.learned,
    }


def _look_in(content: dict[str, Any], known: Collection[str]) -> Look:
    values = dict(content)
    moved = np.asarray(values.pop("identity", ()), np.float64)
    if moved.ndim != 1 or len(moved) > _MOST_COEFFICIENTS or not np.isfinite(moved).all():
        raise ValueError("its identity is no list of numbers")
    look = Look(**sound(values, Look({"": 1.0}, {"": ""})), identity=tuple(moved.tolist()))
    strangers = set(look.asset_ids).difference(known)
    if strangers:
        raise ValueError(f"it shows {min(strangers)!r}, which it does not have")
    return look


def _photo_in(content: dict[str, Any], known: Collection[str]) -> Photo:
    photo = Photo(**sound(content, Photo("")))
    if photo.asset not in known:
        raise ValueError(f"it shows photographs of {photo.asset!r}, which it does not have")
    return photo


def _note_in(content: dict[str, Any]) -> Note:
    values = dict(content)
    lines = [np.asarray(line, np.float64) for line in values.pop("strokes", ())]
    if any(line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all() for line in lines):
        raise ValueError("what is drawn on a note is no list of lines")
    strokes = tuple(tuple((float(x), float(y)) for x, y in line) for line in lines)
    return Note(**sound(values, Note(0.0, 0.0, "")), strokes=strokes)


def _relative(asset: Asset, folder: Path) -> str | None:
    if asset.path.startswith("resource:"):
        return None
    try:
        return Path(os.path.relpath(asset.path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return None


def _asset_in(content: dict[str, Any], folder: Path) -> Asset:
    relative = content.pop("relative", None)
    asset = Asset(**sound(content, Asset("", "avatar", "", "")))
    if asset.kind not in get_args(AssetKind):
        raise ValueError(f"{asset.name} is a {asset.kind!r}")
    if asset.path.startswith("resource:") or Path(asset.path).exists() or not relative:
        return asset
    moved = (folder / relative).resolve()
    return replace(asset, path=str(moved)) if moved.exists() else asset


def _list(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _bits_out(marks: Marks) -> dict[str, Any]:
    packed = base64.b64encode(zlib.compress(marks.bits.tobytes(), 6)).decode("ascii")
    return {"count": len(marks.bits), "zlib": packed}


def _bits_in(content: dict[str, Any]) -> Marks:
    count = int(content["count"])
    # Nought and less would unpack without end.
    if not 0 < count <= _MOST_MARKS:
        raise ValueError(f"marks of {count} Gaussians")
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(base64.b64decode(content["zlib"]), count + 1)
    if len(raw) != count:
        raise ValueError(f"marks hold {len(raw)} bytes for {count} Gaussians")
    return Marks(np.frombuffer(raw, np.uint8))
