"""The grid of a study: its cells, its latents, and that it stays what it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mien.errors import FileError, MienError
from mien.evaluation.headsup.scaling.grid import Grid, cells_of, kept, with_latent
from mien.models.headsup.config import PRESETS

GRID = Grid(("a",), ("b",), people=(8, 16), views=(1, 8), latents=((8, 64), (32, 64)))


@pytest.mark.parametrize("preset", ["tiny", "demo", "base"])
def test_latents_of_any_size_lead_to_as_many_texels(preset):
    config = PRESETS[preset]
    for grid in (config.latent_grid // 2, config.latent_grid, 2 * config.latent_grid):
        for width in (config.num_heads * 8, config.num_heads * 32):
            other = with_latent(config, grid, width)
            assert other.texels == config.texels
            assert (other.latent_grid, other.latent_dim) == (grid, width)
            assert other.decoder_widths[-1] == config.decoder_widths[-1]
    assert with_latent(config, config.latent_grid, config.latent_dim) == config


def test_latents_that_lead_nowhere_are_refused():
    with pytest.raises(MienError, match="12x64"):
        with_latent(PRESETS["tiny"], 12, 64)
    with pytest.raises(MienError, match="multiple of 2"):
        Grid(latents=((16, 33),))


def test_cells_are_all_points_of_all_curves():
    cells = cells_of(GRID)
    assert [(c.axis, c.value) for c in cells] == [
        ("memory", 1), ("memory", 8), ("views", 1), ("views", 8), ("people", 8), ("people", 16),
        ("latent", 8 * 8 * 64), ("latent", 32 * 32 * 64),
    ]  # fmt: skip
    # Along views and latents networks learn from as many people as there are in the grid.
    assert {c.people for c in cells if c.axis in ("views", "latent")} == {16}
    assert {c.views for c in cells if c.axis in ("people", "latent")} == {8}
    assert not [c for c in cells_of(replace(GRID, memory=False)) if c.axis == "memory"]


def test_a_study_goes_on_as_it_was_and_may_grow(tmp_path):
    folder = tmp_path / "study"
    with pytest.raises(FileError, match="holds no study"):
        kept(folder, None)
    assert kept(folder, GRID) == kept(folder, None) == GRID
    more = replace(GRID, people=(8, 16, 32), views=(1, 2, 8))
    assert kept(folder, more) == kept(folder, None) == more
    with pytest.raises(FileError, match="holds a study with steps 2000, not 5"):
        kept(folder, replace(more, steps=5))
    (folder / "study.json").write_text('{"colour": 3}')
    with pytest.raises(FileError, match="not the grid of a study"):
        kept(folder, None)


def test_numbers_out_of_bounds_are_refused():
    for wrong in ({"views": (0,)}, {"steps": 0}, {"side": 4}, {"preset": "huge"}):
        with pytest.raises(MienError):
            Grid(**wrong)
