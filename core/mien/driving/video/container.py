"""Video files through FFmpeg: the index of true instants, and exact frames by number.

This uses PyAV, which imageio's pyav plugin wraps, because the plugin hides what being exact takes:
it tells no presentation times and its random access computes them from an assumed constant rate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray

from mien.driving.video.index import FrameIndex, Packets, index_of_frames, index_of_packets
from mien.driving.video.source import Frame
from mien.errors import FileError

# FFmpeg plays text files as terminal art and playlists as what they point to; neither is a video
# somebody meant to open, and a playlist reads files its author chose.
_NO_VIDEOS = {"tty", "hls", "concat", "dash", "sdp", "rtsp", "lavfi", "ffmetadata", "srt", "webvtt"}
_KEPT_BEHIND = 12
_MAX_ASPECT = 8.0


class VideoContainer:
    """Decode a video file.

    Raises:
        FileError: It is missing, no video, has no frame, or needs a decoder that is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # In order, each once.
        self._problems: dict[str, None] = {}
        self._container = _open(path)
        try:
            self._stream = _video_stream(path, self._container)
            self._index = self._build_index()
            self._reopen()
            first = self._first_frame()
        except av.error.FFmpegError as error:
            self.close()
            raise FileError(path, f"cannot be decoded ({_reason(error)})") from error
        except FileError:
            self.close()
            raise
        self._stored_size = _square_pixels(first, self._stream)
        self._rotation = round(first.rotation / 90) * 90 % 360

    @property
    def times(self) -> NDArray[np.float64]:
        """When each frame is first shown [T], seconds."""
        return self._index.times

    @property
    def end(self) -> float:
        """When the last frame stops being shown, seconds."""
        return self._index.end

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as shown."""
        width, height = self._stored_size
        return (height, width) if self._rotation in (90, 270) else (width, height)

    @property
    def rotation(self) -> int:
        """Degrees counterclockwise from stored to shown."""
        return self._rotation

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was read."""
        return tuple(self._problems)

    def read(self, index: int) -> dict[int, Frame]:
        """Return a frame under its number, with the ones before it that had to be decoded.

        Raises:
            FileError: The file cannot be read any more.
        """
        try:
            passed = self._decode_to(index)
            frames = {number: self._picture(frame) for number, frame in passed}
        except av.error.FFmpegError as error:
            raise FileError(self._path, f"cannot be decoded ({_reason(error)})") from error
        if index not in frames:
            if not frames:
                raise FileError(self._path, f"frame {index} and all near it are damaged")
            self._problems["some frames are damaged and show the one before"] = None
            before = [number for number in frames if number < index]
            frames[index] = frames[max(before, default=min(frames))]
        return frames

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _decode_to(self, index: int) -> list[tuple[int, av.VideoFrame]]:
        """Decode until a frame has come; return it with those shortly before it.

        Where it is missing, the one before it is among them, and the one after it.
        """
        if not self._just_ahead(index):
            self._seek(index)
        passed = self._decode_on(index)
        if index == 0 or any(number <= index for number, _ in passed):
            return passed
        for key in self._index.keys_before(index - 1):
            self._seek(self._index.numbers.get(key, index - 1))
            passed = self._decode_on(index)
            if any(number < index for number, _ in passed):
                break
        return passed

    def _decode_on(self, index: int) -> list[tuple[int, av.VideoFrame]]:
        passed: deque[tuple[int, av.VideoFrame]] = deque(maxlen=_KEPT_BEHIND)
        for number, frame in self._frames:
            self._position = number
            passed.append((number, frame))
            if number >= index:
                break
        return list(passed)

    def _just_ahead(self, index: int) -> bool:
        """Return whether decoding on gets there no later than from any key frame."""
        if index <= self._position:
            return False
        here = int(self._index.stamps[self._position + 1])
        return next(self._index.keys_before(index), here) <= here

    def _seek(self, index: int) -> None:
        """Stand before a frame, such that all frames from there on decode soundly."""
        for key in self._index.keys_before(index):
            try:
                self._container.seek(key, stream=self._stream, backward=True)
            except av.error.FFmpegError:
                # A damaged index; decoding from the start needs none.
                break
            self._start(not_before=key)
            first = next(self._frames, None)
            # Some formats seek by guessing and may land behind what was asked for.
            if first is not None and first[0] <= index:
                self._frames = chain([first], self._frames)
                return
        self._reopen()

    def _reopen(self) -> None:
        self._container.close()
        self._container = _open(self._path)
        self._stream = _video_stream(self._path, self._container)
        self._start()

    def _start(self, not_before: int | None = None) -> None:
        self._position = -1
        self._frames = self._numbered(not_before)

    def _numbered(self, not_before: int | None) -> Iterator[tuple[int, av.VideoFrame]]:
        for count, frame in enumerate(self._decoded()):
            stamp = frame.pts if self._index.stamped else count
            # Frames shown before the key frame but decoded after it lack what they refer to.
            if stamp is None or (not_before is not None and stamp < not_before):
                continue
            number = self._index.numbers.get(stamp)
            if number is not None:
                yield number, frame

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """Yield frames, stepping over packets that are damaged."""
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except av.error.InvalidDataError:
                self._problems["some frames are damaged and show the one before"] = None
                continue
            yield from frames

    def _packets(self) -> Iterator[av.Packet | None]:
        """Yield packets and, at the end or where the file breaks off, None to flush the decoder."""
        with suppress(av.error.InvalidDataError, av.error.EOFError):
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield packet
        yield None

    def _build_index(self) -> FrameIndex:
        packets = Packets()
        for packet in self._packets():
            if packet is not None:
                packets.add(packet)
        if not packets.count:
            raise FileError(self._path, "the video has no frames")
        if packets.tell_all(self._stream.codec_context.name):
            index = index_of_packets(packets, self._container, self._stream)
        else:
            # Anew and not by seeking back, which bare streams refuse.
            self._reopen()
            index = index_of_frames(self._decoded(), packets, self._container, self._stream)
        promised = self._stream.frames
        if packets.cut_short or promised > packets.count:
            of = f" of {promised}" if promised > packets.count else ""
            self._problems[f"the file is cut off: {packets.count}{of} frames are there"] = None
            index = self._without_torn_end(index)
        return index

    def _without_torn_end(self, index: FrameIndex) -> FrameIndex:
        """Drop the frames after the last key frame that do not decode."""
        self._index = index
        last = len(index.stamps) - 1
        self._seek(last)
        there = {number for number, _ in self._frames}
        first = min(there, default=last)
        torn = {int(index.stamps[n]) for n in range(first, last + 1) if n not in there}
        return index.without(torn)

    def _first_frame(self) -> av.VideoFrame:
        """Return the first frame that decodes; streams cut from others begin with some that do not.

        It is not used up: `read` will decode it.
        """
        first = next(self._frames, None)
        if first is None:
            raise FileError(self._path, "not one frame of the video can be decoded")
        number, frame = first
        if number:
            self._index = self._index.without(set(map(int, self._index.stamps[:number])))
        self._frames = chain([(0, frame)], self._frames)
        return frame

    def _picture(self, frame: av.VideoFrame) -> Frame:
        if frame.is_corrupt:
            self._problems["some frames are damaged"] = None
        width, height = self._stored_size
        # The size is fixed by the first frame: a stream may change it on the way.
        # One thread: swscale makes its threads anew for each frame, which costs eight times what
        # they save.
        pixels = frame.to_ndarray(format="rgb24", width=width, height=height, threads=1)
        upright = np.rot90(pixels, self._rotation // 90)
        return np.ascontiguousarray(upright, dtype=np.uint8)


def _open(path: Path) -> InputContainer:
    if not path.exists():
        raise FileError(path, "no such file")
    try:
        # Only files: a playlist in disguise shall not make anybody's machine call out.
        container = av.open(
            str(path.resolve()),
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        if path.stat().st_size == 0:
            raise FileError(path, "the file is empty") from error
        raise FileError(
            path, "not a video, or cut off before the index without which it cannot be read"
        ) from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise FileError(path, f"cannot be opened ({_reason(error)})") from error
    if _NO_VIDEOS & set(container.format.name.split(",")):
        container.close()
        raise FileError(path, "not a video")
    return container


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    # The cover of a song is a video stream to FFmpeg.
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        kinds = ", ".join(sorted({stream.type for stream in container.streams}))
        only = f", only {kinds}" if kinds else ""
        raise FileError(path, f"there is no video in this file{only}")
    stream = streams[0]
    if stream.codec_context is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise FileError(
            path,
            "its video codec is not one this FFmpeg decodes",
            hint="Convert it to H.264 with another program",
        )
    stream.thread_type = "AUTO"
    return stream


def _square_pixels(frame: av.VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return the size with square pixels: a face must not be narrower than it is."""
    aspect = stream.codec_context.sample_aspect_ratio or stream.sample_aspect_ratio
    if not aspect or not 1 / _MAX_ASPECT <= aspect <= _MAX_ASPECT:
        return frame.width, frame.height
    return max(1, round(frame.width * aspect)), frame.height


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
