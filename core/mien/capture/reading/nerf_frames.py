"""The frames of plain `transforms.json`: one picture each, and which camera took it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mien.camera import Camera
from mien.capture.protocol import SPLITS, Split, ViewMissing
from mien.capture.reading.calibration import pinhole, pose_from_opengl
from mien.capture.reading.distortion import Distortion
from mien.capture.reading.folders import PICTURES, first_existing, natural
from mien.capture.reading.json_files import JsonObject, number, text
from mien.capture.reading.pictures import picture_size
from mien.capture.reading.transforms_json import frames_of, intrinsics_of, transforms_files
from mien.errors import FileError

_DEFAULT_RATE = 25.0
_READ_MODELS = {"PINHOLE", "SIMPLE_PINHOLE", "OPENCV", "SIMPLE_RADIAL", "RADIAL"}
_LENS = ("k1", "k2", "p1", "p2", "k3")


@dataclass(frozen=True, eq=False)
class Shot:
    """A frame of the file.

    Args:
        camera: Its name, unique in the capture.
        instant: Seconds.
        frame_name: What the file calls the instant.
        picture: Its file.
        mask: Its mask's file, or None.
        depth: Its depth's file, or None.
        pinhole: Its calibration, in the file's world.
        lens: What bends its picture.
        split: What it is for.
    """

    camera: str
    instant: float
    frame_name: str
    picture: Path
    mask: Path | None
    depth: Path | None
    pinhole: Camera
    lens: Distortion
    split: Split


def read_shots(folder: Path) -> tuple[list[Shot], JsonObject]:
    """Return all frames, cameras in natural order, and what the first file says for all.

    Raises:
        FileError: A file is damaged, or there are no frames.
    """
    found: list[tuple[Shot, str]] = []
    shared: JsonObject = {}
    for path, split in transforms_files(folder).items():
        frames = frames_of(path)
        found += [(_shot(path, frame, split), str(frame["file_path"])) for frame in frames]
        shared = shared or (frames[0] if frames else {})
    if not found:
        raise FileError(folder, "its transforms.json has no frames")
    shots = sorted(_named(found), key=lambda shot: (natural(shot.camera), shot.instant))
    return shots, shared


def _shot(path: Path, frame: JsonObject, split: Split | None) -> Shot:
    file_path = text(frame, "file_path", path=path)
    picture = _found(path.parent / file_path)
    size = _size(frame, picture, path)
    timed = "time" in frame or "timestep" in frame
    camera = pinhole(
        path,
        file_path,
        intrinsics=intrinsics_of(frame, size, path=path),
        world_from_camera=pose_from_opengl(
            frame.get("transform_matrix"), path=path, what=f"transform_matrix of {file_path}"
        ),
        size=size,
    )
    stated = frame.get("split")
    return Shot(
        camera=str(frame.get("camera_id", "")) or ("" if timed else file_path),
        instant=_instant(frame, path),
        frame_name=str(frame.get("frame_name", frame.get("timestep", frame.get("time", 0)))),
        picture=picture,
        mask=_beside(path, frame, "mask_path", "fg_mask_path"),
        depth=_beside(path, frame, "depth_file_path"),
        pinhole=camera,
        lens=_lens(frame, path),
        split=split or (stated if stated in SPLITS else "train"),
    )


def _lens(frame: JsonObject, path: Path) -> Distortion:
    model = str(frame.get("camera_model", "OPENCV")).upper()
    fourth = number(frame, "k4", path=path, default=0.0)
    if model not in _READ_MODELS or frame.get("is_fisheye") or fourth:
        raise FileError(path, f"has lenses of the kind {model}; only pinholes and OPENCV are read")
    return Distortion(*(number(frame, key, path=path, default=0.0) for key in _LENS))


def _beside(path: Path, frame: JsonObject, *keys: str) -> Path | None:
    named = next((frame[key] for key in keys if frame.get(key)), None)
    return path.parent / str(named) if named is not None else None


def _found(picture: Path) -> Path:
    """Return the picture, whose ending Blender's files leave out."""
    if picture.is_file():
        return picture
    endings = (picture.with_name(picture.name + suffix) for suffix in PICTURES)
    return first_existing(endings) or picture


def _size(frame: JsonObject, picture: Path, path: Path) -> tuple[int, int]:
    if frame.get("w") is not None and frame.get("h") is not None:
        return int(number(frame, "w", path=path)), int(number(frame, "h", path=path))
    try:
        return picture_size(picture)
    except ViewMissing as error:
        reason = f"gives no w and h, and {picture.name} is not there to ask"
        raise FileError(path, reason) from error


def _instant(frame: JsonObject, path: Path) -> float:
    if frame.get("time") is not None:
        return number(frame, "time", path=path)
    rate = number(frame, "fps", path=path, default=_DEFAULT_RATE)
    if not rate > 0:
        raise FileError(path, f"its fps is {rate:g}")
    return number(frame, "timestep", path=path, default=0.0) / rate


def _named(found: Sequence[tuple[Shot, str]]) -> list[Shot]:
    """Name the cameras that are pictures as shortly as they still differ, and those that are poses.

    Poses are numbered in the order of the file.
    """
    paths = {shot.camera for shot, file_path in found if shot.camera == file_path}
    short = {path: Path(path).stem for path in paths}
    if len(set(short.values())) < len(short):
        short = {path: Path(path).with_suffix("").as_posix() for path in paths}
    numbered: dict[tuple[Camera, Distortion], str] = {}
    named: list[Shot] = []
    for shot, _ in found:
        name = short.get(shot.camera, shot.camera)
        if not name:
            name = numbered.setdefault((shot.pinhole, shot.lens), f"{len(numbered):03d}")
        named.append(replace(shot, camera=name))
    return named
