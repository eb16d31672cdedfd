"""VideoWriter: H.264 that plays everywhere, written whole or not at all."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.errors import FileError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_CODEC = "libx264"
_MP4 = (".mp4", ".mov", ".m4v")
_BT709 = 1  # in FFmpeg's enumerations of matrices, primaries and transfer curves alike
_TV_RANGE = 1


class VideoWriter:
    """Write frames at a constant rate as H.264, 4:2:0, BT.709.

    Use it as a context manager: the file appears at its end, and not at all after an exception.
    Odd sizes grow by a repeated row or column, because 4:2:0 has none. This uses PyAV, which
    imageio's pyav plugin wraps, because the plugin sets neither quality nor colour tags, and
    untagged colours come out differently in every player.

    Args:
        path: Its ending chooses the container: .mp4, .mov or .mkv.
        size: Width and height of the frames in pixels.
        rate: Frames per second.
        quality: x264's constant rate factor: 18 looks like the original, 28 is small.

    Raises:
        FileError: The folder cannot be written, the ending is no video's, or H.264 is missing.
    """

    def __init__(
        self, path: str | Path, size: tuple[int, int], rate: float, *, quality: int = 18
    ) -> None:
        self.path = Path(path)
        self.size = size
        if min(size) < 1 or not rate > 0:
            raise FileError(path, f"no video can be {size[0]}x{size[1]} at {rate:g} a second")
        self._rate = Fraction(rate).limit_denominator(1001)
        self._quality = quality
        self._stack = ExitStack()
        self._container: OutputContainer | None = None
        self._num_frames = 0

    @property
    def num_frames(self) -> int:
        """How many were written so far."""
        return self._num_frames

    def __enter__(self) -> VideoWriter:
        with ExitStack() as stack:
            temporary = stack.enter_context(replacing(self.path))
            self._container, self._stream = self._open(temporary)
            stack.callback(self._container.close)
            self._stack = stack.pop_all()
        return self

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Append a frame [H, W, 3] of sRGB bytes.

        Raises:
            FileError: The disk is full or the encoder refuses.
        """
        import av

        width, height = self.size
        if frame.shape != (height, width, 3):
            raise ValueError(f"frame {frame.shape} in a video of {(height, width, 3)}")
        even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        picture = picture.reformat(
            format="yuv420p", dst_colorspace=_BT709, dst_color_range=_TV_RANGE, threads=1
        )
        picture.pts = self._num_frames
        picture.time_base = 1 / self._rate
        self._encode(picture)
        self._num_frames += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            # The stack removes the temporary file and leaves the one that was there.
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            if not self._num_frames:
                raise FileError(self.path, "a video needs at least one frame")
            self._encode(None)

    def _open(self, temporary: Path) -> tuple[OutputContainer, VideoStream]:
        import av
        import av.error

        if _CODEC not in av.codecs_available:
            raise FileError(
                self.path,
                f"this build of PyAV has no {_CODEC} to write H.264 with",
                hint="Install PyAV from PyPI: pip install --force-reinstall av",
            )
        try:
            # The index first, so that a browser plays it before the end has come.
            options = {"movflags": "+faststart"} if self.path.suffix.lower() in _MP4 else {}
            container = av.open(str(temporary), "w", options=options)
        except (av.error.FFmpegError, ValueError) as error:
            raise FileError(
                self.path, f"no video format ends in {self.path.suffix!r}", hint="Use .mp4"
            ) from error
        width, height = self.size
        settings = {"crf": str(self._quality), "preset": "medium"}
        stream = container.add_stream(_CODEC, rate=self._rate, options=settings)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = 1 / self._rate
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _TV_RANGE
        return container, stream

    def _encode(self, picture: VideoFrame | None) -> None:
        import av.error

        assert self._container is not None
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except av.error.FFmpegError as error:
            raise FileError(self.path, f"cannot be written ({error.strerror})") from error
