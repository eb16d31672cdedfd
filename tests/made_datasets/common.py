"""What the fixtures of captures share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dot_scenes import DotScene, Matrix


@dataclass(frozen=True)
class Fixture:
    """A capture on disk.

    Args:
        kind: Its format's name in the registry.
        root: The dataset's folder.
        part: Which of its captures was drawn.
        scene: What was drawn, in the dataset's world.
        num_frames: T.
    """

    kind: str
    root: Path
    part: str
    scene: DotScene
    num_frames: int


def save(path: Path, pixels: NDArray[np.uint8], **options: Any) -> Path:
    """Write a picture, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def save_json(path: Path, content: object) -> Path:
    """Write JSON, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def shifted(scene: DotScene, frame: int) -> DotScene:
    """Return the scene of a frame: the first as it is, later ones with the dots a little aside."""
    return DotScene(
        scene.world_from_head,
        scene.poses,
        scene.intrinsics,
        scene.size,
        scene.points + np.array([0.006, 0.003, 0.0]) * frame,
    )


def through_lens(scene: DotScene, name: str, bent: Sequence[float]) -> Matrix:
    """Return where a lens shows the dots [P, 2], by the formulas of OpenCV's documentation."""
    k1, k2, p1, p2, k3 = (*bent, 0, 0, 0, 0, 0)[:5]
    local = np.linalg.inv(scene.poses[name]) @ np.vstack([scene.dots.T, np.ones(len(scene.dots))])
    x, y = local[0] / local[2], local[1] / local[2]
    r = np.sqrt(x**2 + y**2)
    radial = 1 + k1 * r**2 + k2 * r**4 + k3 * r**6
    xd = x * radial + 2 * p1 * x * y + p2 * (r**2 + 2 * x**2)
    yd = y * radial + p1 * (r**2 + 2 * y**2) + 2 * p2 * x * y
    return (scene.intrinsics[name] @ np.stack([xd, yd, np.ones(len(xd))])).T[:, :2]
