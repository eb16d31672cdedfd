"""When each frame of a file is shown, and from which key frames it can be decoded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

# In these codecs every packet is one frame that is shown, so the packets alone tell all instants
# and nothing has to be decoded. (VP8 has hidden frames, MPEG-4 packs two into one.)
_ONE_PACKET_ONE_FRAME = {
    "h264", "hevc", "av1", "vp9", "mpeg2video", "mjpeg", "prores", "ffv1", "gif", "png", "rawvideo",
}  # fmt: skip
_MICROSECOND = 1e-6


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """The frames of a file in the order they are shown.

    Args:
        stamps: Of each frame in the stream's time base [T], increasing; where the file has none,
            the frames' numbers.
        times: When each frame is first shown [T], seconds from the start of the file.
        end: When the last one stops being shown, seconds.
        keys: Stamps from which decoding can start, increasing; empty where only from the start.
        stamped: Whether the stamps are the file's.
    """

    stamps: NDArray[np.int64]
    times: NDArray[np.float64]
    end: float
    keys: tuple[int, ...]
    stamped: bool
    numbers: dict[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.times.setflags(write=False)
        numbers = {int(stamp): number for number, stamp in enumerate(self.stamps)}
        object.__setattr__(self, "numbers", numbers)

    def keys_before(self, number: int) -> Iterator[int]:
        """Yield the key stamps from which a frame can be decoded, the nearest first."""
        stamp = int(self.stamps[number])
        for position in range(bisect_right(self.keys, stamp) - 1, -1, -1):
            yield self.keys[position]

    def without(self, stamps: set[int]) -> FrameIndex:
        """Return the index without some frames, which turned out not to be there."""
        kept = np.array([int(stamp) not in stamps for stamp in self.stamps], bool)
        end = self.end
        if len(kept) and not kept[-1] and kept.any():
            end = float(self.times[np.flatnonzero(kept)[-1] + 1])
        return FrameIndex(self.stamps[kept], self.times[kept], end, self.keys, self.stamped)


@dataclass
class Packets:
    """What the packets of a stream say, gathered in one pass."""

    shown: dict[int, int] = field(default_factory=dict[int, int])
    """Duration of each frame by its stamp."""
    keys: list[int] = field(default_factory=list[int])
    count: int = 0
    unstamped: bool = False
    cut_short: bool = False

    def add(self, packet: av.Packet) -> None:
        """Count a packet in."""
        self.count += 1
        self.cut_short |= packet.is_corrupt
        if packet.pts is None:
            self.unstamped = True
            return
        if not packet.is_discard:
            self.shown[packet.pts] = packet.duration or 0
        if packet.is_keyframe:
            self.keys.append(packet.pts)

    def tell_all(self, codec: str) -> bool:
        """Return whether the packets alone give the index."""
        return codec in _ONE_PACKET_ONE_FRAME and not self.unstamped


def index_of_packets(
    packets: Packets, container: InputContainer, stream: VideoStream
) -> FrameIndex:
    """Return the index of a stream whose packets are its frames."""
    return _index(packets.shown, packets.keys, container, stream)


def index_of_frames(
    frames: Iterable[av.VideoFrame],
    packets: Packets,
    container: InputContainer,
    stream: VideoStream,
) -> FrameIndex:
    """Return the index of a stream by decoding all of it."""
    stamps = [(frame.pts, frame.duration or 0) for frame in frames]
    if stamps and all(pts is not None for pts, _ in stamps):
        shown = {pts: duration for pts, duration in stamps if pts is not None}
        if len(shown) == len(stamps):
            keys = [] if packets.unstamped else packets.keys
            return _index(shown, keys, container, stream)
    # A bare stream has no instants; its rate, or what FFmpeg makes of it, is all there is.
    rate = float(stream.guessed_rate or stream.average_rate or 25)
    numbers = np.arange(len(stamps), dtype=np.int64)
    return FrameIndex(numbers, numbers / rate, len(stamps) / rate, (), stamped=False)


def _index(
    shown: dict[int, int], keys: list[int], container: InputContainer, stream: VideoStream
) -> FrameIndex:
    stamps = np.array(sorted(shown), np.int64)
    base = float(stream.time_base or _MICROSECOND)
    times: NDArray[np.float64] = stamps.astype(np.float64) * base
    if not len(stamps):
        return FrameIndex(stamps, times, 0.0, (), stamped=True)
    # The file starts with its first stream: sound that begins earlier keeps its lead.
    lead = float(times[0]) - (container.start_time or 0) * _MICROSECOND
    times = times - times[0] + (lead if lead > _MICROSECOND else 0.0)
    steps = np.diff(times)
    last = shown[int(stamps[-1])] * base or (float(np.median(steps)) if len(steps) else 0.0)
    return FrameIndex(stamps, times, float(times[-1]) + last, tuple(sorted(keys)), stamped=True)
