"""Regenerate the pictures of the README: the demo that ships, and people who never lived.

    .venv/bin/python packaging/build_pictures.py [--out resources/pictures] [--only studio.png]

Runs the studio in a real window, on a virtual screen where there is none. Looks and times are
fixed, so a picture changes only when Mien does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from screen import has_display, virtual_screen

ROOT = Path(__file__).resolve().parent.parent
SYNTHETIC_SEEDS = range(7, 15)
SHEET_WIDTH = 1600


def main() -> int:
    """Draw all pictures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "pictures")
    parser.add_argument("--only", choices=list(PICTURES), help="draw just this one")
    arguments = parser.parse_args()
    if not has_display():
        with virtual_screen() as environment:
            return subprocess.run(
                [sys.executable, *sys.argv], env=environment, check=False
            ).returncode
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in [arguments.only] if arguments.only else PICTURES:
        PICTURES[name](arguments.out / name)
    return 0


def draw_studio(path: Path) -> None:
    """Draw the studio comparing a person with a blend of three, driven by the demo track."""
    from PySide6.QtTest import QTest

    from mien.editing.commands import SetLook
    from mien.editing.document import Look
    from mien_studio.application import make_application
    from mien_studio.bridge.studio import Studio
    from mien_studio.main_window import MainWindow

    os.environ["MIEN_HOME"] = str(ROOT / "out" / "pictures-home")
    make_application()
    studio = Studio(renderer="cpu")
    window = MainWindow(studio)
    window.resize(1440, 900)
    window.show()
    window.files.open_painted()
    studio.player.pause()
    deadline = time.monotonic() + 60

    def ready() -> bool:
        session = studio.session
        loaded = all(
            session.library.avatar(asset.id) or session.library.track(asset.id)
            for asset in session.document.assets
        )
        return loaded and studio.frames.settled

    def wait_until_ready() -> None:
        while not ready() and time.monotonic() < deadline:
            QTest.qWait(20)

    wait_until_ready()
    ids = {asset.name: asset.id for asset in studio.session.document.assets}
    blend = Look({ids["Ada"]: 0.45, ids["Mateo"]: 0.3, ids["Noor"]: 0.25})
    studio.push(SetLook("A", blend))
    studio.push(SetLook("B", Look.of(ids["Ada"])))
    studio.update_view(compare="wipe", wipe=0.5, time=studio.session.span.end * 0.29)
    for _ in range(40):
        # Thumbnails and film strips come one after another.
        QTest.qWait(100)
    wait_until_ready()
    window.grab_all().save(str(path))
    window.shut_down()


def draw_synthetic_people(path: Path) -> None:
    """Draw the contact sheet of eight synthetic people."""
    from PIL import Image

    from mien.capture.synthetic.sheet import contact_sheet

    sheet = Image.fromarray(contact_sheet(SYNTHETIC_SEEDS))
    size = SHEET_WIDTH, round(sheet.height * SHEET_WIDTH / sheet.width)
    sheet.resize(size, Image.Resampling.LANCZOS).save(path, quality=84, optimize=True)


PICTURES = {"studio.png": draw_studio, "synthetic_people.jpg": draw_synthetic_people}


if __name__ == "__main__":
    sys.exit(main())
