"""FLAME parameters that trackers leave beside their captures, as they are.

FLAME (Li et al., "Learning a model of facial shape and expression from 4D scans", 2017) has its own
axes: metres, Y up, the face toward +Z, as in Mien.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.capture.alignment import similarity
from mien.errors import FileError
from mien.transforms import Array, matrix_from_axis_angle

Float32 = NDArray[np.float32]

# FLAME turns the head about a joint low in the neck. Where exactly depends on the shape and on
# FLAME's own file, which users may not have; a head is off by millimetres for it.
_NECK = np.array([0.0, -0.15, 0.0])


@dataclass(frozen=True, eq=False)
class FlameParameters:
    """FLAME's parameters over a capture, in the dataset's world.

    Args:
        shape: [S].
        expression: [T, E].
        rotation: Of the whole head, rotation matrices [T, 3, 3].
        translation: [T, 3].
        neck: Axis-angle [T, 3].
        jaw: Axis-angle [T, 3].
        eyes: Axis-angle of the left and of the right eye [T, 6].
        scale: Of the posed surface.
        about_neck: Whether the rotation is FLAME's own, about its root joint; else it is applied to
            the posed surface, about the origin.
        static_offset: What the shape has beyond FLAME's [V, 3], or None.
    """

    shape: Float32
    expression: Float32
    rotation: Float32
    translation: Float32
    neck: Float32
    jaw: Float32
    eyes: Float32
    scale: float = 1.0
    about_neck: bool = True
    static_offset: Float32 | None = None

    def __post_init__(self) -> None:
        t = len(self.expression)
        shapes = {"rotation": (t, 3, 3), "translation": (t, 3), "neck": (t, 3), "jaw": (t, 3)}
        for name, shape in {**shapes, "eyes": (t, 6)}.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}, got {getattr(self, name).shape}")

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.expression)

    def world_from_head(self, frame: int) -> Array:
        """Return the similarity [4, 4] that poses the resting head as in a frame."""
        rotation = np.asarray(self.rotation[frame], np.float64)
        pivot = _NECK if self.about_neck else np.zeros(3)
        moved = np.asarray(self.translation[frame], np.float64) + pivot - rotation @ pivot
        return similarity(rotation, moved, self.scale)


class ArraysOf:
    """Take arrays of known shapes from a file's.

    Args:
        path: The file, for messages.
        arrays: What it holds.
    """

    def __init__(self, path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.path = path
        self.arrays = arrays

    def get(self, key: str, columns: int | None = None) -> Float32:
        """Return an array [T, columns], or of any one dimension without columns.

        Raises:
            FileError: It is missing, of another shape, or not finite.
        """
        if key not in self.arrays:
            raise FileError(self.path, f"has no FLAME {key}")
        values = np.asarray(self.arrays[key], np.float32)
        if columns is None:
            values = values.reshape(-1)
        elif values.ndim != 2 or (columns > 0 and values.shape[1] != columns):
            raise FileError(self.path, f"its FLAME {key} is {values.shape}, expected T x {columns}")
        if not np.isfinite(values).all():
            raise FileError(self.path, f"its FLAME {key} is not finite")
        return values


def vhap_parameters(frames: list[tuple[Path, Mapping[str, NDArray[Any]]]]) -> FlameParameters:
    """Join VHAP's files of one frame each.

    Raises:
        FileError: One lacks something or does not fit the others.
    """
    rows = [ArraysOf(path, arrays) for path, arrays in frames]

    def column(key: str, width: int) -> Float32:
        parts = [row.get(key, width)[:1] for row in rows]
        for row, part in zip(rows, parts, strict=True):
            if part.shape != parts[0].shape:
                raise FileError(row.path, f"its FLAME {key} is {part.shape}, not as in the first")
        return np.concatenate(parts)

    first = rows[0]
    offset = first.get("static_offset") if "static_offset" in first.arrays else None
    if offset is not None and len(offset) % 3:
        raise FileError(first.path, "its FLAME static_offset is no list of points")
    return FlameParameters(
        shape=first.get("shape"),
        expression=column("expr", -1),
        rotation=matrix_from_axis_angle(column("rotation", 3)).astype(np.float32),
        translation=column("translation", 3),
        neck=column("neck_pose", 3),
        jaw=column("jaw_pose", 3),
        eyes=column("eyes_pose", 6),
        static_offset=None if offset is None else offset.reshape(-1, 3),
    )


def benchmark_parameters(path: Path, arrays: Mapping[str, NDArray[Any]]) -> FlameParameters:
    """Read the tracking of the NeRSemble benchmark.

    Raises:
        FileError: It lacks something or does not hold together.
    """
    take = ArraysOf(path, arrays)
    matrices = arrays.get("rotation_matrices")
    scales = take.get("scale")
    scale = float(scales[0]) if len(scales) else 0.0
    if matrices is None or not np.isfinite(matrices).all() or not 0.01 < scale < 100:
        raise FileError(path, "has no FLAME rotation_matrices, or no scale of a head")
    try:
        return FlameParameters(
            shape=take.get("shape"),
            expression=take.get("expression", -1),
            rotation=np.asarray(matrices, np.float32),
            translation=take.get("translation", 3),
            neck=take.get("neck", 3),
            jaw=take.get("jaw", 3),
            eyes=take.get("eyes", 6),
            scale=scale,
            about_neck=False,
        )
    except ValueError as error:
        raise FileError(path, f"its FLAME arrays do not fit each other ({error})") from error
