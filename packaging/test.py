"""Run every check: lint, spelling, types, import contracts, and the suite. Standard library only.

    python3 packaging/test.py [PYTEST ARGUMENTS …]

Arguments go to pytest; with any, only pytest is run. The suite runs on a virtual screen, so that it
neither needs nor disturbs a real one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from environment import ROOT, prepare
from screen import virtual_screen
from system import SetupError, say

CHECKS = (
    ("Lint", ["ruff", "check", "."]),
    ("Format", ["ruff", "format", "--check", "."]),
    ("Spelling", ["typos"]),
    ("Imports", ["lint-imports"]),
    ("Types", ["pyright"]),
)


def main(arguments: list[str]) -> int:
    """Prepare, check and test; return the first exit code that is not zero."""
    linux = sys.platform.startswith("linux")
    try:
        python = prepare(["studio", "dev"], virtual_screen=linux)
        if not arguments:
            for title, command in CHECKS:
                code = _step(title, [str(python.parent / command[0]), *command[1:]])
                if code:
                    return code
        say("Tests: pytest")
        screen = virtual_screen() if linux else nullcontext(None)
        with screen as environment:
            command = [str(python), "-m", "pytest", *arguments]
            return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode
    except SetupError as error:
        print(f"mien: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _step(title: str, command: list[str]) -> int:
    say(f"{title}: {Path(command[0]).name} {' '.join(command[1:])}".rstrip())
    started = time.monotonic()
    code = subprocess.run(command, check=False, cwd=ROOT).returncode
    say(f"{title}: {'failed' if code else 'passed'} in {time.monotonic() - started:.1f} s")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
