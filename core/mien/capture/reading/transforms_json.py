"""What `transforms.json` files have in common: where they lie, and their frames' intrinsics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from mien.capture.protocol import Split
from mien.capture.reading.calibration import intrinsic_matrix
from mien.capture.reading.json_files import JsonObject, number, objects, read_json
from mien.errors import FileError
from mien.transforms import Array

SPLIT_FILES: Mapping[str, Split] = {
    "transforms_train.json": "train",
    "transforms_val.json": "validation",
    "transforms_test.json": "test",
}
WHOLE_FILE = "transforms.json"

_HEAD_BYTES = 1 << 16


def transforms_folder(path: Path) -> Path | None:
    """Return the folder of a dataset whose folder or file this is, or None."""
    names = (WHOLE_FILE, *SPLIT_FILES)
    folder = path.parent if path.name in names else path
    return folder if any((folder / name).is_file() for name in names) else None


def transforms_files(folder: Path) -> dict[Path, Split | None]:
    """Return the files to read, with their splits: those of splits, else the whole one."""
    there: dict[Path, Split | None] = {
        folder / name: split for name, split in SPLIT_FILES.items() if (folder / name).is_file()
    }
    return there or {folder / WHOLE_FILE: None}


def head_holds(folder: Path, marks: Iterable[bytes]) -> bool:
    """Say whether the first bytes of a dataset's file hold one of some marks."""
    path = next(iter(transforms_files(folder)))
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return any(mark in head for mark in marks)


def frames_of(path: Path) -> tuple[JsonObject, ...]:
    """Return a file's frames, each with what the file says for all of them.

    Raises:
        FileError: It is damaged or has no frames.
    """
    content = read_json(path)
    frames = objects(content.get("frames"), path=path, what="frames")
    shared = {key: value for key, value in content.items() if key != "frames"}
    return tuple({**shared, **frame} for frame in frames)


def intrinsics_of(frame: JsonObject, size: tuple[int, int], *, path: Path) -> Array:
    """Return K [3, 3] of a frame: of focal lengths in pixels, or of angles of view.

    Raises:
        FileError: It has neither, or they are no numbers.
    """
    width, height = size
    fx = _focal(frame, "fl_x", "camera_angle_x", width, path)
    fy = _focal(frame, "fl_y", "camera_angle_y", height, path)
    if fx is None and fy is None:
        raise FileError(path, "has neither fl_x nor camera_angle_x for one of its frames")
    cx = number(frame, "cx", path=path, default=width / 2)
    cy = number(frame, "cy", path=path, default=height / 2)
    return intrinsic_matrix(fx or fy or 0.0, fy or fx or 0.0, cx, cy)


def _focal(frame: JsonObject, focal: str, angle: str, side: int, path: Path) -> float | None:
    if frame.get(focal) is not None:
        return number(frame, focal, path=path)
    if frame.get(angle) is None:
        return None
    half = number(frame, angle, path=path) / 2
    if not 0 < half < math.pi / 2:
        raise FileError(path, f"its {angle} is no angle of view")
    return side / (2 * math.tan(half))
