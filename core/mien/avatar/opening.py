"""The registry of files that hold avatars: what an opener is and where openers are found."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mien.avatar.protocol import Avatar
from mien.registry import Registry


class AvatarOpener(Protocol):
    """An entry of the registry: recognises one kind of avatar file and opens it."""

    suffixes: tuple[str, ...]
    """Endings of its files in lower case, with the dot: for file dialogs, not for recognising."""

    def probe(self, path: Path) -> bool:
        """Return whether a file is of this kind, even if it is broken. Reads little of it."""
        ...

    def open(self, path: Path) -> Avatar:
        """Open a file of this kind.

        Raises:
            FileError: It is broken.
        """
        ...


avatar_kinds: Registry[AvatarOpener] = Registry(
    "avatar-kinds", "mien.avatar.kinds", "mien.models.kinds"
)
