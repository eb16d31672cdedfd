"""Setting the uniforms of the stage's programs."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np

from mien.camera import Camera
from mien.capture.synthetic.lights import MAX_LAMPS, Light
from mien.transforms import Array

FLIP_ROWS = np.diag([1.0, -1.0, 1.0, 1.0])
"""Row 0 of the framebuffers is the top of the picture, as everywhere in Mien."""

REACH = 0.75
"""How far from what it stands around the stage is drawn, metres."""


def write(program: moderngl.Program, **values: Any) -> None:
    """Set uniforms; those that the compiler found no use for are passed over."""
    for name, value in values.items():
        uniform = program.get(name, None)
        if not isinstance(uniform, moderngl.Uniform):
            continue
        if isinstance(value, np.ndarray):
            uniform.write(np.ascontiguousarray(value, np.float32))
        else:
            uniform.value = value


def depth_range(camera: Camera, middle: Array) -> tuple[float, float]:
    """Return the nearest and farthest distance a camera draws around a place [3], metres."""
    away = float(camera.camera_from_world[2, :3] @ middle + camera.camera_from_world[2, 3])
    return max(away - REACH, 0.02), max(away + REACH, 0.1)


def camera_values(camera: Camera, middle: Array) -> dict[str, Any]:
    """Return the uniforms of a camera's view."""
    near, far = depth_range(camera, middle)
    clip = FLIP_ROWS @ camera.clip_from_camera(near, far) @ camera.camera_from_world
    return {
        "clip_from_world": clip.T.astype(np.float32),
        "eye_place": tuple(camera.position.tolist()),
    }


def light_values(light: Light) -> dict[str, Any]:
    """Return the uniforms of a light; lamps that it has not are black."""
    axes = np.zeros((MAX_LAMPS, 3, 3))
    half, color, radiance = (
        np.ones((MAX_LAMPS, 2)),
        np.zeros((MAX_LAMPS, 3)),
        np.zeros((MAX_LAMPS, 3)),
    )
    axes[:] = np.eye(3)
    for number, lamp in enumerate(light.lamps):
        axes[number], half[number] = lamp.axes(), lamp.half_sizes()
        color[number], radiance[number] = lamp.color, lamp.radiance()
    return {
        "lamp_right": axes[:, 0],
        "lamp_top": axes[:, 1],
        "lamp_toward": axes[:, 2],
        "lamp_half": half,
        "lamp_color": color,
        "lamp_radiance": radiance,
        "zenith": light.zenith,
        "horizon": light.horizon,
        "nadir": light.nadir,
        "exposure": light.exposure,
    }
