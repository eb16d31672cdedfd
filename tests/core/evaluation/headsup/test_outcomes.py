"""Outcomes are measured once, and mean what the ledger says they were measured by."""

from __future__ import annotations

import numpy as np
import pytest

from mien.avatar.kinds.static import StaticAvatar
from mien.errors import Cancelled
from mien.evaluation.headsup.ledger import Ledger
from mien.evaluation.headsup.outcomes import at_side, outcome, outcomes
from mien.evaluation.headsup.reconstructors import headsup
from mien.evaluation.measuring import evaluate
from mien.evaluation.recipe import Recipe

RECIPE = Recipe(metrics=("psnr", "ssim"), crop="mask-box", margin=0.0)


class Counted:
    """A reconstructor that is counted."""

    name, title, num_parameters = "counted", "counted", None

    def __init__(self, inner, **identity):
        self.inner, self.identity, self.times = inner, identity, 0

    def reconstruct(self, trial):
        self.times += 1
        return self.inner.reconstruct(trial)


def test_figures_are_those_of_evaluate_on_the_held_out_views(network, trials, drawing):
    method = headsup(network)
    found = outcome(method, trials[0], recipe=RECIPE, renderer=drawing, ledger=Ledger(None))
    wanted = list(
        evaluate(
            StaticAvatar("who", method.reconstruct(trials[0]).cloud),
            trials[0].capture,
            cameras=[held.name for held in trials[0].targets],
            frames=[0],
            recipe=RECIPE,
            renderer=drawing,
        )
    )
    assert [each.camera for each in found.pictures] == [held.name for held in trials[0].targets]
    for name in ("psnr", "ssim"):
        assert found.mean(name) == pytest.approx(np.mean([each.values[name] for each in wanted]))
    assert np.isnan(found.mean("flip"))
    assert found.num_gaussians == network.canvas.num_texels


def test_nothing_is_done_twice_and_nothing_else_is_taken_for_it(network, trials, drawing, tmp_path):
    path = tmp_path / "cells.jsonl"
    method = Counted(headsup(network), weights="a")

    def run(trial, recipe=RECIPE, by=method):
        return outcome(by, trial, recipe=recipe, renderer=drawing, ledger=Ledger(path))

    first = run(trials[0])
    assert run(trials[0]) == first
    assert method.times == 1
    run(trials[1])
    run(trials[0], RECIPE.replace(scale=0.5))
    assert method.times == 3
    run(trials[0], by=Counted(headsup(network), weights="b"))
    assert len(Ledger(path)) == 4


def test_all_methods_meet_all_people_unless_they_are_limited(network, trials, drawing):
    one, two = Counted(headsup(network)), Counted(headsup(network))
    two.name = "limited"
    told = []
    found = list(
        outcomes(
            [one, two],
            trials,
            recipe=RECIPE,
            renderer=drawing,
            ledger=Ledger(None),
            limits={"limited": 2},
            progress=lambda fraction, message: told.append(fraction),
        )
    )
    assert (one.times, two.times) == (4, 2)
    assert [each.method for each in found[:4]] == ["counted", "limited"] * 2
    assert told == sorted(told)

    def stop(fraction, message):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        next(outcomes([one], trials, recipe=RECIPE, renderer=drawing, ledger=Ledger(None),
                      progress=stop))  # fmt: skip


def test_photographs_are_only_ever_made_smaller(trials):
    assert at_side(RECIPE, trials[0], 24).scale == 0.5
    assert at_side(RECIPE, trials[0], 256).scale == 1.0
