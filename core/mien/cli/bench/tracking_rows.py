"""How fast faces are tracked, and how near to what MediaPipe itself reads from the same frames."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.driving.face_tracker import FaceReading, FaceTracker, read_bundle
from mien.driving.face_tracker.tracker import Mode
from mien.driving.models import find_model
from mien.driving.video import VideoReader
from mien.driving.video.source import Frame
from mien.errors import ModelMissing

_SPEED, _SPEED_TARGET = "face tracking", 100.0
_COEFFICIENTS, _COEFFICIENTS_TARGET = "face tracking: coefficient difference", 0.02
_ROTATION, _ROTATION_TARGET = "face tracking: rotation difference", 1.0
_VIDEO = "video/head-pose-male.mp4"
_ORACLE = "video/head-pose-male.mediapipe-1.2.2.npz"
_PASSES = 6


@bench_group("face tracking")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield speed in both modes, and differences from MediaPipe in both modes."""
    video, oracle = context.find(_VIDEO), context.find(_ORACLE)
    bundle = _bundle_path(context)
    if video is None or bundle is None:
        missing = _VIDEO if video is None else "the model: mien models fetch"
        yield from _not_applicable(f"without {missing}")
        return
    with VideoReader(video) as opened:
        frames = list(opened)
    readings: dict[Mode, list[FaceReading | None]] = {}
    modes: tuple[Mode, ...] = ("video", "image")
    for mode in modes:
        tracker = FaceTracker(read_bundle(bundle), mode=mode)
        speed, readings[mode] = _speed(tracker, frames)
        height, width = frames[0].shape[:2]
        note = f"{width}x{height}, {len(frames)} frames, mode {mode}, best of {_PASSES} passes"
        yield Row.at_least(_named(_SPEED, mode), speed, unit="fps", target=_SPEED_TARGET, note=note)
    if oracle is None:
        yield from _not_applicable(f"without {_ORACLE}", speed=False)
        return
    reference = np.load(oracle)
    for mode, read in readings.items():
        yield from _differences(mode, read, reference["coefficients"], reference["face_to_camera"])


def _speed(tracker: FaceTracker, frames: list[Frame]) -> tuple[float, list[FaceReading | None]]:
    """Return frames a second of the fastest pass, after one frame to warm up, and the readings."""
    tracker.read(frames[0])
    fastest, readings = 0.0, list[FaceReading | None]()
    for _ in range(_PASSES):
        tracker.reset()
        begin = time.perf_counter()
        readings = [tracker.read(frame) for frame in frames]
        fastest = max(fastest, len(frames) / (time.perf_counter() - begin))
    return fastest, readings


def _differences(
    mode: Mode,
    readings: list[FaceReading | None],
    coefficients: NDArray[np.float32],
    poses: NDArray[np.float32],
) -> Iterator[Row]:
    both = [
        (reading, coefficients[index, 1:], poses[index, :3, :3])
        for index, reading in enumerate(readings)
        if reading is not None and np.isfinite(coefficients[index, 1:]).all()
    ]
    if not both:
        return
    note = f"mode {mode} against mediapipe's image mode, {len(both)} of {len(readings)} frames"
    weights = [np.abs(reading.coefficients - expected) for reading, expected, _ in both]
    turns = [_degrees(reading.camera_from_face[:3, :3], pose) for reading, _, pose in both]
    yield Row.at_most(
        _named(_COEFFICIENTS, mode),
        float(np.mean(weights)),
        unit="",
        target=_COEFFICIENTS_TARGET,
        note=f"mean absolute, {note}",
    )
    yield Row.at_most(
        _named(_ROTATION, mode),
        float(np.median(turns)),
        unit="deg",
        target=_ROTATION_TARGET,
        note=f"median, {note}",
    )


def _degrees(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return the angle between two rotations; by its sine half, exact where it is small."""
    return float(np.degrees(2 * np.arcsin(min(np.linalg.norm(a - b) / np.sqrt(8), 1.0))))


def _named(name: str, mode: Mode) -> str:
    return name if mode == "video" else f"{name} (each frame alone)"


def _not_applicable(reason: str, *, speed: bool = True) -> Iterator[Row]:
    modes: tuple[Mode, ...] = ("video", "image")
    for mode in modes:
        if speed:
            yield Row.not_applicable(_named(_SPEED, mode), reason, unit="fps", target=_SPEED_TARGET)
        yield Row.not_applicable(
            _named(_COEFFICIENTS, mode), reason, unit="", target=_COEFFICIENTS_TARGET
        )
        yield Row.not_applicable(
            _named(_ROTATION, mode), reason, unit="deg", target=_ROTATION_TARGET
        )


def _bundle_path(context: BenchContext) -> Path | None:
    try:
        return find_model()
    except ModelMissing:
        return context.find("mediapipe/face_landmarker.task")
