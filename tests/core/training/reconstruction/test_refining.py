"""Refinement: a latent that comes nearer to its views, whatever happens on the way."""

from __future__ import annotations

import numpy as np
import pytest

from filmed_scenes import FilmedCapture
from mien.errors import MienError
from mien.models.headsup.decoding import HeadDecoder
from mien.training.reconstruction.one_pass import Reconstruction, reconstruct, unused_scores
from mien.training.reconstruction.refining import (
    RefineDone,
    RefinePreview,
    RefineProgress,
    refine,
)


@pytest.fixture(scope="module")
def start(decoder: HeadDecoder, filmed: FilmedCapture) -> Reconstruction:
    return reconstruct(decoder, filmed, views=4)


def _psnr(made: Reconstruction, filmed: FilmedCapture) -> float:
    return float(np.mean([score.psnr for score in unused_scores(made, filmed)]))


def test_unused_views_come_nearer(
    decoder: HeadDecoder, filmed: FilmedCapture, start: Reconstruction
) -> None:
    events = list(refine(decoder, start, filmed, steps=40, preview_secs=1e-6))
    progress = [event for event in events if isinstance(event, RefineProgress)]
    assert [event.step for event in progress] == list(range(1, 41))
    assert sum(isinstance(event, RefinePreview) for event in events) == 40
    done = events[-1]
    assert isinstance(done, RefineDone)
    assert not done.cancelled
    made = done.reconstruction
    assert _psnr(made, filmed) > _psnr(start, filmed) + 0.3
    assert made.notes[-1] == "refined in 40 steps"
    assert made.avatar.fitting is not None
    assert made.avatar.fitting.provenance["refined_steps"] == 40
    # What comes out is a latent of the network still, and gives this very avatar.
    again = decoder.avatar(made.latent, "again").neutral
    np.testing.assert_array_equal(again.means, made.avatar.neutral.means)
    assert all(parameter.grad is None for parameter in decoder.network.parameters())


def test_cancelling_gives_back_the_best_so_far(
    decoder: HeadDecoder, filmed: FilmedCapture, start: Reconstruction
) -> None:
    asked: list[int] = []

    def cancel() -> bool:
        asked.append(0)
        return len(asked) > 6

    done = list(refine(decoder, start, filmed, steps=1000, cancel=cancel))[-1]
    assert isinstance(done, RefineDone)
    assert done.cancelled
    assert done.reconstruction.notes[-1] == "refined in 6 steps"


def test_what_does_not_help_is_not_kept(
    decoder: HeadDecoder, filmed: FilmedCapture, start: Reconstruction
) -> None:
    done = list(refine(decoder, start, filmed, steps=5, cancel=lambda: True))[-1]
    assert isinstance(done, RefineDone)
    assert done.reconstruction is start


def test_no_steps_are_refused(
    decoder: HeadDecoder, filmed: FilmedCapture, start: Reconstruction
) -> None:
    with pytest.raises(MienError, match="at least one"):
        next(refine(decoder, start, filmed, steps=0))
