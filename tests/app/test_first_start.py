"""The first start: people of a network are shown before the network is there, and then have it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import filmed_scenes
from headsup_networks import SMALL, small_network
from mien.avatar.kinds.mien_file import save_avatar
from mien.capture.store.importing import import_capture
from mien.driving.files import write_track
from mien.driving.track import ExpressionTrack
from mien.driving.video import VideoWriter
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.library_file import save_library
from mien.models.headsup.opened import open_identities
from mien.models.headsup.weights import save_headsup
from mien.resources import resources_root
from mien.session.ready import ready_file

NAMES = ("Ada", "Bo", "Cleo")

STUDIO = """
import json, sys
from pathlib import Path
import mien.resources
mien.resources.resources_root = lambda: Path(sys.argv[1])
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import mien_studio.application as application

class Watched(application.MainWindow):
    def __init__(self, studio):
        super().__init__(studio)
        self.told = []
        studio.picture_shown.connect(lambda _picture: self.look(shown=True))
        self.timer = QTimer(self, interval=50)
        self.timer.timeout.connect(self.look)
        self.timer.start()
        QTimer.singleShot(150_000, lambda: QApplication.exit(3))

    def look(self, *, shown=False):
        session = self.studio.session
        avatar = session.avatar()
        if avatar is None or not (shown or self.told):
            return
        seen = [avatar.name, avatar.kind, "torch" in sys.modules]
        if not self.told or self.told[-1][1] != seen[1]:
            self.told.append(seen)
        assets = session.document.assets
        if not any(session.library.coming(asset.id) for asset in assets):
            print(json.dumps({
                "seen": self.told,
                "errors": [str(session.library.error(a.id) or "") for a in assets],
                "kinds": [getattr(session.library.avatar(a.id), "kind", "") for a in assets],
                "captures": sum(session.library.capture(a.id) is not None for a in assets),
                "moves": session.track is not None,
            }), flush=True)
            self.timer.stop()
            self.shut_down()
            QApplication.exit(0)

application.MainWindow = Watched
sys.exit(application.start(application.Launch(renderer="cpu")))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Resources as they ship, but for a demo of an untrained network."""
    for entry in resources_root().iterdir():
        if entry.name != "demo":
            (tmp_path / entry.name).symlink_to(entry)
    demo = tmp_path / "demo"
    demo.mkdir()
    network = small_network(strength=0.02)
    save_headsup(demo / "headsup.safetensors", network, {})
    shape = (SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)
    latents = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    model = HeadDecoder(network).model_id
    library = IdentityLibrary.of(model, "headsup.safetensors", latents, NAMES)
    for name, latent in zip(NAMES, latents, strict=True):
        library = library.with_person(name, latent, training=True)
    save_library(demo / "people.identities", library, compact=True)
    ready = ready_file(demo / "people.identities", "Ada")
    ready.parent.mkdir()
    save_avatar(ready, open_identities(demo / "people.identities").named("Ada"))
    track = ExpressionTrack(np.arange(5) / 25, ("jawOpen",), np.full((5, 1), 0.4, np.float32))
    write_track(demo / "film.h5", track)
    with VideoWriter(demo / "film.mp4", (32, 32), 25) as film:
        for _ in range(5):
            film.write(np.full((32, 32, 3), 90, np.uint8))
    import_capture(filmed_scenes.film(num_cameras=2, size=32), demo / "held_out.capture")
    told = {"library": "people.identities", "people": NAMES, "film": "film.mp4",
            "sequence": "held_out.capture"}  # fmt: skip
    (demo / "headsup.json").write_text(json.dumps(told))
    return tmp_path


@pytest.mark.usefixtures("qapp")
def test_people_are_shown_before_their_network_is_there(root: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "MIEN_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        [sys.executable, "-c", STUDIO, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    # The first picture is of who was kept ready, and torch has not been touched for it.
    assert told["seen"][0] == ["Ada", "rigged", False]
    assert told["seen"][-1] == ["Ada", "headsup", True]
    assert told["kinds"][:3] == ["headsup"] * 3
    assert told["captures"] == 1
    assert told["moves"]
    assert not any(told["errors"])
