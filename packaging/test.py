"""Run every check: lint, spelling, types, import contracts, and the suite. Standard library only.

    python3 packaging/test.py [PYTEST ARGUMENTS …]

Arguments go to pytest; with any, only pytest is run. The suite runs on virtual screens, so that it
neither needs nor disturbs a real one; its two halves run side by side.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
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
FIRST = ["tests/app", *(f"tests/core/{each}" for each in ("session", "training", "evaluation"))]
"""The studio, and what works at its side for long; it takes as long as all the rest."""
HALVES = (FIRST, ["tests", *(f"--ignore={each}" for each in FIRST)])


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
        return _tests(python, [arguments] if arguments else HALVES, virtual_screens=linux)
    except SetupError as error:
        print(f"mien: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _tests(python: Path, runs: Sequence[list[str]], *, virtual_screens: bool) -> int:
    """Run pytest with each of some arguments, at once; return the first code that is not zero.

    The first one's words are seen as they come, the others' when all are done; and the others have
    the low priority that what the studio begins has, whose tests would wait for ever for it.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        told = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in runs[1:]]
        running: list[subprocess.Popen[bytes]] = []
        for arguments, out in zip(runs, [None, *told], strict=True):
            screen = stack.enter_context(virtual_screen()) if virtual_screens else None
            say(f"Tests: pytest {' '.join(arguments)}")
            command = [str(python), "-m", "pytest", *arguments]
            if out and virtual_screens:
                command = ["nice", "-n", "10", *command]
            run = subprocess.Popen(
                command, cwd=ROOT, env=screen, stdout=out, stderr=out and subprocess.STDOUT
            )
            stack.callback(run.terminate)
            running.append(run)
        codes = [run.wait() for run in running]
        for out in told:
            out.seek(0)
            say(out.read())
    for arguments, code in zip(runs, codes, strict=True):
        result = f"failed with code {code}" if code else "passed"
        say(f"Tests: pytest {' '.join(arguments)}: {result}")
    say(f"Tests: {time.monotonic() - started:.0f} s")
    return next((abs(code) for code in codes if code), 0)


def _step(title: str, command: list[str]) -> int:
    say(f"{title}: {Path(command[0]).name} {' '.join(command[1:])}".rstrip())
    started = time.monotonic()
    code = subprocess.run(command, check=False, cwd=ROOT).returncode
    say(f"{title}: {'failed' if code else 'passed'} in {time.monotonic() - started:.1f} s")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
