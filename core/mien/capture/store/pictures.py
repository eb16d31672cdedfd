"""How a view is kept: its picture, mask and depth as small picture files in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import View
from mien.errors import MienError

DEPTH_STEP = 1e-4
"""Metres for one step of a stored depth; 16 bits reach 6.5 m."""

LAYERS = ("image", "mask", "depth")
PNG_MAGIC = b"\x89PNG"

# Of the levels, 3 is as small as the default of 6 within a twentieth, in a third of the time.
_PNG_LEVEL = 3


@dataclass(frozen=True)
class Encoding:
    """How pictures are written.

    Args:
        format: `jpeg` for a tenth of the room, `png` for every bit.
        quality: Of JPEG, 1 to 100. Colours keep their full resolution.
        depth: Whether depth is kept where it is known.

    Raises:
        MienError: The quality is out of range.
    """

    format: Literal["jpeg", "png"] = "jpeg"
    quality: int = 95
    depth: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise MienError(f"a JPEG's quality is from 1 to 100, not {self.quality}")

    def keeps(self, view: EncodedView) -> bool:
        """Say whether a view's picture may be copied as it is; a second JPEG would only lose."""
        return (self.format == "png") == view.image.startswith(PNG_MAGIC)


@dataclass(frozen=True)
class EncodedView:
    """A view as picture files; an absent image means that there is no such view."""

    image: bytes = b""
    mask: bytes = b""
    depth: bytes = b""

    @property
    def layers(self) -> tuple[bytes, bytes, bytes]:
        """Image, mask and depth, in the order of LAYERS."""
        return self.image, self.mask, self.depth


def encode_view(view: View, encoding: Encoding) -> EncodedView:
    """Return a view as picture files."""
    kept = encoding.depth and view.depth is not None
    return EncodedView(
        _encoded(view.image, encoding),
        b"" if view.mask is None else _png(view.mask),
        _png(_steps(view.depth)) if kept and view.depth is not None else b"",
    )


def decode_view(encoded: EncodedView, size: tuple[int, int]) -> View:
    """Return the view that picture files hold.

    Args:
        encoded: The files; the image is there.
        size: Width and height that each must have.

    Raises:
        ValueError: One is no such picture.
    """
    depth = _decoded(encoded.depth, size, "I;16") if encoded.depth else None
    return View(
        _decoded(encoded.image, size, "RGB"),
        _decoded(encoded.mask, size, "L") if encoded.mask else None,
        None if depth is None else depth.astype(np.float32) * np.float32(DEPTH_STEP),
    )


def _steps(depth: NDArray[np.float32]) -> NDArray[np.uint16]:
    steps = np.rint(np.nan_to_num(depth, posinf=0) / DEPTH_STEP)
    # What is beyond the range is unknown rather than wrong.
    return np.where((steps > 0) & (steps < 65536), steps, 0).astype(np.uint16)


def _encoded(pixels: NDArray[np.uint8], encoding: Encoding) -> bytes:
    if encoding.format == "png":
        return _png(pixels)
    return _file(pixels, format="JPEG", quality=encoding.quality, subsampling=0)


def _png(pixels: NDArray[Any]) -> bytes:
    return _file(pixels, format="PNG", compress_level=_PNG_LEVEL)


def _file(pixels: NDArray[Any], **options: Any) -> bytes:
    from PIL import Image

    held = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(held, **options)
    return held.getvalue()


def _decoded(data: bytes, size: tuple[int, int], mode: str) -> NDArray[Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
            # Before it is decoded: a file may claim any size.
            if picture.size != size:
                raise ValueError(f"is {picture.width}x{picture.height}, not {size[0]}x{size[1]}")
            if picture.mode != mode:
                raise ValueError(f"is of the kind {picture.mode}, not {mode}")
            return np.asarray(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"is no sound picture ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:100]


def shrink(view: View, size: tuple[int, int]) -> View:
    """Return a view at another size: averaged, its depth taken from the nearest pixel."""
    from PIL import Image

    def sized(pixels: NDArray[Any], how: Image.Resampling) -> NDArray[Any]:
        return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, how))

    def layer(
        pixels: NDArray[Any] | None, scale: Callable[[NDArray[Any]], NDArray[Any]]
    ) -> NDArray[Any] | None:
        return None if pixels is None else scale(pixels)

    smooth = Image.Resampling.LANCZOS
    return View(
        sized(view.image, smooth),
        layer(view.mask, lambda pixels: sized(pixels, Image.Resampling.BOX)),
        layer(view.depth, lambda pixels: sized(pixels, Image.Resampling.NEAREST)),
    )
