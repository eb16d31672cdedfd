"""JSON of strangers: read it, and take from it what must be there, or say what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.transforms import Array

_MAX_BYTES = 1 << 29
# Whole numbers in JSON may be too large for a float.
_HUGE = 1e300

JsonObject = Mapping[str, Any]


def read_json(path: Path) -> JsonObject:
    """Read a file that holds one JSON object.

    Raises:
        FileError: It is missing, absurdly large, cut off, or no object.
    """

    def refuse(constant: str) -> NoReturn:
        raise FileError(path, f"holds {constant}, which is not a number")

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FileError(path, "is too large for a calibration")
        content = json.loads(path.read_bytes(), parse_constant=refuse)
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FileError(path, f"no valid JSON, or cut off ({error})") from error
    except (ValueError, RecursionError) as error:
        raise FileError(path, "has numbers of absurd length, or is nested too deep") from error
    if not isinstance(content, dict):
        raise FileError(path, "is not a JSON object")
    return cast("JsonObject", content)


def numbers(value: object, shape: tuple[int, ...], *, path: Path, what: str) -> Array:
    """Return finite numbers of a shape; -1 stands for any length.

    Raises:
        FileError: They are no numbers, not finite, or of another shape.
    """
    try:
        array: NDArray[np.float64] = np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise FileError(path, f"its {what} must be numbers, equally many in each row") from error
    fits = len(shape) == array.ndim and all(
        want in (-1, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if want < 0 else str(want) for want in shape)
        raise FileError(path, f"its {what} must be {wanted}, not {array.shape}")
    if not np.isfinite(array).all():
        raise FileError(path, f"its {what} must be finite")
    return array


def number(content: JsonObject, key: str, *, path: Path, default: float | None = None) -> float:
    """Return a finite number under a key, or the default where it has none.

    Raises:
        FileError: It is no finite number, or missing without a default.
    """
    value = content.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _HUGE:
        raise FileError(path, f"its {key} is {value!r:.80}, which is no number")
    return float(value)


def text(content: JsonObject, key: str, *, path: Path) -> str:
    """Return a text, or a whole number as text, under a key.

    Raises:
        FileError: It is missing or something else.
    """
    value = content.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FileError(path, f"its {key} is {value!r:.80}, which is no name")
    return str(value)


def objects(value: object, *, path: Path, what: str) -> tuple[JsonObject, ...]:
    """Return a list of JSON objects.

    Raises:
        FileError: It is something else.
    """
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise FileError(path, f"its {what} are no list of objects")
    return tuple(cast("list[JsonObject]", value))


def table(value: object, *, path: Path, what: str) -> JsonObject:
    """Return a JSON object that is part of a file.

    Raises:
        FileError: It is something else.
    """
    if not isinstance(value, dict):
        raise FileError(path, f"has no table of {what}")
    return cast("JsonObject", value)
