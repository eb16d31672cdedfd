"""The command line as people use it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mien.cli.main import main

Told = tuple[int, str, str]


@pytest.fixture
def mien(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command; return exit code, output and error output."""

    def run(*arguments: object) -> Told:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
