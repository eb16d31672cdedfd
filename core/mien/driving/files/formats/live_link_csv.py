"""The CSV of Epic's Live Link Face app: a timecode, 52 ARKit weights and nine angles a row.

Columns are matched by name in any case: their order and spelling differ between versions and
between tools. A row with a count of 0 or without values is an instant at which no face was seen.

Angles are taken as turns about the face's own axes, as ARKit and AvatarState define them: pitch
about X (positive nods down), yaw about Y (positive to the person's left), roll about Z, applied
roll first, then pitch, then yaw. They are radians; columns that go beyond a full turn are degrees.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.atomic import replacing
from mien.driving.files.assembly import assemble, head_poses
from mien.driving.files.registry import track_formats
from mien.driving.files.timecode import (
    DEFAULT_RATE,
    format_timecode,
    infer_rate,
    parse_timecode,
    times_from_timecodes,
)
from mien.driving.track import ExpressionTrack
from mien.errors import FileError
from mien.template.arkit import ARKIT_NAMES, canonical_name
from mien.transforms import Array, axis_angle_from_matrix, matrix_from_axis_angle

_ANGLES = ("yaw", "pitch", "roll")
_COUNTS = ("blendshapecount",)
_MAX_COLUMNS = 1024


@track_formats.register("live-link-face")
class LiveLinkFace:
    """Reads and writes Live Link Face recordings."""

    name = "Live Link Face CSV"
    extensions = (".csv",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Claim CSV files and whatever begins with a timecode column."""
        text = head.removeprefix(b"\xef\xbb\xbf")[:9].lower()
        return path.suffix.lower() == ".csv" or text == b"timecode,"

    def read(self, path: Path) -> ExpressionTrack:
        """Read a file."""
        columns, rows = _rows(path)
        if "timecode" not in columns:
            raise FileError(path, "no Live Link Face recording: it has no Timecode column")
        names = {column: spelled for column in columns if (spelled := canonical_name(column))}
        if not names:
            raise FileError(path, "no Live Link Face recording: none of its columns is ARKit's")
        codes = _timecodes([row[columns["timecode"]] for row in rows], path)
        kept = _moving(codes)
        rows = [rows[index] for index in kept]
        seconds, frames = codes[0][kept], codes[1][kept]
        rate = infer_rate(seconds, frames)
        return assemble(
            path,
            times=times_from_timecodes(seconds, frames, rate),
            names=list(names.values()),
            weights=_values(rows, [columns[name] for name in names], columns, path),
            head_pose=_head_pose(rows, columns, path),
            eye_rotations=_eyes(rows, columns, path),
            source=f"{path.name} ({rate} fps timecode)",
        )

    def write(self, path: Path, track: ExpressionTrack) -> None:
        """Write a file, in the app's order, counting 60 frames a second and thousandths of them.

        Head translations and expressions that are not ARKit's are left out.
        """
        names = [name for name in _APP_ORDER if name in track.names]
        columns = [track.names.index(name) for name in names]
        angles = _written_angles(track)
        header = ["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in names)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*header, *angles])
        turns = (
            np.column_stack(list(angles.values())) if angles else np.empty((len(track.times), 0))
        )
        for index, time in enumerate(track.times - track.times[:1]):
            values = np.concatenate([track.weights[index, columns], turns[index]])
            seen = bool(track.seen[index])
            cells = ["" if np.isnan(value) else f"{value:.7g}" for value in values]
            writer.writerow(
                [format_timecode(time, DEFAULT_RATE), len(cells) if seen else 0, *cells]
            )
        with replacing(path) as temporary:
            temporary.write_text(text.getvalue(), "utf-8")


def _app_order() -> tuple[str, ...]:
    eye = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
    jaw_and_mouth = (
        "jawForward jawRight jawLeft jawOpen mouthClose mouthFunnel mouthPucker mouthRight "
        "mouthLeft mouthSmile* mouthFrown* mouthDimple* mouthStretch* mouthRollLower "
        "mouthRollUpper mouthShrugLower mouthShrugUpper mouthPress* mouthLowerDown* mouthUpperUp* "
        "browDown* browInnerUp browOuterUp* cheekPuff cheekSquint* noseSneer* tongueOut"
    )
    order = [f"eye{part}{side}" for side in ("Left", "Right") for part in eye]
    for name in jaw_and_mouth.split():
        sides = ("Left", "Right") if name.endswith("*") else ("",)
        order += [name.removesuffix("*") + side for side in sides]
    return tuple(order)


_APP_ORDER = _app_order()
assert set(_APP_ORDER) == set(ARKIT_NAMES)


def _rows(path: Path) -> tuple[dict[str, int], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [row for row in csv.reader(file, strict=True) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, f"no CSV text, or damaged ({error})") from error
    if not lines or len(lines[0]) > _MAX_COLUMNS:
        raise FileError(path, "no Live Link Face recording: it has no header")
    header = [cell.strip().lower() for cell in lines[0]]
    if len(set(header)) != len(header):
        raise FileError(path, "has two columns of one name")
    for number, row in enumerate(lines[1:], start=2):
        if len(row) != len(header):
            raise FileError(
                path, f"row {number} has {len(row)} values for {len(header)} columns: truncated?"
            )
    if len(lines) == 1:
        raise FileError(path, "holds no frames")
    return {name: index for index, name in enumerate(header)}, lines[1:]


def _timecodes(texts: list[str], path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    try:
        codes = [parse_timecode(text) for text in texts]
    except ValueError as error:
        raise FileError(path, str(error)) from error
    seconds = np.array([code[0] for code in codes], np.int64)
    return seconds, np.array([code[1] for code in codes], np.float64)


def _moving(codes: tuple[NDArray[np.int64], NDArray[np.float64]]) -> NDArray[np.intp]:
    """Return the last row of each timecode: the app repeats one where the camera stalls."""
    seconds, frames = codes
    moves = (np.diff(seconds) != 0) | (np.diff(frames) != 0)
    return np.flatnonzero(np.append(moves, [True] * bool(len(seconds))))


def _values(
    rows: list[list[str]], wanted: list[int], columns: dict[str, int], path: Path
) -> NDArray[np.float64]:
    count = next((columns[name] for name in _COUNTS if name in columns), None)
    values = np.full((len(rows), len(wanted)), np.nan)
    for index, row in enumerate(rows):
        cells = [row[column].strip() for column in wanted]
        if not any(cells) or (count is not None and row[count].strip() == "0"):
            continue
        try:
            values[index] = [float(cell) for cell in cells]
        except ValueError as error:
            raise FileError(path, f"row {index + 2} has values that are no numbers") from error
        if not np.isfinite(values[index]).all():
            raise FileError(path, f"row {index + 2} has values that are NaN or infinite")
    return values


def _angles(part: str, rows: list[list[str]], columns: dict[str, int], path: Path) -> Array | None:
    """Return rotation matrices [T, 3, 3] of a part's three columns, or None without them."""
    wanted = [columns[part + angle] for angle in _ANGLES if part + angle in columns]
    if len(wanted) < len(_ANGLES):
        return None
    angles = _values(rows, wanted, columns, path)
    if not np.isfinite(angles).any():
        return None
    if np.nanmax(np.abs(angles)) > 2 * np.pi:
        angles = np.deg2rad(angles)
    yaw, pitch, roll = (
        matrix_from_axis_angle(angles[:, column, None] * np.eye(3)[axis])
        for column, axis in ((0, 1), (1, 0), (2, 2))
    )
    return np.asarray(yaw @ pitch @ roll)


def _head_pose(rows: list[list[str]], columns: dict[str, int], path: Path) -> Array | None:
    turns = _angles("head", rows, columns, path)
    return None if turns is None else head_poses(turns, None)


def _eyes(rows: list[list[str]], columns: dict[str, int], path: Path) -> Array | None:
    left = _angles("lefteye", rows, columns, path)
    right = _angles("righteye", rows, columns, path)
    if left is None or right is None:
        return None
    return axis_angle_from_matrix(np.stack([left, right], axis=1))


def _written_angles(track: ExpressionTrack) -> dict[str, NDArray[np.float64]]:
    columns: dict[str, NDArray[np.float64]] = {}
    if track.head_pose is not None:
        columns |= _columns("Head", track.head_pose[:, :3, :3])
    if track.eye_rotations is not None:
        for index, side in enumerate(("LeftEye", "RightEye")):
            columns |= _columns(side, matrix_from_axis_angle(track.eye_rotations[:, index]))
    return columns


def _columns(part: str, turns: Array) -> dict[str, NDArray[np.float64]]:
    """Return the angles of rotations [T, 3, 3] that are yaw after pitch after roll."""
    yaw = np.arctan2(turns[:, 0, 2], turns[:, 2, 2])
    pitch = np.arcsin(np.clip(-turns[:, 1, 2], -1, 1))
    roll = np.arctan2(turns[:, 1, 0], turns[:, 1, 1])
    return {f"{part}Yaw": yaw, f"{part}Pitch": pitch, f"{part}Roll": roll}
