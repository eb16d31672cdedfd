"""COLMAP's files of cameras and images, binary and text, after its documentation of the format."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.capture.reading.json_files import numbers
from mien.errors import FileError

# By the number that stands for it in binary files: its name, and how many parameters it has.
_MODELS = (
    ("SIMPLE_PINHOLE", 3),
    ("PINHOLE", 4),
    ("SIMPLE_RADIAL", 4),
    ("RADIAL", 5),
    ("OPENCV", 8),
    ("OPENCV_FISHEYE", 8),
    ("FULL_OPENCV", 12),
    ("FOV", 5),
    ("SIMPLE_RADIAL_FISHEYE", 4),
    ("RADIAL_FISHEYE", 5),
    ("THIN_PRISM_FISHEYE", 12),
    ("RAD_TAN_THIN_PRISM_FISHEYE", 16),
)
_POINT_BYTES = 24
_MAX_NAME = 4096


@dataclass(frozen=True)
class ModelCamera:
    """A lens and sensor: the model's name, width and height, parameters."""

    model: str
    size: tuple[int, int]
    parameters: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class ModelImage:
    """A registered picture: its pose, world to camera, and which camera took it."""

    name: str
    camera_id: int
    quat: NDArray[np.float64]
    translation: NDArray[np.float64]


def read_cameras(model: Path) -> dict[int, ModelCamera]:
    """Read the cameras of a model by number.

    Raises:
        FileError: The file is cut off, or no such file.
    """
    binary = model / "cameras.bin"
    found = _binary_cameras(binary) if binary.is_file() else _text_cameras(model / "cameras.txt")
    return dict(found)


def read_images(model: Path) -> list[ModelImage]:
    """Read the registered pictures of a model.

    Raises:
        FileError: The file is cut off, or no such file.
    """
    binary = model / "images.bin"
    return list(_binary_images(binary) if binary.is_file() else _text_images(model / "images.txt"))


class _Reader:
    """Take little-endian values from a file's bytes, never beyond their end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._content = path.read_bytes()
        self._place = 0

    def take(self, layout: str) -> tuple[float, ...]:
        size = struct.calcsize(f"<{layout}")
        self._need(size)
        values = struct.unpack_from(f"<{layout}", self._content, self._place)
        self._place += size
        return values

    def skip(self, size: int) -> None:
        self._need(size)
        self._place += size

    def text(self) -> str:
        end = self._content.find(b"\0", self._place, self._place + _MAX_NAME)
        if end < 0:
            raise FileError(self.path, "is cut off, or no COLMAP file")
        text = self._content[self._place : end].decode("utf-8", "replace")
        self._place = end + 1
        return text

    def _need(self, size: int) -> None:
        if self._place + size > len(self._content):
            raise FileError(self.path, "is cut off, or no COLMAP file")


def _binary_cameras(path: Path) -> Iterator[tuple[int, ModelCamera]]:
    reader = _Reader(path)
    (count,) = reader.take("Q")
    # A false count is found out where the bytes end.
    for _ in range(int(count)):
        number, kind, width, height = map(int, reader.take("iiQQ"))
        if not 0 <= kind < len(_MODELS):
            raise FileError(path, f"camera {number} is of an unknown kind {kind}")
        name, num_parameters = _MODELS[kind]
        parameters = reader.take(f"{num_parameters}d")
        yield number, ModelCamera(name, (width, height), _finite(parameters, path, number))


def _binary_images(path: Path) -> Iterator[ModelImage]:
    reader = _Reader(path)
    (count,) = reader.take("Q")
    for _ in range(int(count)):
        reader.skip(4)
        pose = np.array(reader.take("7d"))
        (camera_id,) = reader.take("i")
        name = reader.text()
        (num_points,) = reader.take("Q")
        reader.skip(_POINT_BYTES * int(num_points))
        yield _image(name, int(camera_id), pose, path)


def _text_cameras(path: Path) -> Iterator[tuple[int, ModelCamera]]:
    for number, line in _lines(path):
        try:
            identity, name, width, height, *rest = line.split()
            size = int(width), int(height)
            parameters = tuple(map(float, rest))
            yield int(identity), ModelCamera(name, size, _finite(parameters, path, int(identity)))
        except ValueError as error:
            raise FileError(path, f"line {number} is no camera") from error


def _text_images(path: Path) -> Iterator[ModelImage]:
    # Each picture is two lines; the second, its points, may be empty.
    lines = [(number, line) for number, line in _lines(path, keep_empty=True)]
    for number, line in lines[::2]:
        try:
            _, *pose, camera_id, name = line.split(maxsplit=9)
            yield _image(name, int(camera_id), np.array(list(map(float, pose))), path)
        except ValueError as error:
            raise FileError(path, f"line {number} is no picture's pose") from error


def _lines(path: Path, *, keep_empty: bool = False) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(path, "is no text") from error
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.startswith("#") and (keep_empty or line.strip()):
            yield number, line.strip()


def _finite(parameters: tuple[float, ...], path: Path, number: int) -> tuple[float, ...]:
    if not np.isfinite(parameters).all():
        raise FileError(path, f"camera {number} has parameters that are not finite")
    return parameters


def _image(name: str, camera_id: int, pose: NDArray[np.float64], path: Path) -> ModelImage:
    numbers(pose, (7,), path=path, what=f"pose of {name}")
    return ModelImage(name, camera_id, pose[:4], pose[4:])
