"""How the studio feels while orbiting and scrubbing: pictures shown, and what the UI pays."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.cli.bench.studio_process import StudioFailed, run_studio, why_not
from mien.resources import resource

SCRUB_TARGET_FPS, NUM_FRAMES = 24.0, 100
FPS_TARGET, BLOCK_TARGET_MS, REQUEST_TARGET_MS = 60.0, 16.0, 1.0
_SIZE = "960x540"
_FPS = f"studio, pictures shown while orbiting at full resolution, {_SIZE}"
_BLOCK = "studio, UI thread blocked while orbiting, p99"
_REQUEST = "studio, what a render request costs the UI thread, median"
_SCRUB = f"studio, frames shown while scrubbing ground truth under the wipe, {_SIZE}"
_SCRUB_BLOCK = "studio, UI thread blocked while scrubbing, p99"
_PERSON = "demo/ada.avatar"
_SECS = 5


@bench_group("studio")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield the figures of one orbit around the LAM avatar, or the demo where it is not at hand."""
    targets = ((_FPS, "fps", FPS_TARGET), (_BLOCK, "ms", BLOCK_TARGET_MS),
               (_REQUEST, "ms", REQUEST_TARGET_MS))  # fmt: skip
    problem = why_not()
    if problem:
        for name, unit, target in targets:
            yield Row.not_applicable(name, problem, unit=unit, target=target)
        return
    avatar = context.find("lam/p2-1.zip")
    try:
        with tempfile.TemporaryDirectory(prefix="mien-bench-") as home:
            figures = _orbit([str(avatar or resource(_PERSON))], home)
    except StudioFailed as error:
        for name, unit, target in targets:
            yield Row.failed(name, str(error), unit=unit, target=target)
        return
    note = f"{figures['renderer']}, {figures['gaussians']:,} Gaussians"
    yield Row.at_least(_FPS, figures["shown_fps"], unit="fps", target=FPS_TARGET, note=note)
    worst = f"at worst {figures['ui_block_max_ms']:.0f} ms"
    block = figures["ui_block_p99_ms"]
    yield Row.at_most(_BLOCK, block, unit="ms", target=BLOCK_TARGET_MS, note=worst)
    cost = figures["request_median_ms"]
    p99 = f"p99 {figures['request_p99_ms']:.2f} ms"
    yield Row.at_most(_REQUEST, cost, unit="ms", target=REQUEST_TARGET_MS, note=p99)


@bench_group("scrub")
def scrub_rows(context: BenchContext) -> Iterator[Row]:
    """Yield the figures of scrubbing through a capture of 100 frames."""
    del context
    targets = ((_SCRUB, "fps", SCRUB_TARGET_FPS), (_SCRUB_BLOCK, "ms", BLOCK_TARGET_MS))
    problem = why_not() or ("" if resource(_PERSON).is_file() else "the demo is not built")
    if problem:
        for name, unit, target in targets:
            yield Row.not_applicable(name, problem, unit=unit, target=target)
        return
    try:
        with tempfile.TemporaryDirectory(prefix="mien-bench-") as home:
            figures = _scrub(home)
    except StudioFailed as error:
        for name, unit, target in targets:
            yield Row.failed(name, str(error), unit=unit, target=target)
        return
    note = (
        f"{figures['renderer']}, {figures['gaussians']:,} Gaussians, "
        f"pose {figures['pose_median_ms']:.0f} ms, pictures {figures['render_median_ms']:.0f} ms"
    )
    fps, block = figures["shown_fps"], figures["ui_block_p99_ms"]
    yield Row.at_least(_SCRUB, fps, unit="fps", target=SCRUB_TARGET_FPS, note=note)
    worst = f"at worst {figures['ui_block_max_ms']:.0f} ms"
    yield Row.at_most(_SCRUB_BLOCK, block, unit="ms", target=BLOCK_TARGET_MS, note=worst)


def _scrub(home: str) -> dict[str, Any]:
    """Film a demo person and scrub through it with that person in A."""
    from mien.avatar import open_avatar
    from mien.cli.bench.filmed_sequence import film_sequence
    from mien.rendering import best_renderer

    person, renderer = resource(_PERSON), best_renderer()
    film = Path(home) / "filmed.capture"
    width, _, height = _SIZE.partition("x")
    try:
        film_sequence(
            film,
            open_avatar(person),
            renderer,
            num_cameras=1,
            num_frames=NUM_FRAMES,
            size=(int(width), int(height)),
        )
    finally:
        renderer.close()
    arguments = ["--measure-scrub", str(_SECS), "--size", _SIZE, "--json"]
    return run_studio([str(person), str(film), *arguments], home)


def _orbit(files: list[str], home: str) -> dict[str, Any]:
    return run_studio([*files, "--measure-orbit", str(_SECS), "--size", _SIZE, "--json"], home)
