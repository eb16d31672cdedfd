"""Ava-256: zip archives of AVIF pictures, a calibration with transposed matrices, millimetres.

    <root>/<date>--<time>--<subject>/decoder/camera_calibration.json, frame_list.csv
                                             image/cam<name>.zip, segmentation_parts/cam<name>.zip
                                             head_pose/head_pose.zip

`K` and `T` are stored transposed: K.T are the intrinsics of pictures of 2668x4096, T.T is world to
camera in OpenCV's axes. Pictures come at a half or a quarter of that. The dataset's own tools take
pixel centres to be integers, so half a pixel is added at full size and then all is scaled.

Frames are those of all segments, or of one; a head's pose is a file of 3x4 numbers, and the rig's
world is turned and moved so that the head of the first neutral frame stands still in it. What is
neither chair nor nothing in the segmentation is the person. The authors hold out the segment
EXP_free_face, which is for validation here.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import View
from mien.capture.reading.calibration import (
    increasing_times,
    inverse_pose,
    pinhole,
    rigid_pose,
)
from mien.capture.reading.distortion import Distortion
from mien.capture.reading.folders import names_in, subfolders
from mien.capture.reading.json_files import numbers, objects, read_json, text
from mien.capture.reading.picture_archives import NumberedArchive, RigArchives
from mien.capture.reading.pictures import Size, archived_size, read_labels, read_picture
from mien.capture.reading.recording import Recording, Rig, World
from mien.errors import FileError

_FULL_SIZE = (2668, 4096)
_MILLIMETRE = 1e-3
_RATE = 30.0
_CALIBRATION = "camera_calibration.json"
_CHAIR = 3
_VALIDATION = "EXP_free_face"
_NEUTRAL = "EXP_neutral_peak"
_LOOKED_AT = 64

ALL = "all"
"""The part that is all segments of a capture."""


@capture_formats.register("ava-256")
class Ava256:
    """Reads Ava-256."""

    name = "Ava-256"
    rank = 50

    def probe(self, path: Path) -> bool:
        """Look for a decoder's calibration and list of frames."""
        return _decoder(path) is not None or bool(_captures(path, limit=_LOOKED_AT))

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the captures of a folder of them, or the segments of a capture and all of them."""
        decoder = _decoder(path)
        if decoder is None:
            return tuple(_captures(path))
        segments = dict.fromkeys(frame.segment for frame in _frames(decoder))
        return (ALL, *segments)

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open a capture, or a segment of it."""
        decoder = _decoder(path)
        if decoder is None:
            captures = _captures(path)
            decoder, segment = captures[chosen_part(path, tuple(captures), choice)], ALL
        else:
            wanted = Choice(choice.part or ALL, choice.corrected, choice.cameras)
            segment = chosen_part(path, self.parts(path), wanted)
        every = _frames(decoder)
        frames = tuple(frame for frame in every if segment in (ALL, frame.segment))
        views = _Views.of(decoder, frames)
        rig = _rig(decoder / _CALIBRATION, views.cameras, views.size, choice)
        world = _world(decoder, every, rig)
        subject = decoder.parent.name
        return Recording(
            name=subject if segment == ALL else f"{subject} / {segment}",
            source=path,
            cameras=rig.chosen(choice, world),
            lenses=rig.lenses,
            times=increasing_times([frame.number for frame in frames], _RATE),
            frame_names=tuple(f"{frame.segment}/{frame.number:06d}" for frame in frames),
            world=world,
            views=views,
            frame_splits=tuple(
                "validation" if frame.segment == _VALIDATION else "train" for frame in frames
            ),
            attributes={"dataset": self.name, "subject": subject, "segment": segment},
        )


@dataclass(frozen=True)
class _Frame:
    segment: str
    number: int


@dataclass(frozen=True)
class _Views:
    """The views of a capture."""

    frames: tuple[_Frame, ...]
    cameras: tuple[str, ...]
    size: Size
    pictures: RigArchives
    segments: RigArchives

    @staticmethod
    def of(decoder: Path, frames: tuple[_Frame, ...]) -> _Views:
        pictures = _archives(decoder / "image")
        if not pictures:
            raise FileError(decoder / "image", "holds no archives such as cam401031.zip")
        return _Views(
            frames,
            tuple(pictures),
            _delivered_size(pictures),
            RigArchives(pictures),
            RigArchives(_archives(decoder / "segmentation_parts")),
        )

    def present(self, camera: str, frame: int) -> bool:
        return self.pictures.present(camera, self.frames[frame].number)

    def read(self, camera: str, frame: int) -> View:
        number = self.frames[frame].number
        content = self.pictures.read(camera, number)
        path = self.pictures.path(camera) / f"{number:06d}.avif"
        image = read_picture(path, self.size, content=content).rgb
        return View(image, self._mask(camera, number))

    def close(self) -> None:
        self.pictures.close()
        self.segments.close()

    def _mask(self, camera: str, number: int) -> NDArray[np.uint8] | None:
        if not self.segments.present(camera, number):
            return None
        content = self.segments.read(camera, number)
        path = self.segments.path(camera) / f"{number:06d}.png"
        labels = read_labels(path, self.size, content=content)
        return np.where((labels > 0) & (labels != _CHAIR), 255, 0).astype(np.uint8)


def _decoder(path: Path) -> Path | None:
    """Return the folder of the decoder's data of a capture whose folder this is, or None."""
    place = path.absolute()
    for folder in (place, place / "decoder"):
        if (folder / _CALIBRATION).is_file() and (folder / "image").is_dir():
            return folder
    return None


def _captures(path: Path, limit: int | None = None) -> dict[str, Path]:
    found = {folder.name: _decoder(folder) for folder in subfolders(path, limit=limit)}
    return {name: decoder for name, decoder in found.items() if decoder is not None}


def _archives(folder: Path) -> dict[str, Path]:
    names = (name for name in names_in(folder) if name.startswith("cam") and name.endswith(".zip"))
    return {name[3:-4]: folder / name for name in names}


def _frames(decoder: Path) -> tuple[_Frame, ...]:
    path = decoder / "frame_list.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, strict=True))
        frames = [_Frame(row["seg_id"], int(row["frame_id"])) for row in rows]
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise FileError(path, "is no list of seg_id,frame_id, or cut off") from error
    if not frames:
        raise FileError(path, "lists no frames")
    return tuple(frames)


def _delivered_size(pictures: dict[str, Path]) -> Size:
    """Return the size of a picture of the first sound archive; the first one's fault without."""
    reasons: list[FileError] = []
    for path in pictures.values():
        try:
            archive = NumberedArchive(path)
        except FileError as error:
            reasons.append(error)
            continue
        try:
            numbers = archive.numbers
            if numbers:
                return archived_size(path, archive.read(min(numbers)))
        except FileError as error:
            reasons.append(error)
        finally:
            archive.close()
    raise reasons[0] if reasons else FileError(next(iter(pictures.values())), "holds no pictures")


def _rig(path: Path, pictured: tuple[str, ...], size: Size, choice: Choice) -> Rig:
    listed = objects(read_json(path).get("KRT"), path=path, what="KRT")
    entries = {text(entry, "cameraId", path=path): entry for entry in listed}
    cameras: dict[str, Camera] = {}
    lenses: dict[str, Distortion] = {}
    for name in pictured:
        if name not in entries:
            if choice.cameras and name not in choice.cameras:
                continue
            raise FileError(path, f"has no camera {name}, of which there are pictures")
        entry = entries[name]
        k = numbers(entry.get("K"), (3, 3), path=path, what=f"K of camera {name}")
        t = numbers(entry.get("T"), (4, 4), path=path, what=f"T of camera {name}")
        full = pinhole(
            path,
            name,
            intrinsics=k.T,
            world_from_camera=inverse_pose(t.T[:3], path=path, what=f"T of camera {name}"),
            size=_FULL_SIZE,
            integer_centres=True,
        )
        cameras[name] = full.resized(size)
        bent = numbers(entry.get("distortion", []), (-1,), path=path, what="distortion")[:5]
        lenses[name] = Distortion(*map(float, bent))
    return Rig(path, cameras, lenses={name: lens for name, lens in lenses.items() if lens})


def _world(decoder: Path, frames: tuple[_Frame, ...], rig: Rig) -> World:
    """Return where the head is in the first neutral frame, or the first frame at all."""
    path = decoder / "head_pose" / "head_pose.zip"
    if not path.is_file():
        return World.guessed(rig.cameras, metres=_MILLIMETRE)
    neutral = next((frame for frame in frames if frame.segment == _NEUTRAL), frames[0])
    archive = NumberedArchive(path)
    try:
        held = archive.numbers
        number = neutral.number if neutral.number in held else min(held, default=neutral.number)
        lines = archive.read(number).decode("ascii", "replace").split("\n")
    finally:
        archive.close()
    rows = [line.replace(",", " ").split() for line in lines if line.strip()]
    pose = rigid_pose(rows, path=path, what=f"pose of frame {number:06d}")
    return World.of_turned_head(pose, rig.cameras, metres=_MILLIMETRE)
