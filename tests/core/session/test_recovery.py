"""Work that was not saved survives the process that held it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from mien.editing.document import Asset, Document
from mien.session.recovery import Autosave, forget
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
