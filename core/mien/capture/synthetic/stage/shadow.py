"""The shadow map of a small lamp: soft light is gathered, but a sharp edge has to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.lights import Lamp, Light
from mien.capture.synthetic.stage.surfaces import Surfaces
from mien.capture.synthetic.stage.tresses import Tresses
from mien.capture.synthetic.stage.uniforms import write
from mien.transforms import Array

SIZE = 1536
"""Texels along a side: a third of a millimetre each."""


class SharpShadow:
    """What the first lamp of a light sees, if it is small.

    Args:
        context: Current on the calling thread at every call.
        program: What draws depth alone.
    """

    def __init__(self, context: moderngl.Context, program: moderngl.Program) -> None:
        self._program = program
        with ExitStack() as made:
            self.texture = context.depth_texture((SIZE, SIZE))
            made.callback(self.texture.release)
            self.texture.compare_func = "<="
            self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
            target = context.framebuffer(depth_attachment=self.texture)
            made.callback(target.release)
            self._target = target
            self._scope = context.scope(target, moderngl.DEPTH_TEST)
            made.callback(self._scope.release)
            self._made = made.pop_all()

    def draw(
        self, light: Light, surfaces: Surfaces, tresses: Sequence[Tresses], points: NDArray
    ) -> dict[str, Any]:
        """Draw the map of a posed figure with vertices [V, 3]; return its uniforms."""
        lamp = light.lamps[0]
        if not lamp.is_small:
            return {}
        clip, texel = _clip_from_world(lamp, points)
        write(self._program, clip_from_world=clip.T.astype(np.float32))
        with self._scope:
            self._target.clear(depth=1.0)
            surfaces.draw_depth()
            for strands in tresses:
                strands.draw_depth()
        return {
            "shadow_from_world": clip.T.astype(np.float32),
            "shadow_texel": texel,
        }

    def release(self) -> None:
        """Free the map."""
        self._made.close()


def _clip_from_world(lamp: Lamp, points: NDArray) -> tuple[Array, float]:
    """Return the lamp's parallel projection [4, 4] around points [V, 3], depths in metres."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = 0.5 * (low + high)
    reach = float(np.linalg.norm(points - middle, axis=1).max()) + 0.06
    right, top, toward = lamp.axes()
    clip = np.eye(4)
    # Depth 0..1 in metres, halved to clip space: the bias in the shader is in metres then.
    clip[:3, :3] = np.stack([right / reach, top / reach, -2 * toward])
    clip[:3, 3] = -clip[:3, :3] @ middle
    return clip, 1 / SIZE
