"""Whose captures a training learns from, and whose it is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mien.capture.store.set import CaptureSet
from mien.errors import FileError, MienError


@dataclass(frozen=True)
class Problem:
    """A capture, a folder or a picture that cannot be used.

    Args:
        path: Of the file or folder.
        reason: Why.
    """

    path: str
    reason: str


@dataclass(frozen=True)
class People:
    """The captures of a training, by their files.

    Args:
        training: That are learnt from.
        held_out: That are only measured on.
        folders: Where they lie.
        problems: What was left out, and why.
    """

    training: tuple[str, ...]
    held_out: tuple[str, ...]
    folders: tuple[str, ...]
    problems: tuple[Problem, ...] = field(default=())

    @staticmethod
    def of(folders: Sequence[str | Path], *, held_out: int) -> People:
        """Find the captures of some folders, or shards; what is damaged is left out and named.

        Args:
            folders: Of `.capture` files.
            held_out: How many people are only measured on: the last ones, folder by folder.

        Raises:
            MienError: No capture can be opened, or nobody is left to learn from.
        """
        found: list[str] = []
        problems: list[Problem] = []
        for folder in folders:
            try:
                people = CaptureSet.of(folder)
            except FileError as error:
                problems.append(Problem(str(folder), error.reason))
                continue
            if not len(people) and not people.damaged:
                problems.append(Problem(str(folder), "holds no captures"))
            for entry in (*people.entries, *people.damaged):
                path = str(people.folder / entry.file)
                why = entry.problem or _unusable(entry.num_cameras, entry.num_frames)
                if why:
                    problems.append(Problem(path, why))
                else:
                    found.append(path)
        if len(found) <= held_out:
            why = f" ({problems[0].path}: {problems[0].reason})" if problems else ""
            raise MienError(
                f"{len(found)} captures can be opened{why}; with {held_out} held out, nobody is"
                " left to learn from",
                hint="mien capture synthesize makes captures; --held-out 0 learns from all",
            )
        split = len(found) - held_out
        return People(
            tuple(found[:split]),
            tuple(found[split:]),
            tuple(str(folder) for folder in folders),
            tuple(problems),
        )

    @property
    def fingerprint(self) -> str:
        """What tells these people from others: their files' names in their order."""
        names = "\n".join([*_names(self.training), "", *_names(self.held_out)])
        return sha256(names.encode()).hexdigest()[:16]


def _names(paths: Sequence[str]) -> list[str]:
    return [Path(path).name for path in paths]


def _unusable(num_cameras: int, num_frames: int) -> str:
    if num_cameras < 2:
        return f"has {num_cameras} camera; one view in and another to compare with take two"
    return "" if num_frames else "has no frame"
