"""The study panel: curves of a study that is going on, and what is wrong with other folders."""

from __future__ import annotations

import json

import pytest

from mien.evaluation.headsup.scaling.curves import JSON, Curves, Point
from mien.evaluation.headsup.scaling.grid import Grid
from mien_studio.panels.study import NOTHING, StudyPanel


def _point(value: int, psnr: float) -> Point:
    by_person = {"ada": psnr - 0.5, "noor": psnr + 0.4 + 0.1 * value}
    metrics = {"psnr": {"mean": psnr, "error": 0.2}}
    return Point(value, str(value), {"metrics": metrics, "by_person": by_person, "people": 2})


def _write(folder, points) -> None:
    curves = Curves(Grid(), {"people": (), "views": tuple(points), "latent": (), "memory": ()})
    folder.mkdir(exist_ok=True)
    (folder / JSON).write_text(json.dumps(curves.as_json()))


@pytest.fixture
def panel(studio, on_screen):
    return on_screen(StudyPanel(studio), width=700, height=320)


def test_it_draws_the_curves_and_follows_them(studio, panel, tmp_path, wait_for):
    assert panel.told.text() == NOTHING
    folder = tmp_path / "study"
    _write(folder, [_point(1, 20.0), _point(4, 23.5)])
    studio.study_watcher.watch(folder)
    wait_for(lambda: panel.charts)
    plot = panel.charts["Input views"]
    (curve,) = plot.curves
    assert curve.steps.tolist() == [1, 4]
    assert curve.values.tolist() == [20, 23.5]
    assert curve.errors is not None
    assert (curve.errors > 0).all()
    wait_for(lambda: plot._plot is not None)
    ticks = plot._plot.getAxis("bottom")._tickLevels
    assert ticks == [[(0.0, "1"), (pytest.approx(0.602, abs=1e-3), "4")]]
    assert "Whiskers" in panel.told.text()
    _write(folder, [_point(1, 20.0), _point(4, 23.5), _point(8, 24.0)])
    wait_for(lambda: len(plot.curves[0].steps) == 3)
    assert panel.charts["Input views"] is plot


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no study's folder"),
        ("{", "cannot be read"),
        ('{"kind": "something", "version": 1}', "another kind"),
    ],
)
def test_other_folders_are_one_line(studio, panel, tmp_path, wait_for, content, words):
    if content is not None:
        (tmp_path / JSON).write_text(content)
    studio.study_watcher.watch(tmp_path)
    wait_for(lambda: studio.study_watcher.error is not None)
    assert words in panel.told.text()
    assert not panel.charts


def test_points_without_their_figures_are_one_line(studio, panel, tmp_path, wait_for):
    _write(tmp_path, [Point(1, "1", {"metrics": {}})])
    studio.study_watcher.watch(tmp_path)
    wait_for(lambda: studio.study_watcher.error is not None)
    assert "lack figures" in panel.told.text()
