"""Pictures as datasets keep them: decoded after their size was checked, with what alpha they have.

Nothing is decoded that is not of the size its camera was calibrated for, so a file that claims a
billion pixels costs nothing.
"""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import ViewMissing
from mien.errors import FileError
from mien.image import Image8

if TYPE_CHECKING:
    from PIL import Image as PilImage

Size = tuple[int, int]

_WITH_ALPHA = {"RGBA", "LA", "PA", "La", "RGBa"}


class Picture(NamedTuple):
    """A decoded picture: bytes [H, W, 3] and, where it has one, its alpha [H, W]."""

    rgb: Image8
    alpha: NDArray[np.uint8] | None


def picture_size(path: Path) -> Size:
    """Return a picture's width and height from its header.

    Raises:
        ViewMissing: There is no such file.
        FileError: It is no picture.
    """
    with _opened(path) as picture:
        return picture.size


def archived_size(path: Path, content: bytes) -> Size:
    """Return width and height from the header of a picture that lies in another file.

    Raises:
        FileError: It is no picture.
    """
    with _opened(path, content) as picture:
        return picture.size


def has_alpha(path: Path) -> bool:
    """Return whether a picture says how opaque its pixels are.

    Raises:
        ViewMissing: There is no such file.
        FileError: It is no picture.
    """
    with _opened(path) as picture:
        return _alpha_in(picture)


def read_picture(path: Path, size: Size, *, content: bytes | None = None) -> Picture:
    """Read a picture of a known size.

    Args:
        path: The file, or where the content comes from, for messages.
        size: Width and height it must have.
        content: The file's bytes, where it lies inside another.

    Raises:
        ViewMissing: There is no such file.
        FileError: It is damaged or of another size.
    """
    with _opened(path, content) as picture:
        _check_size(path, picture, size)
        if not _alpha_in(picture):
            return Picture(np.asarray(picture.convert("RGB")), None)
        pixels = np.asarray(picture.convert("RGBA"))
        return Picture(pixels[..., :3], pixels[..., 3])


def read_mask(path: Path, size: Size) -> NDArray[np.uint8]:
    """Read a mask [H, W] of a known size: its grey values, 0..255.

    Raises:
        ViewMissing: There is no such file.
        FileError: It is damaged or of another size.
    """
    with _opened(path) as picture:
        _check_size(path, picture, size)
        return np.asarray(picture.convert("L"))


def read_labels(path: Path, size: Size, *, content: bytes | None = None) -> NDArray[np.uint8]:
    """Read a picture of class numbers [H, W], brought to a size without blending them.

    Raises:
        ViewMissing: There is no such file.
        FileError: It is damaged, or no picture of small numbers.
    """
    from PIL import Image as PilImage

    with _opened(path, content) as picture:
        if picture.mode not in ("L", "P", "1"):
            raise FileError(path, f"is a picture of kind {picture.mode}, expected class numbers")
        # Of a palette the numbers count, not the colours.
        numbers = PilImage.fromarray(np.asarray(picture).astype(np.uint8))
        return np.asarray(numbers.resize(size, PilImage.Resampling.NEAREST))


def read_steps(path: Path, size: Size) -> NDArray[np.uint16]:
    """Read a picture of whole numbers of 16 bits [H, W], such as a depth.

    Raises:
        ViewMissing: There is no such file.
        FileError: It is damaged, of another size, or of another kind.
    """
    with _opened(path) as picture:
        _check_size(path, picture, size)
        if not picture.mode.startswith("I"):
            raise FileError(path, f"is a picture of kind {picture.mode}, expected 16 bits of grey")
        return np.asarray(picture).astype(np.uint16)


def over(picture: Picture, background: NDArray[np.uint8]) -> Image8:
    """Return a picture with straight alpha composited over one colour [3]."""
    if picture.alpha is None:
        return picture.rgb
    alpha = picture.alpha[..., None].astype(np.uint32)
    mixed = picture.rgb * alpha + background.astype(np.uint32) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


@contextmanager
def _opened(path: Path, content: bytes | None = None) -> Generator[PilImage.Image]:
    # PIL is slow to import and nothing of the studio's start needs it.
    from PIL import Image as PilImage

    try:
        with PilImage.open(path if content is None else io.BytesIO(content)) as picture:
            yield picture
    except FileNotFoundError as error:
        raise ViewMissing(path, "no such picture") from error
    except (OSError, ValueError, SyntaxError, EOFError, PilImage.DecompressionBombError) as error:
        raise FileError(path, f"cannot be read as a picture ({_first_line(error)})") from error


def _check_size(path: Path, picture: Any, size: Size) -> None:
    if picture.size != size:
        have, want = ("x".join(map(str, each)) for each in (picture.size, size))
        raise FileError(path, f"is {have}, its camera is calibrated for {want}")


def _alpha_in(picture: Any) -> bool:
    return picture.mode in _WITH_ALPHA or "transparency" in picture.info


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:120]
