"""COLMAP's sparse models."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dot_scenes import DotScene, Matrix, dot_scene, draw_dots
from made_datasets.common import Fixture, save, through_lens
from mien.transforms import quat_from_matrix

COLMAP_LENSES: dict[str, tuple[float, ...]] = {
    "SIMPLE_PINHOLE": (),
    "PINHOLE": (),
    "SIMPLE_RADIAL": (0.15,),
    "RADIAL": (0.15, -0.08),
    "OPENCV": (0.12, -0.05, 0.004, -0.006),
}


def write_colmap(root: Path, *, model: str = "OPENCV", binary: bool = True) -> Fixture:
    """Write a sparse model, its pictures and masks."""
    size = (320, 240)
    names = [f"cam{index}" for index in range(4)]
    scene = dot_scene(names, size, one_lens=True)
    k = scene.intrinsics[names[0]].copy()
    single = model in ("SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL")
    if single:
        k[1, 1] = k[0, 0]
    scene = DotScene(scene.world_from_head, scene.poses, dict.fromkeys(names, k), size)
    lens = COLMAP_LENSES[model]
    focal = (k[0, 0],) if single else (k[0, 0], k[1, 1])
    parameters = (*focal, k[0, 2], k[1, 2], *lens)
    images: list[tuple[str, Matrix]] = []
    for name in names:
        image, mask = draw_dots(through_lens(scene, name, lens), size)
        save(root / f"images/{name}.png", image)
        save(root / f"masks/{name}.png.png", mask)
        pose = scene.camera_from_world(name)
        images.append(
            (f"{name}.png", np.concatenate([quat_from_matrix(pose[:3, :3]), pose[:3, 3]]))
        )
    sparse = root / "sparse/0"
    sparse.mkdir(parents=True)
    write = _colmap_binary if binary else _colmap_text
    write(sparse, model, size, parameters, images)
    return Fixture("colmap", root, root.name, scene, 1)


def _colmap_binary(
    folder: Path, model: str, size: tuple[int, int], parameters: Sequence[float],
    images: list[tuple[str, Matrix]],
) -> None:  # fmt: skip
    kind = list(COLMAP_LENSES).index(model)
    camera = struct.pack("<QiiQQ", 1, 7, kind, *size) + struct.pack(
        f"<{len(parameters)}d", *parameters
    )
    (folder / "cameras.bin").write_bytes(camera)
    content = struct.pack("<Q", len(images))
    for number, (name, pose) in enumerate(images, start=1):
        content += struct.pack("<i7di", number, *pose, 7) + name.encode() + b"\0"
        content += struct.pack("<Q", 2) + struct.pack("<ddqddq", 1, 2, -1, 3, 4, 5)
    (folder / "images.bin").write_bytes(content)


def _colmap_text(
    folder: Path, model: str, size: tuple[int, int], parameters: Sequence[float],
    images: list[tuple[str, Matrix]],
) -> None:  # fmt: skip
    values = " ".join(f"{value:.12g}" for value in parameters)
    camera = f"# Camera list\n7 {model} {size[0]} {size[1]} {values}\n"
    (folder / "cameras.txt").write_text(camera)
    lines = ["# Image list with two lines of data per image:"]
    for number, (name, pose) in enumerate(images, start=1):
        values = " ".join(f"{value:.12g}" for value in pose)
        lines += [f"{number} {values} 7 {name}", "" if number == 2 else "1.0 2.0 -1"]
    (folder / "images.txt").write_text("\n".join(lines) + "\n")
