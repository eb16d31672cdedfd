"""The table: means over people, equal people in each block, the same figures in every form."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from mien.evaluation.headsup import tables
from mien.evaluation.headsup.comparison import Comparison, MethodInfo
from mien.evaluation.headsup.outcomes import Outcome
from mien.evaluation.measuring import Measured
from mien.evaluation.recipe import Recipe

RECIPE = Recipe(metrics=("psnr", "ssim"), crop="mask-box", margin=0.0)
METHODS = (
    MethodInfo("headsup", "HeadsUp", 2_170_000),
    MethodInfo("mean_head", "mean head", None),
    MethodInfo("person_fit", "per-person fit, 5 min", None),
)


def met(method, person, psnrs, secs=0.5, gaussians=100):
    pictures = tuple(
        Measured(f"c{i}", 0, {"psnr": psnr, "ssim": psnr / 40}) for i, psnr in enumerate(psnrs)
    )
    return Outcome(method, person, pictures, secs, secs, gaussians, "")


@pytest.fixture
def found():
    return Comparison(
        RECIPE,
        8,
        2,
        METHODS,
        (
            met("headsup", "a", (26, 28)),
            met("mean_head", "a", (20, 20), 0.01),
            met("person_fit", "a", (30, 31), 300, 240),
            met("headsup", "b", (30, 32)),
            met("mean_head", "b", (16, 18), 0.01),
        ),
        {"lpips": "torchvision is not installed"},
    )


def test_each_person_counts_once(found):
    assert found.mean("headsup", "psnr", found.people) == pytest.approx((27 + 31) / 2)
    assert found.error("headsup", "psnr", found.people) == pytest.approx(2.0)
    assert np.isnan(found.error("headsup", "psnr", ["a"]))
    assert found.median_secs("person_fit", ["a"]) == 300


def test_rows_of_a_block_are_about_the_same_people(found):
    everybody, common = found.blocks()
    assert everybody == (("a", "b"), METHODS[:2])
    assert common == (("a",), METHODS)
    text = "\n".join(tables.as_text(found))
    assert "2 people, 8 views in, 2 held-out views each" in text
    assert "a, 8 views in" in text
    first, second = text.split("a, 8 views in")
    assert "per-person fit" not in first
    assert "27.00" in second.split("HeadsUp")[1]
    assert "29.00 ± 2.00" in first
    assert "5.0 min" in second
    assert "LPIPS: not available: torchvision is not installed" in text


def test_one_block_where_all_methods_met_all_people(found):
    whole = Comparison(RECIPE, 8, 2, METHODS[:2], found.outcomes, {})
    assert len(whole.blocks()) == 1


def test_a_page_a_table_and_plain_values_say_the_same(found, tmp_path):
    tables.write_markdown(found, tmp_path / "c.md")
    tables.write_csv(found, tmp_path / "c.csv")
    tables.write_json(found, tmp_path / "c.json")
    page = (tmp_path / "c.md").read_text()
    assert "| HeadsUp | 29.00 ± 2.00 | 0.7250 ± 0.0500 | 500 ms | 100 | 2.17 M |" in page
    held = json.loads((tmp_path / "c.json").read_text())
    summary = held["tables"][0]["methods"][0]
    assert summary["mean"]["psnr"] == 29
    assert held["tables"][1]["people"] == ["a"]
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text().splitlines()))
    ours = [float(row["psnr"]) for row in rows if row["method"] == "headsup"]
    assert ours == [26, 28, 30, 32]
