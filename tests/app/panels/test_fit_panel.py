"""The fit panel: what it asks, what it shows while it fits, and how fits end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filmed_scenes import film, person
from mien.capture.store.importing import import_capture
from mien.errors import MienError
from mien.training.fit.events import FitDone, FitPreview, FitProgress, FitReport, FitStage, Score
from mien_studio.bridge.fitter import Fitter
from mien_studio.panels.fit import NO_CAPTURE, FitPanel
from mien_studio.widgets.convergence_plot import ConvergencePlot, Series


@pytest.fixture(scope="module")
def capture_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("filmed") / "ada.capture"
    import_capture(film(num_cameras=6, size=48), path)
    return path


@pytest.fixture
def opened(studio, capture_path, wait_for, tmp_path):
    """A studio with the capture open, whose avatars go to a folder of the test's."""
    studio.session.add_files([capture_path])
    wait_for(lambda: studio.fitter.capture is not None)
    studio.fitter.set_folder(tmp_path)
    return studio


class Spoken:
    """What a fit's process would say, said by the test."""

    def __init__(self, order, tell):
        self.order, self.tell, self.stops, self.closed = order, tell, 0, False
        Spoken.last = self

    def stop(self):
        self.stops += 1

    def close(self):
        self.closed = True


@pytest.fixture
def spoken(opened, monkeypatch):
    """The studio, with a fit begun whose words are the test's."""
    monkeypatch.setattr("mien_studio.bridge.fitter.FitProcess", Spoken)
    opened.fitter.begin()
    return opened, Spoken.last


def progress(secs, psnr, held_out=None):
    return FitProgress(int(10 * secs), secs / 300, secs, 0.1, psnr, held_out, 17_004, 9.5)


def report(cancelled=False):
    score = Score("c1", 0, 31.5, 0.93)
    return FitDone(
        person(), FitReport(420, 61.0, 17_004, 31.5, 0.93, (score,), ("a note",)), cancelled
    )


def test_without_a_capture_it_says_what_to_do(studio, on_screen):
    panel = on_screen(FitPanel(studio))
    assert panel.told.text() == NO_CAPTURE
    assert not panel.begin.isVisible()
    assert not studio.fitter.can_fit


def test_it_says_who_is_fitted_to_what(opened, on_screen):
    panel = on_screen(FitPanel(opened))
    assert "4 cameras" in panel.told.text()
    assert "2 held out" in panel.told.text()
    assert panel.editor.place.text() == "ada.avatar"
    # One frame leaves nothing to choose.
    assert not panel.editor.frames.isVisible()
    assert not panel.resume.isVisible()
    panel.editor.texels.chosen.emit("192")
    panel.editor.minutes.chosen.emit("15")
    assert opened.fitter.settings.texels == 192
    command = opened.fitter.command()
    assert "--minutes 15 --texels 192 --frames 0" in command
    assert str(opened.fitter.out) in command


def test_it_is_watched_in_a_held_out_camera_and_undone_in_one_step(spoken, on_screen, wait_for):
    studio, process = spoken
    panel = on_screen(FitPanel(studio))
    process.tell(FitStage("reading 4 pictures"))
    wait_for(lambda: panel.progress.text == "Reading 4 pictures…")
    assert not panel.begin.isVisible()
    before = studio.session.document
    for step, avatar in enumerate((person(), replace(person()))):
        process.tell(progress(20.0 * (step + 1), 20.0 + step, 19.0 + step))
        process.tell(FitPreview(step, avatar))
        wait_for(lambda avatar=avatar: studio.session.avatar() is avatar)
    view = studio.session.view.state
    assert (view.compare, view.standing) == ("wipe", True)
    assert studio.session.station.camera.split == "test"
    assert panel.progress.text == "0:40 of 5:00"
    training, held_out = panel.plot.series
    assert training.points == ((20.0, 20.0), (40.0, 21.0))
    assert held_out.points == ((20.0, 19.0), (40.0, 20.0))
    assert [tile.value for tile in panel.tiles.tiles] == ["20.00", "21.00", "17.0", "9.5"]
    studio.undo()
    assert studio.session.document is before
    # Taken away, it does not come back by itself.
    process.tell(FitPreview(3, replace(person())))
    process.tell(progress(60.0, 22.0))
    wait_for(lambda: len(studio.fitter.run.curve) == 3)
    assert studio.session.avatar() is None


def test_stopped_it_keeps_the_best_and_says_how_good_that_is(spoken, on_screen, wait_for):
    studio, process = spoken
    panel = on_screen(FitPanel(studio))
    heard = []
    studio.noticed.connect(heard.append)
    process.tell(progress(10.0, 24.0))
    wait_for(panel.stop.isVisible)
    panel.stop.click()
    assert process.stops == 1
    assert panel.progress.text == "Stopping, keeping the best so far…"
    process.tell(report(cancelled=True))
    wait_for(lambda: studio.fitter.run.ended)
    assert [notice.text for notice in heard] == [
        "Stopped fitting ada: 31.50 dB on 1 held-out picture"
    ]
    assert panel.result.text().startswith("Stopped after 1:01 and 420 steps")
    assert panel.begin.isVisible()
    assert not panel.progress.isVisible()


def test_what_goes_wrong_is_said_once(spoken, on_screen, wait_for):
    studio, process = spoken
    panel = on_screen(FitPanel(studio))
    heard = []
    studio.noticed.connect(heard.append)
    process.tell(MienError("the process that fitted ada ended by signal 9", hint="Try again"))
    wait_for(lambda: studio.fitter.run.ended)
    assert [(notice.level, notice.text) for notice in heard] == [
        ("error", "the process that fitted ada ended by signal 9")
    ]
    assert "signal 9" in panel.result.text()
    assert panel.begin.isVisible()


def test_what_was_begun_can_be_resumed(opened, on_screen, monkeypatch):
    monkeypatch.setattr("mien_studio.bridge.fitter.FitProcess", Spoken)
    folder = opened.fitter.out.parent
    (folder / "ada.checkpoint").touch()
    panel = on_screen(FitPanel(opened))
    assert panel.resume.isVisible()
    # Anew, it goes beside what was begun.
    assert opened.fitter.out.name == "ada 2.avatar"
    panel.resume.click()
    assert Spoken.last.order.resume
    assert Spoken.last.order.out == folder / "ada.avatar"


def test_closing_the_studio_closes_the_fit(spoken):
    studio, process = spoken
    studio.close()
    assert process.closed


def test_a_real_fit_goes_from_the_button_to_the_avatar(opened, on_screen, wait_for):
    fitter: Fitter = opened.fitter
    panel = on_screen(FitPanel(opened))
    fitter.set_settings(replace(fitter.settings, minutes=0.12, texels=48))
    panel.begin.click()
    order = fitter.run.order
    wait_for(lambda: fitter.run.ended, 120)
    assert fitter.run.failed is None
    assert order.out.exists()
    assert opened.session.avatar() is fitter.run.done.avatar


def test_curves_are_read_off_at_any_time(on_screen):
    plot = on_screen(ConvergencePlot("dB"), 320, 160)
    plot.set_series(
        [
            Series("training", "#868d97", ((10.0, 20.0), (20.0, 24.0))),
            Series("held out", "#5aa9ff", ((15.0, 22.0),), marked=True),
        ],
        60.0,
    )
    assert plot.readings(12.0) == ["training 20.00"]
    assert plot.readings(59.0) == ["held out 22.00", "training 24.00"]
    assert plot.grab().toImage().pixelColor(45, 12).isValid()
