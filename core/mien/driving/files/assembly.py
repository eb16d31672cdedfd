"""The last step of every track reader: names in ARKit's spelling, values that make sense."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.driving.track import ExpressionTrack
from mien.errors import FileError
from mien.template.arkit import canonical_name
from mien.transforms import Array, rigid

_MOST_SECS = 86400.0
"""Nobody records for longer, and whoever makes frames of it would make them without end."""


def assemble(
    path: Path,
    *,
    times: NDArray[np.floating],
    names: Sequence[str],
    weights: NDArray[np.floating],
    head_pose: NDArray[np.floating] | None,
    eye_rotations: NDArray[np.floating] | None,
    source: str,
) -> ExpressionTrack:
    """Make the track of a file, with arrays as in ExpressionTrack.

    Raises:
        FileError: It is empty, its times do not increase or span more than a day, names repeat, or
            values are not finite where the whole frame is not left blank.
    """
    if not len(times):
        raise FileError(path, "holds no frames")
    spelled = tuple(canonical_name(name) or name for name in names)
    repeated = sorted({name for name in spelled if spelled.count(name) > 1})
    if repeated:
        raise FileError(path, f"names {', '.join(repeated[:3])} more than once")
    if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise FileError(path, "its times do not increase from frame to frame")
    if times[-1] - times[0] > _MOST_SECS:
        raise FileError(path, f"spans {times[-1] - times[0]:.3g} seconds, more than a day")
    with np.errstate(over="ignore"):
        # Doubles beyond float32 become infinite and are found below.
        weights = np.asarray(weights, np.float32)
    parts = [("weights", weights), ("head poses", head_pose), ("eye rotations", eye_rotations)]
    for what, values in parts:
        if values is not None:
            _check_blanks(path, what, values)
    try:
        return ExpressionTrack(
            np.asarray(times, np.float64),
            spelled,
            weights,
            None if head_pose is None else np.asarray(head_pose, np.float64),
            None if eye_rotations is None else np.asarray(eye_rotations, np.float32),
            source,
        )
    except ValueError as error:
        raise FileError(path, f"does not fit together ({error})") from error


def head_poses(turns: NDArray[np.floating], translations: NDArray[np.floating] | None) -> Array:
    """Return poses [T, 4, 4] of rotations [T, 3, 3] and metres [T, 3]; blank where either is."""
    moves = np.zeros((len(turns), 3)) if translations is None else translations
    poses = rigid(turns, moves)
    poses[np.isnan(turns).all(axis=(1, 2)) | np.isnan(moves).all(axis=1)] = np.nan
    return poses


def _check_blanks(path: Path, what: str, values: NDArray[np.floating]) -> None:
    """Allow frames wholly of NaN, which mean that no face was seen; nothing else of the kind."""
    flat = values.reshape(len(values), -1)
    partly = ~np.isfinite(flat).all(axis=1) & ~np.isnan(flat).all(axis=1)
    if partly.any():
        raise FileError(
            path,
            f"has {what} that are not numbers (NaN or infinite) in "
            f"{np.count_nonzero(partly):,} of its {len(flat):,} frames",
        )
    if flat.size and np.isnan(flat).all():
        raise FileError(path, f"none of its {what} are numbers")
