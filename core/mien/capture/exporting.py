"""Write a capture as a folder that everybody's radiance field code reads: `transforms.json`.

Poses are camera to world in OpenGL's axes (x right, y up, z backward). Pictures that a store keeps
as files are copied to the bit; others become PNG. What only Mien understands (`camera_id`,
`frame_name`, `split`, `head_from_world`, `background`) others ignore, and Mien reads the folder
back as the capture it was, but for what a folder of pictures cannot say: tracking and landmarks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mien.atomic import replacing
from mien.camera import Camera
from mien.capture.protocol import Capture, CaptureCamera
from mien.capture.store.pictures import DEPTH_STEP, LAYERS, EncodedView, Encoding, encode_view
from mien.capture.store.reading import StoredCapture
from mien.errors import FileError

Report = Callable[[float | None, str], None]

_OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
_FOLDERS: dict[str, str] = {"image": "images", "mask": "masks", "depth": "depth"}
_KEYS: dict[str, str] = {
    "image": "file_path",
    "mask": "mask_path",
    "depth": "depth_file_path",
}


def export_transforms(capture: Capture, folder: str | Path, report: Report | None = None) -> int:
    """Write a capture into a new or empty folder; return how many pictures there are.

    Raises:
        FileError: The folder is not empty or cannot be written, or a picture is damaged.
        Cancelled: The progress call said so.
    """
    place = Path(folder)
    _settle(place)
    # A missing view is the same as one that was never there.
    views = [
        (frame, held)
        for frame in range(len(capture.times))
        for held in capture.cameras
        if capture.present(held.name, frame)
    ]
    described: list[dict[str, Any]] = []
    for done, (frame, held) in enumerate(views):
        if report is not None:
            report(done / len(views), f"frame {capture.frame_names[frame]}")
        files = _files(capture, held, frame)
        paths = {layer: _written(place, layer, held, frame, data) for layer, data in files.items()}
        described.append(_frame(capture, held, frame, paths))
    with replacing(place / "transforms.json") as temporary:
        temporary.write_text(json.dumps(_header(capture) | {"frames": described}, indent=1))
    return len(views)


def _settle(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileError(folder, "is not empty", hint="Export into a new folder")
        for name in _FOLDERS.values():
            (folder / name).mkdir()
    except OSError as error:
        raise FileError(folder, f"cannot be written ({error.strerror or error})") from error


def _files(capture: Capture, held: CaptureCamera, frame: int) -> Mapping[str, bytes]:
    if isinstance(capture, StoredCapture):
        encoded: EncodedView = capture.encoded(held.name, frame)
    else:
        encoded = encode_view(capture.view(held.name, frame), Encoding("png"))
    return {layer: data for layer, data in zip(LAYERS, encoded.layers, strict=True) if data}


def _written(folder: Path, layer: str, held: CaptureCamera, frame: int, data: bytes) -> str:
    """Write a picture file; return its path in the folder."""
    ending = "jpg" if data.startswith(b"\xff\xd8") else "png"
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in held.name)
    path = f"{_FOLDERS[layer]}/{frame:05d}_{safe}.{ending}"
    try:
        # Never over another: names that differ in letters unfit for files would meet here.
        with (folder / path).open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise FileError(folder, f"two cameras would both write {path}") from error
    except OSError as error:
        raise FileError(folder, f"cannot be written ({error.strerror})") from error
    return path


def _frame(
    capture: Capture, held: CaptureCamera, frame: int, paths: Mapping[str, str]
) -> dict[str, Any]:
    return {
        **{_KEYS[layer]: path for layer, path in paths.items()},
        **_lens(held.camera),
        "transform_matrix": (held.camera.world_from_camera @ _OPENGL_FROM_OPENCV).tolist(),
        "time": float(capture.times[frame]),
        "frame_name": capture.frame_names[frame],
        "camera_id": held.name,
        "split": held.split,
    }


def _lens(camera: Camera) -> dict[str, float]:
    k = camera.intrinsics
    return {
        "fl_x": float(k[0, 0]),
        "fl_y": float(k[1, 1]),
        "cx": float(k[0, 2]),
        "cy": float(k[1, 2]),
        "w": camera.width,
        "h": camera.height,
    }


def _header(capture: Capture) -> dict[str, Any]:
    header: dict[str, Any] = {
        "camera_model": "PINHOLE",
        "depth_unit_scale_factor": DEPTH_STEP,
        "name": capture.name,
        "attributes": dict(capture.attributes),
    }
    if capture.aligned:
        header["head_from_world"] = np.eye(4).tolist()
    if capture.background is not None:
        header["background"] = capture.background.tolist()
    return header
