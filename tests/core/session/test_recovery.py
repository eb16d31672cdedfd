"""Work that was not saved survives the process that held it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mien.editing.document import Asset, Document
from mien.session.recovery import Autosave, _running, forget
from mien.session.store import load_session
from mien.session.view_state import ViewState

CHILD = """
import sys, time
from pathlib import Path
from mien.editing.document import Asset, Document
from mien.session.recovery import Autosave
from mien.session.view_state import ViewState
save = Autosave(Path(sys.argv[1]))
n = 0
while True:
    n += 1
    assets = tuple(Asset(str(i), "avatar", str(n), "/x") for i in range(300))
    save.write(Document(assets=assets), ViewState(), Path("/work.mien"))
    if n == 2:
        print("ready", flush=True)
"""


def test_killed_process_leaves_its_work(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout.readline() == b"ready\n"
        mine = Autosave(tmp_path)
        assert mine.left_behind() == []
        child.send_signal(signal.SIGKILL)
        child.wait()
    (item,) = mine.left_behind()
    assert item.original == Path("/work.mien")
    document, _ = load_session(item.autosave)
    assert len({asset.name for asset in document.assets}) == 1
    assert len(document.assets) == 300
    forget(item)
    assert mine.left_behind() == []


def test_discarded_work_is_gone(tmp_path):
    save = Autosave(tmp_path)
    save.write(Document(assets=(Asset("a", "avatar", "A", "/a"),)), ViewState(), None)
    save.discard()
    assert list(tmp_path.iterdir()) == []


def test_two_sessions_of_one_process_never_meet(tmp_path):
    first, second = Autosave(tmp_path), Autosave(tmp_path)
    assert first.path != second.path


def test_half_written_and_strange_copies_are_not_offered_as_work(tmp_path):
    mine = Autosave(tmp_path)
    (tmp_path / ".1-ab.3f2c.mien").write_text("{")
    strange = tmp_path / "1-cd.mien"
    strange.write_text("{}")
    strange.with_suffix(".about.json").write_text('{"pid": 1e400, "original": null}')
    assert [item.autosave for item in mine.left_behind()] == [strange]


@pytest.mark.parametrize("pid", [2**31 - 1, 2**70])
def test_a_process_that_cannot_be_is_not_running(pid):
    assert not _running(pid)


def test_a_process_that_runs_and_then_ends():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert _running(child.pid)
        child.communicate(b"\n")
    assert not _running(child.pid)
