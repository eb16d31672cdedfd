"""Checkpoints: arrays and a JSON description in one safetensors file, whole or not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError

_KEY = "mien-checkpoint"


def save_checkpoint(
    path: str | Path, arrays: Mapping[str, NDArray[Any]], description: Mapping[str, Any]
) -> None:
    """Write a checkpoint atomically.

    Args:
        path: Where.
        arrays: By name.
        description: What JSON can say.

    Raises:
        FileError: It cannot be written.
    """
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with replacing(path) as temporary:
        save_file(contiguous, temporary, metadata={_KEY: json.dumps(description)})


def load_checkpoint(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read a checkpoint's arrays and description.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    from safetensors import SafetensorError, safe_open

    place = Path(path)
    if not place.is_file():
        raise FileError(place, "there is no checkpoint to resume from")
    try:
        with safe_open(place, framework="numpy") as file:
            metadata = file.metadata() or {}
            if _KEY not in metadata:
                raise FileError(place, "not a checkpoint of Mien's")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return arrays, json.loads(metadata[_KEY])
    except (OSError, SafetensorError, ValueError) as error:
        raise FileError(place, f"a damaged checkpoint ({error})") from error
