"""Videos of a rig, one file a camera: frames by number through a bounded number of open files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import ViewMissing
from mien.capture.reading.shelf import Shelf
from mien.driving.video import VideoReader
from mien.errors import FileError
from mien.image import Image8

# Each may keep a quarter of a gigabyte of decoded neighbours at the native size of a rig.
_OPEN_VIDEOS = 6


@dataclass(frozen=True)
class VideoFacts:
    """What a video's header says.

    Args:
        num_frames: How many frames there are, or None where the header does not say.
    """

    num_frames: int | None


class RigVideos:
    """The videos of a rig: which frames there are, and any of them.

    Args:
        paths: The file of each camera; one that is missing has no frames.

    Raises:
        FileError: Not one of them can be opened; the first one's reason.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = dict(paths)
        self._shelf: Shelf[Path, VideoReader] = Shelf(VideoReader, capacity=_OPEN_VIDEOS)
        self._facts: dict[str, VideoFacts] = {}
        self._reasons: dict[str, FileError] = {}
        for camera, path in self._paths.items():
            self._look_at(camera, path)
        if not self._facts:
            raise next(iter(self._reasons.values()), FileError(Path(), "there are no videos"))
        self.times, self.size = self._clock()

    def present(self, camera: str, frame: int) -> bool:
        """Say from its header whether a camera's video has a frame."""
        facts = self._facts.get(camera)
        if facts is None:
            return False
        return facts.num_frames is None or frame < facts.num_frames

    def read(self, camera: str, frame: int) -> Image8:
        """Return a frame [H, W, 3], not to be written to.

        Raises:
            ViewMissing: There is no video of this camera, or it ends before.
            FileError: It is damaged.
        """
        path = self._paths.get(camera)
        if path is None or not path.exists():
            raise ViewMissing(path or Path(camera), "there is no video of this camera")
        with self._shelf.borrow(path) as video:
            if frame >= len(video):
                raise ViewMissing(path, f"ends after {len(video)} frames, before frame {frame}")
            return video.frame(frame)

    def close(self) -> None:
        """Close all files."""
        self._shelf.close()

    def _look_at(self, camera: str, path: Path) -> None:
        try:
            if path.exists():
                self._facts[camera] = video_facts(path)
        except FileError as error:
            self._reasons[camera] = error

    def _clock(self) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the instants and the size of the longest video that is sound."""
        by_length = sorted(self._facts, key=lambda camera: -(self._facts[camera].num_frames or 0))
        for camera in by_length:
            try:
                with self._shelf.borrow(self._paths[camera]) as video:
                    return video.times, video.size
            except FileError as error:
                self._reasons[camera] = error
                del self._facts[camera]
        raise next(iter(self._reasons.values()))


def video_facts(path: Path) -> VideoFacts:
    """Read a video's header, which takes a millisecond where its index of frames takes a second.

    Raises:
        FileError: It is no video, or cut off before its header.
    """
    import av
    import av.error

    try:
        options = {"protocol_whitelist": "file"}
        with av.open(str(path.resolve()), options=options, metadata_errors="replace") as container:
            streams = container.streams.video
            if not streams:
                raise FileError(path, "there is no video in this file")
            return VideoFacts(streams[0].frames or None)
    except (av.error.FFmpegError, ValueError) as error:
        raise FileError(
            path, "not a video, or cut off before the index without which it cannot be read"
        ) from error
