"""Tensor files: safetensors whose header says, as JSON under a key, what no number can."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError


def write_tensors(
    path: str | Path, key: str, arrays: Mapping[str, NDArray[Any]], description: Mapping[str, Any]
) -> None:
    """Write a file atomically.

    Args:
        path: Where.
        key: Tells kinds of files apart.
        arrays: By name.
        description: What JSON can say.

    Raises:
        FileError: It cannot be written.
    """
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with replacing(path) as temporary:
        save_file(contiguous, temporary, metadata={key: json.dumps(description)})


def read_tensors(path: str | Path, key: str, title: str) -> tuple[dict[str, NDArray[Any]], Any]:
    """Return a file's arrays by name, and its description.

    Args:
        path: The file.
        key: Of its kind.
        title: What that is called, in the singular.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    with open_tensors(path, key, title) as (file, description):
        return {name: file.get_tensor(name) for name in file.keys()}, description  # noqa: SIM118


@contextmanager
def open_tensors(
    path: str | Path, key: str, title: str, *, framework: Literal["numpy", "pt"] = "numpy"
) -> Generator[tuple[Any, Any]]:
    """Open a file, and yield it (safetensors' `safe_open`) with its description.

    Sizes that a header claims have been held against the file's when it is open.

    Args:
        path: The file.
        key: Of its kind.
        title: What that is called, in the singular.
        framework: Whose tensors it gives.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    # Not at the top: the library also loads torch's half where torch is there.
    from safetensors import SafetensorError, safe_open

    place = Path(path)
    if not place.is_file():
        raise FileError(place, "there is no such file")
    try:
        with safe_open(place, framework=framework) as file:
            said = (file.metadata() or {}).get(key)
            if said is None:
                raise FileError(place, f"no {title} of Mien's")
            yield file, _described(place, said)
    except (OSError, SafetensorError) as error:
        raise FileError(place, f"a damaged file ({error})") from error


def _described(place: Path, said: str) -> Any:
    try:
        return json.loads(said)
    except (ValueError, RecursionError) as error:
        raise FileError(place, f"a damaged header ({error})") from error
