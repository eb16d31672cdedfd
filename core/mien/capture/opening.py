"""Open a capture: find which dataset a file or folder is of, and choose what of it is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mien.capture.protocol import Capture
from mien.errors import FileError, UnknownFormat
from mien.registry import Registry


@dataclass(frozen=True)
class Choice:
    """What of a dataset is wanted.

    Args:
        part: One of `CaptureFormat.parts`, such as `018/EXP-1-head`; empty for the only one.
        corrected: Whether the dataset's colour correction is applied where it has one.
        cameras: Names of the cameras wanted; empty for all.
    """

    part: str = ""
    corrected: bool = True
    cameras: tuple[str, ...] = ()


class CaptureFormat(Protocol):
    """An entry of the registry: one dataset layout, or Mien's own store."""

    name: str
    """What people call it."""

    rank: int
    """Who is asked first: a layout with unmistakable marks ranks higher than a general one."""

    def probe(self, path: Path) -> bool:
        """Say cheaply whether a file or folder is meant to be of this layout, sound or not."""
        ...

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the captures it holds: the sequences of a participant, the people of a set.

        Raises:
            FileError: It is broken.
        """
        ...

    def open(self, path: Path, choice: Choice) -> Capture:
        """Open one of them.

        Raises:
            FileError: It is broken; or it holds several and none was chosen, and the message lists
                them.
        """
        ...


capture_formats: Registry[CaptureFormat] = Registry("capture-formats", "mien.capture.formats")


def capture_format_of(path: str | Path) -> CaptureFormat | None:
    """Return the layout a file or folder is of, or None; tells nothing about whether it is sound.

    Raises:
        FileError: There is no such file.
    """
    place = Path(path)
    if not place.exists():
        raise FileError(place, "no such file or folder")
    try:
        ranked = sorted(capture_formats, key=lambda entry: -entry.rank)
        return next((entry for entry in ranked if entry.probe(place)), None)
    except OSError as error:
        raise FileError(place, f"cannot be read ({error.strerror or error})") from error


def open_capture(path: str | Path, choice: Choice | None = None) -> Capture:
    """Open a capture of any known layout.

    Raises:
        FileError: It is missing or broken, or holds several captures and none was chosen.
        UnknownFormat: No layout recognises it.
    """
    place = Path(path)
    entry = capture_format_of(place)
    if entry is None:
        known = ", ".join(held.name for held in capture_formats)
        raise UnknownFormat(place, "no capture Mien knows", hint=f"It reads {known}")
    try:
        return entry.open(place, choice or Choice())
    except OSError as error:
        raise FileError(place, f"cannot be read ({error.strerror or error})") from error


def chosen_part(path: Path, parts: tuple[str, ...], choice: Choice) -> str:
    """Return the part that was chosen, or the only one.

    Raises:
        FileError: There is none, several and no choice, or the choice is not among them.
    """
    if choice.part in parts:
        return choice.part
    listed = ", ".join(parts[:12]) + (f", … ({len(parts)} in all)" if len(parts) > 12 else "")
    if choice.part:
        raise FileError(path, f"holds no {choice.part!r}", hint=f"It holds {listed}")
    if len(parts) == 1:
        return parts[0]
    if not parts:
        raise FileError(path, "holds no capture")
    raise FileError(path, f"holds {len(parts)} captures", hint=f"Choose one of {listed}")
