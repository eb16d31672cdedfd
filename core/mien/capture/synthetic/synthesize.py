"""Make captures of people who never lived: planned by seeds, filmed in parallel, stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from math import ceil, prod
from pathlib import Path

from mien.capture.store.pictures import EncodedView, Encoding
from mien.capture.store.set import CaptureSet
from mien.capture.store.writing import SUFFIX, CaptureWriter
from mien.capture.synthetic.filming import Crew, Take
from mien.capture.synthetic.production import Production, capture_name
from mien.errors import FileError, MienError

Report = Callable[[float | None, str], None]


def synthesize(
    production: Production,
    seeds: Sequence[int],
    folder: str | Path,
    *,
    encoding: Encoding | None = None,
    num_workers: int = 2,
    overwrite: bool = False,
    report: Report | None = None,
) -> tuple[Path, ...]:
    """Film people and store each in a `.capture` file of a folder, with the set's index.

    What is there already stays; what was begun is taken up, view by view. The files are the same to
    the byte however many processes film and however often they were interrupted.

    Args:
        production: What they do, and how they are filmed.
        seeds: Who they are.
        folder: Made if it is not there.
        encoding: How pictures are written.
        num_workers: Processes.
        overwrite: Whether captures of something else in the way are thrown away.
        report: Hears of progress and may cancel.

    Raises:
        FileError: The folder cannot be written, or something else is in the way.
        MienError: Nothing can be drawn here.
        Cancelled: The progress call said so; what is done is kept.
    """
    if num_workers < 1:
        raise MienError(f"{num_workers} workers film nothing; it takes 1 or more")
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, f"cannot be made ({error.strerror})") from error
    paths = tuple(place / f"{capture_name(seed)}{SUFFIX}" for seed in seeds)
    # Fewer people than processes share the work on one of them.
    num_takes = ceil(num_workers / max(len(seeds), 1))
    shelf = _Shelf(production, encoding or Encoding(), report or _silent, len(seeds))
    try:
        takes = (
            take
            for seed, path in zip(seeds, paths, strict=True)
            for take in shelf.begin(seed, path, num_takes, overwrite=overwrite)
        )
        first = next(takes, None)
        # When all is there already, nobody needs to be woken for it.
        if first is not None:
            with Crew(production, shelf.encoding, num_workers) as crew:
                for filmed in crew.film(chain((first,), takes)):
                    shelf.keep(filmed.seed, filmed.camera, filmed.frame, filmed.view)
    finally:
        shelf.close()
    CaptureSet.of(place)
    return paths


class _Shelf:
    """The captures that are being filmed, each until its last view is there."""

    def __init__(
        self, production: Production, encoding: Encoding, report: Report, num_people: int
    ) -> None:
        self.encoding = encoding
        self._production, self._report, self._num_people = production, report, num_people
        self._writers: dict[int, CaptureWriter] = {}
        self._left: dict[int, int] = {}
        self._finished = 0

    def begin(self, seed: int, path: Path, num_takes: int, *, overwrite: bool) -> Iterator[Take]:
        """Open the store of a person and yield what is still to be filmed of them."""
        outline = self._production.outline(seed)
        writer = CaptureWriter(path, outline, self.encoding, overwrite=overwrite)
        self._writers[seed] = writer
        missing = tuple(writer.missing())
        self._left[seed] = len(missing)
        if not missing:
            self._finish(seed)
            return
        step = ceil(len(missing) / num_takes)
        for start in range(0, len(missing), step):
            yield Take(seed, missing[start : start + step])

    def keep(self, seed: int, camera: int, frame: int, view: EncodedView) -> None:
        """Store a view, and finish the capture with its last one."""
        self._writers[seed].add(camera, frame, view)
        self._left[seed] -= 1
        if not self._left[seed]:
            self._finish(seed)
        open_shares = (
            1 - left / prod(self._writers[seed].outline.shape) for seed, left in self._left.items()
        )
        done = self._finished + sum(open_shares)
        self._report(done / self._num_people, f"{self._finished} of {self._num_people} people")

    def close(self) -> None:
        """Let go of what is not finished; it is taken up the next time."""
        for writer in self._writers.values():
            writer.close()

    def _finish(self, seed: int) -> None:
        self._writers.pop(seed).finish()
        del self._left[seed]
        self._finished += 1


def _silent(_fraction: float | None, _message: str) -> None:
    """Say nothing."""
