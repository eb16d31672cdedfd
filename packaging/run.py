"""Open the studio on the demo; make this machine ready first. Standard library only.

    python3 packaging/run.py [FILES …] [--renderer cpu|gsplat|opengl] …

Arguments go to `mien-studio`. Where there is no display the studio runs on a virtual one and leaves
a screenshot.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from environment import ROOT, prepare
from screen import has_display, virtual_screen
from system import SetupError, say

SCREENSHOT = ROOT / "out" / "mien-studio.png"
SCREENSHOT_AFTER_SECS = 8


def main(arguments: list[str]) -> int:
    """Prepare, then run the studio; return its exit code."""
    display = has_display()
    try:
        python = prepare(["studio"], virtual_screen=not display)
        command = [str(python), "-m", "mien_studio.main", *arguments]
        if display:
            say("Opening the studio")
            return subprocess.run(command, check=False).returncode
        return _without_display(command)
    except SetupError as error:
        print(f"mien: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _without_display(command: list[str]) -> int:
    if any(part.startswith("--screenshot") for part in command):
        picture = None
    else:
        SCREENSHOT.parent.mkdir(exist_ok=True)
        picture = SCREENSHOT
        command += ["--screenshot", str(picture), "--after", str(SCREENSHOT_AFTER_SECS)]
    say("There is no display: running the studio on a virtual one (Xvfb) for a screenshot")
    with virtual_screen() as environment:
        done = subprocess.run(command, check=False, env=environment)
    if picture is not None and done.returncode == 0 and Path(picture).exists():
        say(f"Screenshot: {picture}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
