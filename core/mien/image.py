"""Pictures as arrays: sRGB floats 0..1 [H, W, 3], and the way to and from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError

Image = NDArray[np.float32]
Image8 = NDArray[np.uint8]


def to_uint8(image: NDArray[np.floating]) -> Image8:
    """Quantise 0..1 floats to bytes, rounding to nearest."""
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def linear_from_srgb(image: NDArray[np.floating]) -> Image:
    """Undo the sRGB transfer curve (IEC 61966-2-1)."""
    values = np.asarray(image, dtype=np.float32)
    curve = ((np.maximum(values, 0) + 0.055) / 1.055) ** 2.4
    return np.where(values <= 0.04045, values / 12.92, curve).astype(np.float32)


def srgb_from_linear(image: NDArray[np.floating]) -> Image:
    """Apply the sRGB transfer curve (IEC 61966-2-1)."""
    values = np.asarray(image, dtype=np.float32)
    curve = 1.055 * np.maximum(values, 0) ** (1 / 2.4) - 0.055
    return np.where(values <= 0.0031308, values * 12.92, curve).astype(np.float32)


def straight_alpha(rgb_over_black: Image, alpha: Image) -> Image:
    """Return straight RGBA [H, W, 4] of a picture composited over black and its alpha [H, W]."""
    colour = rgb_over_black / np.maximum(alpha, 1e-6)[..., None]
    return np.concatenate([np.clip(colour, 0, 1), alpha[..., None]], axis=-1).astype(np.float32)


def psnr(image: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """Return the peak signal-to-noise ratio in dB of 0..1 pictures; infinite where equal."""
    error = float(np.mean((np.asarray(image, np.float64) - np.asarray(reference, np.float64)) ** 2))
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def read_image(path: str | Path) -> Image8:
    """Read a picture file as bytes [H, W, 3].

    Raises:
        FileError: It is missing or no picture.
    """
    # PIL is slow to import and most runs of the library read no picture file.
    from PIL import Image as PilImage

    try:
        with PilImage.open(path) as picture:
            return np.asarray(picture.convert("RGB"))
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (OSError, ValueError, PilImage.DecompressionBombError) as error:
        raise FileError(path, f"cannot be read as a picture ({error})") from error


def write_image(path: str | Path, image: NDArray) -> None:
    """Write a picture [H, W, 3 or 4], bytes or 0..1 floats, atomically, as its name's ending says.

    Raises:
        FileError: The folder cannot be written or the name says no known format.
    """
    from PIL import Image as PilImage

    pixels = image if image.dtype == np.uint8 else to_uint8(image)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            PilImage.fromarray(np.ascontiguousarray(pixels)).save(temporary)
    except (OSError, ValueError, KeyError) as error:
        raise FileError(path, f"cannot be written as a picture ({error})") from error
