"""A study is run once, goes on after any interruption, and its curves are what was measured."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from headsup_networks import SMALL, small_network
from mien.errors import Cancelled, FileError, MienError
from mien.evaluation.headsup.ledger import Ledger
from mien.evaluation.headsup.scaling import running
from mien.evaluation.headsup.scaling.curves import CSV, JSON, PNG, Curves, paired_errors
from mien.evaluation.headsup.scaling.grid import Grid, cells_of
from mien.evaluation.headsup.scaling.running import CELLS, Study
from mien.image import read_image
from mien.models.headsup.weights import save_headsup


@pytest.fixture
def small_preset(monkeypatch):
    """Let the network in the middle of the grid be small enough for a test."""
    monkeypatch.setattr(running, "PRESETS", {"tiny": SMALL})


@pytest.fixture(scope="module")
def folders(crowd, tmp_path_factory):
    """Two people to learn from, two to be measured on."""
    place = tmp_path_factory.mktemp("study")
    for index, path in enumerate(sorted(crowd.glob("*.capture"))):
        folder = place / ("training" if index < 2 else "held_out")
        folder.mkdir(exist_ok=True)
        (folder / path.name).symlink_to(path)
    return place


@pytest.fixture
def grid(folders):
    return Grid(
        (str(folders / "training"),), (str(folders / "held_out"),), steps=2, batch=1,
        people=(1, 2), views=(1, 3, 24), num_inputs=3, num_targets=3, side=48,
        memory=False,
    )  # fmt: skip


def study(folder, grid, drawing, **options):
    return Study(folder, grid, device=torch.device("cpu"), renderer=drawing, **options)


def test_every_cell_is_measured_once_and_drawn(small_preset, grid, drawing, tmp_path, monkeypatch):
    trained = []
    real = running.train

    def counted(assignment, *args, **options):
        trained.append(assignment.folder.name)
        yield from real(assignment, *args, **options)

    monkeypatch.setattr(running, "train", counted)
    done = list(study(tmp_path, grid, drawing).run())
    assert [each.cell for each in done] == cells_of(grid)
    left_out = [each for each in done if each.value is None]
    assert [(each.cell.axis, each.cell.value) for each in left_out] == [("views", 24)]
    assert "8 views cannot be 24" in left_out[0].problem
    # Views and the most people share a network.
    assert sorted(trained) == ["people-1_latent-8x32", "people-2_latent-8x32"]
    by_cell = {(each.cell.axis, each.cell.value): each.value for each in done}
    assert by_cell["people", 2]["metrics"] == by_cell["views", 3]["metrics"]
    assert by_cell["people", 1]["metrics"] != by_cell["people", 2]["metrics"]
    assert by_cell["people", 2]["training_steps"] == 2

    again = list(study(tmp_path, grid, drawing).run())
    assert [each.value for each in again] == [each.value for each in done]
    assert len(trained) == 2

    curves = Curves.of(grid, Ledger(tmp_path / CELLS))
    curves.write(tmp_path)
    held = Curves.read(tmp_path)
    assert held.grid == grid
    assert [p.value for p in held.axes["views"]] == [1, 3]
    assert (
        held.axes["people"][1].found["metrics"]["psnr"] == by_cell["people", 2]["metrics"]["psnr"]
    )
    rows = list(csv.DictReader((tmp_path / CSV).read_text().splitlines()))
    psnr = [float(r["mean"]) for r in rows if (r["axis"], r["figure"]) == ("people", "psnr")]
    assert psnr == [by_cell["people", n]["metrics"]["psnr"]["mean"] for n in (1, 2)]
    assert read_image(tmp_path / PNG).shape[1] == 1360
    assert [panel.title for panel in curves.panels()][:2] == ["Training people", "Input views"]


def test_an_interrupted_study_goes_on_to_the_same_figures(small_preset, grid, drawing, tmp_path):
    grid = replace(grid, views=(3,), people=(2,), steps=4)
    whole = list(study(tmp_path / "whole", grid, drawing).run())
    asked = 0

    def soon():
        nonlocal asked
        asked += 1
        return asked > 4

    broken = tmp_path / "broken"
    with pytest.raises(Cancelled):
        list(study(broken, grid, drawing, cancel=soon).run())
    run = broken / "runs" / "people-2_latent-8x32"
    assert (run / "last.safetensors").exists()
    assert len(list(Ledger(broken / CELLS).items())) == 0
    resumed = list(study(broken, grid, drawing).run())
    assert [each.value["by_person"] for each in resumed] == [
        each.value["by_person"] for each in whole
    ]


def test_weights_that_are_given_are_measured_without_training(folders, drawing, tmp_path):
    path = tmp_path / "network.safetensors"
    save_headsup(path, small_network(), {})
    held_out = (str(folders / "held_out"),)
    grid = Grid(held_out=held_out, weights=str(path), views=(1, 2), num_targets=3, memory=False)
    done = list(study(tmp_path / "s", grid, drawing).run())
    assert all(each.value["people"] == 2 for each in done)
    assert not (tmp_path / "s" / "runs").exists()
    with pytest.raises(MienError, match="nobody to learn from"):
        list(study(tmp_path / "t", replace(grid, people=(2,)), drawing).run())


def test_memory_is_measured_without_anybody(small_preset, drawing, tmp_path):
    grid = Grid(views=(1, 2))
    done = study(tmp_path, grid, drawing).run()
    one, two = (next(done).value, next(done).value)
    assert one["headsup"]["32"]["decoder_bytes"] == two["headsup"]["64"]["decoder_bytes"]
    pixels = [held["pixel_aligned"]["96"]["num_gaussians"] for held in (one, two)]
    assert pixels == [48 * 48, 2 * 48 * 48]
    curves = Curves.of(grid, Ledger(tmp_path / CELLS))
    gaussians, memory = curves.panels()
    assert [curve.name for curve in memory.curves] == [
        "HeadsUp, 32 and 64 px", "pixel-aligned, 96 px", "pixel-aligned, 192 px"
    ]  # fmt: skip
    assert gaussians.curves[1].ys == (2.304, 4.608)
    assert "memory,1,1,headsup 32 px decoder_bytes" in curves.as_csv()


def test_nobody_is_both_learnt_from_and_measured_on(small_preset, grid, drawing, tmp_path):
    wrong = replace(grid, held_out=grid.training)
    with pytest.raises(FileError, match="is learnt from and measured on"):
        list(study(tmp_path, wrong, drawing).run())


def test_more_people_than_there_are_is_said(small_preset, grid, drawing, tmp_path):
    with pytest.raises(MienError, match="5 people cannot be learnt from; there are 2"):
        list(study(tmp_path, replace(grid, people=(5,)), drawing).run())


def test_whiskers_leave_out_what_people_differ_by():
    rng = np.random.default_rng(0)
    people = rng.normal(25, 5, 40)
    effect = np.array([0.0, 1.0, 2.0])[:, None] + rng.normal(0, 0.1, (3, 40))
    values = people + effect
    found = paired_errors([dict(zip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN", row, strict=True))
                           for row in values])  # fmt: skip
    assert all(0.08 < error * np.sqrt(40) < 0.12 for error in found)
    plain = values.std(axis=1, ddof=1) / np.sqrt(40)
    assert all(error < 0.1 * whole for error, whole in zip(found, plain, strict=True))
    assert np.isnan(paired_errors([{"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0}])).all()
    assert np.isnan(paired_errors([{"a": 1.0, "b": 2.0}])).all()


def test_damaged_curves_are_named(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        Curves.read(tmp_path)
    (tmp_path / JSON).write_text('{"kind": "mien-scaling-study", "version": 1}')
    with pytest.raises(FileError, match="cannot be read"):
        Curves.read(tmp_path)
    (tmp_path / JSON).write_text('{"kind": "other", "version": 1}')
    with pytest.raises(FileError, match="another kind"):
        Curves.read(tmp_path)
