"""Killed at any instant and taken up again, a store ends up the same to the byte."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from made_captures import MadeCapture
from mien.capture.store import CaptureOutline, CaptureWriter, EncodedView, Encoding, import_capture
from mien.capture.store.staging import Staging
from mien.errors import FileError

IMPORT = """
import sys
from made_captures import MadeCapture, ring
from mien.capture.store import Encoding, import_capture
made = MadeCapture(ring(3, (192, 256)), 8)
import_capture(made, sys.argv[1], encoding=Encoding("png"))
"""


def start(path):
    return subprocess.Popen([sys.executable, "-c", IMPORT, str(path)], env={
        "PYTHONPATH": ":".join(sys.path),
    })  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of other systems")
def test_a_killed_import_is_taken_up(tmp_path):
    undisturbed = tmp_path / "a.capture"
    assert start(undisturbed).wait(60) == 0
    path = tmp_path / "b.capture"
    journal = tmp_path / "b.capture.part" / "journal"
    kills = 0
    for records in (2, 9, 17):
        process = start(path)
        while process.poll() is None:
            if journal.exists() and journal.stat().st_size > records * 64:
                process.send_signal(signal.SIGKILL)
                process.wait(10)
                break
            time.sleep(0.001)
        kills += process.returncode == -signal.SIGKILL
        assert not path.exists()
    assert kills == 3
    assert start(path).wait(60) == 0
    assert path.read_bytes() == undisturbed.read_bytes()
    assert not journal.parent.exists()


def made_outline():
    made = MadeCapture()
    return CaptureOutline(made.name, made.cameras, made.times, made.frame_names)


def fill(writer):
    for camera, frame in list(writer.missing()):
        writer.add(camera, frame, EncodedView(bytes([camera, frame]) * 50, b"m" * (camera + 1)))


@pytest.mark.parametrize("cut", ["journal", "pictures", "both", "flip", "plan"])
def test_what_a_crash_tore_is_done_again(tmp_path, cut):
    with CaptureWriter(tmp_path / "a.capture", made_outline()) as writer:
        fill(writer)
        whole = writer.finish().read_bytes()
    path = tmp_path / "b.capture"
    with CaptureWriter(path, made_outline()) as writer:
        for camera, frame in list(writer.missing())[:7]:
            writer.add(camera, frame, EncodedView(bytes([camera, frame]) * 50, b"m" * (camera + 1)))
    part = tmp_path / "b.capture.part"
    if cut in ("journal", "both"):
        (part / "journal").write_bytes((part / "journal").read_bytes()[:-10])
    if cut in ("pictures", "both"):
        (part / "pictures").write_bytes((part / "pictures").read_bytes()[:-120])
    if cut == "flip":
        data = bytearray((part / "pictures").read_bytes())
        data[210] ^= 1
        (part / "pictures").write_bytes(data)
    if cut == "plan":
        (part / "plan.json").write_text('{"vers')
    with CaptureWriter(path, made_outline()) as writer:
        left = len(list(writer.missing()))
        expected = {"journal": 6, "pictures": 7, "both": 7, "flip": 6, "plan": 12}
        assert left == expected[cut]
        fill(writer)
        assert writer.finish().read_bytes() == whole


def test_in_any_order(tmp_path):
    with CaptureWriter(tmp_path / "a.capture", made_outline()) as writer:
        fill(writer)
        forward = writer.finish().read_bytes()
    with CaptureWriter(tmp_path / "b.capture", made_outline()) as writer:
        for camera, frame in reversed(list(writer.missing())):
            writer.add(camera, frame, EncodedView(bytes([camera, frame]) * 50, b"m" * (camera + 1)))
        assert writer.finish().read_bytes() == forward
        assert writer.whole


def test_killed_between_the_file_and_the_cleaning_up(tmp_path):
    path = tmp_path / "a.capture"
    with CaptureWriter(path, made_outline()) as writer:
        fill(writer)
        writer.finish()
    part = tmp_path / "a.capture.part"
    part.mkdir()
    (part / "journal").write_bytes(b"left")
    with CaptureWriter(path, made_outline()) as writer:
        assert writer.whole
        assert list(writer.missing()) == []
        assert writer.finish() == path
    assert not part.exists()


def test_one_process_at_a_time(tmp_path):
    with (
        CaptureWriter(tmp_path / "a.capture", made_outline()),
        pytest.raises(FileError, match="another process"),
    ):
        CaptureWriter(tmp_path / "a.capture", made_outline())


def test_something_else_begun_is_kept_unless_told(tmp_path):
    path = tmp_path / "a.capture"
    with CaptureWriter(path, made_outline()) as writer:
        writer.add(0, 0, EncodedView(b"x"))
    other = Encoding("png")
    with pytest.raises(FileError, match="--overwrite"):
        CaptureWriter(path, made_outline(), other)
    with CaptureWriter(path, made_outline()) as writer:
        assert len(list(writer.missing())) == 11
    with CaptureWriter(path, made_outline(), other, overwrite=True) as writer:
        assert len(list(writer.missing())) == 12
        with pytest.raises(FileError, match="12 views"):
            writer.finish()
        with pytest.raises(IndexError):
            writer.add(3, 0, EncodedView(b"x"))


def test_a_staged_picture_is_read_back(tmp_path):
    with Staging(tmp_path / "s", "f") as staging:
        staging.add(0, 0, EncodedView(b"one", b"two"))
        staging.add(1, 0, EncodedView(b"three"))
        assert [staging.read(place) for place in staging.placed[0, 0]] == [b"one", b"two", b""]
    with Staging(tmp_path / "s", "f") as staging:
        assert staging.read(staging.placed[1, 0][0]) == b"three"


def test_an_unwritable_place_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        import_capture(MadeCapture(), tmp_path / "file" / "a.capture")
