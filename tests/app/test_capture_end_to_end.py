"""A reviewer's half hour in a real window: from a capture to an avatar to a review of it.

A person who never lived is filmed, dropped on the window and fitted while one watches; held-out
cameras, the wipe and FLIP show how near it comes, figures say where it is worst, and what is to be
said about that goes out as one page. Leaves screenshots in `out/e2e`, to be looked at.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from mien.avatar.open import open_avatar
from mien.capture.synthetic.production import Production
from mien.capture.synthetic.rigs import camera_rig
from mien.capture.synthetic.synthesize import synthesize
from mien_studio.panels.fit import FitPanel
from mien_studio.panels.review import ReviewPanel
from studio_hands import SHOTS, Hands, apart

pytestmark = pytest.mark.e2e

NUM_FRAMES, SIZE, SEED = 20, (128, 128), 11


@pytest.fixture(scope="module")
def capture_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person filmed by four cameras to fit and two to look from, over twenty frames.

    Filming takes longer than all the rest: what was filmed for an earlier run is used again.
    """
    rig = camera_rig("ring16").cameras(SIZE)
    trained = [held for held in rig if held.split == "train"][::3]
    held_out = [held for held in rig if held.split == "test"][1:3]
    production = Production((*trained, *held_out), frames=NUM_FRAMES, texture=512, supersampling=1)
    (filmed,) = synthesize(production, [SEED], SHOTS / "people", num_workers=2, overwrite=True)
    return Path(shutil.copy(filmed, tmp_path_factory.mktemp("people")))


def panel_of(hands: Hands, kind: type):
    (found,) = hands.window.findChildren(kind)
    return found


def test_from_a_capture_to_a_review(open_window, capture_path, tmp_path):
    hands = open_window()
    studio, window = hands.studio, hands.window
    session, view = studio.session, window.viewport

    # Dropped on an empty window, a capture is there to be seen, from a camera nothing is fitted to.
    hands.drop(capture_path)
    hands.wait(lambda: studio.fitter.capture is not None)
    hands.wait(lambda: view.drawn is not None)
    station = session.station
    assert station.camera.split == "test"
    assert session.view.state.standing
    hands.shot("20-capture")

    # Fit it and watch: previews come into A without a step of undo each.
    panel = panel_of(hands, FitPanel)
    hands.trigger("capture.fit")
    QApplication.processEvents()
    assert panel.isVisible()
    settings = replace(studio.fitter.settings, minutes=2.0, texels=64)
    studio.fitter.set_settings(settings)
    out = studio.fitter.out
    assert out.parent == capture_path.parent
    panel.begin.click()
    hands.wait(lambda: studio.fitter.run.shown)
    assert session.history.undo_label == f"Fit {out.stem}"
    first = hands.picture()
    hands.shot("21-fitting")
    assert session.view.state.compare == "wipe"
    steps = session.document
    hands.wait(lambda: len(studio.fitter.run.curve) >= 8)
    hands.wait(lambda: studio.fitter.run.last.held_out_psnr is not None)
    hands.wait(lambda: studio.fitter.run.ended or apart(hands.picture(), first) > 0.3)
    hands.wait(lambda: studio.fitter.run.ended or len(studio.fitter.run.curve) >= 20)
    hands.shot("22-converging")
    panel.stop.click()
    hands.wait(lambda: studio.fitter.run.ended)
    done = studio.fitter.run.done
    assert done is not None
    assert session.document is steps
    assert done.report.psnr > studio.fitter.run.curve[0].psnr
    hands.shot("23-fitted")
    assert open_avatar(out).name == out.stem
    assert session.library.avatar(session.document.look("A").asset_ids[0]) is done.avatar

    # Its FLIP map against the photograph, then the other held-out camera.
    hands.trigger("compare.flip")
    hands.shot("24-flip")
    assert 0 < view.drawn.perceived.mean < 0.3
    hands.trigger("compare.wipe")
    hands.trigger("capture.next")
    hands.shot("25-next-camera")

    # Scrub through the frames: photograph and avatar move together.
    moments = []
    for frame in (0, 6, 13, 19):
        studio.update_view(time=float(station.capture.times[frame] - station.capture.times[0]))
        moments.append(hands.picture())
        assert studio.player.frame == frame
    assert min(apart(moments[0], later) for later in moments[1:]) > 0.05
    hands.shot("26-scrubbed")

    # Measure: every held-out picture, with curves.
    hands.show_panel("review")
    hands.trigger("review.evaluate")
    hands.wait(lambda: studio.reviewer.review is not None and studio.reviewer.review.whole, 120)
    found = studio.reviewer.review.evaluation
    assert {"psnr", "ssim", "flip"} <= set(found.recipe.metrics)
    assert (len(found.cameras), len(found.frames)) == (2, NUM_FRAMES)
    hands.wait(lambda: studio.reviewer.task is None)
    review = panel_of(hands, ReviewPanel)
    (worst,) = found.worst("psnr", 1)
    card = f"{worst.camera} {worst.frame}"
    hands.wait(lambda: review.figures.cards.has_pixmap(card))
    hands.shot("27-measured")

    # Go to the worst picture and write about it, with a line drawn on it.
    review.figures.cards.activated.emit(card, False)
    hands.settle()
    assert (session.station.camera.name, studio.player.frame) == (worst.camera, worst.frame)
    hands.trigger("review.note")
    review.notes.words.setPlainText("The hair is softer than in the photograph.")
    review.notes.keep()
    hands.trigger("review.draw")
    hands.settle()
    middle = view.ink.rect().center()
    hands.drag(view.ink, middle + QPoint(-60, -120), middle + QPoint(40, -150))
    (note,) = session.document.notes
    assert note.text.startswith("The hair")
    assert len(note.strokes[0]) >= 4
    assert note.camera == worst.camera
    hands.trigger("review.draw")
    hands.shot("28-noted")

    # One page that can be sent on.
    page = tmp_path / "review.html"
    review.export(page)
    hands.wait(page.exists)
    hands.wait(lambda: not session.tasks.active)
    text = page.read_text(encoding="utf-8")
    assert "The hair is softer than in the photograph." in text
    assert out.stem in text
    assert f"{np.round(found.mean('psnr'), 2):.2f}" in text
    hands.shot("29-exported")

    # And all of it can be taken back: the avatar leaves A, the notes are gone.
    while session.document.notes or session.document.looks:
        hands.trigger("edit.undo")
    assert session.document.photo("B") is not None
