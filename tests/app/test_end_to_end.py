"""The whole studio in a real window: what a person does in the first ten minutes.

Drops real avatars and a real video on the window, drives, blends, compares, undoes, saves, is
killed while saving, reopens and exports. Leaves screenshots in `out/e2e`, to be looked at.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import imageio.v3 as iio
import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from mien.editing.commands import SetLook
from mien.editing.document import Look
from mien.session.store import load_session
from studio_hands import apart

pytestmark = pytest.mark.e2e

NAMES = ("p2-1", "james", "status")


def test_the_first_ten_minutes(open_window, shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    zips = {name: shared_data / "lam" / f"{name}.zip" for name in NAMES}
    hands = open_window()
    studio, window = hands.studio, hands.window
    hands.shot("01-empty")

    # Drop the three avatars.
    hands.drop(*zips.values())
    ids = {asset.name: asset.id for asset in studio.session.document.assets}
    hands.wait(lambda: all(studio.session.library.avatar(key) for key in ids.values()))
    faces = {}
    for name in NAMES:
        studio.push(SetLook("A", Look.of(ids[name])))
        hands.trigger("view.reset")
        faces[name] = hands.picture()
        hands.shot(f"02-{name}")
    assert apart(faces["james"], faces["status"]) > 3

    # Orbit with the mouse, look from the side, come back.
    view = window.viewport
    middle = view.rect().center()
    before = studio.session.view.state.orbit
    hands.drag(view, middle, middle + QPoint(160, 20))
    assert studio.session.view.state.orbit.yaw != before.yaw
    hands.shot("03-orbited")
    hands.trigger("view.reset")

    # Drive james with the video: the same instant in both, and it moves.
    studio.push(SetLook("A", Look.of(ids["james"])))
    hands.drop(shared_data / "video" / "head-pose-male.mp4")
    hands.wait(lambda: studio.session.track is not None)
    moments = []
    for number, moment in enumerate((0.4, 2.4, 4.0)):
        studio.update_view(time=moment)
        moments.append(hands.picture())
        hands.shot(f"04-driven-{number}")
    assert apart(moments[0], moments[2]) > 0.2
    studio.player.toggle()
    hands.wait(lambda: studio.session.view.state.time > 4.3)
    studio.player.pause()

    # Blend by sliders; then eyes of one and mouth of another; undo and redo bit for bit.
    hands.show_panel("identity")
    start = studio.session.document
    pictures = []
    for weight in ("0.25", "0.5", "0.75"):
        hands.type_into(hands.slider("status"), weight)
        assert studio.session.document.look("A").weights[ids["status"]] == pytest.approx(
            float(weight)
        )
        pictures.append(hands.picture())
    hands.shot("05-blended")
    mixed = Look({ids["james"]: 1.0}, {"eyes": ids["p2-1"], "mouth": ids["status"]})
    studio.push(SetLook("A", mixed, label="Regions"))
    hands.shot("06-regions")
    latest, steps = studio.session.document, 0
    while studio.session.document is not start:
        hands.trigger("edit.undo")
        steps += 1
        if steps == 2:
            np.testing.assert_array_equal(hands.picture(), pictures[1])
    assert steps == 4
    for _ in range(steps):
        hands.trigger("edit.redo")
    assert studio.session.document is latest

    # Compare two blends.
    studio.push(SetLook("B", Look({ids["james"]: 0.5, ids["status"]: 0.5})))
    shown = {}
    for mode in ("side", "wipe", "difference", "single"):
        hands.trigger(f"compare.{mode}")
        shown[mode] = hands.picture()
        hands.shot(f"07-{mode}")
    view.set_peeking(True)
    peeked = hands.picture()
    view.set_peeking(False)
    assert apart(peeked, shown["single"]) > 1
    hands.trigger("compare.wipe")
    hands.trigger("view.magnify")
    magnified = hands.picture()
    hands.shot("08-wipe-magnified")
    edge = round(window.viewport.placement().wipe_x)
    # Left of the wipe is A and right of it is B, magnified or not.
    studio.update_view(wipe=1.0)
    only_a = hands.picture()
    studio.update_view(wipe=0.0)
    only_b = hands.picture()
    np.testing.assert_array_equal(magnified[:, : edge - 40], only_a[:, : edge - 40])
    np.testing.assert_array_equal(magnified[:, edge + 40 :], only_b[:, edge + 40 :])
    hands.trigger("view.actual")
    studio.update_view(wipe=0.5)

    # Save, reopen: nothing lost.
    path = tmp_path / "work.mien"
    document = studio.session.document
    studio.session.save(path)
    before = hands.picture()
    again = open_window()
    again.window.resize(window.size())
    assert again.window.files.open_session(path)
    again.wait(lambda: all(again.studio.session.library.avatar(key) for key in ids.values()))
    assert again.studio.session.document == document
    again.wait(lambda: again.studio.session.track is not None)
    assert apart(again.picture(), before) < 1e-6
    again.shot("09-reopened")


SAVER = """
import sys
from mien.session.store import load_session, save_session
document, view = load_session(sys.argv[1])
print("ready", flush=True)
while True:
    save_session(sys.argv[1], document, view)
"""


def test_killed_while_saving(open_window, shared_data, tmp_path):
    hands = open_window()
    hands.drop(shared_data / "lam" / "james.zip")
    path = tmp_path / "work.mien"
    hands.studio.session.save(path)
    document = hands.studio.session.document
    for delay in (0.01, 0.017, 0.023):
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as saver:
            assert saver.stdout is not None
            assert saver.stdout.readline() == b"ready\n"
            time.sleep(delay)
            saver.send_signal(signal.SIGKILL)
            saver.wait()
        assert load_session(path)[0] == document


def test_exported_video_shows_source_and_avatar(shared_data, tmp_path, monkeypatch):
    from mien.cli.main import main

    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    out = tmp_path / "drive.mp4"
    arguments = ["drive", shared_data / "lam" / "james.zip"]
    arguments += [shared_data / "video" / "head-pose-male.mp4", "--out", out, "--size", "270x270"]
    assert main([str(part) for part in arguments]) == 0
    frames = iio.imread(out, plugin="pyav").astype(float)
    source = iio.imread(shared_data / "video" / "head-pose-male.mp4", plugin="pyav").astype(float)
    assert len(frames) == len(source)
    for index in (0, 30, 61):
        assert apart(frames[index][:270, :480], source[index]) < 6
    assert np.abs(frames[5][:, 490:] - frames[40][:, 490:]).mean() > 0.3


def test_each_bad_file_says_its_line_once(open_window, bad_files):
    hands = open_window()
    heard = []
    hands.studio.noticed.connect(heard.append)
    for label, path in bad_files:
        heard.clear()
        hands.drop(path)
        hands.wait(lambda: heard, 30)
        QTest.qWait(20)
        assert len(heard) == 1, label
        assert path.name in heard[0].text, label
        assert "\n" not in heard[0].text, label
        hands.trigger("edit.undo")
    hands.shot("10-bad-file")
