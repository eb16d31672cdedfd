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
from mien.capture.synthetic.stage.sight import RESTART, Sight
from mien.capture.synthetic.stage.uniforms import write

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

_LEAST_SAMPLES = 0.72
"""No ribbon of hair is narrower: thinner hair is drawn as fewer hairs. In samples, for what is
narrower falls between them; more samples a pixel thus show more and thinner hair."""

_LEAST_PIXELS = 0.5
"""No ribbon of what is sparse is narrower: it is drawn fainter instead."""

_FEWEST = 0.3
"""The share of strands that is drawn at least, however small the picture."""

_OFF_COURSE = 0.15
"""How far from a strand's course, in pixels, its ribbon may cut where points are left out."""


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
        turns = np.linalg.norm(np.diff(strands.points, n=2, axis=1), axis=2)
        self._typical_turn = float(np.median(turns)) if turns.size else 0.0
        self._points = strands.points
        with ExitStack() as made:
            self._made = made
            # Every point twice: the left and the right edge of its ribbon.
            fixed = np.empty((total, 2), [("width", np.float32), ("albedo", np.float16, 4)])
            fixed["width"] = strands.widths.reshape(-1, 1)
            fixed["albedo"][..., :3] = strands.colors.reshape(-1, 1, 3)
            self._staged = np.empty(
                (self.num_strands, self.num_points, 2),
                [("position", np.float32, 3), ("tangent", np.uint8, 4)],
            )
            self._fixed = self._kept(context.buffer(fixed))
            self._shape = self._kept(context.buffer(reserve=32 * total))
            self._light = self._kept(context.buffer(reserve=40 * total))
            self._strips = np.empty(3 * total, np.uint32)
            self._index = self._kept(context.buffer(reserve=self._strips.nbytes))
            layout = [
                (self._shape, "3f 4f1", "position", "tangent"),
                (self._fixed, "1f 3f2 2x", "width", "albedo"),
                (self._light, "3f2 2x 4f2 4f1", "around", "lamps_seen", "course"),
            ]
            self._ribbons = self._kept(context.vertex_array(program, layout, self._index))
            lines = self._kept(context.buffer(_lines(self.num_strands, self.num_points)))
            self._lines = self._kept(
                context.vertex_array(shadow_program, [(self._shape, "3f 4x", "position")], lines)
            )
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
        self._points = points
        _stage(points, self._staged["position"], self._staged["tangent"])
        self._shape.write(self._staged)

    def light(self, light: Float32) -> None:
        """Take the light at the points [S, K, 10]: around, lamps, the course of the hair."""
        flat = light.reshape(-1, 1, 10)
        lit = np.zeros(
            (len(flat), 2),
            [("around", np.float16, 4), ("lamps", np.float16, 4), ("course", np.uint8, 4)],
        )
        lit["around"][..., :3] = flat[..., :3]
        lit["lamps"] = flat[..., 3:7]
        lit["course"][..., :3] = flat[..., 7:] * 127.5 + 127.5
        self._light.write(lit)

    def draw(self, metres_per_pixel: float, sight: Sight, *, supersampling: int) -> None:
        """Draw what a camera sees of them, as many ribbons as its picture shows.

        Hair thinner than the thinnest ribbon is drawn as fewer strands that are as much wider.
        """
        least = _LEAST_SAMPLES / supersampling if self.is_hair else _LEAST_PIXELS
        share = self._typical_width / (least * metres_per_pixel)
        share = float(np.clip(share, _FEWEST, 1.0))
        write(
            self._program,
            thickening=1 / share,
            metres_per_pixel=metres_per_pixel,
            least_pixels=0.0 if self.is_hair else least,
            shine=self._strands.shine,
            is_hair=self.is_hair,
        )
        count = max(1, round(share * self.num_strands))
        chosen = self._chosen(metres_per_pixel)
        length = sight.strips(self._points[:count], chosen, self._strips)
        if length:
            self._index.write(self._strips[:length])
            self._ribbons.render(moderngl.TRIANGLE_STRIP, vertices=length)

    def _chosen(self, metres_per_pixel: float) -> Int32:
        """Return which points of a strand its ribbon runs over, in a picture of such pixels."""
        # A chord over n steps of a curve lies n² / 8 times the curve's second difference beside it.
        allowed = 8 * _OFF_COURSE * metres_per_pixel / max(self._typical_turn, 1e-9)
        stride = int(np.clip(np.sqrt(allowed), 1, max((self.num_points - 1) // 4, 1)))
        last = self.num_points - 1
        return np.unique(np.append(np.arange(0, last, stride), last)).astype(np.int32)

    def draw_depth(self) -> None:
        """Draw lines into a shadow map."""
        self._lines.render(moderngl.LINE_STRIP)

    def release(self) -> None:
        """Free everything of these strands."""
        self._made.close()


def _lines(num_strands: int, num_points: int) -> NDArray[np.uint32]:
    """Return the vertices of each strand's left edge, for lines."""
    lines = np.full((num_strands, num_points + 1), RESTART, np.uint32)
    lines[:, :-1] = 2 * np.arange(num_strands * num_points).reshape(num_strands, num_points)
    return lines


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
            for edge in range(2):
                tangents[s, k, edge, 0] = int(x * gain + 127.5)
                tangents[s, k, edge, 1] = int(y * gain + 127.5)
                tangents[s, k, edge, 2] = int(z * gain + 127.5)
                tangents[s, k, edge, 3] = 255 * edge
                for axis in range(3):
                    positions[s, k, edge, axis] = points[s, k, axis]
