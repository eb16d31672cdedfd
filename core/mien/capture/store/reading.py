"""A stored capture: any picture is one read at a known place, from any thread or process."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mien.capture.protocol import Attribute, CaptureCamera, View, ViewMissing
from mien.capture.store.outline import CaptureOutline, Landmarks, Parts, outline_from
from mien.capture.store.pictures import LAYERS, EncodedView, decode_view
from mien.capture.store.structure import Structure, read_structure
from mien.capture.tracking import Tracking
from mien.closing import Closing
from mien.errors import FileError


class StoredCapture(Closing):
    """A `.capture` file; a `Capture`. Safe from several threads; pickled, it opens itself anew.

    A file that is damaged or cut off still opens if it says what its cameras and frames are: what
    else is lost is in `damage`, and a lost picture says so when it is asked for.

    Args:
        path: The file.
        cameras: Names of the cameras wanted, in the rig's order; empty for all.

    Raises:
        FileError: It is no capture of Mien's, too damaged to be opened, or has no such camera.
    """

    def __init__(self, path: str | Path, cameras: Sequence[str] = ()) -> None:
        self._path = Path(path)
        self._wanted = tuple(cameras)
        structure = read_structure(self._path)
        self._outline, self.damage = _outline(self._path, structure)
        self._index = _Index(self._path, structure, self._outline.shape)
        self._rows = _rows(self._path, self._outline, self._wanted)
        self.fingerprint = structure.fingerprint
        self._bytes = _Bytes(self._path)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._outline.name

    @property
    def source(self) -> Path:
        """The file."""
        return self._path

    @property
    def outline(self) -> CaptureOutline:
        """Everything but the pictures, of all cameras."""
        return self._outline

    @property
    def cameras(self) -> tuple[CaptureCamera, ...]:
        """The rig [C]."""
        return tuple(self._outline.cameras[row] for row in self._rows.values())

    @property
    def times(self) -> NDArray[np.float64]:
        """The instant of each frame [T], seconds."""
        return self._outline.times

    @property
    def frame_names(self) -> tuple[str, ...]:
        """What each frame is called [T]."""
        return self._outline.frame_names

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        """The similarity [4, 4] that took the source's world into Mien's."""
        return self._outline.head_from_world

    @property
    def aligned(self) -> bool:
        """Whether the head is known to stand where templates stand."""
        return self._outline.aligned

    @property
    def tracking(self) -> Tracking | None:
        """What is known of the person's shape, expression and pose."""
        return self._outline.tracking

    @property
    def landmarks(self) -> Landmarks | None:
        """Points of the face in each frame, where they are known."""
        return self._outline.landmarks

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """What is known of the person and the recording."""
        return self._outline.attributes

    @property
    def provenance(self) -> Mapping[str, Any]:
        """How it was made."""
        return self._outline.provenance

    @property
    def background(self) -> NDArray[np.uint8] | None:
        """The one colour [3] behind the person, or None."""
        return self._outline.background

    def present(self, camera: str, frame: int) -> bool:
        """Say without decoding whether there is such a picture."""
        row = self._row(camera)
        return 0 <= frame < len(self.times) and self._index.state("image", row, frame) == "there"

    def stores(self, camera: str, frame: int) -> bool:
        """Say whether such a picture was written, lost or not."""
        return self._index.state("image", self._row(camera), frame) != "none"

    def view(self, camera: str, frame: int) -> View:
        """Read what a camera saw in a frame.

        Raises:
            KeyError: The rig has no such camera.
            IndexError: There is no such frame.
            ViewMissing: The capture lacks this picture.
            FileError: It is damaged.
        """
        encoded = self.encoded(camera, frame)
        size = self._outline.cameras[self._rows[camera]].camera.size
        try:
            return decode_view(encoded, size)
        except ValueError as error:
            raise FileError(self._path, f"{self._place(camera, frame)} {error}") from error

    def encoded(self, camera: str, frame: int) -> EncodedView:
        """Read the picture files of a view as they are stored; raises what `view` does."""
        row = self._row(camera)
        if not 0 <= frame < len(self.times):
            raise IndexError(f"frame {frame} of {len(self.times)}")
        return EncodedView(*(self._layer(layer, camera, row, frame) for layer in LAYERS))

    def close(self) -> None:
        """Free the file. Safe twice."""
        self._bytes.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return StoredCapture, (self._path, self._wanted)

    def _row(self, camera: str) -> int:
        if camera not in self._rows:
            raise KeyError(f"{self.name} has no camera {camera!r}; it has {', '.join(self._rows)}")
        return self._rows[camera]

    def _place(self, camera: str, frame: int) -> str:
        return f"the picture of camera {camera}, frame {self.frame_names[frame]}"

    def _layer(self, layer: str, camera: str, row: int, frame: int) -> bytes:
        state = self._index.state(layer, row, frame)
        if state == "none":
            if layer == "image":
                raise ViewMissing(self._path, f"{self._place(camera, frame)} is not in the capture")
            return b""
        if state == "lost":
            place = self._place(camera, frame)
            raise ViewMissing(self._path, f"{place} is lost: the file is cut off before it ends")
        offset, size, checksum = self._index.place(layer, row, frame)
        data = self._bytes.read(offset, size)
        if len(data) != size or crc32(data) != checksum:
            reason = f"{self._place(camera, frame)} is damaged: its {layer} has another checksum"
            raise FileError(self._path, reason)
        return data


class _Index:
    """Where each picture lies.

    Raises:
        FileError: The tables are damaged or point out of the pictures' room.
    """

    def __init__(self, path: Path, structure: Structure, shape: tuple[int, int]) -> None:
        self._tables: dict[str, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = {}
        self._start = structure.start
        self._present = structure.present
        for layer in LAYERS:
            try:
                self._tables[layer] = _tables(structure, layer, shape)
            except (KeyError, ValueError) as error:
                if layer == "image":
                    reason = f"its table of pictures is damaged ({error})"
                    raise FileError(path, reason) from error

    def state(self, layer: str, camera: int, frame: int) -> str:
        """Say whether a picture is `there`, `lost` with the end of the file, or `none`."""
        if layer not in self._tables:
            return "none"
        offsets, sizes, _ = self._tables[layer]
        size = int(sizes[camera, frame])
        if not size:
            return "none"
        return "there" if int(offsets[camera, frame]) + size <= self._present else "lost"

    def place(self, layer: str, camera: int, frame: int) -> tuple[int, int, int]:
        """Return offset in the file, size and checksum of a picture."""
        offsets, sizes, sums = (int(table[camera, frame]) for table in self._tables[layer])
        return self._start + offsets, sizes, sums


def _tables(
    structure: Structure, layer: str, shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    names = [f"pictures/{layer}/{key}" for key in ("offsets", "sizes", "crc32")]
    for name in names:
        if name not in structure.parts:
            raise ValueError(f"{name} {structure.damage.get(name, 'is missing')}")
    offsets, sizes, sums = (structure.parts[name] for name in names)
    if not (offsets.shape == sizes.shape == sums.shape == shape):
        raise ValueError(f"pictures/{layer} has tables of {offsets.shape}, not {shape}")
    if any(table.dtype.kind != "u" for table in (offsets, sizes, sums)):
        raise ValueError(f"pictures/{layer} has tables that are no whole numbers")
    if (offsets.astype(np.float64) + sizes > structure.stored).any():
        raise ValueError(f"pictures/{layer} points out of the file")
    return offsets, sizes, sums


def _outline(path: Path, structure: Structure) -> tuple[CaptureOutline, dict[str, str]]:
    """Return what is known, and why the rest is not; what is not essential may be lost."""
    damage = dict(structure.damage)
    if structure.present < structure.stored:
        lost = structure.stored - structure.present
        damage["pictures/bytes"] = f"is cut off: its last {lost:,} bytes are lost"
    essential = {name: array for name, array in structure.parts.items() if _is_essential(name)}
    try:
        outline = outline_from(essential | _defaults(essential))
    except (KeyError, ValueError, TypeError) as error:
        name = str(error).strip("'")
        reason = f"{name} {damage[name]}" if name in damage else str(error)
        raise FileError(path, f"cannot be opened: {reason}") from error
    for group in ("attributes", "provenance", "world/background", "tracking", "landmarks"):
        found = {name: array for name, array in structure.parts.items() if name.startswith(group)}
        broken = any(name.startswith(group) for name in structure.damage)
        if not found or broken:
            continue
        try:
            whole = outline_from(essential | _defaults(essential) | found)
        except (KeyError, ValueError, TypeError) as error:
            damage[group] = f"is damaged: {error}"
            continue
        held = group.split("/")[-1]
        outline = replace(outline, **{held: getattr(whole, held)})
    return outline, damage


def _is_essential(name: str) -> bool:
    return name == "name" or name.startswith(("cameras/", "frames/", "world/head", "world/aligned"))


def _defaults(essential: Parts) -> Parts:
    """Return stand-ins for what a capture can be opened without."""
    stand_ins: Parts = {
        "name": np.array(b"unnamed", np.bytes_),
        "world/head_from_world": np.eye(4),
        "world/aligned": np.array(0, np.uint8),
    }
    return {name: array for name, array in stand_ins.items() if name not in essential}


def _rows(path: Path, outline: CaptureOutline, wanted: tuple[str, ...]) -> dict[str, int]:
    rows = {held.name: row for row, held in enumerate(outline.cameras)}
    absent = [name for name in wanted if name not in rows]
    if absent:
        raise FileError(path, f"has no camera {absent[0]!r}", hint=f"It has {', '.join(rows)}")
    return {name: row for name, row in rows.items() if not wanted or name in wanted}


class _Bytes:
    """A file read at given places by any number of threads; closed at the latest when forgotten."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self._turn = threading.Lock()

    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes."""
        if not self._close.alive:
            raise FileError(self._path, "is closed")
        try:
            if hasattr(os, "pread"):
                return os.pread(self._descriptor, size, offset)
            with self._turn:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                return os.read(self._descriptor, size)
        except OSError as error:
            raise FileError(self._path, f"cannot be read ({error.strerror})") from error

    def close(self) -> None:
        """Close the file."""
        self._close()
