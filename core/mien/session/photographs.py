"""Photographs of captures as frames: decoded once, ahead of time while it runs, and fitted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.errors import FileError, MienError
from mien.rendering.protocol import Frame
from mien.session.request import PhotoShot

if TYPE_CHECKING:
    from mien.capture.protocol import Capture, View

Background = tuple[float, float, float]
Window = tuple[float, float, float, float]

BUDGET_BYTES = 384 << 20
"""Of decoded pictures held; some four hundred at 960x540."""

AHEAD = 4
"""Frames decoded ahead in the direction time runs."""

_Key = tuple[int, str, int]
_OPAQUE = np.float32(1)
_MISSING_A, _MISSING_B = 58, 46
"""Greys of the stripes where a photograph is missing."""


class Photographs:
    """Decoded pictures, the least recently used forgotten first. For one thread at a time.

    Args:
        budget_bytes: What they may take together.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._held: OrderedDict[_Key, tuple[Capture, View | MienError]] = OrderedDict()
        self._size = 0
        self._coming: dict[_Key, Future[View | MienError]] = {}
        self._decoders: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._last: _Key | None = None

    def frame(self, shot: PhotoShot, background: Background) -> tuple[Frame, MienError | None]:
        """Return a photograph in its shot's picture; stripes, and why, where it cannot be had."""
        seen = self._view(shot)
        self._look_ahead(shot)
        if isinstance(seen, MienError):
            return _stripes(shot.camera), seen
        return placed(seen, shot, background), None

    def cached(self, capture: Capture, station: str) -> tuple[int, ...]:
        """Return the frames of a camera that are held, ascending. Safe from any thread."""
        with self._lock:
            keys = list(self._held)
        return tuple(sorted(key[2] for key in keys if key[:2] == (id(capture), station)))

    def close(self) -> None:
        """Forget everything and stop decoding."""
        if self._decoders is not None:
            self._decoders.shutdown(wait=True, cancel_futures=True)
            self._decoders = None
        with self._lock:
            self._held.clear()
        self._coming.clear()
        self._size = 0

    def _view(self, shot: PhotoShot) -> View | MienError:
        key = _key(shot, shot.frame)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][1]
        coming = self._coming.pop(key, None)
        seen = coming.result() if coming is not None else _read(shot.capture, *key[1:])
        self._keep(key, shot.capture, seen)
        return seen

    def _keep(self, key: _Key, capture: Capture, seen: View | MienError) -> None:
        with self._lock:
            self._held[key] = (capture, seen)
            self._size += _bytes(seen)
            while self._size > self._budget and len(self._held) > 1:
                _, (_, dropped) = self._held.popitem(last=False)
                self._size -= _bytes(dropped)

    def _look_ahead(self, shot: PhotoShot) -> None:
        """Have the next frames decoded on another thread, if time moved since the last one."""
        here, before = _key(shot, shot.frame), self._last
        self._last = here
        for key in [key for key, future in self._coming.items() if future.done()]:
            self._keep(key, shot.capture, self._coming.pop(key).result())
        if before is None or before[:2] != here[:2] or before == here:
            return
        step = 1 if here[2] > before[2] or here[2] == 0 else -1
        for ahead in range(1, AHEAD + 1):
            frame = shot.frame + step * ahead
            key = _key(shot, frame)
            known = key in self._held or key in self._coming
            if not known and 0 <= frame < len(shot.capture.times):
                if self._decoders is None:
                    self._decoders = ThreadPoolExecutor(1, thread_name_prefix="photographs")
                self._coming[key] = self._decoders.submit(_read, shot.capture, *key[1:])


def _key(shot: PhotoShot, frame: int) -> _Key:
    return id(shot.capture), shot.station, frame


def _read(capture: Capture, station: str, frame: int) -> View | MienError:
    try:
        return capture.view(station, frame)
    except MienError as error:
        return error
    except (OSError, ValueError, KeyError, IndexError) as error:
        return FileError(capture.source, f"{station}, frame {frame} cannot be read ({error})")


def _bytes(seen: View | MienError) -> int:
    if isinstance(seen, MienError):
        return 0
    arrays = (seen.image, seen.mask, seen.depth)
    return sum(array.nbytes for array in arrays if array is not None)


def window_of(camera: Camera, photograph: tuple[int, int], intrinsics: NDArray) -> Window:
    """Return where a photograph lies in a picture taken from the same place: left, top, width,
    height in pixels.

    Args:
        camera: The picture's.
        photograph: Width and height of the photograph.
        intrinsics: The photograph's [3, 3].
    """
    scale = np.diag(camera.intrinsics)[:2] / np.diag(intrinsics)[:2]
    corner = camera.intrinsics[:2, 2] - scale * intrinsics[:2, 2]
    extent = scale * photograph
    return float(corner[0]), float(corner[1]), float(extent[0]), float(extent[1])


def placed(seen: View, shot: PhotoShot, background: Background) -> Frame:
    """Return a photograph in the middle of its shot's picture, the background around it."""
    from mien.capture.protocol import camera_named

    held = camera_named(shot.capture, shot.station).camera
    image = seen.image
    if shot.masked and seen.mask is not None:
        image = cut_out(image, seen.mask, background, shot.capture.background)
    size = (image.shape[1], image.shape[0])
    left, top, width, height = window_of(shot.camera, size, held.intrinsics)
    whole = shot.camera
    if size == whole.size and (round(left), round(top)) == (0, 0) and round(width) == size[0]:
        # Pixel for pixel: nothing to place, and nothing to copy.
        return Frame(image, np.broadcast_to(_OPAQUE, image.shape[:2]), None, whole)
    x0, y0 = max(round(left), 0), max(round(top), 0)
    x1 = min(round(left + width), whole.width)
    y1 = min(round(top + height), whole.height)
    rgb = np.empty((whole.height, whole.width, 3), np.uint8)
    rgb[:] = np.round(np.multiply(background, 255)).astype(np.uint8)
    alpha = np.zeros((whole.height, whole.width), np.float32)
    if x1 > x0 and y1 > y0:
        across, down = size[0] / width, size[1] / height
        box = (
            max((x0 - left) * across, 0.0),
            max((y0 - top) * down, 0.0),
            min((x1 - left) * across, size[0]),
            min((y1 - top) * down, size[1]),
        )
        rgb[y0:y1, x0:x1] = _resized(image, (x1 - x0, y1 - y0), box)
        alpha[y0:y1, x0:x1] = 1
    return Frame(rgb, alpha, None, whole)


def cut_out(
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    background: Background,
    behind: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Return a photograph with the person on another background.

    Args:
        image: The photograph [H, W, 3].
        mask: How much of each pixel is the person [H, W].
        background: sRGB.
        behind: The one colour [3] that was behind the person, which is taken out of soft pixels;
            None where there was a room.
    """
    share = mask[..., None].astype(np.float32) / np.float32(255)
    rest = 1 - share
    below = np.float32(255) * np.asarray(background, np.float32)
    if behind is not None:
        pixels = image + rest * (below - behind.astype(np.float32))
    else:
        pixels = share * image + rest * below
    return np.clip(pixels + 0.5, 0, 255).astype(np.uint8)


def _resized(image: NDArray[np.uint8], size: tuple[int, int], box: Window) -> NDArray[np.uint8]:
    """Return a part of a picture at another size, filtered over the larger of the two pixels."""
    if box == (0.0, 0.0, float(image.shape[1]), float(image.shape[0])) and size == (
        image.shape[1],
        image.shape[0],
    ):
        return image
    from PIL import Image as PilImage

    picture = PilImage.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize(size, PilImage.Resampling.BILINEAR, box))


def _stripes(camera: Camera) -> Frame:
    """Return the picture that says there is no photograph here."""
    rows, columns = np.ogrid[: camera.height, : camera.width]
    grey = np.where((rows + columns) // 14 % 2, _MISSING_A, _MISSING_B).astype(np.uint8)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    return Frame(rgb, np.zeros(grey.shape, np.float32), None, camera)
