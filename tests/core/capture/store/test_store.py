"""Stores: what goes in comes out, from any thread and process, to the bit where it should."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest

from made_captures import MadeCapture, ring
from mien.capture import Capture, open_capture
from mien.capture.opening import Choice
from mien.capture.protocol import ViewMissing
from mien.capture.store import Encoding, StoredCapture, import_capture
from mien.errors import Cancelled, FileError, MienError

PNG = Encoding("png")


@pytest.fixture(scope="module")
def made():
    return MadeCapture(absent=frozenset({("c01", 2)}))


@pytest.fixture(scope="module")
def stored_path(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "zoe.capture"
    import_capture(made, path, encoding=PNG, provenance={"command": "test"})
    return path


@pytest.fixture
def stored(stored_path):
    with StoredCapture(stored_path) as capture:
        yield capture


def test_it_is_a_capture_of_the_source(stored, made):
    assert isinstance(stored, Capture)
    assert stored.name == made.name
    assert [(held.name, held.split) for held in stored.cameras] == [
        (held.name, held.split) for held in made.cameras
    ]
    assert [held.camera for held in stored.cameras] == [held.camera for held in made.cameras]
    assert stored.times.tolist() == made.times.tolist()
    assert stored.frame_names == made.frame_names
    assert stored.aligned
    assert stored.head_from_world.tolist() == made.head_from_world.tolist()
    assert stored.background.tolist() == [90, 91, 92]
    assert dict(stored.attributes) == made.attributes
    assert type(stored.attributes["glasses"]) is bool
    assert stored.provenance["command"] == "test"


def test_tracking_comes_back(stored, made):
    assert stored.tracking.template == "mien_head"
    assert stored.tracking.identity.tolist() == [0.5, -1.0]
    for frame in range(made.num_frames):
        assert stored.tracking.state(frame) == made.tracking.state(frame)
    np.testing.assert_array_equal(stored.tracking.rest_offsets, made.tracking.rest_offsets)


def test_png_keeps_every_bit_and_depth_a_twentieth_of_a_millimetre(stored, made):
    for camera in ("c00", "c02"):
        for frame in range(made.num_frames):
            seen, wanted = stored.view(camera, frame), made.view(camera, frame)
            np.testing.assert_array_equal(seen.image, wanted.image)
            np.testing.assert_array_equal(seen.mask, wanted.mask)
            np.testing.assert_allclose(seen.depth, wanted.depth, atol=0.51e-4)
            assert ((seen.depth == 0) == (wanted.depth == 0)).all()


def test_jpeg_is_near_and_small(made, stored_path, tmp_path):
    path = import_capture(made, tmp_path / "j.capture", encoding=Encoding(quality=95)).path
    with StoredCapture(path) as capture:
        seen, wanted = capture.view("c00", 1), made.view("c00", 1)
        assert np.abs(seen.image.astype(int) - wanted.image).mean() < 3
        np.testing.assert_array_equal(seen.mask, wanted.mask)
        assert capture.encoded("c00", 1).image.startswith(b"\xff\xd8")


def test_missing_views_say_so(stored):
    assert stored.present("c01", 1)
    assert not stored.present("c01", 2)
    assert not stored.present("c01", 99)
    with pytest.raises(ViewMissing, match="camera c01, frame 00013"):
        stored.view("c01", 2)
    with pytest.raises(IndexError):
        stored.view("c01", 4)
    with pytest.raises(IndexError):
        stored.view("c01", -1)
    for ask in (stored.present, stored.view):
        with pytest.raises(KeyError, match="c00, c01, c02"):
            ask("c9", 0)


def test_a_closed_one_says_so(stored_path):
    capture = StoredCapture(stored_path)
    capture.close()
    capture.close()
    with pytest.raises(FileError, match="closed"):
        capture.view("c00", 0)


def test_threads_read_at_once(stored, made):
    places = [(camera, frame) for camera in ("c00", "c02") for frame in range(4)] * 20
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda place: stored.view(*place), places))
    for place, view in zip(places[:8], views[-8:], strict=True):
        np.testing.assert_array_equal(view.image, made.view(*place).image)


def _sums(capture: StoredCapture, camera: str) -> list[int]:
    return [int(capture.view(camera, frame).image.sum(dtype=int)) for frame in range(4)]


def test_spawned_processes_open_it_anew(stored, made):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        seen = pool.starmap(_sums, [(stored, "c00"), (stored, "c02")])
    assert seen == [_sums(made, "c00"), _sums(made, "c02")]


def test_chosen_cameras_alone(stored_path, made):
    capture = open_capture(stored_path, Choice(cameras=("c02", "c00")))
    assert [held.name for held in capture.cameras] == ["c00", "c02"]
    np.testing.assert_array_equal(capture.view("c02", 3).image, made.view("c02", 3).image)
    with pytest.raises(KeyError):
        capture.view("c01", 0)
    assert [held.name for held in pickle.loads(pickle.dumps(capture)).cameras] == ["c00", "c02"]
    with pytest.raises(FileError, match="no camera 'c7'"):
        open_capture(stored_path, Choice(cameras=("c7",)))


def test_anyone_with_hdf5_can_read_it(stored_path, made):
    with h5py.File(stored_path) as file:
        row = [name.decode() for name in file["cameras/names"]].index("c02")
        start, size = (int(file[f"pictures/mask/{key}"][row, 1]) for key in ("offsets", "sizes"))
        data = file["pictures/bytes"][start : start + size].tobytes()
        # The pictures are the end of the file: cutting it costs nothing else.
        room = file["pictures/bytes"]
        assert room.id.get_offset() + room.nbytes == stored_path.stat().st_size
    assert data.startswith(b"\x89PNG")


def test_equal_captures_give_equal_files(made, stored_path, tmp_path):
    again = import_capture(made, tmp_path / "b.capture", encoding=PNG,
                           provenance={"command": "test"}).path  # fmt: skip
    assert again.read_bytes() == stored_path.read_bytes()


def test_copying_a_store_copies_its_pictures(stored, stored_path, tmp_path):
    path = import_capture(stored, tmp_path / "c.capture", encoding=PNG).path
    assert path.read_bytes() == stored_path.read_bytes()


def test_every_other_frame_smaller(stored, made, tmp_path):
    done = import_capture(stored, tmp_path / "s.capture", every=2, size=(24, 32), encoding=PNG)
    assert (done.num_views, done.num_missing) == (5, 1)
    with StoredCapture(done.path) as small:
        assert small.frame_names == ("00007", "00013")
        assert small.tracking.state(1) == made.tracking.state(2)
        view = small.view("c00", 1)
        assert view.image.shape == (32, 24, 3)
        whole = made.view("c00", 2).image.astype(float)
        assert abs(view.image.mean() - whole.mean()) < 1
        point = np.array([[0.02, 0.05, -0.03]])
        full, _ = made.cameras[0].camera.project(point)
        half, _ = small.cameras[0].camera.project(point)
        np.testing.assert_allclose(half, full / 2)


def test_what_cannot_be_read_is_missing_and_named(tmp_path):
    made = MadeCapture(damaged=frozenset({("c00", 3)}))
    done = import_capture(made, tmp_path / "d.capture", encoding=PNG)
    assert (done.num_views, done.num_missing) == (11, 1)
    assert len(done.damaged) == 1
    assert "camera c00, frame 3" in done.damaged[0]
    hopeless = MadeCapture(ring(1), 1, damaged=frozenset({("c00", 0)}))
    with pytest.raises(FileError, match="none of its pictures"):
        import_capture(hopeless, tmp_path / "e.capture")


def test_cancelled_and_taken_up(made, stored_path, tmp_path):
    path = tmp_path / "f.capture"

    def stop(fraction, _message):
        if fraction is not None and fraction > 0.5:
            raise Cancelled

    options = {"encoding": PNG, "provenance": {"command": "test"}}
    with pytest.raises(Cancelled):
        import_capture(made, path, report=stop, **options)
    assert not path.exists()
    asked = []
    counting = CountingCapture(asked, absent=made.absent)
    import_capture(counting, path, **options)
    assert 0 < len(asked) < 7
    assert path.read_bytes() == stored_path.read_bytes()
    assert not path.with_name("f.capture.part").exists()
    import_capture(counting, path, **options)
    assert len(asked) < 7


class CountingCapture(MadeCapture):
    """Notes what is asked of it."""

    def __init__(self, asked, **fields):
        super().__init__(**fields)
        object.__setattr__(self, "asked", asked)

    def view(self, camera, frame):
        self.asked.append((camera, frame))
        return super().view(camera, frame)


def test_nothing_is_overwritten_unasked(made, stored_path, tmp_path):
    path = import_capture(made, tmp_path / "g.capture", encoding=PNG).path
    before = path.read_bytes()
    with pytest.raises(FileError, match="--overwrite"):
        import_capture(made, path, every=2, encoding=PNG)
    assert path.read_bytes() == before
    import_capture(made, path, every=2, encoding=PNG, overwrite=True)
    with StoredCapture(path) as capture:
        assert len(capture.times) == 2


@pytest.mark.parametrize("wrong", [{"every": 0}, {"encoding": ("jpeg", 0)}])
def test_senseless_wishes(made, tmp_path, wrong):
    with pytest.raises(MienError):
        if "encoding" in wrong:
            wrong = {"encoding": Encoding(*wrong["encoding"])}
        import_capture(made, tmp_path / "h.capture", **wrong)


def test_names_of_any_kind(tmp_path):
    named = MadeCapture(ring(1), 1, name="päth \udcff / 日本")
    path = import_capture(named, tmp_path / "i.capture").path
    with StoredCapture(path) as capture:
        assert capture.name == named.name
    with pytest.raises(FileError, match="ends in"):
        import_capture(named, tmp_path / "i.h5")
