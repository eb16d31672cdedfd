"""Videos whose every frame and instant are known, because the test wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

TICKS = 90_000


def numbered_frame(number: int, size: tuple[int, int] = (64, 48)) -> NDArray[np.uint8]:
    """Return a frame that says its number: six blocks across, black or white, low bit left."""
    width, height = size
    bits = [(number >> bit) & 1 for bit in range(6)]
    row = np.repeat(np.array(bits, np.uint8) * 255, -(-width // 6))[:width]
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def number_of(frame: NDArray[np.uint8]) -> int:
    """Read the number of a frame."""
    width = frame.shape[1]
    block = -(-width // 6)
    row = frame[frame.shape[0] // 2, :, 0]
    return sum((int(row[bit * block + block // 2]) > 127) << bit for bit in range(6))


def write_video(
    path: Path,
    ticks: Sequence[int],
    *,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    key_interval: int = 8,
    b_frames: int = 3,
    rotation: int = 0,
    aspect: Fraction | None = None,
    pixel_format: str = "yuv420p",
    title: str = "",
    ticks_per_sec: int = TICKS,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write numbered frames at instants given in ticks."""
    base = Fraction(1, ticks_per_sec)
    with av.open(str(path), "w", options=container_options or {}) as container:
        if title:
            container.metadata["title"] = title
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.time_base = stream.codec_context.time_base = base
        stream.codec_context.gop_size = key_interval
        stream.codec_context.max_b_frames = b_frames
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number, tick in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number, size), format="rgb24")
            frame.pts, frame.time_base = tick, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def uneven_ticks(count: int, seed: int = 0) -> list[int]:
    """Return increasing instants, 10 to 120 milliseconds apart, whole milliseconds, from zero."""
    steps = np.random.default_rng(seed).integers(10, 120, count - 1) * (TICKS // 1000)
    return [0, *np.cumsum(steps).tolist()]
