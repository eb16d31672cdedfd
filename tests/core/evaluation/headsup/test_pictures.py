"""Contact sheets and charts are drawn from what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from mien.evaluation.headsup.charts import COLORS, PAPER, Curve, Panel, draw_panels
from mien.evaluation.headsup.comparison import Comparison
from mien.evaluation.headsup.contact_sheet import Album, shown_camera
from mien.evaluation.headsup.ledger import Ledger
from mien.evaluation.headsup.outcomes import outcomes
from mien.evaluation.headsup.reconstructors import headsup
from mien.evaluation.headsup.trials import Plan
from mien.evaluation.recipe import Recipe
from mien.image import to_uint8

RECIPE = Recipe(metrics=("psnr",), crop="mask-box", margin=0.0)


def test_a_sheet_shows_photographs_and_heads_of_people_from_in_front(
    network, trials, drawing, tmp_path
):
    album, method = Album(tmp_path, RECIPE, drawing), headsup(network)
    found = outcomes(
        [method], trials, recipe=RECIPE, renderer=drawing, ledger=Ledger(None), keep=album.keep
    )
    table = Comparison.of(found, [method], recipe=RECIPE, plan=Plan(3, 3), unavailable={})
    for trial in trials:
        camera = shown_camera(trial)
        held = next(each for each in trial.targets if each.name == camera)
        assert held.camera.position[2] > 0
        photograph = album.picture(trial.person, camera, "photograph")
        assert np.array_equal(photograph, trial.original.view(camera, 0).image)
        drawn = album.picture(trial.person, camera, "headsup")
        assert drawn.shape == photograph.shape
        assert not np.array_equal(drawn, photograph)
    sheet = album.sheet(table, trials, most=3)
    assert sheet.shape[0] > 3 * 200
    # Photographs are on the page, enlarged.
    first = trials[0].original.view(shown_camera(trials[0]), 0).image
    tile = sheet[80 : 80 + 256, 28 : 28 + 256]
    assert np.abs(tile.mean(axis=(0, 1)) - first.mean(axis=(0, 1))).max() < 6


def lines_of(picture, color):
    return np.argwhere((picture == color).all(axis=2))


@pytest.mark.parametrize("log_x", [False, True])
def test_a_curve_rises_where_its_values_do(log_x):
    up = Panel("t", "x", "dB", (Curve("", (1, 2, 4), (20, 22, 30)),), log_x=log_x)
    places = lines_of(draw_panels([up]), COLORS[0])
    left, right = places[places[:, 1].argmin()], places[places[:, 1].argmax()]
    assert left[0] - right[0] > 200
    flat = Panel("t", "x", "dB", (Curve("", (1, 2, 4), (20, 20, 20)),), log_x=log_x)
    assert np.ptp(lines_of(draw_panels([flat]), COLORS[0])[:, 0]) < 14


def test_gaps_are_left_out_and_names_do_not_lie_on_each_other():
    nan = float("nan")
    gap = Curve("one", (1, 2, 3), (1.0, nan, 1.0), (nan, nan, 0.2))
    panel = Panel("t", "x", "dB", (gap, Curve("two", (1, 3), (1.0, 1.0))))
    page = draw_panels([panel, panel, panel])
    assert page.shape[1] == 2 * draw_panels([panel]).shape[1]
    names = [lines_of(draw_panels([panel])[:, 600:], COLORS[k]) for k in (0, 1)]
    assert all(len(each) for each in names)
    assert (draw_panels([panel])[0, 0] == PAPER).all()
    empty = Panel("t", "x", "dB", (Curve("", (1, 2), (nan, nan)),))
    assert len(lines_of(draw_panels([empty]), COLORS[0])) == 0


def test_pages_are_bytes():
    page = draw_panels([Panel("t", "x", "", (Curve("", (1,), (2.0,)),))], caption="how")
    assert page.dtype == np.uint8
    assert np.array_equal(page, to_uint8(page / 255))
