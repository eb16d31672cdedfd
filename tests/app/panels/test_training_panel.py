"""The training panel: it follows a folder while it is seen, and says what is wrong with others."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mien.image import write_image
from mien_studio.panels.training import NOTHING, TrainingPanel

HEAD = "step,secs,fraction,people,loss,l1,color,psnr,val_psnr,val_mean_head\n"


@pytest.fixture
def folder(tmp_path):
    run = tmp_path / "run"
    (run / "previews").mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"method": "headsup"}))
    lines = ["50,30,0.25,3.5,0.4,0.08,0.02,16.5,,", "100,60,0.5,,,,,,18.25,16"]
    (run / "log.csv").write_text(HEAD + "\n".join(lines) + "\n")
    _preview(run, 50)
    return run


def _preview(run, step):
    write_image(run / "previews" / f"step_{step:08d}.png", np.full((40, 90, 3), 0.5, np.float32))


def test_it_follows_a_folder(studio, on_screen, folder, wait_for):
    panel = on_screen(TrainingPanel(studio))
    assert panel.told.text() == NOTHING
    assert panel.begin.isVisible()
    studio.run_watcher.watch(folder)
    wait_for(lambda: studio.run_watcher.run is not None)
    assert panel.told.text() == "headsup after 1 min, 50 %, 1 min left."
    assert [tile.value for tile in panel.tiles.tiles] == ["100", "18.25", "+2.25"]
    assert [curve.name for curve in panel.losses.curves] == ["l1", "color", "loss"]
    assert "held out 18.25" in panel.quality.readings(120)
    assert panel.previews.step_shown == 50
    with (folder / "log.csv").open("a") as log:
        log.write("200,120,1,,,,,,20.5,16\n")
    _preview(folder, 200)
    wait_for(lambda: studio.run_watcher.run.step == 200)
    assert panel.told.text() == "headsup after 2 min: it is done."
    assert panel.previews.step_shown == 200


def test_whoever_looks_at_an_earlier_preview_goes_on_looking(studio, on_screen, folder, wait_for):
    _preview(folder, 100)
    panel = on_screen(TrainingPanel(studio))
    studio.run_watcher.watch(folder)
    wait_for(lambda: panel.previews.step_shown == 100)
    panel.previews.back.click()
    assert panel.previews.step_shown == 50
    assert panel.previews.caption.text() == "Step 50  ·  1 of 2"
    _preview(folder, 150)
    studio.run_watcher.look()
    wait_for(lambda: len(studio.run_watcher.run.previews) == 3)
    assert panel.previews.step_shown == 50
    panel.previews.newest.click()
    assert panel.previews.step_shown == 150


def test_another_folder_is_refused_in_one_line(studio, on_screen, tmp_path, wait_for):
    panel = on_screen(TrainingPanel(studio))
    heard = []
    studio.noticed.connect(heard.append)
    studio.run_watcher.watch(tmp_path)
    wait_for(lambda: heard)
    assert "config.json" in heard[0].text
    assert "config.json" in panel.told.text()
    studio.run_watcher.look()
    wait_for(lambda: not studio.run_watcher._worker.busy)
    assert len(heard) == 1


def test_nobody_reads_while_nobody_looks(studio, on_screen, folder):
    panel = on_screen(TrainingPanel(studio))
    studio.run_watcher.watch(folder)
    assert studio.run_watcher._timer.isActive()
    panel.hide()
    assert not studio.run_watcher._timer.isActive()
