"""Ava-256 and Multiface, filmed in the same domes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dot_scenes import dot_scene, draw_dots, projected
from made_datasets.common import Fixture, save, save_json, shifted, through_lens


def write_ava256(root: Path, *, delivered: tuple[int, int] = (667, 1024)) -> Fixture:
    """Write Ava-256: AVIF in zips, transposed matrices, millimetres; one frame was dropped."""
    full = (2668, 4096)
    names = ["400991", "401031", "401880"]
    scene = dot_scene(names, full, unit=1e-3)
    capture = root / "20230405--1635--AAN112"
    decoder = capture / "decoder"
    entries: list[dict[str, Any]] = []
    for name in names:
        k = scene.intrinsics[name].copy()
        # The dataset's pixel centres are integers: its principal point is half a pixel less.
        k[:2, 2] -= 0.5
        entries.append(
            {
                "cameraId": name,
                "projectionModel": "Pinhole",
                "distortionModel": "RadialAndTangential",
                "K": k.T.tolist(),
                "distortion": [0, 0, 0, 0],
                "T": scene.camera_from_world(name).T.tolist(),
            }
        )
    save_json(decoder / "camera_calibration.json", {"KRT": entries})
    listed = [("EXP_neutral_peak", 120), ("EXP_neutral_peak", 124), ("EXP_free_face", 3007)]
    rows = "".join(f"{segment},{number}\n" for segment, number in listed)
    (decoder / "frame_list.csv").write_text(f"seg_id,frame_id\n{rows}")
    for name in names:
        pictures: dict[str, bytes] = {}
        labels: dict[str, bytes] = {}
        for place, (_, number) in enumerate(listed):
            if (name, number) == ("401880", 124):
                continue
            drawn = projected(shifted(scene, place), name, delivered)
            image, mask = draw_dots(drawn, delivered)
            stream = io.BytesIO()
            Image.fromarray(image).save(stream, "AVIF", quality=90, speed=10)
            pictures[f"cam{name}/{number:06d}.avif"] = stream.getvalue()
            classes = np.where(mask > 0, 2, 0).astype(np.uint8)
            classes[:10] = 3
            stream = io.BytesIO()
            Image.fromarray(classes).save(stream, "PNG")
            labels[f"cam{name}/{number:06d}.png"] = stream.getvalue()
        write_zip(decoder / f"image/cam{name}.zip", pictures)
        write_zip(decoder / f"segmentation_parts/cam{name}.zip", labels)
    # The head's own axes are not Mien's: Y down, the face toward -Z, as the dataset has them.
    own = scene.world_from_head.copy()
    own[:3, :3] = own[:3, :3] * 1e-3 @ np.diag([1.0, -1.0, -1.0])
    text = "\n".join(" ".join(f"{value:.9g}" for value in row) for row in own[:3])
    poses = {f"{number:06d}.txt": text.encode() for _, number in listed}
    write_zip(decoder / "head_pose/head_pose.zip", poses)
    return Fixture("ava-256", root, capture.name, scene, len(listed))


def write_zip(path: Path, entries: dict[str, bytes]) -> None:
    """Write an archive without compression."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def write_multiface(root: Path, *, bent: Sequence[float] = (0, 0, 0, 0, 0)) -> Fixture:
    """Write Multiface; `bent` are the lenses' k1 k2 p1 p2 k3."""
    size = (334, 512)
    names = ["400002", "400015", "400037"]
    scene = dot_scene(names, size, unit=1e-3)
    capture = root / "m--20180227--0000--6795937--GHS"
    capture.mkdir(parents=True)
    blocks: list[str] = []
    for name in names:
        k = scene.intrinsics[name].copy()
        k[:2, 2] -= 0.5
        rows = [*k, bent, *scene.camera_from_world(name)[:3]]
        lines = [" ".join(f"{value:.9g}" for value in row) for row in rows]
        blocks.append("\n".join([name, *lines]) + "\n\n")
    (capture / "KRT").write_text("".join(blocks))
    listed = [
        ("E001_Neutral_Eyes_Open", 102),
        ("E001_Neutral_Eyes_Open", 105),
        ("E057_Cheeks", 9001),
    ]
    rows = "".join(f"{expression} {number:06d}\n" for expression, number in listed)
    (capture / "frame_list.txt").write_text(rows)
    own = scene.world_from_head.copy()
    own[:3, :3] = own[:3, :3] * 1e-3 @ np.diag([1.0, -1.0, -1.0])
    text = "\n".join(" ".join(f"{value:.9g}" for value in row) for row in own[:3])
    for place, (expression, number) in enumerate(listed):
        for name in names:
            seen = shifted(scene, place)
            image, _ = draw_dots(through_lens(seen, name, bent), size)
            save(capture / f"images/{expression}/{name}/{number:06d}.png", image)
        meshes = capture / f"tracked_mesh/{expression}"
        meshes.mkdir(parents=True, exist_ok=True)
        (meshes / f"{number:06d}_transform.txt").write_text(text)
    return Fixture("multiface", root, capture.name, scene, len(listed))
