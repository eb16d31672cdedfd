import json
import shlex
from dataclasses import replace

import numpy as np
import pytest

from mien.driving.files import write_track
from mien.driving.track import ExpressionTrack
from mien.editing.commands import SetDrive, SetKeyframes, SetLook, SetMarks
from mien.editing.document import Document, Drive, Keyframe, Look
from mien.errors import MienError
from mien.gaussians.marks import HIDDEN, SELECTED, Marks
from mien.session.command_line import (
    avatar_command,
    picture_command,
    timeline_command,
    turntable_command,
)
from mien.session.demo import demo_document
from mien.session.library import asset_for
from mien.session.sequences import timeline_shots, turntable_shots, write_trajectory
from mien.session.session import Session

SIZE = (32, 24)


@pytest.fixture
def session():
    demo = demo_document()
    if demo is None:
        pytest.skip("the demo people are not built")
    made = Session()
    assets = demo.assets_of("avatar")[:2]
    for asset in assets:
        made.library.load(asset)
    made.history.reset(Document(assets=assets, looks={"A": Look.of(assets[0].id)}))
    yield made
    made.close()


@pytest.fixture
def driven(session: Session, tmp_path) -> Session:
    weights = np.linspace(0, 1, 11, dtype=np.float32)[:, None]
    path = tmp_path / "jaw open.h5"
    write_track(path, ExpressionTrack(np.arange(11) / 10 + 5, ("jawOpen",), weights))
    asset = asset_for(path)
    session.library.load(asset)
    session.history.reset(
        session.document.replace(
            assets=(*session.document.assets, asset), drive=Drive(asset.id, smoothing=0)
        )
    )
    return session


def test_the_timeline_is_taken_at_the_sources_rate(driven: Session) -> None:
    taken = timeline_shots(driven, SIZE)
    assert taken.rate == pytest.approx(10)
    assert len(taken.shots) == 11
    assert taken.shots[5].state.weight("jawOpen") == pytest.approx(0.5, abs=1e-4)
    assert taken.video is None
    driven.view.update(in_time=0.25, out_time=0.75)
    assert timeline_shots(driven, SIZE, rate=4).times == pytest.approx((0.25, 0.5, 0.75))


def test_later_edits_do_not_reach_what_was_taken(driven: Session) -> None:
    taken = timeline_shots(driven, SIZE)
    held = taken.shots[3]
    driven.push(SetDrive(Drive()))
    assert held.state.weight("jawOpen") == pytest.approx(0.3, abs=1e-4)


def test_a_morph_is_a_timeline_too(session: Session) -> None:
    with pytest.raises(MienError, match="the timeline is empty"):
        timeline_shots(session, SIZE)
    a, b = (Look.of(asset.id) for asset in session.document.assets)
    session.push(SetKeyframes((Keyframe(0, a), Keyframe(1, b))))
    weights = [shot.blend.weights for shot in timeline_shots(session, SIZE, rate=2).shots]
    assert weights[1] == pytest.approx((0.5, 0.5))


def test_a_turn_goes_once_around(session: Session, tmp_path) -> None:
    taken = turntable_shots(session, SIZE, turn_secs=1, rate=8)
    cameras = [shot.camera for shot in taken.shots]
    assert len(cameras) == 8
    pivot = np.asarray(session.orbit("A").pivot)
    places = np.array([camera.position for camera in cameras]) - pivot
    assert np.linalg.norm(places.sum(axis=0)[[0, 2]]) < 1e-6
    write_trajectory(tmp_path / "transforms.json", cameras, 8)
    content = json.loads((tmp_path / "transforms.json").read_text())
    matrix = np.array(content["frames"][0]["transform_matrix"])
    # OpenGL cameras look along -Z: that is where the pivot is.
    assert (np.linalg.inv(matrix) @ [*pivot, 1])[2] < 0


def test_nothing_of_the_editor_is_exported(session: Session) -> None:
    asset = session.document.assets[0].id
    count = session.library.avatar(asset).num_gaussians
    every = np.ones(count, bool)
    marks = Marks.none(count).with_mark(SELECTED, every).with_mark(HIDDEN, np.arange(count) < 9)
    session.push(SetMarks(asset, marks))
    shot = turntable_shots(session, SIZE, turn_secs=1).shots[0]
    assert shot.marks.count(SELECTED) == 0
    assert shot.marks.count(HIDDEN) == 9


def test_commands_say_what_was_done(driven: Session, tmp_path) -> None:
    out = tmp_path / "o.png"
    words = shlex.split(picture_command(driven, out, SIZE, transparent=True))
    assert words[:2] == ["mien", "render"]
    assert words[words.index("--size") + 1] == "32x24"
    assert words[-2:] == ["--background", "transparent"]
    driven.view.update(time=0.5)
    assert "jawOpen=0.50" in shlex.split(turntable_command(driven, out, SIZE, turn_secs=2))
    words = shlex.split(timeline_command(driven, tmp_path / "o.mp4", SIZE, beside=False))
    assert words[:2] == ["mien", "drive"]
    assert words[3].endswith("jaw open.h5")
    assert "--no-source-beside" in words
    driven.push(SetDrive(Drive()))
    assert timeline_command(driven, out, SIZE, beside=True) == ""


def test_a_blend_is_made_first(session: Session, tmp_path) -> None:
    a, b = (asset.id for asset in session.document.assets)
    session.push(SetLook("A", Look({a: 0.75, b: 0.25}, {"eyes": b})))
    words = shlex.split(avatar_command(session, tmp_path / "both.avatar"))
    assert words[:2] == ["mien", "blend"]
    assert words[words.index("--weights") + 1 : words.index("--out")] == ["0.75", "0.25"]
    assert "eyes=2" in words
    both = picture_command(session, tmp_path / "o.png", SIZE, transparent=False)
    first, second = both.split(" && ")
    assert first.startswith("mien blend")
    assert second.startswith("mien render blend.avatar")


def test_whom_no_file_says_has_no_command_but_a_session_s_morph(session: Session, tmp_path) -> None:
    out = tmp_path / "out.mp4"
    look = session.document.look("A")
    assert look is not None
    session.push(SetLook("A", replace(look, identity=(1.0,))))
    assert picture_command(session, out, SIZE, transparent=False) == ""
    assert turntable_command(session, out, SIZE, turn_secs=2) == ""
    assert avatar_command(session, tmp_path / "o.avatar") == ""
    session.push(SetKeyframes((Keyframe(0.0, look), Keyframe(2.0, look))))
    assert timeline_command(session, out, SIZE, beside=False) == ""
    session.save(tmp_path / "kept.mien")
    words = shlex.split(timeline_command(session, out, SIZE, beside=False))
    assert words[:4] == ["mien", "morph", str(tmp_path / "kept.mien"), "--out"]
