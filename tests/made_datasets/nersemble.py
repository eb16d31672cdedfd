"""NeRSemble's editions and its benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dot_scenes import DotScene, Matrix, dot_scene, draw_dots, projected
from made_datasets.common import Fixture, save, save_json, shifted
from mien.driving.video import VideoWriter

SERIALS = ["222200037", "222200040", "222200042", "220700191"]


def write_nersemble_v1(
    root: Path, *, delivered: tuple[int, int] = (275, 401), num_frames: int = 3
) -> Fixture:
    """Write NeRSemble's first edition with an affine colour correction."""
    scene = dot_scene(SERIALS, (2200, 3208), one_lens=True)
    person = root / "018"
    poses = {name: scene.camera_from_world(name).tolist() for name in SERIALS}
    intrinsics = scene.intrinsics[SERIALS[0]].tolist()
    save_json(person / "camera_params.json", {"world_2_cam": poses, "intrinsics": intrinsics})
    for number in range(num_frames):
        folder = person / f"sequences/EXP-1-head/frame_{3 * number:05d}"
        for name in SERIALS:
            pixels = projected(shifted(scene, number), name, delivered)
            image, mask = draw_dots(pixels, delivered)
            save(folder / f"images-2x-73fps/cam_{name}.png", image)
            save(folder / f"alpha_map-73fps/cam_{name}.png", mask)
    for place, name in enumerate(SERIALS):
        path = person / f"annotations/EXP-1-head/color_correction/{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, affine(place))
    return Fixture("nersemble-v1", root, "018/EXP-1-head", scene, num_frames)


def affine(place: int) -> Matrix:
    """Return a colour correction [4, 4] that mixes channels a little."""
    matrix = np.eye(4) * 0.92
    matrix[0, 1], matrix[2, 0] = 0.05, 0.04 + 0.01 * place
    matrix[:3, 3] = (0.03, -0.01, 0.02)
    return matrix


def polynomial(place: int, num_terms: int = 11) -> Matrix:
    """Return a colour correction [3, N] near the identity."""
    rng = np.random.default_rng(place)
    return np.hstack([np.eye(3) * 0.9, rng.uniform(-0.04, 0.05, (3, num_terms - 3))])


def write_videos(
    folder: Path, scene: DotScene, names: Sequence[str], size: tuple[int, int], num_frames: int,
    *, masks: Path | None = None, rate: float = 25.0,
) -> None:  # fmt: skip
    """Write a video for each camera, and one of its masks."""
    folder.mkdir(parents=True, exist_ok=True)
    if masks is not None:
        masks.mkdir(parents=True, exist_ok=True)
    for name in names:
        drawn = [
            draw_dots(projected(shifted(scene, k), name, size), size) for k in range(num_frames)
        ]
        with VideoWriter(folder / f"cam_{name}.mp4", size, rate, quality=8) as video:
            for image, _ in drawn:
                video.write(image)
        if masks is None:
            continue
        with VideoWriter(masks / f"cam_{name}.mp4", size, rate, quality=8) as video:
            for _, mask in drawn:
                video.write(np.repeat(mask[..., None], 3, axis=-1))


def write_nersemble_v2(
    root: Path, *, delivered: tuple[int, int] = (276, 402), num_frames: int = 5
) -> Fixture:
    """Write NeRSemble's second edition with a polynomial colour calibration."""
    scene = dot_scene(SERIALS, (2200, 3208), one_lens=True)
    person = root / "030"
    poses = {name: scene.camera_from_world(name).tolist() for name in SERIALS}
    intrinsics = scene.intrinsics[SERIALS[0]].tolist()
    calibration = person / "calibration"
    save_json(calibration / "camera_params.json", {"world_2_cam": poses, "intrinsics": intrinsics})
    colors = {name: polynomial(place).tolist() for place, name in enumerate(SERIALS)}
    save_json(calibration / "color_calibration.json", colors)
    folder = person / "sequences/EMO-1-shout+laugh/images"
    write_videos(folder, scene, SERIALS, delivered, num_frames, rate=73)
    save(person / "sequences/BACKGROUND/image_222200037.jpg", np.zeros((40, 30, 3), np.uint8))
    return Fixture("nersemble-v2", root, "030/EMO-1-shout+laugh", scene, num_frames)


def write_nersemble_benchmark(root: Path, *, num_frames: int = 4) -> Fixture:
    """Write the benchmark: intrinsics for each camera, masks, tracking, a held-out camera."""
    size = (512, 512)
    scene = dot_scene(SERIALS, size)
    place = root / "mono_flame_avatar/393"
    poses = {name: scene.camera_from_world(name).tolist() for name in SERIALS}
    intrinsics = {name: scene.intrinsics[name].tolist() for name in SERIALS}
    save_json(
        place / "calibration/camera_params.json", {"world_2_cam": poses, "intrinsics": intrinsics}
    )
    folder = place / "sequences/EXP-2-eyes"
    masks = folder / "alpha_maps"
    write_videos(folder / "images", scene, SERIALS[:3], size, num_frames, masks=masks)
    head = scene.world_from_head
    t = num_frames
    (folder / "tracking").mkdir()
    np.savez(
        folder / "tracking/flame2023_tracking_v2.npz",
        shape=np.zeros((1, 300), np.float32),
        expression=np.zeros((t, 100), np.float32),
        rotation=np.zeros((t, 3), np.float32),
        rotation_matrices=np.repeat(head[None, :3, :3], t, axis=0).astype(np.float32),
        translation=np.repeat(head[None, :3, 3], t, axis=0).astype(np.float32),
        jaw=np.zeros((t, 3), np.float32),
        frames=np.arange(t),
        scale=np.ones((1, 1), np.float32),
        neck=np.zeros((t, 3), np.float32),
        eyes=np.zeros((t, 6), np.float32),
    )
    return Fixture(
        "nersemble-benchmark", root, "mono_flame_avatar/393/EXP-2-eyes", scene, num_frames
    )
