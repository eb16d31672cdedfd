"""Small captures in the exact layout of each dataset, written anew for each run."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dot_scenes import OPENGL_FROM_OPENCV, DotScene, Matrix, dot_scene, draw_dots, projected
from mien.driving.video import VideoWriter
from mien.transforms import axis_angle_from_matrix, matrix_from_axis_angle, quat_from_matrix

SERIALS = ["222200037", "222200040", "222200042", "220700191"]


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
