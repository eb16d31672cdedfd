"""Figures of people of a network: how long one is decoded, and how many a dragged slider shows.

They are those of the network that ships; where this copy has none, of one of the same size that
learned nothing: time does not depend on what it learned.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.cli.bench.studio_process import StudioFailed, run_studio, why_not
from mien.resources import resources_root

DECODE_TARGET_MS, SHOWN_TARGET_FPS = 40.0, 20.0
_DECODE = "headsup, decoding a latent: a slider moved, new Gaussians"
_SIZE = "960x540"
_SHOWN = f"studio, new faces shown while dragging a latent slider, {_SIZE}"
_SECS = 6
_PEOPLE = "demo/people.identities"


@bench_group("headsup")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield the figures of decoding people, alone and in the studio."""
    with tempfile.TemporaryDirectory(prefix="mien-bench-") as home:
        library, about = _library(Path(home))
        yield _decoding(context, library, about)
        yield _dragging(library, about, home)


def _decoding(context: BenchContext, library: Path, about: str) -> Row:
    from mien.models.headsup.opened import open_identities

    avatar = open_identities(library).avatar()
    steps = iter(range(1, 1_000_000))

    def decode() -> None:
        # Somebody new each time: who was seen lately is kept.
        avatar.person(np.array([1e-3 * next(steps)], np.float32))

    begin, before = time.process_time(), next(steps)
    secs = context.median_secs(decode)
    cpu = (time.process_time() - begin) / (next(steps) - before - 1)
    note = f"{about}, {avatar.num_gaussians:,} Gaussians, {1e3 * cpu:.0f} ms of processor time"
    return Row.at_most(_DECODE, 1e3 * secs, unit="ms", target=DECODE_TARGET_MS, note=note)


def _dragging(library: Path, about: str, home: str) -> Row:
    problem = why_not()
    if problem:
        return Row.not_applicable(_SHOWN, problem, unit="fps", target=SHOWN_TARGET_FPS)
    arguments = [str(library), "--measure-shape", str(_SECS), "--size", _SIZE, "--json"]
    try:
        figures = run_studio(arguments, home)
    except StudioFailed as error:
        return Row.failed(_SHOWN, str(error), unit="fps", target=SHOWN_TARGET_FPS)
    note = (
        f"{about}, {figures['renderer']}, pose {figures['pose_median_ms']:.0f} ms, picture"
        f" {figures['render_median_ms']:.0f} ms, {figures['cpu_per_face_ms']:.0f} ms of processor"
        f" time a face, UI blocked {figures['ui_block_p99_ms']:.0f} ms at the 99th percentile"
    )
    shown = figures["shown_fps"]
    return Row.at_least(_SHOWN, shown, unit="fps", target=SHOWN_TARGET_FPS, note=note)


def _library(folder: Path) -> tuple[Path, str]:
    """Return a library of people and what to say of it."""
    shipped = resources_root() / _PEOPLE
    if shipped.is_file():
        return shipped, "the network that ships"
    import torch

    from mien.models.headsup.config import PRESETS
    from mien.models.headsup.decoding import HeadDecoder
    from mien.models.headsup.library import IdentityLibrary
    from mien.models.headsup.library_file import save_library
    from mien.models.headsup.network import HeadsUp
    from mien.models.headsup.weights import save_headsup

    torch.manual_seed(0)
    network = HeadsUp(PRESETS["demo"])
    save_headsup(folder / "untrained.safetensors", network, {})
    decoder = HeadDecoder(network)
    latents = np.random.default_rng(0).normal(size=(8, *decoder.latent_shape)).astype(np.float32)
    names = [f"nobody {index}" for index in range(len(latents))]
    library = IdentityLibrary.of(decoder.model_id, "untrained.safetensors", latents, names)
    path = folder / "untrained.identities"
    save_library(path, library.with_person(names[0], latents[0]))
    return path, "untrained"
