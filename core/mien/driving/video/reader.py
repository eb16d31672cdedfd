"""VideoReader: any frame of any moving picture, exactly, from any thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.closing import Closing
from mien.driving.video.pictures import PictureFolder
from mien.driving.video.source import Frame, FrameSource

_CACHE_BYTES = 96 << 20


class VideoReader(Closing):
    """Read frames of a video file, an animated GIF or a folder of pictures by their number.

    Walking forward decodes each frame once; stepping back and jumping decode from the key frame
    before, and what was decoded lately is kept. All methods may be called from any thread.

    Args:
        path: The file or folder.
        rate: Frames per second of a folder of pictures; files know their own instants.

    Raises:
        FileError: It is missing, no video, has no frame, or needs a decoder that is not there.
    """

    def __init__(self, path: str | Path, *, rate: float = 25.0) -> None:
        self.path = Path(path)
        self._source: FrameSource = _open(self.path, rate)
        self._lock = threading.RLock()
        self._cache: OrderedDict[int, Frame] = OrderedDict()
        width, height = self.size
        self._capacity = max(2, _CACHE_BYTES // (3 * width * height))
        self._closed = False

    @property
    def times(self) -> NDArray[np.float64]:
        """When each frame is first shown [T], seconds from the start of the file, increasing."""
        return self._source.times

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as shown: upright, with square pixels."""
        return self._source.size

    @property
    def rotation(self) -> int:
        """Degrees counterclockwise by which stored frames were turned to be upright."""
        return self._source.rotation

    @property
    def duration(self) -> float:
        """Seconds from the start of the file until the last frame has been shown."""
        return self._source.end

    @property
    def rate(self) -> float:
        """Median frames per second; 0 for a single frame."""
        return float(1 / np.median(np.diff(self.times))) if len(self) > 1 else 0.0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file as far as it was read, for people; empty for a sound one."""
        with self._lock:
            return self._source.problems

    def __len__(self) -> int:
        return len(self.times)

    def frame(self, index: int) -> Frame:
        """Return a frame [H, W, 3] as sRGB bytes, not to be written to.

        A frame that is damaged shows the last sound one before it, and `problems` says so.

        Raises:
            IndexError: There is no frame of that number.
            FileError: The file cannot be read any more.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"{self.path.name} has no frame {index}, it has {len(self)}")
        with self._lock:
            if self._closed:
                raise ValueError(f"{self.path.name} is closed")
            if index not in self._cache:
                self._keep(self._source.read(index))
            self._cache.move_to_end(index)
            return self._cache[index]

    def frame_at(self, time: float) -> int:
        """Return the number of the frame shown at a time: the last one that has begun."""
        begun = int(np.searchsorted(self.times, time + 1e-9, "right"))
        return min(max(begun - 1, 0), len(self) - 1)

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(index) for index in range(len(self)))

    def close(self) -> None:
        """Let go of the file and of the frames that were kept."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._cache.clear()
                self._source.close()

    def _keep(self, frames: dict[int, Frame]) -> None:
        for index, frame in frames.items():
            frame.setflags(write=False)
            self._cache[index] = frame
            self._cache.move_to_end(index)
        while len(self._cache) > max(self._capacity, len(frames)):
            self._cache.popitem(last=False)


def _open(path: Path, rate: float) -> FrameSource:
    if path.is_dir():
        return PictureFolder(path, rate=rate)
    # PyAV loads FFmpeg, half a hundred megabytes, which a folder of pictures can do without.
    from mien.driving.video.container import VideoContainer

    return VideoContainer(path)
