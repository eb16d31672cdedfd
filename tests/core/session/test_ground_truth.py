"""Standing in a capture's camera and seeing its photographs, to the pixel and to the frame."""

import numpy as np
import pytest

from capture_scenes import MadeCapture, ramp
from mien.avatar.state import AvatarState
from mien.capture.protocol import View, ViewMissing
from mien.capture.tracking import Tracking
from mien.editing.commands import RemoveAsset, SetDrive, SetPhoto, SwapLooks
from mien.editing.document import Asset, Drive, Note, Photo
from mien.rendering.backends.cpu import CpuRenderer
from mien.session.painter import Painter
from mien.session.photographs import Photographs, cut_out
from mien.session.request import PhotoShot
from mien.session.session import Session
from mien.session.stations import frame_at, stepped
from mien.session.store import load_session, save_session


@pytest.fixture
def session(monkeypatch):
    """A session with a made capture in B, which needs no file."""
    opened = MadeCapture(tracking=tracking(5))
    monkeypatch.setattr("mien.session.library.read_asset", lambda asset, progress: opened)
    session = Session()
    session.library.load(Asset("cap", "capture", "made", "made.capture"))
    session.add_assets((Asset("cap", "capture", "made", "made.capture"),))
    yield session
    session.close()
    assert opened.closed


def tracking(count):
    states = [
        AvatarState.of({"jawOpen": 0.1 * frame}, head_rotation=(0, 0.05 * frame, 0))
        for frame in range(count)
    ]
    return Tracking.of_states("mien_head", np.zeros(4), states)


def test_a_dropped_capture_is_the_ground_truth_and_drives(session):
    document = session.document
    assert document.photo("B") == Photo("cap")
    assert document.drive.source == "cap"
    assert session.span.end == pytest.approx(0.4)
    # A held-out camera is where one would look first.
    assert session.photo_station("B").camera.name == "c03"


def test_with_nobody_in_a_the_photographs_are_what_there_is_to_see(session):
    assert session.view.state.standing
    (alone,) = session.request((80, 60)).shots
    assert isinstance(alone, PhotoShot)
    assert alone.slot == "B"
    session.view.update(compare="wipe")
    assert session.request((80, 60)).compare == ""


def test_the_state_is_exactly_the_tracked_one(session):
    capture = session.library.capture("cap")
    for time, frame in ((0.0, 0), (0.099, 0), (0.1, 1), (0.27, 2), (9.0, 4)):
        assert frame_at(capture, time) == frame
        assert session.state_at(time) == capture.tracking.state(frame)
    session.push(SetDrive(Drive("cap", pose=False)))
    assert session.state_at(0.3) == AvatarState.of({"jawOpen": np.float32(0.1 * 3)})


def test_standing_in_a_camera_is_exact(session):
    session.view.update(station_asset="cap", station_camera="c01", standing=True)
    held = session.station.camera.camera
    # The viewport's shape is another: the whole photograph is in its middle, nothing is bent.
    seen = session.camera("A", (400, 256))
    points = np.random.default_rng(0).normal(0, 0.05, (20, 3))
    there, here = held.project(points)[0], seen.project(points)[0]
    np.testing.assert_allclose(here, 2 * there + [(400 - 2 * 96) / 2, 0], atol=1e-9)
    session.view.update(standing=False)
    assert session.camera("A", (400, 256)) == session.view.state.orbit.camera((400, 256))


def test_stepping_goes_round_the_rig(session):
    session.view.update(station_asset="cap", station_camera="c03")
    assert stepped(session.station, 1).camera.name == "c00"
    assert stepped(session.station, -1).camera.name == "c02"


def test_a_photograph_fills_its_place_pixel_for_pixel(session):
    session.view.update(station_asset="cap", station_camera="c01", standing=True, time=0.2)
    request = session.request((96, 128), slots=("B",))
    assert isinstance(request.shots[0], PhotoShot)
    painter = Painter(CpuRenderer())
    picture = painter.paint(request)
    np.testing.assert_array_equal(picture.frames[0].rgb8, ramp((96, 128), 2))
    wide = painter.paint(session.request((200, 128), slots=("B",))).frames[0]
    np.testing.assert_array_equal(wide.rgb8[:, 52:148], ramp((96, 128), 2))
    assert not wide.alpha[:, :52].any()
    # Half the size and twice: the same place shows the same colour.
    for size in ((48, 64), (192, 256)):
        small = painter.paint(session.request(size, slots=("B",))).frames[0].rgb8
        factor = size[0] / 96
        row, column = round(40 * factor), round(30 * factor)
        np.testing.assert_allclose(small[row, column], ramp((96, 128), 2)[40, 30], atol=6)
    painter.close()


def test_a_missing_photograph_is_striped_and_says_so():
    capture = MadeCapture(missing=frozenset({("c01", 1)}))
    photographs = Photographs()
    shot = PhotoShot(capture, "c01", 1, capture.cameras[1].camera)
    frame, problem = photographs.frame(shot, (0, 0, 0))
    assert isinstance(problem, ViewMissing)
    assert "c01 has no frame 101" in str(problem)
    assert len(np.unique(frame.rgb8)) == 2
    photographs.close()


def test_pictures_are_decoded_once_and_ahead_and_forgotten_in_time():
    capture = MadeCapture(num_frames=20)
    one = capture.view("c00", 0)
    photographs = Photographs(budget_bytes=6 * (one.image.nbytes + one.mask.nbytes))
    capture.reads.clear()
    for frame in range(20):
        photographs.frame(PhotoShot(capture, "c00", frame, capture.cameras[0].camera), (0, 0, 0))
    assert sorted(capture.reads) == [("c00", frame) for frame in range(20)]
    assert 1 <= len(photographs.cached(capture, "c00")) <= 6
    assert 19 in photographs.cached(capture, "c00")
    photographs.close()


def test_a_cut_out_takes_the_old_background_out_of_soft_pixels():
    mask = np.array([[0, 128, 255]], np.uint8)
    share = mask / 255
    person, behind = np.array([200, 100, 50]), np.array([255, 255, 255])
    photo = share[..., None] * person + (1 - share[..., None]) * behind
    laid = cut_out(photo.round().astype(np.uint8), mask, (0, 0, 1), behind.astype(np.uint8))
    expected = share[..., None] * person + (1 - share[..., None]) * [0, 0, 255]
    np.testing.assert_allclose(laid, expected, atol=1)


def test_a_reader_that_breaks_is_a_missing_picture():
    capture = MadeCapture()
    capture.pictures["c00", 0] = View(np.zeros((128, 96, 3), np.uint8))
    capture.view = lambda camera, frame: (_ for _ in ()).throw(OSError("disk gone"))
    shot = PhotoShot(capture, "c00", 0, capture.cameras[0].camera)
    _, problem = Photographs().frame(shot, (0, 0, 0))
    assert "c00, frame 0 cannot be read (disk gone)" in str(problem)


def test_photos_swap_and_go_with_their_capture(session):
    session.push(SwapLooks())
    assert session.document.photo("A") == Photo("cap")
    session.push(RemoveAsset("cap"))
    assert not session.document.photos
    assert session.station is None
    session.history.undo()
    assert session.document.photo("A") == Photo("cap")


def test_photos_and_drawn_notes_are_saved(session, tmp_path):
    note = Note(0.1, 0.2, "ear", "cap", "c01", (((0.1, 0.2), (0.3, 0.4)), ((0.5, 0.5),)))
    session.push(SetPhoto("A", Photo("cap", "c02")))
    document = session.document.replace(notes=(note,))
    view = session.view.state
    save_session(tmp_path / "w.mien", document, view)
    again, seen = load_session(tmp_path / "w.mien")
    assert again == document
    assert seen == view
