"""What the process does that reconstructs: the other end of `session.reconstructing`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mien.avatar.kinds.mien_file import save_avatar
from mien.session.library import asset_path
from mien.session.reconstructing import (
    END,
    Account,
    Kept,
    Measured,
    Moved,
    ReconstructOrder,
    RefineOrder,
    Refining,
    Stage,
)
from mien.session.telling_process import step_aside, take_few_threads, telling

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from mien.capture.protocol import Capture
    from mien.models.headsup.decoding import HeadDecoder
    from mien.training.reconstruction.one_pass import Reconstruction


@dataclass(frozen=True, eq=False)
class _Somebody:
    """Whom the last order made, in the process."""

    order: ReconstructOrder
    made: Reconstruction


def work(pipe: Connection, network: Path) -> None:
    """Do what is asked and say what happens: the life of the process."""
    step_aside()
    last: _Somebody | None = None
    decoder: HeadDecoder | None = None
    with suppress(EOFError, OSError):
        # Before anybody asks: it takes longer than all the rest. What fails is said when asked.
        with suppress(Exception):
            decoder = _loaded(network)
        while (asked := pipe.recv()) != END:
            if asked is None:
                continue
            with telling(pipe, "reconstructing", sparing="Try fewer views."):
                if decoder is None:
                    pipe.send(Stage("loading the network"))
                    decoder = _loaded(network)
                if isinstance(asked, ReconstructOrder):
                    last = None
                    last = _reconstruct(pipe, decoder, asked)
                elif isinstance(asked, RefineOrder) and last is not None:
                    last = _refine(pipe, decoder, last, asked.steps)


def _loaded(network: Path) -> HeadDecoder:
    take_few_threads()
    from mien.models.headsup.opened import open_network
    from mien.training.reconstruction import one_pass, refining

    del one_pass, refining
    return open_network(network)


@contextmanager
def _opened(order: ReconstructOrder) -> Generator[Capture]:
    from mien.capture.opening import Choice, open_capture

    choice = Choice(order.capture.part, corrected=order.capture.corrected)
    with open_capture(asset_path(order.capture), choice) as capture:
        yield capture


def _reconstruct(pipe: Connection, decoder: HeadDecoder, order: ReconstructOrder) -> _Somebody:
    from mien.training.reconstruction.one_pass import reconstruct

    pipe.send(Stage("looking at the views"))
    with _opened(order) as capture:
        made = reconstruct(
            decoder,
            capture,
            frame=order.frame,
            views=order.views,
            cameras=order.cameras or None,
            name=order.out.stem,
        )
        _keep(pipe, order, made)
        _measure(pipe, made, capture)
    return _Somebody(order, made)


def _refine(pipe: Connection, decoder: HeadDecoder, who: _Somebody, steps: int) -> _Somebody:
    from mien.training.reconstruction.refining import RefineDone, RefineProgress, refine

    with _opened(who.order) as capture:
        made, done = who.made, 0
        # A word from the other end means stop, and so does its end.
        for event in refine(decoder, who.made, capture, steps=steps, cancel=pipe.poll):
            if isinstance(event, RefineProgress):
                done = event.step
                pipe.send(Refining(event.step, event.steps, event.psnr))
            elif isinstance(event, RefineDone):
                made = event.reconstruction
                _keep(pipe, who.order, made, steps=done, cancelled=event.cancelled)
            else:
                held = event.avatar
                pipe.send(Moved(held.rig.rest, held.rig.joint_positions, held.gaussians))
        if made is not who.made:
            _measure(pipe, made, capture)
    return _Somebody(who.order, made)


def _keep(
    pipe: Connection,
    order: ReconstructOrder,
    made: Reconstruction,
    *,
    steps: int = 0,
    cancelled: bool = False,
) -> None:
    save_avatar(order.out, made.avatar)
    account = Account(
        made.frame,
        made.views,
        made.overlaps,
        made.notes,
        made.warnings,
        made.secs,
        steps,
        cancelled,
    )
    pipe.send(Kept(order.out, account))


def _measure(pipe: Connection, made: Reconstruction, capture: Capture) -> None:
    from mien.training.reconstruction.one_pass import unused_scores

    scores = unused_scores(made, capture)
    psnr = float(np.mean([score.psnr for score in scores])) if scores else None
    pipe.send(Measured(psnr, len(scores)))
