"""What a capture is apart from its pictures, and that as named arrays, the way files keep it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import SPLITS, Attribute, CaptureCamera
from mien.capture.tracking import Tracking

Parts = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Named points of the face in each frame.

    Args:
        names: What they are [L].
        points: Where they are [T, L, 3], metres, in the capture's world.

    Raises:
        ValueError: The shapes do not belong together.
    """

    names: tuple[str, ...]
    points: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.points.ndim != 3 or self.points.shape[1:] != (len(self.names), 3):
            raise ValueError(f"points must be [T, {len(self.names)}, 3], got {self.points.shape}")


@dataclass(frozen=True, eq=False)
class CaptureOutline:
    """Everything of a capture but its pictures; the fields are those of `Capture`.

    Args:
        name: What people call it.
        cameras: The rig [C].
        times: Seconds [T], increasing.
        frame_names: [T].
        head_from_world: The similarity [4, 4] that took the source's world into Mien's.
        aligned: Whether the head is known to stand where templates stand.
        tracking: Shape, expression and pose, or None.
        attributes: Of the person and the recording.
        background: The one colour [3] behind the person, or None.
        landmarks: Points of the face, or None.
        provenance: How it was made: plain values, the same for the same pictures.

    Raises:
        ValueError: It does not hold together.
    """

    name: str
    cameras: tuple[CaptureCamera, ...]
    times: NDArray[np.float64]
    frame_names: tuple[str, ...]
    head_from_world: NDArray[np.float64] = field(default_factory=lambda: np.eye(4))
    aligned: bool = False
    tracking: Tracking | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: dict[str, Attribute]())
    background: NDArray[np.uint8] | None = None
    landmarks: Landmarks | None = None
    provenance: Mapping[str, Any] = field(default_factory=lambda: dict[str, Any]())

    def __post_init__(self) -> None:
        names = [held.name for held in self.cameras]
        if not names or len(set(names)) < len(names):
            raise ValueError("a capture needs cameras, each with a name of its own")
        if not len(self.times) == len(self.frame_names) > 0:
            raise ValueError(f"{len(self.times)} times for {len(self.frame_names)} frames")
        if not (np.isfinite(self.times).all() and (np.diff(self.times) > 0).all()):
            raise ValueError("the times must increase")
        if not np.isfinite(self.head_from_world).all():
            raise ValueError("head_from_world must be finite")
        if self.tracking is not None and self.tracking.num_frames != len(self.times):
            raise ValueError(f"the tracking has {self.tracking.num_frames} frames")
        if self.landmarks is not None and len(self.landmarks.points) != len(self.times):
            raise ValueError(f"the landmarks have {len(self.landmarks.points)} frames")

    @property
    def shape(self) -> tuple[int, int]:
        """C and T."""
        return len(self.cameras), len(self.times)


def parts_of(outline: CaptureOutline) -> Parts:
    """Return an outline as arrays by the names that the file has for them."""
    cameras = [held.camera for held in outline.cameras]
    parts: Parts = {
        "name": _text(outline.name),
        "attributes": _text(json.dumps(dict(outline.attributes), sort_keys=True)),
        "provenance": _text(json.dumps(dict(outline.provenance), sort_keys=True)),
        "cameras/names": _texts([held.name for held in outline.cameras]),
        "cameras/splits": _texts([held.split for held in outline.cameras]),
        "cameras/sizes": np.array([camera.size for camera in cameras], np.int32),
        "cameras/intrinsics": np.array([camera.intrinsics for camera in cameras]),
        "cameras/world_from_camera": np.array([camera.world_from_camera for camera in cameras]),
        "frames/times": np.asarray(outline.times, np.float64),
        "frames/names": _texts(outline.frame_names),
        "world/head_from_world": np.asarray(outline.head_from_world, np.float64),
        "world/aligned": np.array(int(outline.aligned), np.uint8),
    }
    if outline.background is not None:
        parts["world/background"] = np.asarray(outline.background, np.uint8)
    if outline.tracking is not None:
        for each in fields(Tracking):
            value = getattr(outline.tracking, each.name)
            if value is not None:
                parts[f"tracking/{each.name}"] = (
                    _text(value) if isinstance(value, str) else np.asarray(value, np.float32)
                )
    if outline.landmarks is not None:
        parts["landmarks/names"] = _texts(outline.landmarks.names)
        parts["landmarks/points"] = np.asarray(outline.landmarks.points, np.float32)
    return parts


def outline_from(parts: Parts) -> CaptureOutline:
    """Return the outline that arrays describe.

    Raises:
        ValueError: They do not hold together, with the reason.
        KeyError: One is missing.
    """
    return CaptureOutline(
        _str(parts["name"]),
        _cameras(parts),
        _of(parts["frames/times"], "frames/times", (-1,)),
        _strs(parts["frames/names"]),
        _of(parts["world/head_from_world"], "world/head_from_world", (4, 4)),
        bool(parts["world/aligned"]),
        tracking=_tracking(parts),
        attributes=_attributes(parts),
        background=_background(parts),
        landmarks=_landmarks(parts),
        provenance=_json(parts, "provenance"),
    )


def _cameras(parts: Parts) -> tuple[CaptureCamera, ...]:
    names, splits = (_strs(parts[f"cameras/{key}"]) for key in ("names", "splits"))
    count = len(names)
    sizes = _of(parts["cameras/sizes"], "cameras/sizes", (count, 2))
    lenses = _of(parts["cameras/intrinsics"], "cameras/intrinsics", (count, 3, 3))
    poses = _of(parts["cameras/world_from_camera"], "cameras/world_from_camera", (count, 4, 4))
    if len(splits) != count or any(split not in SPLITS for split in splits):
        raise ValueError("cameras/splits are not train, validation or test for each camera")
    return tuple(
        CaptureCamera(name, Camera(pose, lens, (int(size[0]), int(size[1]))), cast(Any, split))
        for name, split, size, lens, pose in zip(names, splits, sizes, lenses, poses, strict=True)
    )


def _tracking(parts: Parts) -> Tracking | None:
    if "tracking/template" not in parts:
        return None
    arrays = {
        each.name: parts.get(f"tracking/{each.name}")
        for each in fields(Tracking)
        if each.name != "template"
    }
    absent = [name for name, array in arrays.items() if array is None and name != "rest_offsets"]
    if absent:
        raise ValueError(f"the tracking lacks {', '.join(absent)}")
    if any(not np.isfinite(array).all() for array in arrays.values() if array is not None):
        raise ValueError("the tracking is not finite")
    return Tracking(_str(parts["tracking/template"]), **cast(Any, arrays))


def _landmarks(parts: Parts) -> Landmarks | None:
    if "landmarks/names" not in parts or "landmarks/points" not in parts:
        return None
    return Landmarks(_strs(parts["landmarks/names"]), parts["landmarks/points"])


def _background(parts: Parts) -> NDArray[np.uint8] | None:
    held = parts.get("world/background")
    return None if held is None else _of(held, "world/background", (3,))


def _attributes(parts: Parts) -> dict[str, Attribute]:
    held = _json(parts, "attributes")
    return {key: value for key, value in held.items() if isinstance(value, str | float | int)}


def _json(parts: Parts, name: str) -> dict[str, Any]:
    if name not in parts:
        return {}
    try:
        held = json.loads(_str(parts[name]))
    except RecursionError as error:
        raise ValueError(f"its {name} are nested too deeply") from error
    if not isinstance(held, dict):
        raise ValueError(f"its {name} are no JSON object")
    return cast(dict[str, Any], held)


def _of(array: NDArray[Any], name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    if len(array.shape) != len(shape) or any(
        want not in (-1, have) for want, have in zip(shape, array.shape, strict=True)
    ):
        raise ValueError(f"{name} has the shape {array.shape}, not {shape}")
    return array


def _text(text: str) -> NDArray[np.bytes_]:
    return np.array(_bytes(text) or b"\0", np.bytes_)


def _texts(texts: Any) -> NDArray[np.bytes_]:
    held = [_bytes(text) for text in texts]
    return np.array(held, f"S{max(1, *map(len, held))}" if held else "S1")


def _bytes(text: str) -> bytes:
    if "\0" in text:
        raise ValueError(f"{text!r} has a character that files cannot keep")
    # Names come from paths, which on Linux may be bytes that are no UTF-8.
    return text.encode(errors="surrogateescape")


def _str(array: NDArray[Any]) -> str:
    return bytes(array[()]).rstrip(b"\0").decode(errors="surrogateescape")


def _strs(array: NDArray[Any]) -> tuple[str, ...]:
    return tuple(bytes(each).decode(errors="surrogateescape") for each in array)
