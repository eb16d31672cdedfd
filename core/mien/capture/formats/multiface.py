"""Multiface: pictures by expression, camera and frame, and a calibration as text, millimetres.

    <root>/m--<date>--<time>--<subject>--GHS/KRT, frame_list.txt
        images/<expression>/<camera>/<frame>.png
        tracked_mesh/<expression>/<frame>_transform.txt

`KRT` holds for each camera a line with its name, three of K, one of five distortion coefficients,
three of [R | t], world to camera in OpenCV's axes, and an empty one. K is for the delivered
1334x2048 with pixel centres at integers, as the dataset's own tools draw; half a pixel is added.
`<frame>_transform.txt` is the head's pose; the world is turned and moved so that the head of the
first neutral frame (or of the first of all) stands still in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from mien.camera import Camera
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import View
from mien.capture.reading.calibration import increasing_times, inverse_pose, pinhole, rigid_pose
from mien.capture.reading.distortion import Distortion
from mien.capture.reading.folders import names_in, subfolders
from mien.capture.reading.json_files import numbers
from mien.capture.reading.pictures import Size, picture_size, read_picture
from mien.capture.reading.recording import PictureFiles, Recording, Rig, World
from mien.errors import FileError

_RATE = 30.0
_MILLIMETRE = 1e-3
_LOOKED_AT = 64
# Lines of a camera in KRT: name, K, distortion, [R | t].
_LINES = 8
_MAX_BYTES = 1 << 26
_NUMBER = re.compile(r"\d{1,12}")

ALL = "all"
"""The part that is all expressions of a capture."""


@capture_formats.register("multiface")
class Multiface:
    """Reads Multiface."""

    name = "Multiface"
    rank = 50

    def probe(self, path: Path) -> bool:
        """Look for a KRT file beside a folder of images."""
        return _capture(path) is not None or bool(_captures(path, limit=_LOOKED_AT))

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the captures of a folder of them, or the expressions of one and all of them."""
        capture = _capture(path)
        if capture is None:
            return tuple(_captures(path))
        return (ALL, *dict.fromkeys(frame.expression for frame in _frames(capture)))

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open a capture, or an expression of it."""
        capture = _capture(path)
        if capture is None:
            captures = _captures(path)
            capture, expression = captures[chosen_part(path, tuple(captures), choice)], ALL
        else:
            wanted = Choice(choice.part or ALL, choice.corrected, choice.cameras)
            expression = chosen_part(path, self.parts(path), wanted)
        every = _frames(capture)
        frames = tuple(frame for frame in every if expression in (ALL, frame.expression))
        size, pictured = _delivered(capture, frames)
        rig = _rig(capture / "KRT", pictured, size, choice)
        world = _world(capture, every, rig)
        return Recording(
            name=capture.name if expression == ALL else f"{capture.name} / {expression}",
            source=path,
            cameras=rig.chosen(choice, world),
            lenses=rig.lenses,
            times=increasing_times([int(frame.name) for frame in frames], _RATE),
            frame_names=tuple(f"{frame.expression}/{frame.name}" for frame in frames),
            world=world,
            views=PictureFiles(partial(_view, size), partial(_picture, capture, frames)),
            attributes={"dataset": self.name, "subject": capture.name, "expression": expression},
        )


@dataclass(frozen=True)
class _Frame:
    expression: str
    name: str


def _capture(path: Path) -> Path | None:
    """Return the folder of a capture that this is, or whose KRT this is, or None."""
    place = path.absolute()
    folder = place.parent if place.name == "KRT" else place
    return folder if (folder / "KRT").is_file() and (folder / "images").is_dir() else None


def _captures(path: Path, limit: int | None = None) -> dict[str, Path]:
    found = {folder.name: _capture(folder) for folder in subfolders(path, limit=limit)}
    return {name: capture for name, capture in found.items() if capture is not None}


def _frames(capture: Path) -> tuple[_Frame, ...]:
    path = capture / "frame_list.txt"
    rows = [line.split() for line in _text(path).splitlines() if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) != 2 or not _NUMBER.fullmatch(row[1]):
            raise FileError(path, f"line {number} is no expression and frame number")
    if not rows:
        raise FileError(path, "lists no frames")
    return tuple(_Frame(expression, f"{int(name):06d}") for expression, name in rows)


def _delivered(capture: Path, frames: Sequence[_Frame]) -> tuple[Size, list[str]]:
    """Return the size of the pictures, and the cameras that have some."""
    images = capture / "images"
    for expression in dict.fromkeys(frame.expression for frame in frames):
        cameras = subfolders(images / expression)
        for camera in cameras:
            for name in islice(names_in(camera, limit=_LOOKED_AT), 1):
                return picture_size(camera / name), [each.name for each in cameras]
    raise FileError(images, "holds no pictures of the listed frames")


def _rig(path: Path, pictured: Sequence[str], size: Size, choice: Choice) -> Rig:
    lines = [line.strip() for line in _text(path).splitlines() if line.strip()]
    if not lines or len(lines) % _LINES:
        raise FileError(path, f"is cut off: {len(lines)} lines, {_LINES} for each camera")
    known = {
        lines[start]: lines[start + 1 : start + _LINES] for start in range(0, len(lines), _LINES)
    }
    cameras: dict[str, Camera] = {}
    lenses: dict[str, Distortion] = {}
    for name in pictured:
        if name not in known:
            if choice.cameras and name not in choice.cameras:
                continue
            raise FileError(path, f"has no camera {name}, of which there are pictures")
        rows = [line.split() for line in known[name]]
        cameras[name] = pinhole(
            path,
            name,
            intrinsics=rows[:3],
            world_from_camera=inverse_pose(rows[4:], path=path, what=f"[R | t] of camera {name}"),
            size=size,
            integer_centres=True,
        )
        bent = numbers(rows[3], (-1,), path=path, what=f"distortion of camera {name}")[:5]
        lenses[name] = Distortion(*map(float, bent))
    return Rig(path, cameras, lenses={name: lens for name, lens in lenses.items() if lens})


def _world(capture: Path, frames: Sequence[_Frame], rig: Rig) -> World:
    neutral = [frame for frame in frames if "neutral" in frame.expression.lower()]
    for frame in (*neutral[:_LOOKED_AT], *frames[:_LOOKED_AT]):
        path = capture / "tracked_mesh" / frame.expression / f"{frame.name}_transform.txt"
        if path.is_file():
            rows = [line.split() for line in _text(path).splitlines() if line.strip()]
            pose = rigid_pose(rows, path=path, what="pose of the head")
            return World.of_turned_head(pose, rig.cameras, metres=_MILLIMETRE)
    return World.guessed(rig.cameras, metres=_MILLIMETRE)


def _picture(capture: Path, frames: Sequence[_Frame], camera: str, frame: int) -> Path:
    held = frames[frame]
    return capture / "images" / held.expression / camera / f"{held.name}.png"


def _view(size: Size, camera: str, frame: int, path: Path) -> View:
    return View(read_picture(path, size).rgb)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FileError(path, "is too large for what it should hold")
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except UnicodeDecodeError as error:
        raise FileError(path, "is no text") from error
