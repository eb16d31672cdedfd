"""What a process at work says when something goes wrong: one line, whatever it was."""

from __future__ import annotations

import multiprocessing

import pytest

from mien.errors import Cancelled, FileError, MienError
from mien.session.telling_process import telling


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "fitting needs more memory than there is. Try less."),
        (OSError(28, "No space left on device"), "fitting failed: [Errno 28] No space left"),
        (ZeroDivisionError("division by zero"), "fitting failed: ZeroDivisionError: division by"),
        (FileError("ada.capture", "too short", hint="Fetch it again"), "ada.capture: too short. F"),
    ],
)
def test_what_goes_wrong_is_told_and_work_goes_on(error: Exception, line: str) -> None:
    ours, theirs = multiprocessing.Pipe()
    with telling(theirs, "fitting", sparing="Try less."):
        raise error
    said = ours.recv()
    assert type(said) is MienError
    assert str(said).startswith(line)


def test_being_cancelled_is_told_as_that() -> None:
    ours, theirs = multiprocessing.Pipe()
    with telling(theirs, "fitting", sparing=""):
        raise Cancelled
    assert isinstance(ours.recv(), Cancelled)


def test_nobody_is_told_once_nobody_listens() -> None:
    ours, theirs = multiprocessing.Pipe()
    ours.close()
    with pytest.raises(BrokenPipeError), telling(theirs, "fitting", sparing=""):
        theirs.send("a word")
