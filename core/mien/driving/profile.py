"""Retargeting profiles as JSON files, to be used again with other videos of the same person."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from mien.atomic import replacing
from mien.driving.retarget import Retarget
from mien.errors import FileError
from mien.template.arkit import ARKIT_INDEX

_FORMAT = "mien-retarget"
_VERSION = 1


def save_profile(path: str | Path, profile: Retarget) -> None:
    """Write a profile, atomically.

    Raises:
        FileError: The file cannot be written.
    """
    document: dict[str, Any] = {"format": _FORMAT, "version": _VERSION}
    for item in fields(profile):
        value = getattr(profile, item.name)
        document[item.name] = dict(value) if isinstance(value, Mapping) else value
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def load_profile(path: str | Path) -> Retarget:
    """Read a profile; what it does not mention keeps its default.

    Raises:
        FileError: It is missing, broken or no profile.
    """
    path = Path(path)
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise FileError(path, f"cannot be read as a retargeting profile ({error})") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise FileError(path, "no retargeting profile")
    if document.get("version") != _VERSION:
        raise FileError(
            path,
            f"a profile of version {document.get('version')}, this Mien reads {_VERSION}",
            hint="Update Mien",
        )
    values: dict[str, Any] = {}
    for item in fields(Retarget):
        if item.name in document:
            values[item.name] = document[item.name]
            if not _is_sound(item.name, values[item.name]):
                raise FileError(path, f"its {item.name} is not what it should be")
    return Retarget(**values)


def _is_sound(name: str, value: Any) -> bool:
    if name in ("gains", "offsets"):
        return isinstance(value, dict) and all(
            key in ARKIT_INDEX and _is_number(number)
            for key, number in cast(dict[str, Any], value).items()
        )
    if name in ("expression", "pose", "eyes"):
        return isinstance(value, bool)
    return _is_number(value) or (name == "neutral_time" and value is None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
