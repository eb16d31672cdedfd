"""What a session measures against ground truth, when that is out of date, and what is written."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from capture_scenes import MadeCapture, ring
from mien.avatar.state import NEUTRAL, AvatarState
from mien.capture.protocol import View
from mien.capture.tracking import Tracking
from mien.editing.commands import AddAssets, SetDrive, SetMarks, SetNotes, SetPhoto, SetState
from mien.editing.document import Asset, Drive, Note, Photo
from mien.errors import Cancelled, MienError
from mien.gaussians.marks import HIDDEN, Marks
from mien.rendering.backends.cpu import CpuRenderer
from mien.rendering.protocol import RenderOptions
from mien.session import library as library_module
from mien.session.command_line import evaluate_command
from mien.session.demo import demo_document
from mien.session.review import Scope, conditions, prepare, reviewed_capture
from mien.session.review_report import ReviewReport
from mien.session.session import Session

GREY = np.array([140, 143, 148], np.uint8)
PSNR = Scope(every=2)
PSNR = PSNR.replace(recipe=PSNR.recipe.replace(metrics=("psnr",)))
STATES = [AvatarState.of({"jawOpen": 0.2 * frame}) for frame in range(5)]


class FilmedCapture(MadeCapture):
    """Photographs that are renders of an avatar in the states that were tracked."""

    avatar = None

    def view(self, camera, frame):
        held = next(held for held in self.cameras if held.name == camera)
        key = camera, frame
        if key not in self.pictures and key not in self.missing:
            with_grey = RenderOptions(background=tuple(float(v) / 255 for v in GREY), depth=False)
            drawn = CpuRenderer().render(self.avatar.pose(STATES[frame]), held.camera, with_grey)
            mask = np.round(drawn.alpha * 255).astype(np.uint8)
            self.pictures[key] = View(np.ascontiguousarray(drawn.rgb8), mask)
        return super().view(camera, frame)


@pytest.fixture
def session(monkeypatch):
    """Ada in A, filmed and tracked by a rig of four of which one is held out."""
    people = demo_document()
    if people is None:
        pytest.skip("the demo people are not built")
    capture = FilmedCapture(
        cameras=ring(4, size=(48, 64)),
        tracking=Tracking.of_states("mien_head", np.zeros(4), STATES),
        background=GREY,
        missing=frozenset({("c03", 2)}),
    )
    real = library_module.read_asset
    monkeypatch.setattr(
        library_module,
        "read_asset",
        lambda asset, progress: capture if asset.kind == "capture" else real(asset, progress),
    )
    made = Session()
    ada = people.asset(people.look("A").asset_ids[0])
    made.add_assets((ada,))
    made.add_assets((Asset("cap", "capture", "Made", "/data/made.capture"),))
    for task in made.tasks.active:
        assert task.wait(60)
    capture.avatar = made.library.avatar(ada.id)
    yield made
    made.close()


def measured(session, scope=PSNR, **told):
    renderer = CpuRenderer()
    try:
        return prepare(session, scope).run(renderer, **told)
    finally:
        renderer.close()


def test_what_is_shown_is_measured_as_it_is_driven(session):
    found = measured(session)
    assert [held.name for held in found.cameras] == ["c03"]
    assert found.frames == (0, 2, 4)
    # Photographs are bytes: apart from rounding, it is the very picture.
    assert np.nanmin(found.table("psnr")) > 50
    assert [item.frame for item in found.missing] == [2]
    session.push(SetDrive(Drive()))
    neutral = measured(session)
    assert neutral.table("psnr")[0, 0] > 50
    assert neutral.table("psnr")[0, 2] < 45


def test_what_is_hidden_of_an_avatar_is_not_measured(session):
    ada = session.document.look("A").asset_ids[0]
    count = session.library.avatar(ada).num_gaussians
    session.push(SetMarks(ada, Marks(np.full(count, HIDDEN, np.uint8))))
    assert measured(session).table("psnr")[0, 0] < 30


def test_a_scope_means_cameras_and_frames(session):
    capture = session.library.capture("cap")
    assert Scope().cameras_in(capture) == ("c03",)
    assert Scope(cameras=("all",)).cameras_in(capture) == ("c00", "c01", "c02", "c03")
    assert Scope(cameras=("c02", "c00")).cameras_in(capture) == ("c00", "c02")
    assert Scope(every=3).frames_in(capture) == (0, 3)
    nothing_held_out = MadeCapture(cameras=tuple(replace(h, split="train") for h in ring(2)))
    assert Scope().cameras_in(nothing_held_out) == ("c00", "c01")
    with pytest.raises(MienError, match="every 0 frames"):
        Scope(every=0)


def test_figures_are_out_of_date_only_after_what_changes_them(session):
    before = conditions(session, PSNR)
    session.view.update(time=0.2, compare="wipe", standing=True, station_camera="c01")
    session.push(SetNotes((Note(0.0, 0.0, "soft"),)))
    session.push(SetDrive(replace(session.document.drive, smoothing=0.9)))
    assert conditions(session, PSNR) == before
    session.push(SetDrive(replace(session.document.drive, pose=False)))
    assert conditions(session, PSNR) != before
    session.history.undo()
    assert conditions(session, PSNR) == before
    session.push(SetState(NEUTRAL.replace(expression=NEUTRAL.expression + 0.1)))
    assert conditions(session, PSNR) != before


def test_nothing_to_measure_is_said_in_one_line(session):
    empty = Session()
    with pytest.raises(MienError, match="no ground truth"):
        prepare(empty, PSNR)
    assert conditions(empty, PSNR) is None
    assert evaluate_command(empty, PSNR) == ""
    empty.close()
    with pytest.raises(MienError, match="none of the cameras c99"):
        prepare(session, PSNR.replace(cameras=("c99",)))


def test_the_capture_that_is_shown_is_reviewed_where_no_camera_was_chosen(session):
    session.view.update(station_asset="")
    assert reviewed_capture(session).id == "cap"
    session.push(SetPhoto("B", None))
    assert reviewed_capture(session) is None
    session.push(AddAssets((Asset("other", "capture", "Other", "/data/other.capture"),)))
    session.push(SetPhoto("B", Photo("other")))
    for task in session.tasks.active:
        assert task.wait(60)
    assert reviewed_capture(session).id == "other"


def test_results_come_in_and_stay_when_it_is_stopped(session, monkeypatch):
    monkeypatch.setattr("mien.session.review._TELL_EVERY_SECS", 0.0)
    seen = []

    def stop(fraction, _message):
        if fraction > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        measured(session, PSNR.replace(cameras=("all",)), found=seen.append, progress=stop)
    counts = [len(found.measured) for found in seen]
    assert counts == sorted(counts)
    assert len(counts) > 1
    assert counts[-1] == 7


def test_the_command_does_the_same(session):
    ada = session.document.asset(session.document.look("A").asset_ids[0])
    path = library_module.asset_path(ada)
    command = evaluate_command(session, PSNR)
    assert command == f"mien evaluate {path} /data/made.capture --frames ::2 --metrics psnr"
    recipe = PSNR.recipe.replace(crop="mask-box", margin=0.1, matte=(0.0, 0.0, 0.0))
    session.push(SetDrive(Drive()))
    told = evaluate_command(session, Scope(("all",), 1, recipe))
    assert told.endswith("--cameras all --metrics psnr --crop mask-box --margin 0.1 "
                         "--matte '#000000' --drive neutral")  # fmt: skip


def test_a_review_is_written_with_its_notes_and_drawings(session, tmp_path):
    taken = prepare(session, PSNR)
    line = ((0.25, 0.5), (0.75, 0.5))
    notes = (Note(0.0, 0.2, "Lips <too> soft", "cap", "c03", (line,)), Note(0.1, 0.1, "Whole"))
    renderer = CpuRenderer()
    report = ReviewReport(taken, taken.run(renderer), notes, "mien evaluate x")
    report.write(tmp_path / "review.html", renderer, lambda *_: None)
    report.write(tmp_path / "review.csv", renderer, lambda *_: None)
    page = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert "Lips &lt;too&gt; soft" in page
    assert "mien evaluate x" in page
    made = report.report(renderer, lambda *_: None)
    first, second = made.notes
    # Render and photograph side by side, the line on either.
    assert first.picture.shape == (64, 96, 3)
    assert [stroke.points[0] for stroke in first.strokes] == [(0.125, 0.5), (0.625, 0.5)]
    assert second.picture is None
    table = (tmp_path / "review.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["frame"] for row in rows] == ["0", "2", "4"]
    assert rows[1]["missing"]
