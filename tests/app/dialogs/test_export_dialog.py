import json
import shlex

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from mien.avatar import open_avatar
from mien.driving.files import open_track, write_track
from mien.driving.track import ExpressionTrack
from mien.driving.video import VideoReader
from mien.editing.commands import SetLook, SetMarks
from mien.editing.document import Document, Look
from mien.gaussians.files import read_cloud
from mien.gaussians.marks import DELETED, Marks
from mien_studio.dialogs.export import ExportDialog


@pytest.fixture
def dialog(studio, people, wait_for, qtbot, tmp_path) -> ExportDialog:
    assets = people.assets_of("avatar")[:2]
    studio.session.history.reset(Document(assets=assets, looks={"A": Look.of(assets[0].id)}))
    wait_for(lambda: all(studio.session.library.avatar(asset.id) for asset in assets))
    made = ExportDialog(studio)
    qtbot.addWidget(made)
    made.show()
    made.width_field.setValue(64)
    made.height_field.setValue(48)
    made.path.setText(str(tmp_path / "out.png"))
    return made


@pytest.fixture
def export(dialog, wait_for, tmp_path):
    """Return a function that exports something and gives its path."""

    def run(what: str, name: str):
        dialog.choose(what)
        dialog.path.setText(str(tmp_path / name))
        dialog.start()
        wait_for(lambda: dialog._task is None)
        return tmp_path / name

    return run


def test_a_picture_has_no_background_where_wanted(dialog, export) -> None:
    from PIL import Image

    dialog.transparent.setChecked(True)
    with Image.open(export("picture", "out.png")) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (48, 64, 4)
    assert pixels[0, 0, 3] == 0
    assert pixels[..., 3].max() == 255


def test_an_avatar_is_written_and_opens_again(studio, dialog, export) -> None:
    ids = [asset.id for asset in studio.session.document.assets]
    studio.push(SetLook("A", Look({ids[0]: 0.5, ids[1]: 0.5})))
    again = open_avatar(export("avatar", "both.avatar"))
    assert again.num_gaussians == studio.session.library.avatar(ids[0]).num_gaussians
    assert again.template == studio.session.library.avatar(ids[0]).template


def test_deleted_gaussians_are_left_out_of_splats(studio, dialog, export) -> None:
    asset = studio.session.document.assets[0].id
    count = studio.session.library.avatar(asset).num_gaussians
    marks = Marks.none(count).with_mark(DELETED, np.arange(count) < 100)
    studio.push(SetMarks(asset, marks))
    assert read_cloud(export("avatar", "some.ply")).num_gaussians == count - 100


def test_a_turntable_and_its_cameras(dialog, export) -> None:
    dialog.turn_secs.setValue(0.5)
    dialog.rate.setValue(10)
    with VideoReader(export("turntable", "turn.mp4")) as video:
        assert len(video) == 5
        assert video.size == (64, 48)
    content = json.loads(export("trajectory", "transforms.json").read_text())
    assert len(content["frames"]) == 5
    places = np.array([frame["transform_matrix"] for frame in content["frames"]])[:, :3, 3]
    assert np.ptp(np.linalg.norm(places - places.mean(axis=0), axis=1)) < 1e-6


def test_the_timeline_needs_one_and_then_is_written(
    studio, dialog, export, wait_for, tmp_path
) -> None:
    dialog.choose("timeline")
    assert not dialog.go.isEnabled()
    assert "The timeline is empty" in dialog.problem.text()
    weights = np.linspace(0, 1, 7, dtype=np.float32)[:, None]
    write_track(tmp_path / "jaw.h5", ExpressionTrack(np.arange(7) / 10, ("jawOpen",), weights))
    added = studio.session.add_files([tmp_path / "jaw.h5"])[0]
    wait_for(lambda: studio.session.library.track(added.id) is not None)
    with VideoReader(export("timeline", "talk.mp4")) as video:
        assert len(video) == 7
        first, last = video.frame(0).astype(int), video.frame(6).astype(int)
    assert np.abs(first - last).max() > 20
    assert open_track(export("track", "talk.csv")).num_frames == 7


def test_what_goes_wrong_is_said_in_the_dialog(dialog, tmp_path) -> None:
    dialog.path.setText(str(tmp_path / "nowhere" / "out.png"))
    assert "There is no folder" in dialog.problem.text()
    assert not dialog.go.isEnabled()


def test_the_command_can_be_copied_and_is_whole(studio, dialog, tmp_path) -> None:
    dialog.choose("picture")
    dialog.path.setText(str(tmp_path / "a b.png"))
    dialog.copy_command()
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[:2] == ["mien", "render"]
    assert str(tmp_path / "a b.png") in words
    assert words[words.index("--size") + 1] == "64x48"
