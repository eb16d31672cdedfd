"""A fit in a process of its own: what it says, how it ends, and where it leaves its work."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from filmed_scenes import film
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.open import open_avatar
from mien.capture.alignment import moved_camera, similarity
from mien.capture.store.importing import import_capture
from mien.editing.document import Asset
from mien.errors import Cancelled, MienError
from mien.session.command_line import fit_command
from mien.session.fitting import (
    FitOrder,
    FitProcess,
    FitSettings,
    Heard,
    free_path,
    latest_begun,
)
from mien.session.library import asset_for
from mien.session.session import Session
from mien.session.stations import Station
from mien.training.fit.config import FitConfig
from mien.training.fit.events import FitDone, FitPreview, FitProgress, FitStage

CONFIG = FitConfig(minutes=5.0, texels=48, preview_secs=0.05, measure_secs=0.3, checkpoint_secs=0.2)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filmed") / "ada.capture"
    import_capture(film(num_cameras=6, size=48), path)
    return path


@dataclass
class Listener:
    """Hears a fit from a test's thread."""

    heard: list[Heard] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, said: Heard) -> None:
        with self.changed:
            self.heard.append(said)
            self.changed.notify_all()

    def of(self, kind: type) -> list:
        return [said for said in self.heard if isinstance(said, kind)]

    def wait(self, condition: Callable[[], object], secs: float = 90.0) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, secs), self.heard

    def end(self) -> Heard:
        self.wait(lambda: self.of(FitDone) or self.of(MienError))
        return self.heard[-1]


def order(capture: Path, out: Path, **changes: object) -> FitOrder:
    return FitOrder(asset_for(capture), replace(CONFIG, **changes), out)  # type: ignore[arg-type]


def test_it_shows_itself_stops_with_the_best_so_far_and_goes_on_later(filmed, tmp_path):
    listener, out = Listener(), tmp_path / "ada.avatar"
    asked = order(filmed, out)
    process = FitProcess(asked, listener)
    listener.wait(lambda: len(listener.of(FitPreview)) >= 3)
    listener.wait(lambda: any(said.held_out_psnr for said in listener.of(FitProgress)))
    process.stop()
    done = listener.end()
    assert isinstance(done, FitDone)
    assert done.cancelled
    assert done.report.steps > 0
    assert isinstance(listener.heard[0], FitStage)
    first, *_, last = (preview.avatar for preview in listener.of(FitPreview))
    # The rig comes once; later previews hang on it and share what posing needs of it.
    assert last.rig is first.rig
    assert (last.gaussians.sh != first.gaussians.sh).any()
    assert last.pose().num_gaussians == last.num_gaussians
    # What it ends with is what its file holds.
    kept = open_avatar(out)
    assert isinstance(kept, RiggedAvatar)
    assert isinstance(done.avatar, RiggedAvatar)
    np.testing.assert_array_equal(kept.gaussians.sh, done.avatar.gaussians.sh)
    assert asked.checkpoint.exists()

    # Taken up again it has the settings it was begun with, whatever is asked now; closed, it stops
    # in order.
    again, before = Listener(), asked.checkpoint.stat().st_mtime_ns
    later = order(filmed, out, texels=64, checkpoint_secs=1000.0)
    process = FitProcess(replace(later, resume=True), again)
    again.wait(lambda: again.of(FitProgress))
    process.close(timeout_secs=60)
    assert not process.alive
    resumed = again.heard[-1]
    assert isinstance(resumed, FitDone)
    assert resumed.report.steps > done.report.steps
    assert resumed.report.num_gaussians == done.report.num_gaussians
    assert asked.checkpoint.stat().st_mtime_ns > before


def test_a_process_that_dies_says_so_in_one_line_and_keeps_what_was_shown(filmed, tmp_path):
    listener, out = Listener(), tmp_path / "ada.avatar"
    process = FitProcess(order(filmed, out), listener)
    listener.wait(lambda: listener.of(FitPreview))
    pid = process._process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    error = listener.end()
    assert isinstance(error, MienError)
    assert error.message == "the process that fitted ada ended by signal 9"
    assert str(out) in error.hint
    assert open_avatar(out).pose().num_gaussians > 0
    process.close()
    assert not process.alive


def test_stopped_before_it_began_there_is_nothing_to_keep(filmed, tmp_path):
    listener, out = Listener(), tmp_path / "ada.avatar"
    process = FitProcess(order(filmed, out), listener)
    process.stop()
    end = listener.end()
    assert isinstance(end, Cancelled)
    assert not out.exists()


def test_what_cannot_be_fitted_is_one_line(tmp_path):
    listener = Listener()
    missing = Asset("capture-1", "capture", "Nobody", str(tmp_path / "nobody.capture"))
    FitProcess(FitOrder(missing, CONFIG, tmp_path / "nobody.avatar"), listener)
    error = listener.end()
    assert isinstance(error, MienError)
    assert "nobody.capture" in error.message


def test_a_new_avatar_never_takes_the_place_of_an_earlier_one(tmp_path):
    ada = Asset("c", "capture", "Ada/one", str(tmp_path / "ada.capture"))
    assert free_path(ada, tmp_path).name == "Ada-one.avatar"
    (tmp_path / "Ada-one.avatar").touch()
    (tmp_path / "Ada-one 2.checkpoint").touch()
    assert free_path(ada, tmp_path).name == "Ada-one 3.avatar"


def test_what_was_begun_last_is_taken_up_and_nobody_elses(tmp_path):
    ada = Asset("c", "capture", "Ada [1]", str(tmp_path / "ada.capture"))
    assert latest_begun(ada, tmp_path) is None
    for age, name in enumerate(("Ada [1] 2", "Ada [1]", "Ada [1]1", "Ada [1] too", "Ada 1")):
        path = tmp_path / f"{name}.checkpoint"
        path.touch()
        os.utime(path, ns=(age, age))
    assert latest_begun(ada, tmp_path) == tmp_path / "Ada [1].avatar"


def test_settings_say_which_frames_and_how_often_it_is_measured():
    assert FitSettings().frames_in(20) == (0,)
    assert FitSettings(frames="ten").frames_in(91) == tuple(range(0, 91, 10))
    assert FitSettings(frames="ten").frames_in(3) == (0, 1, 2)
    assert FitSettings(frames="all").config(4).frames == (0, 1, 2, 3)
    assert FitSettings(minutes=15).config(1).measure_secs == 20
    ada = Asset("c", "capture", "Ada", "/captures/ada.capture", "session 1")
    told = fit_command(ada, Path("out.avatar"), FitSettings(15, 192, "all"), 20)
    assert told == (
        "mien fit /captures/ada.capture --out out.avatar --minutes 15 --texels 192 "
        "--frames all --part 'session 1'"
    )


def test_an_avatar_on_offer_is_shown_without_its_file(tmp_path):
    session = Session()
    shown = film(num_cameras=4, size=16)
    asset = asset_for(tmp_path / "coming.avatar")
    from filmed_scenes import person

    session.library.offer(asset, person())
    session.add_assets((asset,))
    assert session.library.error(asset.id) is None
    assert session.library.task(asset.id) is None
    assert session.avatar() is person()
    # An avatar that was fitted where its head is not is seen from where that puts the cameras.
    motion = similarity(np.eye(3), (0.1, 0.2, 0.3), 2.0)
    station = Station("c", shown, shown.cameras[0])

    class Elsewhere:
        head_from_world = motion

    expected = moved_camera(shown.cameras[0].camera.fitted((30, 20)), motion)
    assert station.camera_at((30, 20), Elsewhere()) == expected  # type: ignore[arg-type]
    assert station.camera_at((30, 20), person()) == shown.cameras[0].camera.fitted((30, 20))
    session.close()
