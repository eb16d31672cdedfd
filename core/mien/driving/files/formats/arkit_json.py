"""ARKit weights as JSON, in the layout that LAM's viewer plays.

`names` [E]; `frames` [T] of `weights` [E], `time` in seconds (30 a second where missing) and
`rotation`, which is usually empty; optionally `head_pose` [T, 3], axis-angle in radians in a Y up,
face toward +Z frame. What that layout cannot say goes into keys of our own that others ignore:
`head_translation` [T, 3] in metres and `eye_rotations` [T, 2, 3]. `null` is a frame without a face.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.driving.files.assembly import assemble, head_poses
from mien.driving.files.registry import track_formats
from mien.driving.track import ExpressionTrack
from mien.errors import FileError
from mien.transforms import Array, axis_angle_from_matrix, matrix_from_axis_angle

_DEFAULT_RATE = 30.0


@track_formats.register("arkit-json")
class ArkitJson:
    """Reads and writes ARKit weights as JSON."""

    name = "ARKit JSON"
    extensions = (".json",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Go by the extension."""
        return path.suffix.lower() == ".json"

    def read(self, path: Path) -> ExpressionTrack:
        """Read a file."""
        content = _load(path)
        names, frames = content.get("names"), content.get("frames")
        if not isinstance(names, list) or not isinstance(frames, list):
            raise FileError(path, "no ARKit track: it has no lists of names and frames")
        names, frames = cast("list[object]", names), cast("list[object]", frames)
        if not all(isinstance(name, str) for name in names):
            raise FileError(path, "its names are not all text")
        if not all(isinstance(frame, dict) for frame in frames):
            raise FileError(path, "its frames are not all objects")
        rows = cast("list[dict[str, Any]]", frames)
        t, e = len(rows), len(names)
        times = [frame.get("time", index / _DEFAULT_RATE) for index, frame in enumerate(rows)]
        weights = [frame.get("weights") for frame in rows]
        eyes = content.get("eye_rotations")
        return assemble(
            path,
            times=_numbers(times, (t,), "times", path),
            names=cast("list[str]", names),
            weights=_numbers(weights, (t, e), "weights", path),
            head_pose=_head_pose(content, rows, path),
            eye_rotations=None
            if eyes is None
            else _numbers(eyes, (t, 2, 3), "eye rotations", path),
            source=str(content.get("source") or path.name),
        )

    def write(self, path: Path, track: ExpressionTrack) -> None:
        """Write a file; head poses as rotations in `head_pose`."""
        content: dict[str, Any] = {
            "names": list(track.names),
            "frames": [
                {"weights": _plain(weights), "time": float(time), "rotation": []}
                for time, weights in zip(track.times, track.weights, strict=True)
            ],
        }
        if track.head_pose is not None:
            content["head_pose"] = _plain(_rotations(track.head_pose))
            if np.nan_to_num(track.head_pose[:, :3, 3]).any():
                content["head_translation"] = _plain(track.head_pose[:, :3, 3])
        if track.eye_rotations is not None:
            content["eye_rotations"] = _plain(track.eye_rotations)
        if track.source:
            content["source"] = track.source
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(content, allow_nan=False), "utf-8")


def _load(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise FileError(path, f"holds {constant}, which is not a number")

    try:
        content = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FileError(path, f"no valid JSON, or cut off ({error})") from error
    except ValueError as error:
        raise FileError(path, "has a number of absurd length") from error
    if not isinstance(content, dict):
        raise FileError(path, "no ARKit track: it is not a JSON object")
    return cast("dict[str, Any]", content)


def _numbers(values: object, shape: tuple[int, ...], what: str, path: Path) -> NDArray[np.float64]:
    try:
        # None becomes NaN; so it marks the frames without a face.
        array = np.array(values, dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise FileError(path, f"its {what} are not all numbers, or not equally many") from error
    if array.shape != shape and shape[0]:
        raise FileError(path, f"its {what} are {array.shape}, expected {shape}")
    return array.reshape(shape)


def _head_pose(content: dict[str, Any], rows: list[dict[str, Any]], path: Path) -> Array | None:
    rotations = content.get("head_pose")
    if rotations is None:
        in_frames = [frame.get("rotation") or [] for frame in rows]
        if not any(in_frames):
            return None
        rotations = in_frames
    turns = matrix_from_axis_angle(_numbers(rotations, (len(rows), 3), "head rotations", path))
    moves = content.get("head_translation")
    if moves is None:
        return head_poses(turns, None)
    return head_poses(turns, _numbers(moves, (len(rows), 3), "head translations", path))


def _rotations(poses: NDArray[np.float64]) -> Array:
    whole = np.isfinite(poses).reshape(len(poses), -1).all(axis=1)
    rotations = np.full((len(poses), 3), np.nan)
    rotations[whole] = axis_angle_from_matrix(poses[whole, :3, :3])
    return rotations


def _plain(values: NDArray[np.floating]) -> list[Any]:
    """Return nested lists with None for NaN, which JSON has no word for."""
    if values.dtype == np.float32:
        # The shortest decimals that give the same float32, not its exact double.
        values = np.array([float(str(value)) for value in values.reshape(-1)]).reshape(values.shape)
    cells = values.astype(object)
    cells[np.isnan(values)] = None
    return cells.tolist()
