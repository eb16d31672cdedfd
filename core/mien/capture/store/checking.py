"""Look over a store: every part and every picture against its checksum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mien.capture.store.reading import StoredCapture
from mien.errors import FileError

Report = Callable[[float | None, str], None]


@dataclass(frozen=True)
class Damage:
    """Something that is not as it was written.

    Args:
        part: The part of the file, such as `tracking/expression`, or `pictures`.
        camera: Of a picture; empty otherwise.
        frame: The name of a picture's frame; empty otherwise.
        reason: What is wrong, as the end of a sentence that begins with the part.
    """

    part: str
    camera: str
    frame: str
    reason: str

    def __str__(self) -> str:
        where = f"camera {self.camera}, frame {self.frame}" if self.camera else self.part
        return f"{where} {self.reason}" if not self.camera else f"{where}: {self.reason}"


def check_store(path: str | Path, report: Report | None = None) -> tuple[Damage, ...]:
    """Return all damage of a `.capture` file, none if it is whole.

    Raises:
        FileError: It is no capture, or so damaged that it cannot be opened.
        Cancelled: The progress call said so.
    """
    with StoredCapture(path) as capture:
        parts = (Damage(part, "", "", reason) for part, reason in sorted(capture.damage.items()))
        return (*parts, *_pictures(capture, report))


def _pictures(capture: StoredCapture, report: Report | None) -> Iterator[Damage]:
    count = len(capture.frame_names)
    for frame, name in enumerate(capture.frame_names):
        if report is not None:
            report(frame / count, f"frame {name}")
        for held in capture.cameras:
            if not capture.stores(held.name, frame):
                continue
            try:
                capture.encoded(held.name, frame)
            except FileError as error:
                reason = error.reason.partition(" is ")[2] or error.reason
                yield Damage("pictures", held.name, name, reason)
