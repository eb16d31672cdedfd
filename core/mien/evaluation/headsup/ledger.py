"""A ledger of finished work: a line of JSON for each, so that what was done is never done twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mien.errors import FileError

Key = Mapping[str, Any]
Value = dict[str, Any]


class Ledger:
    """What was finished, by what it was; on disk as soon as it is noted.

    Args:
        path: The file of lines, which is made when there is something to note; None to remember
            only until the end.

    Raises:
        FileError: It cannot be read, or is something else.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[str, tuple[Key, Value]] = {}
        self._broken = False
        if path is not None and path.exists():
            self._read(path)

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Value | None:
        """Return what was noted of a piece of work, or None where it is yet to be done."""
        found = self._held.get(_word(key))
        return None if found is None else found[1]

    def note(self, key: Key, value: Value) -> None:
        """Note a finished piece of work; it is on disk when this returns.

        Raises:
            FileError: It cannot be written.
        """
        if self._path is not None:
            self._append(self._path, json.dumps({"key": dict(key), "value": value}))
        self._held[_word(key)] = (key, value)

    def items(self) -> Iterator[tuple[Key, Value]]:
        """Yield everything that was noted, in the order it was first noted in."""
        yield from self._held.values()

    def _append(self, path: Path, line: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                # A line that a crash cut short must not swallow this one.
                file.write(f"\n{line}\n" if self._broken else f"{line}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FileError(path, f"cannot be written ({error.strerror})") from error
        self._broken = False

    def _read(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FileError(path, f"cannot be read ({error})") from error
        self._broken = not text.endswith("\n") and bool(text)
        lines = [line for line in text.split("\n") if line]
        for line in lines:
            # One that a crash cut short is work to be done again.
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                held = json.loads(line)
                self._held[_word(held["key"])] = (held["key"], held["value"])
        if lines and not self._held:
            raise FileError(path, "holds no finished work", hint="Choose another file")


def _word(key: Key) -> str:
    return json.dumps(dict(key), sort_keys=True)
