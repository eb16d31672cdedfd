"""Strands follow a posed head: roots on their triangles, long hair between head and shoulders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.avatar.deformer import NECK_SHARE
from mien.avatar.rig import Rig
from mien.avatar.state import AvatarState
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.strands.kernels.moving import (
    measure_frames,
    sway_strands,
    turn_strands,
)
from mien.threads import kernel_turn

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

_NUM_ANCHORS = 96
"""Vertices of the skull that tell how the head has moved."""

_NEIGHBOURS = 6


@dataclass(frozen=True, eq=False)
class StrandMotion:
    """What is known at rest of strands and the rig they grow on.

    Brows, lashes and beards turn with the triangle under them. Head hair turns with the skull and
    keeps the way its root moves for a centimetre; where it hangs lower it takes the share of the
    head's turn that the skin next to it has, so that it lies on neck and shoulders as before, and
    every hair keeps its length.

    Args:
        corners: The vertices of the triangles under the roots [S, 3].
        barycentric: The places in them [S, 3].
        roots: These places at rest [S, 3].
        rest: The strands at rest [S, K, 3].
        frames: The triangles' axes at rest, in rows [S, 3, 3].
        head_shares: How much of the head's motion each point has by itself [S, K]; None for
            short hair.
        neck_shares: How much of the neck's it has [S, K].
        anchors: Vertices that move with the head alone [A].
        anchor_rest: Where they are at rest [A, 3].
    """

    corners: Int32
    barycentric: Float32
    roots: Float32
    rest: Float32
    frames: Float32
    head_shares: Float32 | None
    neck_shares: Float32 | None
    anchors: Int32
    anchor_rest: Float32

    @staticmethod
    def of(strands: Strands, rig: Rig) -> StrandMotion:
        """Measure strands on a rig at rest."""
        corners = rig.faces[strands.triangles]
        frames = np.empty((len(corners), 3, 3), np.float32)
        measure_frames(rig.rest, corners, frames)
        head = _weights_of(rig, "head", "jaw", "eye_left", "eye_right")
        still = np.ones(rig.num_vertices, bool)
        still[rig.shape_vertices] = False
        firm = np.flatnonzero((head > 0.999) & still)
        anchors = firm[:: max(1, len(firm) // _NUM_ANCHORS)].astype(np.int32)
        head_shares, neck_shares = (
            _shares(strands, rig, head) if strands.kind == "hair" else (None, None)
        )
        return StrandMotion(
            corners,
            strands.barycentric,
            np.einsum("sk,skc->sc", strands.barycentric, rig.rest[corners]),
            strands.points,
            frames,
            head_shares,
            neck_shares,
            anchors,
            rig.rest[anchors],
        )

    def points(self, surface: Float32, state: AvatarState) -> Float32:
        """Return the strands [S, K, 3] on a posed surface.

        Args:
            surface: The rig's posed vertices [V, 3].
            state: What posed them; at rest of the whole head, hair rests as well.
        """
        posed = np.empty_like(self.rest)
        surface = np.ascontiguousarray(surface, np.float32)
        if self.head_shares is None or self.neck_shares is None or len(self.anchors) < 4:
            with kernel_turn():
                turn_strands(
                    surface, self.corners, self.barycentric, self.roots, self.rest,
                    self.frames, posed,
                )  # fmt: skip
            return posed
        motion = _rigid_motion(self.anchor_rest, surface[self.anchors])
        with kernel_turn():
            sway_strands(
                surface, self.corners, self.barycentric, self.roots, self.rest,
                self.head_shares, self.neck_shares, _neck_share(state), motion, posed,
            )  # fmt: skip
        return posed


def _neck_share(state: AvatarState) -> np.float32:
    """Return how much of the head's whole turn the neck does in a state."""
    head, neck = np.linalg.norm(state.head_rotation), np.linalg.norm(state.neck_rotation)
    if head + neck == 0:
        return np.float32(NECK_SHARE)
    return np.float32((neck + NECK_SHARE * head) / (neck + head))


def _weights_of(rig: Rig, *joints: str) -> Float32:
    """Return how much some joints move each vertex of a rig [V]."""
    ours = np.array([name in joints for name in rig.joint_names], np.float32)
    return (rig.skin_weights * ours[rig.skin_joints]).sum(axis=1)


def _shares(strands: Strands, rig: Rig, head: Float32) -> tuple[Float32, Float32]:
    """Return how much of the head's and of the neck's motion each point takes [S, K]."""
    from scipy.spatial import KDTree

    points = strands.points.reshape(-1, 3)
    both = np.ones((2, len(points)), np.float32)
    # What is above the chin hangs from the head alone, whatever is near.
    low = np.flatnonzero(points[:, 1] < rig.rest[head > 0.97, 1].min() + 0.05)
    if len(low):
        away, near = KDTree(rig.rest).query(points[low], k=_NEIGHBOURS)
        weights = 1 / (away + 0.004)
        weights /= weights.sum(axis=1, keepdims=True)
        carried = np.stack([head, head + _weights_of(rig, "neck")])
        both[:, low] = (carried[:, near] * weights).sum(axis=2)
    # Down a hair the shares can only fall; a running mean keeps the bend soft.
    both = np.minimum.accumulate(both.reshape(2, *strands.points.shape[:2]), axis=2)
    for _ in range(3):
        both[..., 1:-1] = (both[..., :-2] + 2 * both[..., 1:-1] + both[..., 2:]) / 4
    return np.ascontiguousarray(both[0]), np.ascontiguousarray(both[1] - both[0])


def _rigid_motion(rest: Float32, posed: Float32) -> Float32:
    """Return the motion that takes points [A, 3] best to others: a dual quaternion [8], wxyz.

    Horn (1987): the rotation is the eigenvector of the largest eigenvalue.
    """
    one, two = rest.mean(axis=0), posed.mean(axis=0)
    s = (rest - one).T.astype(np.float64) @ (posed - two).astype(np.float64)
    twist = np.array([s[1, 2] - s[2, 1], s[2, 0] - s[0, 2], s[0, 1] - s[1, 0]])
    n = np.empty((4, 4))
    n[0, 0], n[0, 1:], n[1:, 0] = np.trace(s), twist, twist
    n[1:, 1:] = s + s.T - np.eye(3) * np.trace(s)
    w, x, y, z = quat = np.linalg.eigh(n)[1][:, -1]
    quat = quat if w >= 0 else -quat
    w, x, y, z = quat
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    a, b, c = two - rotation @ one
    dual = [
        -a * x - b * y - c * z, a * w + b * z - c * y, b * w + c * x - a * z, c * w + a * y - b * x
    ]  # fmt: skip
    return np.concatenate([quat, 0.5 * np.array(dual)]).astype(np.float32)
