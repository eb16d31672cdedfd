"""Session files: the document and the view as JSON, written atomically, versioned.

A `.mien` file refers to avatars and videos by path (absolute, and relative to itself, so that a
folder can be moved as a whole) and never copies them.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from mien.atomic import replacing
from mien.avatar.state import AvatarState
from mien.editing.document import Asset, Document, Drive, Keyframe, Look, Note, Preset
from mien.errors import FileError
from mien.gaussians.marks import Marks
from mien.orbit import Orbit
from mien.session.view_state import ViewState

FORMAT = "mien-session"
VERSION = 1
MAX_BYTES = 256 << 20


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
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
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
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
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
        "up_fixes": dict(document.up_fixes),
    }


def _document_in(content: dict[str, Any], folder: Path) -> Document:
    state = {name: value for name, value in content["state"].items() if value is not None}
    if "identity" in state:
        state["identity"] = np.asarray(state["identity"], np.float32)
    return Document(
        assets=tuple(_asset_in(asset, folder) for asset in content["assets"]),
        looks={slot: _look_in(look) for slot, look in content["looks"].items()},
        state=AvatarState(**state),
        drive=Drive(**content["drive"]),
        presets=tuple(Preset(item["name"], _look_in(item["look"])) for item in content["presets"]),
        keyframes=tuple(
            Keyframe(float(item["time"]), _look_in(item["look"])) for item in content["keyframes"]
        ),
        marks={asset: _bits_in(bits) for asset, bits in content["marks"].items()},
        notes=tuple(Note(**note) for note in content["notes"]),
        up_fixes=content["up_fixes"],
    )


def _view_in(content: dict[str, Any]) -> ViewState:
    values: dict[str, Any] = dict(content)
    values["orbit"] = _orbit_in(values["orbit"])
    if values.get("orbit_b") is not None:
        values["orbit_b"] = _orbit_in(values["orbit_b"])
    for name in ("background", "magnified_at"):
        values[name] = tuple(values[name])
    # A session opens standing still, whatever it did when it was saved.
    values["playing"] = False
    return ViewState(**values)


def _orbit_in(content: dict[str, Any]) -> Orbit:
    values: dict[str, Any] = dict(content)
    x, y, z = map(float, values["pivot"])
    values["pivot"] = (x, y, z)
    return Orbit(**values)


def _look_out(look: Look) -> dict[str, Any]:
    return {
        "weights": dict(look.weights),
        "regions": dict(look.regions),
        "softness": look.softness,
        "directions": dict(look.directions),
    }


def _look_in(content: dict[str, Any]) -> Look:
    return Look(**content)


def _relative(asset: Asset, folder: Path) -> str | None:
    if asset.path.startswith("resource:"):
        return None
    try:
        return Path(os.path.relpath(asset.path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return None


def _asset_in(content: dict[str, Any], folder: Path) -> Asset:
    relative = content.pop("relative", None)
    asset = Asset(**content)
    if asset.path.startswith("resource:") or Path(asset.path).exists() or not relative:
        return asset
    moved = (folder / relative).resolve()
    return Asset(asset.id, asset.kind, asset.name, str(moved)) if moved.exists() else asset


def _list(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _bits_out(marks: Marks) -> dict[str, Any]:
    packed = base64.b64encode(zlib.compress(marks.bits.tobytes(), 6)).decode("ascii")
    return {"count": len(marks.bits), "zlib": packed}


def _bits_in(content: dict[str, Any]) -> Marks:
    count = int(content["count"])
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(base64.b64decode(content["zlib"]), count + 1)
    if len(raw) != count:
        raise ValueError(f"marks hold {len(raw)} bytes for {count} Gaussians")
    return Marks(np.frombuffer(raw, np.uint8))
