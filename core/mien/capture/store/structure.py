"""The HDF5 around the pictures: named arrays with checksums, and where the bytes lie.

Files come from strangers and from broken disks, so nothing here follows a link, believes a size, or
gives up the rest for one damaged array.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mien.capture.store.outline import Parts
from mien.capture.store.padded import MAGIC, PaddedFile
from mien.errors import FileError

if TYPE_CHECKING:
    import h5py

KIND = "mien-capture"
VERSION = 1
BYTES = "pictures/bytes"

_FAULTS = (OSError, RuntimeError, KeyError, TypeError, ValueError, UnicodeDecodeError)


@dataclass(frozen=True, eq=False)
class Structure:
    """What is read of a file before any picture.

    Args:
        parts: The small arrays by name, those that are whole.
        damage: Why others are not, by name.
        fingerprint: Of what it was made.
        start: Where in the file the pictures begin.
        stored: How many bytes they take.
        present: How many of those the file still has.
    """

    parts: Parts
    damage: dict[str, str]
    fingerprint: str
    start: int
    stored: int
    present: int


def is_store(path: Path) -> bool:
    """Say whether a file is HDF5 by its first bytes."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def write_structure(path: Path, parts: Parts, *, fingerprint: str, num_bytes: int) -> int:
    """Write a file with room for the pictures at its end; return where that room begins."""
    with _new_file(path) as file:
        file.attrs["kind"] = np.bytes_(KIND)
        file.attrs["version"] = VERSION
        file.attrs["fingerprint"] = np.bytes_(fingerprint)
        room = _declare_room(file, num_bytes)
        for name, array in parts.items():
            _group(file, name).create_dataset(name.rpartition("/")[2], data=array)
            file[name].attrs["crc32"] = np.uint32(_checksum(array))
        # Everything else has its place by now, so the room that this first write makes is the end.
        file.flush()
        room[-1:] = 0
        return int(room.id.get_offset() or 0)


def _new_file(path: Path) -> h5py.File:
    """Make a file without the times at which its groups are made: equal captures, equal bytes."""
    import h5py

    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    # The oldest layout whose metadata carries checksums of its own.
    access.set_libver_bounds(h5py.h5f.LIBVER_V18, h5py.h5f.LIBVER_V18)
    making = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    making.set_obj_track_times(False)
    made = h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, fcpl=making, fapl=access)
    return h5py.File(made)


def _group(file: h5py.File, name: str) -> h5py.Group:
    """Return the group in which a name lies, made where it is not there yet."""
    import h5py

    timeless = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    timeless.set_obj_track_times(False)
    group: Any = file["/"]
    for step in name.split("/")[:-1]:
        if step not in group:
            h5py.h5g.create(group.id, step.encode(), gcpl=timeless)
        group = group[step]
    return group


def _declare_room(file: h5py.File, num_bytes: int) -> h5py.Dataset:
    import h5py

    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_obj_track_times(False)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple((max(num_bytes, 1),))
    name = BYTES.rpartition("/")[2].encode()
    held = h5py.h5d.create(_group(file, BYTES).id, name, h5py.h5t.STD_U8LE, space, plan)
    return h5py.Dataset(held)


def read_structure(path: Path) -> Structure:
    """Read everything but the pictures.

    Raises:
        FileError: It is no capture of Mien's, or so damaged that nothing can be known.
    """
    import h5py

    try:
        with PaddedFile(path) as padded, h5py.File(padded, "r") as file:
            return _structure(path, file, padded.real_size)
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except _FAULTS as error:
        reason = str(error).partition("\n")[0][:100]
        raise FileError(path, f"no readable capture: its HDF5 is damaged ({reason})") from error


def _structure(path: Path, file: h5py.File, size: int) -> Structure:
    if _attribute(file, "kind") != KIND:
        raise FileError(path, "an HDF5 file, but no capture of Mien's")
    version = int(file.attrs.get("version", 0))
    if not 1 <= version <= VERSION:
        raise FileError(path, f"is a capture of version {version}; this Mien knows 1 to {VERSION}")
    parts: Parts = {}
    damage: dict[str, str] = {}
    for name in _names(file, damage):
        try:
            parts[name] = _part(file, name, size)
        except _FAULTS as error:
            damage[name] = str(error).partition("\n")[0][:100]
    room = _dataset(file, BYTES)
    start = room.id.get_offset()
    if start is None or room.dtype != np.uint8 or room.ndim != 1 or room.chunks is not None:
        raise FileError(path, f"its {BYTES} are no plain bytes")
    stored = int(room.shape[0])
    present = max(0, min(stored, size - start))
    return Structure(parts, damage, _attribute(file, "fingerprint"), start, stored, present)


def _names(file: h5py.File, damage: dict[str, str]) -> list[str]:
    """Return the names of all arrays but the pictures, two groups deep."""
    found: list[str] = []
    for group in _members(file, "", damage):
        if not isinstance(_child(file, group), _group_class()):
            found.append(group)
            continue
        for inner in _members(file, group, damage):
            name = f"{group}/{inner}"
            if name == BYTES:
                continue
            if isinstance(_child(file, name), _group_class()):
                found += [f"{name}/{last}" for last in _members(file, name, damage)]
            else:
                found.append(name)
    return found


def _members(file: h5py.File, group: str, damage: dict[str, str]) -> list[str]:
    try:
        names = list(cast(Any, file[group] if group else file))
    except _FAULTS as error:
        damage[group or "/"] = str(error).partition("\n")[0][:100]
        return []
    if len(names) > _MAX_MEMBERS:
        raise ValueError(f"{group or 'the root'} has {len(names)} members")
    return names


_MAX_MEMBERS = 64


def _group_class() -> type:
    import h5py

    return h5py.Group


def _child(file: h5py.File, name: str) -> object:
    """Return what lies at a name, or None where it is a link or cannot be read."""
    import h5py

    place, held = "", None
    for step in name.split("/"):
        place = f"{place}/{step}"
        try:
            if not isinstance(file.get(place, getlink=True), h5py.HardLink):
                return None
            held = file[place]
        except _FAULTS:
            return None
    return held


def _dataset(file: h5py.File, name: str) -> h5py.Dataset:
    import h5py

    held = _child(file, name)
    if not isinstance(held, h5py.Dataset) or held.external or held.is_virtual:
        raise ValueError(f"{name} is not in the file")
    return held


def _part(file: h5py.File, name: str, size: int) -> NDArray[Any]:
    dataset = _dataset(file, name)
    # Chunks may be compressed, and then claim any size at no cost.
    if dataset.chunks is not None or dataset.dtype.kind not in "Sfiu" or dataset.nbytes > size:
        raise ValueError("is not stored as captures store it")
    start = dataset.id.get_offset()
    if start is not None and start + dataset.nbytes > size:
        raise ValueError("is cut off")
    array = np.asarray(dataset[()])
    if int(dataset.attrs.get("crc32", -1)) != _checksum(array):
        raise ValueError("is damaged: its checksum does not match")
    array.setflags(write=False)
    return array


def _attribute(file: h5py.File, name: str) -> str:
    if name not in file.attrs or file.attrs.get_id(name).dtype.kind != "S":
        return ""
    value: object = file.attrs[name]
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _checksum(array: NDArray[Any]) -> int:
    return crc32(np.ascontiguousarray(array).tobytes())
