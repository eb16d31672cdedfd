"""Synthetic captures: exact, the same for a seed, and whole after any interruption."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mien.avatar.deformer import Deformer
from mien.avatar.template_rig import rig_from_template
from mien.camera import Camera
from mien.capture.protocol import CaptureCamera
from mien.capture.store import CaptureSet, CaptureWriter, Encoding, check_store
from mien.capture.store.pictures import decode_view
from mien.capture.synthetic.filming import FilmSet, Take
from mien.capture.synthetic.production import Production
from mien.capture.synthetic.rigs import camera_rig
from mien.capture.synthetic.sheet import contact_sheet
from mien.capture.synthetic.synthesize import synthesize
from mien.driving.track import ExpressionTrack
from mien.errors import Cancelled, FileError, MienError
from mien.rendering.opengl.context import probe_driver
from mien.template.arkit import ARKIT_INDEX, ARKIT_NAMES
from mien.template.sources.mien_head import mien_head

pytestmark = pytest.mark.skipif(
    isinstance(probe_driver(), str), reason=f"nothing can be drawn here: {probe_driver()}"
)

PNG = Encoding("png")
LAST = 4


def small(size=(96, 128), **changes):
    cameras = camera_rig("dome24").cameras(size)
    chosen = (cameras[8], cameras[9])
    return Production(chosen, "two", texture=128, **{"frames": 5} | changes)


@pytest.fixture(scope="module")
def film_set():
    with FilmSet(small(), PNG) as made:
        yield made


def filmed(film_set, seed, *views):
    size = (96, 128)
    takes = film_set.film(Take(seed, views))
    return {(each.camera, each.frame): decode_view(each.view, size) for each in takes}


def test_pictures_agree_with_cameras_shape_and_expression(film_set):
    production = small()
    outline = production.outline(6)
    views = filmed(film_set, 6, (0, 0), (1, 0), (0, LAST), (1, LAST))
    for (camera, number), view in views.items():
        names = outline.landmarks.names
        nose = outline.landmarks.points[number, names.index("nose_bridge_3")]
        pixel, depth = outline.cameras[camera].camera.project(nose[None])
        column, row = (int(value) for value in pixel[0])
        around = view.depth[row - 1 : row + 2, column - 1 : column + 2]
        assert np.abs(around - depth[0]).min() < 3e-3
        assert view.mask[row, column] == 255
        assert view.mask[0, 0] == 0
        assert view.depth[0, 0] == 0
        np.testing.assert_allclose(view.image[0, 0], outline.background, atol=1)
    moved = np.abs(views[0, 0].image.astype(int) - views[0, LAST].image).mean()
    assert moved > 0.5


def test_the_tracking_gives_the_surface(film_set):
    outline = small().outline(5)
    template, tracking = mien_head(), outline.tracking
    rig = rig_from_template(template, tracking.identity)
    rest = rig.rest + tracking.rest_offsets
    rig = rig.replace(rest=rest, joint_positions=template.joints_of(rest))
    surface = Deformer.of(rig).points(tracking.state(LAST))
    points = surface[[template.landmarks[name] for name in outline.landmarks.names]]
    np.testing.assert_allclose(points, outline.landmarks.points[LAST], atol=1e-5)


def test_a_view_does_not_depend_on_what_was_filmed_before(film_set):
    alone = filmed(film_set, 6, (1, 3))[1, 3]
    filmed(film_set, 26, (0, 0))
    after = filmed(film_set, 6, (0, 4), (0, 3), (1, 3))[1, 3]
    np.testing.assert_array_equal(alone.image, after.image)
    np.testing.assert_array_equal(alone.mask, after.mask)
    np.testing.assert_array_equal(alone.depth, after.depth)


SCRIPT = """
import sys
from test_synthesize import PNG, small
from mien.capture.synthetic.synthesize import synthesize
if __name__ == "__main__":
    synthesize(small(), [6], sys.argv[1], encoding=PNG, num_workers=1)
"""


def directly(film_set, path):
    """Film and store somebody in this process."""
    with CaptureWriter(path, small().outline(6), PNG) as writer:
        for each in film_set.film(Take(6, tuple(writer.missing()))):
            writer.add(each.camera, each.frame, each.view)
        return writer.finish()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of other systems")
def test_killed_and_taken_up_by_other_processes_it_is_the_same(tmp_path, film_set):
    script, folder = tmp_path / "script.py", tmp_path / "b"
    script.write_text(SCRIPT)
    part = folder / "person-00006.capture.part"
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        env=os.environ | {"PYTHONPATH": ":".join([*sys.path, str(Path(__file__).parent)])},
    )
    while not (part / "journal").exists() or (part / "journal").stat().st_size < 100:
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    path = folder / "person-00006.capture"
    assert not path.exists()
    production = small()
    again = {"encoding": PNG, "num_workers": 2}
    assert synthesize(production, [6], folder, **again) == (path,)
    assert path.read_bytes() == directly(film_set, tmp_path / "a.capture").read_bytes()
    assert check_store(path) == ()
    assert not part.exists()
    people = CaptureSet.of(folder)
    assert people.entries[0].attributes["seed"] == 6
    assert people.entries[0].num_frames == 5
    before = path.stat().st_mtime_ns
    assert synthesize(production, [6], folder, **again) == (path,)
    assert path.stat().st_mtime_ns == before
    with pytest.raises(FileError, match="something else"):
        synthesize(small(light="hard"), [6], folder, **again)


def test_it_can_be_cancelled_and_leaves_no_process(tmp_path):
    heard = []

    def stop(fraction, message):
        heard.append((fraction, message))
        raise Cancelled

    with pytest.raises(Cancelled):
        synthesize(small(frames="neutral"), [6], tmp_path, num_workers=1, report=stop)
    assert heard == [(0.5, "0 of 1 people")]
    assert not multiprocessing.active_children()
    with CaptureWriter(
        tmp_path / "person-00006.capture", small(frames="neutral").outline(6)
    ) as left:
        assert len(list(left.missing())) == 1


def test_a_track_moves_everybody():
    weights = np.zeros((3, len(ARKIT_NAMES)), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0, 0.4, 0.8
    track = ExpressionTrack(np.arange(3) / 25, ARKIT_NAMES, weights)
    script = small(frames=track).script(9)
    assert [round(state.weight("jawOpen"), 3) for state in script.states] == [0, 0.4, 0.8]
    blind = ExpressionTrack(np.arange(2.0), ARKIT_NAMES, np.full((2, 52), np.nan, np.float32))
    with pytest.raises(MienError, match="no face"):
        small(frames=blind)


def test_the_sheet_shows_everybody():
    page = contact_sheet([6], texture=128, num_workers=1, num_columns=1)
    assert page.dtype == np.uint8
    assert page.shape[1] > 900
    assert page.shape[0] > 500
    # Paper at the rim, pictures within.
    assert page[:10].min() > 240
    assert page[200:400, 100:350].std() > 20


# What the tracker reads, and the expressions of the rig it means.
READ_BACK = {
    "jawOpen": ("jawOpen",),
    "eyeBlinkLeft": ("eyeBlinkLeft", "eyeBlinkRight"),
    "mouthSmileLeft": ("mouthSmileLeft", "mouthSmileRight"),
    "browInnerUp": ("browInnerUp",),
    "browDownLeft": ("browDownLeft", "browDownRight"),
    "mouthPucker": ("mouthPucker",),
}
# A man and a woman who do all that, and others, younger and older, who do nothing.
ACTORS, OTHERS = (10, 5), (24, 11, 31)


@pytest.fixture(scope="module")
def readings(shared_data):
    """What the face tracker reads of people, by seed: neutral first, then each expression."""
    from mien.driving.face_tracker import COEFFICIENT_NAMES, FaceTracker, read_bundle

    weights = np.zeros((1 + len(READ_BACK), len(ARKIT_NAMES)), np.float32)
    for row, names in enumerate(READ_BACK.values(), 1):
        weights[row, [ARKIT_INDEX[name] for name in names]] = 1
    track = ExpressionTrack(np.arange(len(weights)) / 10, ARKIT_NAMES, weights)
    front = Camera.looking_at((0, -0.01, 1.3), (0, -0.01, 0), size=(256, 320), fov_y=0.25)
    production = Production((CaptureCamera("front", front),), frames=track, texture=256)
    tracker = FaceTracker(
        read_bundle(shared_data / "mediapipe" / "face_landmarker.task"), mode="image"
    )
    found = {}
    with FilmSet(production, PNG) as made:
        for seed in ACTORS + OTHERS:
            rows = range(len(weights)) if seed in ACTORS else range(1)
            views = made.film(Take(seed, tuple((0, row) for row in rows)))
            pictures = [decode_view(each.view, (256, 320)).image for each in views]
            read = [tracker.read(picture) for picture in pictures]
            assert all(reading is not None for reading in read)
            found[seed] = [dict(zip(COEFFICIENT_NAMES, reading.coefficients, strict=True))
                           for reading in read]  # fmt: skip
    return found


@pytest.mark.parametrize("name", list(READ_BACK))
def test_the_face_tracker_reads_expressions_back(readings, name):
    row = 1 + list(READ_BACK).index(name)
    for seed in ACTORS:
        assert readings[seed][row][name] > readings[seed][0][name] + 0.4


def test_the_face_tracker_reads_neutral_faces_as_neutral(readings):
    rested = [read[0] for read in readings.values()]
    for name in ("browInnerUp", "browDownLeft", "browDownRight", "mouthSmileLeft",
                 "mouthSmileRight", "jawOpen", "eyeBlinkLeft", "eyeBlinkRight"):  # fmt: skip
        found = [read[name] for read in rested]
        assert np.median(found) < 0.18
        assert max(found) < 0.4
