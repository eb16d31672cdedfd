"""Whose captures are measured: files and folders, with what cannot be opened named."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mien.capture.store.reading import StoredCapture
from mien.capture.store.set import CaptureSet
from mien.errors import FileError, MienError
from mien.evaluation.headsup.trials import Plan, Trial


def captures_in(places: Sequence[Path]) -> tuple[list[Path], list[FileError]]:
    """Return the captures among files and folders, in order, and why others cannot be opened.

    Raises:
        FileError: A place is neither a capture nor a folder that holds one.
    """
    found: list[Path] = []
    problems: list[FileError] = []
    for place in places:
        if place.is_file():
            found.append(place)
            continue
        people = CaptureSet.of(place)
        found += [place / entry.file for entry in people.entries]
        problems += [FileError(place / each.file, each.problem) for each in people.damaged]
        if not people.entries and not people.damaged:
            raise FileError(place, "holds no captures", hint="mien capture synthesize makes some")
    return found, problems


@contextmanager
def opened_trials(
    paths: Sequence[Path], plan: Plan
) -> Generator[tuple[list[Trial], list[MienError]]]:
    """Give the trials of captures, which stay open meanwhile, and why others cannot be used."""
    with ExitStack() as stack:
        trials: list[Trial] = []
        problems: list[MienError] = []
        for path in paths:
            try:
                capture = stack.enter_context(StoredCapture(path))
                trials.append(Trial.of(capture, plan))
            except MienError as error:
                problems.append(error)
        yield trials, problems


def each_trial(
    paths: Sequence[Path], plan: Plan, *, left_out: Callable[[MienError], None]
) -> Iterator[Trial]:
    """Yield the trials of many captures, each open only while it is looked at.

    Args:
        paths: Of the captures.
        plan: How their views are shared out.
        left_out: Told of each that cannot be used, and why.
    """
    for path in paths:
        try:
            capture = StoredCapture(path)
        except FileError as error:
            left_out(error)
            continue
        with capture:
            try:
                trial = Trial.of(capture, plan)
            except MienError as error:
                left_out(error)
                continue
            yield trial


def check_strangers(held_out: Sequence[Path], training: Sequence[Path]) -> None:
    """Raise a FileError if somebody is measured on whom the network learnt from."""
    known = {path.resolve() for path in training}
    for path in held_out:
        if path.resolve() in known:
            raise FileError(path, "is learnt from and measured on")
