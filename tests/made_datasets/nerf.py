"""Plain transforms.json, in the ways it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dot_scenes import OPENGL_FROM_OPENCV, DotScene, dot_scene, draw_dots, projected
from made_datasets.common import Fixture, save, save_json, shifted, through_lens


def write_nerf(root: Path, *, style: str = "blender") -> Fixture:
    """Write transforms.json as Blender (splits, alpha, angles), nerfstudio (lenses) or timed."""
    size = (320, 240)
    names = [f"r_{index}" for index in range(5)]
    scene = dot_scene(names, size, one_lens=True)
    k = scene.intrinsics[names[0]].copy()
    if style == "blender":
        k[:2, 2] = np.array(size) / 2
        k[1, 1] = k[0, 0]
    scene = DotScene(scene.world_from_head, scene.poses, dict.fromkeys(names, k), size)
    poses = {name: (scene.poses[name] @ OPENGL_FROM_OPENCV).tolist() for name in names}
    {"blender": _blender, "nerfstudio": _nerfstudio, "timed": _timed}[style](root, scene, poses)
    return Fixture("nerf-transforms", root, root.name, scene, 3 if style == "timed" else 1)


def _blender(root: Path, scene: DotScene, poses: dict[str, Any]) -> None:
    angle = 2 * np.arctan(scene.size[0] / (2 * scene.intrinsics["r_0"][0, 0]))
    names = list(scene.poses)
    for split, chosen in (("train", names[:3]), ("val", names[3:4]), ("test", names[4:])):
        frames: list[dict[str, Any]] = []
        for name in chosen:
            white = np.full(3, 255, np.uint8)
            image, mask = draw_dots(projected(scene, name), scene.size, backdrop=white)
            save(root / f"{split}/{name}.png", np.dstack([image, mask]))
            frames.append({"file_path": f"./{split}/{name}", "transform_matrix": poses[name]})
        save_json(root / f"transforms_{split}.json", {"camera_angle_x": angle, "frames": frames})


NERF_LENS = {"k1": 0.12, "k2": -0.05, "p1": 0.004, "p2": -0.006}


def _nerfstudio(root: Path, scene: DotScene, poses: dict[str, Any]) -> None:
    k = scene.intrinsics["r_0"]
    content: dict[str, Any] = {
        "camera_model": "OPENCV", "fl_x": k[0, 0], "fl_y": k[1, 1], "cx": k[0, 2], "cy": k[1, 2],
        "w": scene.size[0], "h": scene.size[1], **NERF_LENS, "frames": [],
    }  # fmt: skip
    for name in scene.poses:
        image, mask = draw_dots(through_lens(scene, name, list(NERF_LENS.values())), scene.size)
        save(root / f"images/{name}.jpg", image, quality=95)
        save(root / f"masks/{name}.png", mask)
        content["frames"].append(
            {
                "file_path": f"images/{name}.jpg",
                "mask_path": f"masks/{name}.png",
                "transform_matrix": poses[name],
            }
        )
    save_json(root / "transforms.json", content)


def _timed(root: Path, scene: DotScene, poses: dict[str, Any]) -> None:
    k = scene.intrinsics["r_0"]
    frames: list[dict[str, Any]] = []
    for place, name in enumerate(scene.poses):
        for step in range(3):
            image, _ = draw_dots(projected(shifted(scene, step), name), scene.size)
            save(root / f"images/{name}_{step}.png", image)
            frames.append(
                {
                    "file_path": f"images/{name}_{step}.png",
                    "transform_matrix": poses[name],
                    "time": 0.5 * step,
                    "frame_name": f"f{step}",
                    "split": "test" if place == 1 else "train",
                    **({"camera_id": name} if place < 2 else {}),
                }
            )
    shared = {"fl_x": k[0, 0], "fl_y": k[1, 1], "cx": k[0, 2], "cy": k[1, 2]}
    head = np.linalg.inv(scene.world_from_head).tolist()
    content = {**shared, "w": 320, "h": 240, "head_from_world": head, "background": [90, 90, 90]}
    save_json(root / "transforms.json", {**content, "frames": frames})
