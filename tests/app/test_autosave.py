from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mien.editing.commands import SavePreset, SetState
from mien.editing.document import Look, Preset
from mien.session.recovery import Autosave
from mien.session.store import load_session
from mien_studio.bridge.autosaver import Autosaver
from mien_studio.dialogs.recovery import RecoveryDialog

_SAVE_FOR_EVER = """
import sys
from pathlib import Path
from mien.editing.document import Document, Look, Preset
from mien.session.recovery import Autosave
from mien.session.view_state import ViewState

autosave = Autosave(Path(sys.argv[1]))
number = 0
while True:
    presets = tuple(Preset(f"{number}-{i}", Look()) for i in range(400))
    autosave.write(Document(presets=presets), ViewState(exposure=float(number % 5)), None)
    number += 1
    print(number, flush=True)
"""


def change(studio, jaw: float) -> None:
    studio.push(SetState(studio.session.document.state.of({"jawOpen": jaw})))


def test_only_unsaved_work_is_kept_and_only_until_it_is_saved(studio, tmp_path, wait_for):
    autosaver = Autosaver(studio, folder=tmp_path / "kept", interval_secs=0.02)
    told = []
    autosaver.saved.connect(told.append)
    QApplication.processEvents()
    time.sleep(0.06)
    QApplication.processEvents()
    assert not autosaver.path.exists()
    change(studio, 0.5)
    wait_for(lambda: told)
    document, _ = load_session(autosaver.path)
    assert document == studio.session.document
    written = autosaver.path.stat().st_mtime_ns
    time.sleep(0.06)
    QApplication.processEvents()
    assert autosaver.path.stat().st_mtime_ns == written, "nothing new, nothing written"
    studio.session.save(tmp_path / "work.mien")
    wait_for(lambda: told[-1] is None)
    assert not autosaver.path.exists()
    autosaver.close()


def test_a_folder_that_cannot_be_written_is_told_once(studio, tmp_path, wait_for):
    autosaver = Autosaver(studio, folder=tmp_path / "kept", interval_secs=0.02)
    notices = []
    studio.noticed.connect(notices.append)
    (tmp_path / "kept").rmdir()
    (tmp_path / "kept").write_text("in the way", encoding="utf-8")
    change(studio, 0.5)
    wait_for(lambda: notices)
    time.sleep(0.1)
    QApplication.processEvents()
    assert len(notices) == 1
    assert "Autosave" in notices[0].text
    autosaver.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_killed_while_saving_in_a_loop_nothing_is_lost(tmp_path):
    folder = tmp_path / "autosave"
    for attempt in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _SAVE_FOR_EVER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        for _ in range(3 + attempt):
            last = int(process.stdout.readline())
        time.sleep(0.0013 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        printed = process.stdout.read().split()
        last = int(printed[-1]) if printed else last
        process.stdout.close()
        (item,) = Autosave(folder).left_behind()
        document, _ = load_session(item.autosave)
        number = int(document.presets[0].name.split("-")[0])
        assert len(document.presets) == 400
        assert {preset.name.split("-")[0] for preset in document.presets} == {str(number)}
        assert number in (last - 1, last), "the last that was finished, or the one after it"
        for path in folder.iterdir():
            path.unlink()


def test_recovered_work_is_unsaved_work(window, tmp_path, wait_for):
    other = Autosave(tmp_path / "autosave")
    original = tmp_path / "work.mien"
    document = window.studio.session.document
    document = SavePreset(Preset("kept", Look())).apply(document)
    other.write(document, window.studio.session.view.state, original)
    # Written by this process, which runs; make it that of one which does not.
    about = other.path.with_suffix(".about.json")
    about.write_text(
        about.read_text(encoding="utf-8").replace(str(os.getpid()), "0"), encoding="utf-8"
    )

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, RecoveryDialog)
        assert dialog.item.original == original
        dialog._choose("recover")

    QTimer.singleShot(0, window, answer)
    window.offer_recovery()
    session = window.studio.session
    assert [preset.name for preset in session.document.presets] == ["kept"]
    assert session.history.modified
    assert session.path == original
    assert not other.path.exists()
    wait_for(lambda: window.autosaver.path.exists(), secs=10)
    assert Path(session.save()) == original
    assert not session.history.modified
