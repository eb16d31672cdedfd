"""Reviewing in the studio: measuring, reading figures, jumping to what is worst, notes, ink."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from capture_scenes import MadeCapture, ring
from mien.avatar.state import NEUTRAL, AvatarState
from mien.capture.protocol import View
from mien.capture.tracking import Tracking
from mien.editing.commands import SetNotes, SetState
from mien.editing.document import Asset, Note
from mien.session import library as library_module
from mien_studio.panels.review import NO_CAPTURE, ReviewPanel
from mien_studio.panels.timeline.frames import CaptureFrames
from mien_studio.viewport.ink import InkOverlay
from mien_studio.viewport.placement import Placement
from mien_studio.widgets.frame_lane import HEIGHT
from mien_studio.widgets.score_table import ROW, Score, ScoreTable

SIZE = (48, 64)
STATES = [AvatarState.of({"jawOpen": 0.1 * frame}) for frame in range(5)]


class NoisyCapture(MadeCapture):
    """Flat photographs, the later the farther from the background: which one is worst is known."""

    def view(self, camera, frame):
        self.reads.append((camera, frame))
        if (camera, frame) in self.missing:
            return super().view(camera, frame)
        shade = 24 + 30 * frame + (5 if camera == "c01" else 0)
        return View(np.full((SIZE[1], SIZE[0], 3), shade, np.uint8),
                    np.full((SIZE[1], SIZE[0]), 255, np.uint8))  # fmt: skip


@pytest.fixture
def reviewed(studio, people, monkeypatch, wait_for):
    """A studio with a demo person in A and a made capture with a gap."""
    capture = NoisyCapture(
        cameras=ring(3, size=SIZE),
        tracking=Tracking.of_states("mien_head", np.zeros(4), STATES),
        background=np.array([24, 24, 24], np.uint8),
        missing=frozenset({("c00", 1)}),
    )
    real = library_module.read_asset
    monkeypatch.setattr(
        library_module,
        "read_asset",
        lambda asset, progress: capture if asset.kind == "capture" else real(asset, progress),
    )
    ada = people.asset(people.look("A").asset_ids[0])
    studio.session.add_assets((ada, Asset("cap", "capture", "Made", "/data/made.capture")))
    wait_for(lambda: studio.session.library.avatar(ada.id) is not None)
    wait_for(lambda: studio.session.library.capture("cap") is not None)
    wait_for(lambda: not studio.session.tasks.active)
    scope = studio.reviewer.scope
    recipe = scope.recipe.replace(metrics=("psnr", "l1", "lpips"))
    studio.reviewer.set_scope(scope.replace(cameras=("all",), recipe=recipe))
    studio.capture = capture
    return studio


@pytest.fixture
def panel(reviewed, on_screen):
    return on_screen(ReviewPanel(reviewed), 340, 900)


def measure(studio, wait_for):
    assert studio.actions.trigger("review.evaluate")
    wait_for(lambda: studio.reviewer.task is None)


def test_without_a_capture_the_panel_says_what_to_do(studio, on_screen):
    panel = on_screen(ReviewPanel(studio), 340, 600)
    assert panel.empty.isVisible()
    assert panel.empty.text() == NO_CAPTURE
    assert not panel.button.isVisible()
    assert not panel.figures.tiles.isVisible()
    assert not studio.actions.trigger("review.evaluate")
    assert not studio.actions.get("review.export_page").can_run


def test_figures_cameras_and_the_worst_are_shown(reviewed, panel, wait_for, qtbot):
    measure(reviewed, wait_for)
    found = reviewed.reviewer.review.evaluation
    assert reviewed.reviewer.review.whole
    assert len(found.measured) == 15
    tiles = {tile.key: tile for tile in panel.figures.tiles.tiles}
    assert tiles["psnr"].value == f"{found.mean('psnr'):.2f}"
    if "lpips" in found.unavailable:
        assert tiles["lpips"].dimmed
        assert found.unavailable["lpips"] in tiles["lpips"].tip
    counts = {score.name: score.count for score in panel.figures.cameras.scores}
    assert counts == {"c00": 4, "c01": 5, "c02": 5}
    # The brightest pictures are the farthest from what is drawn; c01's are brighter still.
    assert panel.figures.cards.cards[0].title == "c01 · 104"
    wait_for(
        lambda: all(panel.figures.cards.has_pixmap(card.key) for card in panel.figures.cards.cards)
    )
    panel.figures.cards.activated.emit(panel.figures.cards.cards[0].key, False)
    view = reviewed.session.view.state
    assert (view.time, view.standing, view.station_camera) == (pytest.approx(0.4), True, "c01")
    panel.figures.tiles.chosen.emit("l1")
    assert reviewed.reviewer.metric == "l1"
    assert panel.figures.plot.curves[-1].values[-1] == pytest.approx(found.frame_means("l1")[-1])


def test_a_click_on_a_curve_goes_to_its_frame_and_camera(reviewed, panel, wait_for):
    measure(reviewed, wait_for)
    found = reviewed.reviewer.review.evaluation
    table = found.table("psnr")
    # Far from any camera's curve the mean is meant.
    assert panel.figures.plot.reading(3.1, float(found.frame_means("psnr")[3]), 0.5) == (3, "")
    place, camera = panel.figures.plot.reading(2.0, float(table[1, 2]), 10.0)
    assert (place, camera) == (2, "c01")
    panel.figures.plot.picked.emit(place, camera)
    view = reviewed.session.view.state
    assert (view.time, view.station_camera) == (pytest.approx(0.2), "c01")
    panel.figures.plot.picked.emit(4, "")
    assert reviewed.session.view.state.time == pytest.approx(0.4)
    assert reviewed.session.view.state.station_camera == "c01"


def test_figures_are_marked_when_a_changes_and_fresh_again_when_it_goes_back(
    reviewed, panel, wait_for
):
    measure(reviewed, wait_for)
    assert not panel.stale.isVisible()
    reviewed.push(SetState(NEUTRAL.replace(expression=NEUTRAL.expression + 0.2)))
    assert panel.stale.isVisible()
    reviewed.undo()
    assert not panel.stale.isVisible()
    panel.editor.region.chosen.emit("mask-box")
    assert panel.stale.isVisible()
    assert reviewed.reviewer.scope.recipe.crop == "mask-box"


def test_measuring_can_be_stopped_and_keeps_what_was_found(reviewed, panel, wait_for):
    capture = reviewed.capture
    capture.num_read = 0
    real = capture.view

    def view(camera, frame):
        if frame >= 2 and reviewed.reviewer.task is not None:
            reviewed.reviewer.cancel()
        return real(camera, frame)

    capture.view = view
    measure(reviewed, wait_for)
    review = reviewed.reviewer.review
    assert not review.whole
    assert 0 < len(review.evaluation.measured) < 15
    assert panel.button.property("role") == "primary"


def test_a_review_is_exported(reviewed, panel, wait_for, tmp_path, qtbot):
    measure(reviewed, wait_for)
    with qtbot.waitSignal(reviewed.noticed, timeout=60000) as told:
        panel.export(tmp_path / "review.html")
    assert "<!doctype html>" in (tmp_path / "review.html").read_text(encoding="utf-8").lower()
    assert told.args[0].hint.startswith("mien evaluate ")
    assert str(tmp_path / "review.html") in told.args[0].hint
    with qtbot.waitSignal(reviewed.noticed, timeout=60000):
        panel.export(tmp_path / "review.csv")
    assert (tmp_path / "review.csv").read_text(encoding="utf-8").count("\n") == 16


def test_a_note_is_written_where_one_stands_and_found_again(reviewed, panel):
    reviewed.update_view(time=0.2, standing=True, station_camera="c02")
    reviewed.actions.trigger("review.note")
    panel.notes.words.setPlainText("Lips too soft")
    panel.notes.keep()
    (note,) = reviewed.session.document.notes
    assert (note.start, note.end, note.asset, note.camera) == (0.2, 0.2, "cap", "c02")
    assert note.text == "Lips too soft"
    reviewed.update_view(time=0.0, station_camera="c00")
    panel.notes.rows.activated.emit("0", False)
    panel.notes.rows.activated.emit("0", False)
    view = reviewed.session.view.state
    assert (view.time, view.station_camera) == (0.2, "c02")
    reviewed.undo()
    assert panel.notes.words.toPlainText() == ""
    reviewed.undo()
    assert not reviewed.session.document.notes
    assert panel.notes.empty.isVisible()


def test_a_range_between_in_and_out_is_noted(reviewed, panel):
    reviewed.update_view(in_time=0.1, out_time=0.3, time=0.2)
    reviewed.actions.trigger("review.note")
    (note,) = reviewed.session.document.notes
    assert (note.start, note.end, note.camera) == (0.1, 0.3, "")


def test_what_is_typed_is_kept_while_it_is_typed(reviewed, panel, wait_for):
    reviewed.actions.trigger("review.note")
    QTest.keyClicks(panel.notes.words, "soft")
    wait_for(lambda: reviewed.session.document.notes[0].text == "soft", 5)
    QTest.keyClicks(panel.notes.words, "er")
    reviewed.notebook.changed.emit()
    assert panel.notes.words.toPlainText() == "softer"


def test_lines_are_drawn_on_the_photograph_and_belong_to_camera_and_frame(reviewed, on_screen):
    ink = on_screen(InkOverlay(reviewed, None), 400, 300)
    placement = Placement((400, 300), (400, 300), "wipe")
    # The photograph lies in the middle of the picture.
    ink.follow(placement, (100.0, 0.0, 200.0, 300.0))
    reviewed.update_view(time=0.2, standing=True, station_camera="c02")
    reviewed.notebook.add()
    reviewed.notebook.set_drawing(True)
    assert reviewed.notebook.drawing
    QTest.mousePress(ink, Qt.MouseButton.LeftButton, pos=QPoint(150, 75))
    for x in range(160, 251, 10):
        QTest.mouseMove(ink, QPoint(x, 75))
    QTest.mouseRelease(ink, Qt.MouseButton.LeftButton, pos=QPoint(250, 75))
    ((line,),) = [note.strokes for note in reviewed.session.document.notes]
    np.testing.assert_allclose(line[0], (0.25, 0.25), atol=0.01)
    np.testing.assert_allclose(line[-1], (0.75, 0.25), atol=0.01)
    assert ink.strokes == (line,)
    drawn = ink.grab().toImage()
    assert drawn.pixelColor(200, 75).red() > 200
    reviewed.notebook.set_drawing(False)
    reviewed.update_view(time=0.3)
    assert ink.strokes == ()
    reviewed.update_view(time=0.2, station_camera="c01")
    assert ink.strokes == ()
    reviewed.update_view(station_camera="c02")
    assert ink.strokes == (line,)
    reviewed.undo()
    assert ink.strokes == ()


def test_one_draws_only_where_one_stands(reviewed):
    book = reviewed.notebook
    book.set_drawing(True)
    assert not book.drawing
    reviewed.update_view(standing=False)
    book.add()
    book.set_drawing(True)
    assert reviewed.session.view.state.standing
    assert book.drawing
    reviewed.update_view(standing=False)
    assert not book.drawing


def test_the_timeline_shows_gaps_figures_and_notes(reviewed, on_screen, wait_for):
    reviewed.update_view(standing=True, station_camera="c00")
    lane = on_screen(CaptureFrames(reviewed), 500, HEIGHT)
    lane.set_span(0.0, 0.4)
    np.testing.assert_array_equal(lane.facts.missing, [False, True, False, False, False])
    assert lane.facts.mean is None
    reviewed.reviewer.measure()
    wait_for(lambda: reviewed.reviewer.task is None)
    found = reviewed.reviewer.review.evaluation
    np.testing.assert_allclose(lane.facts.mean, found.frame_means("psnr"))
    np.testing.assert_allclose(lane.facts.own, found.table("psnr")[0])
    reviewed.push(SetNotes((Note(0.3, 0.3, "here", "cap", "c02"),)))
    QTest.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(375, 5))
    view = reviewed.session.view.state
    assert (view.time, view.station_camera) == (0.3, "c02")
    assert not lane.facts.missing.any()
    with_time = []
    lane.scrubbed.connect(with_time.append)
    QTest.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(250, HEIGHT // 2))
    assert with_time == [pytest.approx(0.2)]
    assert lane.mark_at(QPointF(100, 5)) is None


def test_scores_sort_by_numbers_with_what_is_unknown_last(on_screen):
    table = on_screen(ScoreTable(("Camera", "Mean", "Worst", "Frames")), 300, 200)
    nan = float("nan")
    scores = [Score("b", "#fff", 9.5, 1, 3), Score("a", "#fff", 30.0, 2, 3),
              Score("c", "#fff", nan, nan, 0)]  # fmt: skip
    table.set_scores(scores, digits=2)
    assert [score.name for score in table.scores] == ["a", "b", "c"]
    on_mean = QPoint(round(0.5 * 300), ROW // 2)
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=on_mean)
    assert [score.name for score in table.scores] == ["b", "a", "c"]
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=on_mean)
    assert [score.name for score in table.scores] == ["a", "b", "c"]
    chosen = []
    table.chosen.connect(chosen.append)
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(20, ROW + ROW // 2))
    assert chosen == ["a"]
