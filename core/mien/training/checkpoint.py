"""Checkpoints: arrays and a JSON description in one safetensors file, whole or not there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mien.errors import FileError
from mien.tensor_files import read_tensors, write_tensors

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
    write_tensors(path, _KEY, arrays, description)


def load_checkpoint(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read a checkpoint's arrays and description.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    if not Path(path).is_file():
        raise FileError(path, "there is no checkpoint to resume from")
    return read_tensors(path, _KEY, "checkpoint")
