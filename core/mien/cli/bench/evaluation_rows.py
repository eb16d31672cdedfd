"""How long a review takes: figures of a whole sequence, and a FLIP map while one scrubs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mien.avatar import Avatar, AvatarState, open_avatar
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View
from mien.capture.store import CaptureOutline, CaptureWriter, StoredCapture
from mien.capture.store.pictures import EncodedView, Encoding, encode_view
from mien.capture.tracking import Tracking
from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.evaluation.flip_map import flip_map
from mien.evaluation.magma import magma_colors
from mien.evaluation.measuring import evaluate
from mien.evaluation.recipe import Recipe
from mien.rendering import Renderer, RenderOptions, best_renderer
from mien.resources import resource

_SIDE, _CAMERAS, _FRAMES, _DISTINCT = 512, 4, 100, 10
_SEQUENCE = f"evaluation: {_FRAMES} frames x {_CAMERAS} cameras at {_SIDE}x{_SIDE}"
_SEQUENCE_TARGET = 30.0
_FLIP, _FLIP_TARGET = "FLIP map in magma, 960x540", 100.0
_GREY = 118 / 255


@bench_group("evaluation")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield the seconds of a sequence with and without FLIP, and the time of one FLIP map."""
    avatar = open_avatar(resource("demo/ada.avatar"))
    renderer = best_renderer()
    try:
        with (
            TemporaryDirectory() as folder,
            StoredCapture(_filmed(Path(folder) / "b.capture", avatar, renderer)) as capture,
        ):
            note = f"decode, pose, draw ({renderer.name}) and compare"
            secs = _secs(avatar, capture, renderer, "psnr", "ssim", "l1")
            yield Row.at_most(
                f"{_SEQUENCE}: PSNR, SSIM, L1", secs, unit="s", target=_SEQUENCE_TARGET, note=note
            )
            secs = _secs(avatar, capture, renderer, "psnr", "ssim", "l1", "flip")
            yield Row.plain(f"{_SEQUENCE}: and FLIP", secs, unit="s", note=note)
    finally:
        renderer.close()
    rng = np.random.default_rng(0)
    reference, image = rng.random((2, 540, 960, 3), np.float32)
    millis = 1e3 * context.median_secs(lambda: magma_colors(flip_map(image, reference)))
    yield Row.at_most(_FLIP, millis, unit="ms", target=_FLIP_TARGET)


def _secs(avatar: Avatar, capture: StoredCapture, renderer: Renderer, *metrics: str) -> float:
    recipe = Recipe(metrics=metrics)
    # Kernels are loaded and the pool of threads is begun once, not for each sequence.
    next(evaluate(avatar, capture, recipe=recipe, renderer=renderer))
    begin = time.perf_counter()
    count = sum(1 for _ in evaluate(avatar, capture, recipe=recipe, renderer=renderer))
    assert count == _FRAMES * _CAMERAS
    return time.perf_counter() - begin


def _filmed(path: Path, avatar: Avatar, renderer: Renderer) -> Path:
    """Write a capture of an avatar; a few frames are filmed and come again and again."""
    states = [_state(frame % _DISTINCT) for frame in range(_FRAMES)]
    outline = CaptureOutline(
        "bench",
        tuple(_camera(index) for index in range(_CAMERAS)),
        np.arange(_FRAMES) / 24,
        tuple(f"{frame:06d}" for frame in range(_FRAMES)),
        aligned=True,
        tracking=Tracking.of_states("mien_head", (), states),
        background=np.full(3, round(255 * _GREY), np.uint8),
    )
    views: dict[tuple[int, int], EncodedView] = {}
    options = RenderOptions(background=(_GREY, _GREY, _GREY), depth=False, eight_bit=True)
    for frame in range(_DISTINCT):
        cloud = avatar.pose(states[frame])
        for index, held in enumerate(outline.cameras):
            drawn = renderer.render(cloud, held.camera, options)
            mask = (255 * drawn.alpha + 0.5).astype(np.uint8)
            views[index, frame] = encode_view(View(drawn.rgb8.copy(), mask), Encoding())
    with CaptureWriter(path, outline) as writer:
        for index, frame in list(writer.missing()):
            writer.add(index, frame, views[index, frame % _DISTINCT])
        return writer.finish()


def _camera(index: int) -> CaptureCamera:
    yaw = np.deg2rad(-45 + 30 * index)
    eye = 0.8 * np.array([np.sin(yaw), 0.05, np.cos(yaw)])
    camera = Camera.looking_at(eye, (0, -0.03, 0), size=(_SIDE, _SIDE), fov_y=0.5)
    return CaptureCamera(f"c{index:02d}", camera, "test")


def _state(frame: int) -> AvatarState:
    phase = 2 * np.pi * frame / _DISTINCT
    return AvatarState.of(
        {"jawOpen": 0.3 + 0.3 * np.sin(phase), "mouthSmileLeft": 0.4, "browInnerUp": 0.2},
        head_rotation=[0, 0.2 * np.cos(phase), 0],
    )
