from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mien.errors import MienError
from mien.training.headsup.averaging import Average
from mien.training.headsup.config import RECIPES, TrainingConfig, recipe
from mien.training.headsup.examination import Seen
from mien.training.headsup.run_folder import COLUMNS, RunFolder, sheet
from mien.training.headsup.schedule import Budget, optimizers, rate_at
from training_runs import QUICK


def test_the_step_size_rises_and_falls_along_a_cosine() -> None:
    config = replace(QUICK, warm_up=10, rate=1e-3, rate_end=0.1)
    rates = [rate_at(config, step, step / 100) for step in range(100)]
    assert rates[0] == pytest.approx(1e-4, rel=0.01)
    assert int(np.argmax(rates)) in (9, 10)
    assert rates == sorted(rates[:10]) + sorted(rates[10:], reverse=True)
    assert rate_at(config, 50, 0.5) == pytest.approx(1e-3 * 0.55)
    assert rate_at(config, 100, 1.0) == pytest.approx(1e-4)
    assert rate_at(config, 120, 1.3) == pytest.approx(1e-4)


def test_a_budget_counts_steps_and_hours_whichever_is_nearer() -> None:
    assert Budget(replace(QUICK, steps=8)).fraction(2) == 0.25
    hours = Budget(replace(QUICK, steps=None, hours=1.0), spent_secs=1800)
    assert hours.fraction(10**6) == pytest.approx(0.5, abs=1e-3)
    both = Budget(replace(QUICK, steps=8, hours=1.0), spent_secs=1800)
    assert both.fraction(7) == 7 / 8
    assert both.fraction(1) == pytest.approx(0.5, abs=1e-3)


def test_muon_moves_hidden_matrices_and_only_they_decay() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.GroupNorm(2, 4))
    network.register_parameter("learned", torch.nn.Parameter(torch.zeros(5, 4)))
    muon, adamw = optimizers(network, replace(QUICK, weight_decay=0.3))
    (hidden,), (others,) = muon.param_groups, adamw.param_groups
    assert [tuple(each.shape) for each in hidden["params"]] == [(4, 3, 3, 3)]
    assert len(others["params"]) == 4
    assert (hidden["weight_decay"], others["weight_decay"]) == (0.3, 0.0)


def test_an_average_follows_what_it_is_of_and_is_lent() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(0.0)
    average = Average(layer, keeps=0.9)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    average.add(0)
    # At first it keeps a tenth only.
    assert float(average.values["weight"]) == pytest.approx(0.9)
    for step in range(1000, 1050):
        average.add(step)
    assert 1 - float(average.values["weight"]) == pytest.approx(0.1 * 0.9**50, rel=0.01)
    with average.used():
        assert float(layer.weight.detach()) == pytest.approx(float(average.values["weight"]))
    assert float(layer.weight.detach()) == 1.0


def test_supervision_of_texels_fades() -> None:
    weights = replace(QUICK.weights, position=0.4, color=0.2, until=0.5, rest=0.25)
    assert weights.position_at(0) == 0.4
    assert weights.color_at(0.25) == pytest.approx(0.1)
    assert weights.position_at(0.25) == pytest.approx(0.2)
    assert weights.color_at(0.6) == 0.0
    assert weights.position_at(0.6) == pytest.approx(0.1)


@pytest.mark.parametrize("preset", sorted(RECIPES))
def test_recipes_survive_json_and_take_other_limits(preset: str) -> None:
    held = RECIPES[preset]
    assert TrainingConfig.from_dict(held.as_dict()) == held
    changed = recipe(preset, steps=7, batch=3)
    assert (changed.steps, changed.hours, changed.batch) == (7, None, 3)
    assert recipe(preset) == held


def test_a_configuration_of_something_else_says_so() -> None:
    with pytest.raises(MienError, match="not the configuration"):
        TrainingConfig.from_dict({"wings": 2})
    with pytest.raises(MienError, match="not the configuration"):
        TrainingConfig.from_dict({**QUICK.as_dict(), "wings": 2})
    with pytest.raises(MienError, match="needs an end"):
        TrainingConfig()


def test_a_log_is_rewound_to_where_a_training_goes_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.begin({}, resume=False)
    folder.rewind(0)
    for step in range(1, 5):
        folder.add({"step": step, "loss": 1 / step, "val_psnr": None})
    # A line that was being written when the machine went down.
    with folder.log.open("a") as file:
        file.write("5,17.2")
    assert [line["step"] for line in folder.lines()] == ["1", "2", "3", "4"]
    folder.rewind(2)
    folder.add({"step": 3, "loss": 0.5})
    lines = folder.lines()
    assert [line["step"] for line in lines] == ["1", "2", "3"]
    assert tuple(lines[0]) == COLUMNS
    assert lines[0]["val_psnr"] == ""
    assert float(lines[2]["loss"]) == 0.5


def test_previews_show_everybody_in_a_row_of_their_own() -> None:
    rng = np.random.default_rng(0)

    def picture(height: int, width: int) -> np.ndarray:
        return rng.uniform(0.3, 1, (height, width, 3)).astype(np.float32)

    rows = [Seen(picture(40, 40), picture(30, 20), picture(30, 20)) for _ in range(3)]
    page = sheet(rows)
    assert page.shape[1] == 3 * 48 + 8
    for index, row in enumerate(rows):
        np.testing.assert_array_equal(page[8 + 48 * index : 48 + 48 * index, 8:48], row.shown)
