"""Captures: how fast the store gives pictures, to one and to several processes, and how fast
synthetic people are filmed.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View
from mien.capture.store import CaptureOutline, CaptureWriter, StoredCapture
from mien.capture.store.pictures import Encoding, encode_view
from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.errors import RenderError

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from mien.capture.synthetic.filming import Take
    from mien.capture.synthetic.production import Production

_READ, _READ_TARGET = "store: random picture, mask and depth, 512x512", 10.0
_SCALE = "store: four readers together"
_FILM, _FILM_TARGET = "synthesis: views a second, 384x384", 6.0
_FILM_ALONE = "synthesis: views a second, 384x384, one process"

_SIDE, _CAMERAS, _FRAMES, _READERS, _READS = 512, 16, 16, 4, 150
_PERSON = 7
_POSES = 3
"""A process holds: the first while it makes the person, which is not timed."""


@bench_group("captures")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield the median of a random read, the gain of four readers, and the speed of the stage."""
    with TemporaryDirectory() as folder:
        path = _store(Path(folder) / "bench.capture")
        rng = np.random.default_rng(0)
        with StoredCapture(path) as capture:

            def read() -> None:
                camera = capture.cameras[rng.integers(_CAMERAS)].name
                capture.view(camera, int(rng.integers(_FRAMES)))

            millis = 1e3 * context.median_secs(read)
        note = "JPEG 95, PNG mask, 16-bit depth, read and decoded"
        yield Row.at_most(_READ, millis, unit="ms", target=_READ_TARGET, note=note)
        cores = min(_READERS, os.cpu_count() or 1)
        gain = _READERS * _reading_secs(path, 1) / _reading_secs(path, _READERS)
        note = f"times as many pictures as one reader, {cores} cores"
        yield Row.at_least(_SCALE, gain, unit="x", target=0.8 * cores, note=note)
        yield from _filming(Path(folder))


def _store(path: Path) -> Path:
    """Write a store of grainy pictures: they take no less time than photographs."""
    camera = Camera.looking_at((0, 0, 1), (0, 0, 0), size=(_SIDE, _SIDE), fov_y=0.4)
    cameras = tuple(CaptureCamera(f"c{number:02d}", camera) for number in range(_CAMERAS))
    names = tuple(f"{frame:05d}" for frame in range(_FRAMES))
    outline = CaptureOutline("bench", cameras, np.arange(_FRAMES) / 24, names)
    views = [encode_view(_view(number), Encoding()) for number in range(8)]
    with CaptureWriter(path, outline) as writer:
        for camera_index, frame in list(writer.missing()):
            writer.add(camera_index, frame, views[(camera_index + frame) % len(views)])
        return writer.finish()


def _view(seed: int) -> View:
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:_SIDE, :_SIDE] / _SIDE
    waves = np.sin(9 * row + seed)[..., None] * np.cos(7 * column[..., None] + np.arange(3))
    image = np.clip(128 + 80 * waves + rng.normal(0, 4, (_SIDE, _SIDE, 3)), 0, 255)
    inside = (row - 0.5) ** 2 + (column - 0.5) ** 2 < 0.12
    depth = np.where(inside, 1 + 0.1 * row + 1e-4 * rng.normal(size=row.shape), 0)
    mask = np.where(inside, 255, 0).astype(np.uint8)
    return View(image.astype(np.uint8), mask, depth.astype(np.float32))


def _reading_secs(path: Path, num_readers: int) -> float:
    """Return how long some processes take for as many reads each, once all are awake."""
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(num_readers + 1)
    readers = [
        spawn.Process(target=_read_many, args=(path, seed, start), daemon=True)
        for seed in range(num_readers)
    ]
    for reader in readers:
        reader.start()
    start.wait(60)
    begun = time.perf_counter()
    for reader in readers:
        reader.join()
    return time.perf_counter() - begun


def _read_many(path: Path, seed: int, start: Barrier) -> None:
    rng = np.random.default_rng(seed)
    with StoredCapture(path) as capture:
        names = [held.name for held in capture.cameras]
        capture.view(names[0], 0)
        start.wait(60)
        for camera, frame in rng.integers((_CAMERAS, _FRAMES), size=(_READS, 2)).tolist():
            capture.view(names[camera], frame)


def _filming(folder: Path) -> Iterator[Row]:
    """Film one person with hair from all around, by all cores and by one process alone."""
    # Not at the top: most rows need no OpenGL.
    from mien.capture.synthetic.filming import FilmSet, Take
    from mien.capture.synthetic.production import Production
    from mien.capture.synthetic.rigs import camera_rig

    cores = os.cpu_count() or 1
    cameras = camera_rig("dome24").cameras((384, 384))
    production = Production(cameras, "dome24", frames=_POSES * cores)
    takes = [
        Take(_PERSON, tuple((camera, frame) for camera in range(len(cameras))))
        for frame in range(_POSES * cores)
    ]
    note = "with hair; posed, lit, mask and depth, JPEG and PNG; the person made before"
    try:
        with FilmSet(production, Encoding()) as film_set:
            list(film_set.film(takes[0]))
            begun = time.perf_counter()
            list(film_set.film(takes[1]))
            alone = len(cameras) / (time.perf_counter() - begun)
    except RenderError as error:
        yield Row.not_applicable(_FILM, str(error), unit="fps", target=_FILM_TARGET)
        return
    speed = _crew_speed(production, takes, cores, folder / "film.capture")
    stored = f"{cores} processes on {cores} cores, {note}, stored"
    yield Row.at_least(_FILM, speed, unit="fps", target=_FILM_TARGET, note=stored)
    yield Row.plain(_FILM_ALONE, alone, unit="fps", note=note)


def _crew_speed(production: Production, takes: Sequence[Take], cores: int, path: Path) -> float:
    """Film takes into a store; return the views a second once each process has made the person."""
    from mien.capture.synthetic.filming import Crew

    woken = sum(len(take.views) for take in takes[:cores])
    views, begun = 0, time.perf_counter()
    with (
        CaptureWriter(path, production.outline(_PERSON)) as writer,
        Crew(production, Encoding(), cores) as crew,
    ):
        for filmed in crew.film(takes):
            writer.add(filmed.camera, filmed.frame, filmed.view)
            views += 1
            if views == woken:
                begun = time.perf_counter()
        writer.finish()
        return (views - woken) / (time.perf_counter() - begun)
