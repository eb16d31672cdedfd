"""Where an eyeball is and looks: what the shader bends light by at its cornea."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.transforms import Array

Float32 = NDArray[np.float32]


class Eyeball:
    """A ball fitted to an eye's vertices at rest, and turned with them.

    Args:
        vertices: The eye's vertices in the rig [N].
        rest: Where they are at rest [N, 3]; the eye looks along +Z.
    """

    def __init__(self, vertices: NDArray[np.intp], rest: Array) -> None:
        self._vertices = vertices
        self._middle, self.radius = fitted_ball(rest)
        self._offsets = rest - rest.mean(axis=0)
        self._from_mean = self._middle - rest.mean(axis=0)
        self.middle, self.axis = self._middle, np.array([0.0, 0.0, 1.0])

    @staticmethod
    def of(rest: Float32, vertices: NDArray[Any]) -> Eyeball:
        """Fit a ball to some vertices of a rig's surface at rest [V, 3]."""
        return Eyeball(vertices.astype(np.intp), rest[vertices].astype(np.float64))

    def follow(self, surface: Float32) -> None:
        """Turn with the eye's vertices on a posed surface [V, 3] (Kabsch 1976)."""
        posed = surface[self._vertices].astype(np.float64)
        mean = posed.mean(axis=0)
        # Not `@`: BLAS would start its threads for this little.
        left, _, right = np.linalg.svd(np.einsum("ni,nj->ij", self._offsets, posed - mean))
        mirrored = np.sign(np.linalg.det(left) * np.linalg.det(right))
        turn = (left * [1, 1, mirrored]) @ right
        self.middle = mean + self._from_mean @ turn
        self.axis = turn[2]

    def values(self) -> dict[str, Any]:
        """Return the uniforms of the eye's shader."""
        return {
            "ball_middle": tuple(self.middle.tolist()),
            "ball_axis": tuple(self.axis.tolist()),
            "ball_radius": self.radius,
        }


def fitted_ball(points: Array) -> tuple[Array, float]:
    """Return the centre [3] and the radius of the ball nearest to points [N, 3], least squares."""
    rows = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solved = np.linalg.lstsq(rows, (points**2).sum(axis=1), rcond=None)[0]
    return solved[:3], float(np.sqrt(solved[3] + solved[:3] @ solved[:3]))
