"""Write a store picture by picture, so that it can be killed at any instant and taken up again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mien.atomic import put_in_place
from mien.capture.store.outline import CaptureOutline, Parts, parts_of
from mien.capture.store.pictures import LAYERS, EncodedView, Encoding
from mien.capture.store.staging import Staging
from mien.capture.store.structure import VERSION, is_store, read_structure, write_structure
from mien.closing import Closing
from mien.errors import FileError

SUFFIX = ".capture"
PART_SUFFIX = ".capture.part"

Report = Callable[[float | None, str], None]


class CaptureWriter(Closing):
    """Writes one capture. A context manager; leaving it early keeps what is there for later.

    The pictures gather in a folder `NAME.capture.part` beside the file, which is assembled from
    them when the last one is there and then takes its place at once. Two stores of the same
    outline, encoding and pictures are equal to the byte, in whatever order and however often
    interrupted they were written.

    Args:
        path: The file to make, ending in `.capture`.
        outline: What it is of.
        encoding: How pictures are written.
        overwrite: Whether a finished or begun capture of something else is thrown away.

    Raises:
        FileError: The path has another ending, another process is writing it, or there is something
            else and it is not to be overwritten.
    """

    def __init__(
        self,
        path: str | Path,
        outline: CaptureOutline,
        encoding: Encoding | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        if self.path.suffix != SUFFIX:
            raise FileError(path, f"a capture's name ends in {SUFFIX}")
        self.outline = outline
        self.encoding = encoding or Encoding()
        self._parts = parts_of(outline)
        self.fingerprint = _fingerprint(self._parts, self.encoding)
        self._staging: Staging | None = None
        part = self.path.with_name(self.path.stem + PART_SUFFIX)
        self.whole = self._is_whole(overwrite=overwrite)
        if self.whole:
            # Killed between putting the file in place and cleaning up.
            shutil.rmtree(part, ignore_errors=True)
            return
        try:
            self._staging = Staging(part, self.fingerprint, restart=overwrite)
        except OSError as error:
            raise FileError(path, f"cannot be written ({error.strerror or error})") from error

    def missing(self) -> Iterator[tuple[int, int]]:
        """Yield camera and frame of what is still to be added, frame by frame."""
        if self._staging is None:
            return
        cameras, frames = self.outline.shape
        held = frozenset(self._staging.placed)
        for frame in range(frames):
            for camera in range(cameras):
                if (camera, frame) not in held:
                    yield camera, frame

    def add(self, camera: int, frame: int, view: EncodedView) -> None:
        """Keep a view of a camera and frame by index; one without an image marks it as missing.

        Raises:
            IndexError: There is no such camera or frame.
            FileError: The disk is full or gone.
        """
        cameras, frames = self.outline.shape
        if not (0 <= camera < cameras and 0 <= frame < frames):
            raise IndexError(f"camera {camera}, frame {frame} of {cameras} and {frames}")
        if self._staging is None:
            raise FileError(self.path, "is whole already")
        if not view.image:
            view = EncodedView()
        try:
            self._staging.add(camera, frame, view)
        except OSError as error:
            raise FileError(self.path, f"cannot be written ({error.strerror})") from error

    def finish(self, report: Report | None = None) -> Path:
        """Assemble the file and put it in its place; return its path.

        Raises:
            FileError: Views are missing, or the disk is full.
        """
        if self._staging is None:
            return self.path
        left = sum(1 for _ in self.missing())
        if left:
            raise FileError(self.path, f"{left} views are still to be added")
        try:
            self._assemble(self._staging, report or _silent)
        except OSError as error:
            raise FileError(self.path, f"cannot be written ({error.strerror})") from error
        self._staging = None
        self.whole = True
        return self.path

    def close(self) -> None:
        """Let go of the files. Safe twice."""
        if self._staging is not None:
            self._staging.close()

    def _is_whole(self, *, overwrite: bool) -> bool:
        if not self.path.exists():
            return False
        if self.path.is_file() and is_store(self.path):
            try:
                held = read_structure(self.path)
            except FileError:
                held = None
            if held is not None and held.fingerprint == self.fingerprint:
                return held.present == held.stored and not held.damage
        if not overwrite:
            raise FileError(
                self.path,
                "is there already, and made of something else",
                hint="Give another name, or replace it with --overwrite",
            )
        return False

    def _assemble(self, staging: Staging, report: Report) -> None:
        cameras, frames = self.outline.shape
        tables = np.zeros((3, len(LAYERS), cameras, frames), np.int64)
        order = [
            (layer, camera, frame)
            for frame in range(frames)
            for camera in range(cameras)
            for layer in range(len(LAYERS))
        ]
        end = 0
        for layer, camera, frame in order:
            place = staging.placed[camera, frame][layer]
            tables[:, layer, camera, frame] = end, place.size, place.crc32
            end += place.size
        temporary = staging.folder / f"whole{SUFFIX}"
        parts = self._parts | _index(tables)
        start = write_structure(temporary, parts, fingerprint=self.fingerprint, num_bytes=end)
        with temporary.open("r+b") as file:
            file.seek(start)
            for done, (layer, camera, frame) in enumerate(order):
                file.write(staging.read(staging.placed[camera, frame][layer]))
                if done % 256 == 0:
                    report(done / len(order), "assembling")
        put_in_place(temporary, self.path)
        staging.discard()


def _index(tables: np.ndarray) -> Parts:
    offsets, sizes, sums = tables
    parts: Parts = {}
    for layer, name in enumerate(LAYERS):
        parts[f"pictures/{name}/offsets"] = offsets[layer].astype(np.uint64)
        parts[f"pictures/{name}/sizes"] = sizes[layer].astype(np.uint32)
        parts[f"pictures/{name}/crc32"] = sums[layer].astype(np.uint32)
    return parts


def _fingerprint(parts: Parts, encoding: Encoding) -> str:
    digest = hashlib.sha256(f"{VERSION} {encoding}".encode())
    for name, array in sorted(parts.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _silent(_fraction: float | None, _message: str) -> None:
    """Say nothing."""
