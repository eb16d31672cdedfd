"""Figures of the `cpu` renderer: against the rasteriser sketch it set out from, and its gradient.

The sketch (`cpu_rasterizer.py`) is no part of Mien. Its folder is `MIEN_SKETCH`, or `prototypes`
beside the folder of real inputs.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.gaussians.cloud import GaussianCloud, from_colors
from mien.image import psnr
from mien.rendering.backends.cpu import CpuRenderer
from mien.rendering.protocol import RenderOptions

_FLOATS = RenderOptions(depth=False)
_BYTES = RenderOptions(depth=False, eight_bit=True)
_SKETCH_ALPHA_MAX = 0.99


@dataclass(frozen=True)
class _Scene:
    """What both draw."""

    name: str
    cloud: GaussianCloud
    camera: Camera


@bench_group("cpu renderer")
def rows(context: BenchContext) -> Iterator[Row]:
    """Measure speed against the sketch, agreement with it, and the backward pass."""
    sketch = _sketch(context)
    scenes = [_avatar_scene(context), *(_ball_scene(count, sketch) for count in (50_000, 200_000))]
    for name, scene in zip(_SCENE_NAMES, scenes, strict=True):
        if isinstance(scene, str):
            yield from _unmeasured(name, scene)
            continue
        if isinstance(sketch, str):
            for unit, target, what in (("x", 1.5, "speed"), ("dB", 50.0, "agreement")):
                yield Row.not_applicable(f"{name}: {what}", sketch, unit=unit, target=target)
        else:
            yield from _against_sketch(context, scene, sketch)
        yield from _alone(context, scene)


_SCENE_NAMES = ("cpu, LAM avatar 960x540", "cpu, 50k 540x960", "cpu, 200k 540x960")


def _unmeasured(name: str, reason: str) -> Iterator[Row]:
    yield Row.not_applicable(f"{name}: speed", reason, unit="x", target=1.5)
    yield Row.not_applicable(f"{name}: agreement", reason, unit="dB", target=50.0)
    yield Row.not_applicable(f"{name}: frames a second", reason, unit="fps", target=None)
    yield Row.not_applicable(f"{name}: backward pass", reason, unit="x", target=3.0)


def _against_sketch(context: BenchContext, scene: _Scene, sketch: ModuleType) -> Iterator[Row]:
    from mien.rendering.cpu.drawing import Limits

    renderer = CpuRenderer(Limits(alpha_max=_SKETCH_ALPHA_MAX))
    draw = _sketch_call(sketch, scene)

    def ours() -> NDArray[np.float32]:
        return renderer.render(scene.cloud, scene.camera, _FLOATS).rgb

    speed = context.ratio(draw, ours)
    note = "times as fast as the sketch, floats from both"
    yield Row.at_least(f"{scene.name}: speed", speed, unit="x", target=1.5, note=note)
    agreement = psnr(ours(), draw()[..., :3])
    yield Row.at_least(f"{scene.name}: agreement", agreement, unit="dB", target=50.0)
    renderer.close()


def _alone(context: BenchContext, scene: _Scene) -> Iterator[Row]:
    renderer = CpuRenderer()
    secs = context.median_secs(lambda: renderer.render(scene.cloud, scene.camera, _BYTES))
    yield Row.plain(f"{scene.name}: frames a second", 1 / secs, unit="fps", note="bytes, no depth")
    renderer.close()
    backward = _backward_ratio(context, scene)
    note = "times as long as its forward pass, with depth"
    yield Row.at_most(f"{scene.name}: backward pass", backward, unit="x", target=3.0, note=note)


def _backward_ratio(context: BenchContext, scene: _Scene) -> float:
    import torch

    from mien.rendering.cpu.autograd import rasterize
    from mien.rendering.differentiable import GaussianTensors

    cloud = scene.cloud
    arrays = (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh)
    inputs = [torch.tensor(array, requires_grad=True) for array in arrays]
    gaussians = GaussianTensors(*inputs)

    def forward() -> list[torch.Tensor]:
        drawn = rasterize(gaussians, [scene.camera])
        return [picture for picture in drawn if picture is not None]

    held = forward()
    weights = [torch.randn_like(picture) for picture in held]

    def backward() -> None:
        torch.autograd.grad(held, inputs, weights, retain_graph=True)

    return context.ratio(backward, forward)


def _avatar_scene(context: BenchContext) -> _Scene | str:
    path = context.find("lam/p2-1.zip")
    if path is None:
        return "the avatar lam/p2-1.zip is not at hand"
    from mien.avatar import AvatarState, open_avatar

    cloud = open_avatar(path).pose(AvatarState())
    centre = cloud.means.mean(0)
    pose = np.eye(4)
    pose[1, 1] = pose[2, 2] = -1
    pose[:3, 3] = centre + (0, 0, 1.1)
    return _Scene(_SCENE_NAMES[0], cloud, _centred(pose, 900 * 540 / 512, (960, 540)))


def _ball_scene(count: int, sketch: ModuleType | str) -> _Scene | str:
    name = next(name for name in _SCENE_NAMES if f"{count // 1000}k" in name)
    if isinstance(sketch, str):
        return sketch
    means, quats, scales, opacities, colors = sketch.cloud(count)
    logits = np.log(opacities.astype(np.float64) / (1 - opacities))
    pose = np.eye(4)
    pose[2, 3] = -3.5
    cloud = from_colors(means, quats, np.log(scales), logits, colors)
    return _Scene(name, cloud, _centred(pose, 540 * 1.2, (540, 960)))


def _centred(pose: NDArray[np.float64], focal: float, size: tuple[int, int]) -> Camera:
    width, height = size
    intrinsics = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    return Camera(pose, intrinsics, size)


def _sketch(context: BenchContext) -> ModuleType | str:
    """Load the sketch, or return why it cannot be."""
    named = os.environ.get("MIEN_SKETCH")
    beside = context.data.parent / "prototypes" if context.data is not None else None
    for folder in (Path(named) if named else None, beside):
        path = folder / "cpu_rasterizer.py" if folder is not None else None
        if path is None or not path.is_file():
            continue
        spec = importlib.util.spec_from_file_location("cpu_rasterizer", path)
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            # numba's cache looks a kernel's module up by name.
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            return module
    return "the sketch cpu_rasterizer.py is not at hand: MIEN_SKETCH may name its folder"


def _sketch_call(sketch: ModuleType, scene: _Scene) -> Callable[[], NDArray[np.float32]]:
    """Return the sketch's drawing of a scene; it takes activated values and one focal length."""
    cloud, camera = scene.cloud, scene.camera
    lengths = np.linalg.norm(cloud.quats, axis=1, keepdims=True)
    arguments = (
        cloud.means.copy(),
        cloud.quats / lengths,
        np.exp(cloud.log_scales),
        cloud.opacities.astype(np.float32),
        cloud.base_colors.copy(),
        np.ascontiguousarray(camera.camera_from_world, np.float32),
    )
    focal = float(camera.intrinsics[0, 0])
    return lambda: sketch.render(*arguments, focal, *camera.size)
