"""Drawing what grows on a figure: ribbons along its strands."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import moderngl
import numpy as np
from numba import njit
from numpy.typing import NDArray

from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.stage.uniforms import write

Float32 = NDArray[np.float32]

_RESTART = 0xFFFFFFFF
_LEAST_PIXELS = {"hair": 0.5, "brow": 0.5, "lash": 0.5, "beard": 0.5}
"""No ribbon is narrower: thinner hair than that is drawn as fewer hairs, or fainter ones."""

_FEWEST = 0.22
"""The share of strands that is drawn at least, however small the picture."""

_COARSEST = 2.2
"""Pixels from point to point, at most, where points are left out."""


def shuffled(strands: Strands) -> Strands:
    """Return strands in an order of which every beginning is a fair sample of the whole."""
    order = np.random.default_rng(len(strands.triangles)).permutation(len(strands.triangles))
    return replace(
        strands,
        triangles=strands.triangles[order],
        barycentric=strands.barycentric[order],
        points=strands.points[order],
        widths=strands.widths[order],
        colors=strands.colors[order],
    )


class Tresses:
    """Strands of one kind on the graphics card.

    Args:
        context: Current on the calling thread at every call.
        program: What draws ribbons.
        shadow_program: What draws depth alone.
        strands: In a shuffled order.
    """

    def __init__(
        self,
        context: moderngl.Context,
        program: moderngl.Program,
        shadow_program: moderngl.Program,
        strands: Strands,
    ) -> None:
        self._context, self._program, self._strands = context, program, strands
        self.num_strands, self.num_points = strands.points.shape[:2]
        total = self.num_strands * self.num_points
        self._typical_width = float(np.median(strands.widths[:, : max(self.num_points // 2, 1)]))
        steps = np.linalg.norm(np.diff(strands.points, axis=1), axis=2)
        self._typical_step = float(np.median(steps)) if steps.size else 1.0
        with ExitStack() as made:
            self._made = made
            fixed = np.empty(total, [("width", np.float32), ("albedo", np.float16, 4)])
            fixed["width"] = strands.widths.ravel()
            fixed["albedo"][:, :3] = strands.colors.reshape(-1, 3)
            self._fixed = self._kept(context.buffer(fixed))
            self._shape = self._kept(context.buffer(reserve=16 * total))
            self._light = self._kept(context.buffer(reserve=16 * total))
            self._arrays: dict[int, tuple[moderngl.VertexArray, moderngl.VertexArray, int]] = {}
            self._shadow_program = shadow_program
            self._staged = np.empty(total, [("position", np.float32, 3), ("tangent", np.uint8, 4)])
            self._made = made.pop_all()

    def _kept(self, resource: Any) -> Any:
        self._made.callback(resource.release)
        return resource

    @property
    def is_hair(self) -> bool:
        """Whether it covers what is below; what is sparse is blended over it."""
        return self._strands.kind == "hair"

    def shape(self, points: Float32) -> None:
        """Take where the points are [S, K, 3]."""
        staged = self._staged.reshape(points.shape[:2])
        _stage(points, staged["position"], staged["tangent"])
        self._shape.write(self._staged)

    def light(self, light: Float32) -> None:
        """Take the light at the points [S, K, 7]: around, lamps."""
        halves = np.zeros((light.shape[0] * light.shape[1], 8), np.float16)
        halves[:, :3] = light.reshape(-1, 7)[:, :3]
        halves[:, 4:] = light.reshape(-1, 7)[:, 3:]
        self._light.write(halves)

    def draw(self, metres_per_pixel: float) -> None:
        """Draw as many ribbons as a picture shows where a pixel is so large.

        Hair thinner than the thinnest ribbon is drawn as fewer strands that are as much wider.
        """
        least = _LEAST_PIXELS[self._strands.kind]
        share = self._typical_width / (least * metres_per_pixel)
        share = float(np.clip(share, _FEWEST, 1.0))
        stride = self._stride(metres_per_pixel)
        array, _, indices = self._of_stride(stride)
        write(
            self._program,
            points_per_strand=self.num_points,
            stride=stride,
            thickening=1 / share,
            metres_per_pixel=metres_per_pixel,
            least_pixels=0.0 if self.is_hair else least,
            shine=self._strands.shine,
        )
        count = max(1, round(share * self.num_strands))
        array.render(moderngl.TRIANGLE_STRIP, vertices=count * indices)

    def _stride(self, metres_per_pixel: float) -> int:
        within = int(_COARSEST * metres_per_pixel / max(self._typical_step, 1e-6))
        return int(np.clip(within, 1, max((self.num_points - 1) // 5, 1)))

    def draw_depth(self) -> None:
        """Draw lines into a shadow map."""
        _, shadow, indices = self._of_stride(1)
        shadow.render(moderngl.LINE_STRIP, vertices=self.num_strands * indices)

    def _of_stride(self, stride: int) -> tuple[moderngl.VertexArray, moderngl.VertexArray, int]:
        """Return strips over every `stride`-th point and the last, and the indices of a strand."""
        if stride not in self._arrays:
            kept = np.arange(0, self.num_points, stride)
            last = self.num_points - 1
            if kept[-1] != last:
                kept = np.append(kept, last)
            strips = np.full((self.num_strands, len(kept) + 1), _RESTART, np.uint32)
            strips[:, :-1] = np.arange(self.num_strands)[:, None] * self.num_points + kept
            index = self._kept(self._context.buffer(strips))
            layout = [
                (self._shape, "3f 4f1", "position", "tangent"),
                (self._fixed, "1f 3f2 2x", "width", "albedo"),
                (self._light, "3f2 2x 4f2", "around", "lamps_seen"),
            ]
            array = self._kept(self._context.vertex_array(self._program, layout, index))
            shadow = self._kept(
                self._context.vertex_array(
                    self._shadow_program, [(self._shape, "3f 4x", "position")], index
                )
            )
            self._arrays[stride] = array, shadow, len(kept) + 1
        return self._arrays[stride]

    def release(self) -> None:
        """Free everything of these strands."""
        self._made.close()


@njit(cache=True)
def _stage(
    points: Float32, positions: Float32, tangents: NDArray[np.uint8]
) -> None:  # pragma: no cover (compiled)
    last = points.shape[1] - 1
    for s in range(points.shape[0]):
        for k in range(last + 1):
            x = points[s, min(k + 1, last), 0] - points[s, max(k - 1, 0), 0]
            y = points[s, min(k + 1, last), 1] - points[s, max(k - 1, 0), 1]
            z = points[s, min(k + 1, last), 2] - points[s, max(k - 1, 0), 2]
            gain = 127.5 / np.sqrt(x * x + y * y + z * z + 1e-20)
            tangents[s, k, 0] = int(x * gain + 127.5)
            tangents[s, k, 1] = int(y * gain + 127.5)
            tangents[s, k, 2] = int(z * gain + 127.5)
            tangents[s, k, 3] = 0
            for axis in range(3):
                positions[s, k, axis] = points[s, k, axis]
