"""VHAP's export: a sequence, and a UNION of two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dot_scenes import OPENGL_FROM_OPENCV, dot_scene, draw_dots, projected
from made_datasets.common import Fixture, save, save_json, shifted
from mien.transforms import axis_angle_from_matrix, matrix_from_axis_angle


def write_vhap(
    root: Path, *, sequence: str = "018_EXP-1", num_frames: int = 4, split: bool = True,
    move: tuple[float, float, float] = (0.02, -0.01, 0.03), shift: Sequence[float] = (0, 0, 0),
) -> Fixture:  # fmt: skip
    """Write VHAP's export of a sequence; `shift` moves its world [3], as VHAP centres each."""
    size = (275, 401)
    names = [str(index) for index in (0, 3, 8, 11)]
    scene = dot_scene(names, size, turn=(0.1, 0.2, -0.05), move=move)
    to_own = np.eye(4)
    to_own[:3, 3] = shift
    folder = root / sequence
    frames: list[dict[str, Any]] = []
    neck = np.array([0.0, -0.15, 0.0])
    rotation = matrix_from_axis_angle((0.1, 0.2, -0.05))
    for step in range(num_frames):
        for name in names:
            stem = f"{step:05d}_{int(name):02d}.png"
            white = np.full(3, 255, np.uint8)
            pixels = projected(shifted(scene, step), name)
            image, mask = draw_dots(pixels, size, backdrop=white)
            save(folder / "images" / stem, image)
            save(folder / "fg_masks" / stem, mask)
            k = scene.intrinsics[name]
            pose = to_own @ scene.poses[name] @ OPENGL_FROM_OPENCV
            frames.append(
                {
                    "timestep_index": step,
                    "timestep_index_original": 3 * step,
                    "timestep_id": f"{3 * step:05d}",
                    "camera_index": int(name),
                    "camera_id": f"2222000{int(name):02d}",
                    "cx": k[0, 2],
                    "cy": size[1] - k[1, 2],
                    "fl_x": k[0, 0],
                    "fl_y": k[1, 1],
                    "h": size[1],
                    "w": size[0],
                    "camera_angle_x": 2 * np.arctan(size[0] / (2 * k[0, 0])),
                    "camera_angle_y": 2 * np.arctan(size[1] / (2 * k[1, 1])),
                    "transform_matrix": pose.tolist(),
                    "file_path": f"images/{stem}",
                    "fg_mask_path": f"fg_masks/{stem}",
                    "flame_param_path": f"flame_param/{step:05d}.npz",
                }
            )
        (folder / "flame_param").mkdir(exist_ok=True)
        at = np.array(move) - neck + rotation @ neck + np.array(shift)
        np.savez(
            folder / f"flame_param/{step:05d}.npz",
            translation=(at + [0.001 * step, 0, 0])[None].astype(np.float32),
            rotation=axis_angle_from_matrix(rotation)[None].astype(np.float32),
            neck_pose=np.zeros((1, 3), np.float32),
            jaw_pose=np.full((1, 3), 0.01 * step, np.float32),
            eyes_pose=np.zeros((1, 6), np.float32),
            shape=np.linspace(-1, 1, 300, dtype=np.float32),
            expr=np.full((1, 100), step, np.float32),
            static_offset=np.zeros((1, 5143, 3), np.float32),
        )
    shared = {"timestep_indices": list(range(num_frames)), "camera_indices": list(map(int, names))}
    save_json(folder / "transforms.json", {"frames": frames, **shared})
    if split:
        last = num_frames - 1
        kept = [frame for frame in frames if frame["timestep_index"] < last]
        train = [frame for frame in kept if frame["camera_index"] != 8]
        held = [frame for frame in kept if frame["camera_index"] == 8]
        test = [frame for frame in frames if frame["timestep_index"] == last]
        for name, chosen in (("train", train), ("val", held), ("test", test)):
            save_json(folder / f"transforms_{name}.json", {"frames": chosen, **shared})
    return Fixture("vhap", folder, sequence, scene, num_frames)


def write_vhap_union(root: Path) -> Fixture:
    """Write two sequences, the second in a world moved aside, and their UNION."""
    first = write_vhap(root, sequence="018_A", num_frames=2, split=False)
    write_vhap(root, sequence="018_B", num_frames=2, split=False, shift=(0.05, -0.04, 0.02))
    frames: list[dict[str, Any]] = []
    for offset, sequence in ((0, "018_A"), (2, "018_B")):
        for frame in json.loads((root / sequence / "transforms.json").read_text())["frames"]:
            frame["timestep_index"] += offset
            for key in ("file_path", "fg_mask_path", "flame_param_path"):
                frame[key] = f"../{sequence}/{frame[key]}"
            del frame["timestep_index_original"], frame["timestep_id"]
            frames.append(frame)
    folder = root / "UNION_018"
    train = [frame for frame in frames if frame["camera_index"] != 8]
    held = [frame for frame in frames if frame["camera_index"] == 8]
    save_json(folder / "transforms_train.json", {"frames": train})
    save_json(folder / "transforms_val.json", {"frames": held})
    save_json(folder / "transforms_test.json", {"frames": []})
    return Fixture("vhap", folder, "UNION_018", first.scene, 4)
