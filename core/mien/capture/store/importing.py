"""Copy any capture into a store: all of it, every so many frames, or smaller."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.camera import Camera
from mien.capture.protocol import Capture, CaptureCamera, ViewMissing, with_camera
from mien.capture.store.outline import CaptureOutline
from mien.capture.store.pictures import EncodedView, Encoding, encode_view, shrink
from mien.capture.store.reading import StoredCapture
from mien.capture.store.writing import CaptureWriter
from mien.capture.tracking import Tracking
from mien.errors import FileError, MienError

Report = Callable[[float | None, str], None]


@dataclass(frozen=True)
class Imported:
    """What became of an import.

    Args:
        path: The store.
        num_views: Pictures in it.
        num_missing: Views that the source does not have.
        damaged: What of the source could not be read; these views are marked as missing.
    """

    path: Path
    num_views: int
    num_missing: int
    damaged: tuple[str, ...]


def import_capture(
    capture: Capture,
    out: str | Path,
    *,
    every: int = 1,
    size: tuple[int, int] | None = None,
    encoding: Encoding | None = None,
    provenance: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    report: Report | None = None,
) -> Imported:
    """Copy a capture into a `.capture` file; begun once, it is taken up where it was left.

    Pictures that are kept as they are stored already are copied without being decoded.

    Args:
        capture: What is copied.
        out: The file.
        every: Take each so manieth frame.
        size: Width and height of the pictures; None for those of the source.
        encoding: How pictures are written.
        provenance: How it came about, to be recorded with the source's own.
        overwrite: Whether a finished or begun capture of something else is thrown away.
        report: Hears of progress and may cancel.

    Raises:
        FileError: The store cannot be written.
        MienError: The frames or the size make no sense.
        Cancelled: The progress call said so; what is done is kept.
    """
    if every < 1:
        raise MienError(f"every {every}th frame is no frame; it takes 1 or more")
    frames = range(0, len(capture.times), every)
    outline = _outline_of(capture, frames, size, provenance or {})
    with CaptureWriter(out, outline, encoding, overwrite=overwrite) as writer:
        damaged = _copy(capture, writer, frames, size, report or _silent)
        if len(damaged) == len(capture.cameras) * len(frames):
            raise FileError(capture.source, f"none of its pictures can be read: {damaged[0]}")
        # Only now: whoever mends the source and goes on gets these pictures, too.
        for camera, frame in list(writer.missing()):
            writer.add(camera, frame, EncodedView())
        path = writer.finish(report)
    with StoredCapture(path) as stored:
        total = len(stored.cameras) * len(stored.times)
        held = sum(
            stored.present(camera.name, frame)
            for camera in stored.cameras
            for frame in range(len(stored.times))
        )
    return Imported(path, held, total - held, damaged)


def _copy(
    capture: Capture,
    writer: CaptureWriter,
    frames: range,
    size: tuple[int, int] | None,
    report: Report,
) -> tuple[str, ...]:
    missing = list(writer.missing())
    copied = _encoded(capture, writer.encoding, frames, size, missing)
    cameras, count = writer.outline.shape
    damaged: list[str] = []
    for done, ((camera, frame), encoded) in enumerate(copied, cameras * count - len(missing)):
        report(done / (cameras * count), f"frame {writer.outline.frame_names[frame]}")
        if isinstance(encoded, str):
            damaged.append(encoded)
        else:
            writer.add(camera, frame, encoded)
    return tuple(damaged)


def _encoded(
    capture: Capture,
    encoding: Encoding,
    frames: range,
    size: tuple[int, int] | None,
    wanted: list[tuple[int, int]],
) -> Iterator[tuple[tuple[int, int], EncodedView | str]]:
    """Yield the wanted views in order, or why one cannot be read, a few made ahead by threads."""
    threads = max(1, min(8, os.cpu_count() or 1))
    waiting: deque[tuple[tuple[int, int], Future[EncodedView | str]]] = deque()
    names = [held.name for held in capture.cameras]
    pool = ThreadPoolExecutor(threads, thread_name_prefix="import")
    try:
        for camera, frame in wanted:
            job = pool.submit(_one, capture, names[camera], frames[frame], size, encoding)
            waiting.append(((camera, frame), job))
            if len(waiting) > 2 * threads:
                place, job = waiting.popleft()
                yield place, job.result()
        while waiting:
            place, job = waiting.popleft()
            yield place, job.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one(
    capture: Capture, camera: str, frame: int, size: tuple[int, int] | None, encoding: Encoding
) -> EncodedView | str:
    try:
        if isinstance(capture, StoredCapture) and size is None:
            held = capture.encoded(camera, frame)
            if encoding.keeps(held):
                return held if encoding.depth else replace(held, depth=b"")
        view = capture.view(camera, frame)
        return encode_view(view if size is None else shrink(view, size), encoding)
    except ViewMissing:
        return EncodedView()
    except FileError as error:
        return str(error)


def _outline_of(
    capture: Capture, frames: range, size: tuple[int, int] | None, provenance: Mapping[str, Any]
) -> CaptureOutline:
    where = list(frames)
    held = capture.outline if isinstance(capture, StoredCapture) else None
    marks = held.landmarks if held is not None else None
    return CaptureOutline(
        capture.name,
        tuple(_sized(camera, size) for camera in capture.cameras),
        np.asarray(capture.times)[where],
        tuple(capture.frame_names[frame] for frame in where),
        np.asarray(capture.head_from_world),
        capture.aligned,
        tracking=_every(capture.tracking, where),
        attributes=dict(capture.attributes),
        background=capture.background,
        landmarks=None if marks is None else replace(marks, points=marks.points[where]),
        provenance=(dict(held.provenance) if held is not None else {}) | dict(provenance),
    )


def _sized(held: CaptureCamera, size: tuple[int, int] | None) -> CaptureCamera:
    if size is None:
        return held
    camera = held.camera
    # Pixel centres lie at half integers, so that scaling a picture scales its coordinates.
    scale = np.diag([size[0] / camera.width, size[1] / camera.height, 1.0])
    return with_camera(held, Camera(camera.world_from_camera, scale @ camera.intrinsics, size))


def _every(tracking: Tracking | None, frames: list[int]) -> Tracking | None:
    if tracking is None:
        return None
    states = [tracking.state(frame) for frame in frames]
    return Tracking.of_states(
        tracking.template, tracking.identity, states, rest_offsets=tracking.rest_offsets
    )


def _silent(_fraction: float | None, _message: str) -> None:
    """Say nothing."""
