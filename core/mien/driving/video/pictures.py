"""A folder of pictures as a moving picture."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.driving.video.source import Frame
from mien.errors import FileError
from mien.image import read_image

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


class PictureFolder:
    """Show the pictures of a folder in the order of their names, numbers by value.

    Raises:
        FileError: The folder cannot be read or has no pictures.
    """

    def __init__(self, folder: Path, *, rate: float) -> None:
        if not rate > 0:
            raise FileError(folder, f"a rate of {rate:g} frames per second is no rate")
        self.paths = picture_paths(folder)
        if not self.paths:
            raise FileError(folder, "no pictures in this folder", hint="Expected PNG or JPEG files")
        self._folder = folder
        self._rate = rate
        height, width = read_image(self.paths[0]).shape[:2]
        self._size = (width, height)

    @property
    def times(self) -> NDArray[np.float64]:
        """Evenly spaced instants [T], seconds."""
        return np.arange(len(self.paths)) / self._rate

    @property
    def end(self) -> float:
        """Seconds."""
        return len(self.paths) / self._rate

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first picture."""
        return self._size

    @property
    def rotation(self) -> int:
        """Pictures are taken as they are."""
        return 0

    @property
    def problems(self) -> tuple[str, ...]:
        """A picture that cannot be read is an error when it is read."""
        return ()

    def read(self, index: int) -> dict[int, Frame]:
        """Return a picture under its number.

        Raises:
            FileError: It cannot be read or is of another size than the first.
        """
        frame = read_image(self.paths[index])
        height, width = frame.shape[:2]
        if (width, height) != self._size:
            first = "x".join(map(str, self._size))
            raise FileError(self.paths[index], f"is {width}x{height}, the first picture {first}")
        return {index: frame}

    def close(self) -> None:
        """Nothing is kept open."""


def picture_paths(folder: Path) -> tuple[Path, ...]:
    """Return the pictures of a folder, `frame2` before `frame10`, without hidden files.

    Raises:
        FileError: The folder cannot be read.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
        ]
    except OSError as error:
        raise FileError(folder, f"cannot be read ({error.strerror})") from error
    return tuple(sorted(found, key=_natural))


def _natural(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
