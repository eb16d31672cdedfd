"""Pictures with cameras.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dot_scenes import dot_scene, draw_dots, projected
from made_datasets.common import Fixture, save, save_json, shifted


def write_image_folder(root: Path, *, flat: bool = False, aligned: bool = False) -> Fixture:
    """Write pictures with cameras.json, in folders by camera or all in one."""
    size = (256, 320)
    names = ["front", "left_side", "right"]
    turned = {"turn": (0.0, 0.0, 0.0), "move": (0.0, 0.0, 0.0)} if aligned else {}
    scene = dot_scene(names, size, **turned)
    cameras: dict[str, Any] = {}
    for place, name in enumerate(names):
        pose = scene.poses[name]
        key = "world_from_camera" if place else "camera_from_world"
        cameras[name] = {
            "intrinsics": scene.intrinsics[name].tolist(),
            key: (pose if place else np.linalg.inv(pose)).tolist(),
            "size": list(size),
            "split": "test" if name == "right" else "train",
        }
        for number in (8, 9, 10):
            image, mask = draw_dots(projected(shifted(scene, number - 8), name), size)
            stem = f"{name}_{number}" if flat else f"{name}/{number}"
            save(root / f"{stem}.png", image)
            save(root / f"masks/{stem}.png", mask)
    save_json(root / "cameras.json", {"fps": 30, "aligned": aligned, "cameras": cameras})
    return Fixture("image-folder", root, root.name, scene, 3)
