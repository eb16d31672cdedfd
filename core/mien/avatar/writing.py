"""Write rigged avatars for other programs: as LAM's archive, or the moving surface alone.

`.avatar` is Mien's own (`kinds.mien_file`); a `.zip` is a LAM avatar (He et al., SIGGRAPH 2025):
`skin.glb` and `offset.ply`, a Gaussian on each vertex; a `.glb` is the person's rig without
Gaussians, which its `.ply` stands on.
"""

from __future__ import annotations

import zipfile
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mien.atomic import replacing
from mien.avatar.kinds.mien_file import SUFFIX, save_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import Avatar, Riggable
from mien.avatar.rig import Rig
from mien.avatar.rig_glb import rig_glb
from mien.errors import FileError
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.gaussians.files import write_cloud

AVATAR_SUFFIXES = (SUFFIX, ".zip", ".glb")
"""What an avatar that moves can be written as."""

_TRANSPARENT = -12.0
"""Logit of what cannot be seen."""
_SMALL = -9.0
"""Logarithm of a tenth of a millimetre."""


def write_avatar(path: str | Path, avatar: Avatar) -> None:
    """Write an avatar by its file's ending, atomically.

    Raises:
        FileError: It cannot be written, or this avatar cannot be written so.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == SUFFIX:
        save_avatar(target, avatar)
        return
    held = avatar.rigged if isinstance(avatar, Riggable) else avatar
    if not isinstance(held, RiggedAvatar):
        raise FileError(target, f"{avatar.name} has no rig to write", hint=f"Write a {SUFFIX}")
    if suffix == ".glb":
        with replacing(target) as temporary:
            temporary.write_bytes(rig_glb(held.rig, held.name))
    else:
        _write_lam(target, held)


def _write_lam(path: Path, avatar: RiggedAvatar) -> None:
    """Write LAM's archive.

    Its Gaussians stand on vertices, ours anywhere on triangles: each gets a vertex of its own,
    which moves as its triangle does, and the surface's own vertices carry what nobody sees.
    """
    rig, offsets = with_vertices(avatar)
    with TemporaryDirectory(prefix="mien-lam-") as folder:
        ply = Path(folder) / "offset.ply"
        write_cloud(ply, offsets)
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            packed = zipfile.ZIP_DEFLATED
            archive.writestr(f"{path.stem}/skin.glb", rig_glb(rig, avatar.name), packed)
            archive.write(ply, f"{path.stem}/offset.ply", packed)


def with_vertices(avatar: RiggedAvatar) -> tuple[Rig, GaussianCloud]:
    """Return a rig with a vertex under each Gaussian [V + N], and LAM's cloud on its vertices.

    The cloud's means are offsets from the vertices, its colours plain numbers of 0 to 1.
    """
    rig, bound = avatar.rig, avatar.gaussians
    binding, count = bound.binding, avatar.num_gaussians
    corners = rig.faces[binding.triangles]
    points = binding.points(rig.rest, rig.faces)
    own = np.arange(count, dtype=np.int32) + rig.num_vertices
    # In place of the nearest corner: the triangle that is left is the largest of the three.
    nearest = binding.barycentric.argmax(axis=1)
    tents = corners.copy()
    tents[np.arange(count), nearest] = own
    starts, vertices, deltas = _shapes(rig, corners, binding.barycentric)
    joints, weights = _skin(rig, corners, binding.barycentric)
    grown = rig.replace(
        rest=np.vstack([rig.rest, points]).astype(np.float32),
        faces=np.vstack([rig.faces, tents]),
        shape_starts=starts,
        shape_vertices=vertices,
        shape_deltas=deltas,
        skin_joints=np.vstack([rig.skin_joints, joints]),
        skin_weights=np.vstack([rig.skin_weights, weights]),
    )
    return grown, _cloud(avatar)


def _cloud(avatar: RiggedAvatar) -> GaussianCloud:
    bound, v = avatar.gaussians, avatar.rig.num_vertices
    colors = bound.sh[:, :1] * np.float32(SH_C0) + np.float32(0.5)
    upright = np.tile(np.array([1, 0, 0, 0], np.float32), (v, 1))
    return GaussianCloud(
        np.vstack([np.zeros((v, 3), np.float32), bound.offsets]),
        np.vstack([upright, bound.quats]),
        np.vstack([np.full((v, 3), _SMALL, np.float32), bound.log_scales]),
        np.concatenate([np.full(v, _TRANSPARENT, np.float32), bound.logit_opacities]),
        np.vstack([np.full((v, 1, 3), 0.5, np.float32), colors]),
    )


def _shapes(
    rig: Rig, corners: np.ndarray, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sparse morph targets with entries of the Gaussians' vertices as well."""
    starts, vertices, deltas = [0], list[np.ndarray](), list[np.ndarray]()
    for first, end in pairwise(rig.shape_starts):
        dense = np.zeros((rig.num_vertices, 3), np.float32)
        dense[rig.shape_vertices[first:end]] = rig.shape_deltas[first:end]
        carried = np.einsum("nk,nkc->nc", shares, dense[corners], dtype=np.float32)
        moved = np.flatnonzero(np.abs(carried).max(axis=1, initial=0) > 1e-7)
        vertices += [rig.shape_vertices[first:end], moved + rig.num_vertices]
        deltas += [rig.shape_deltas[first:end], carried[moved]]
        starts.append(starts[-1] + int(end - first) + len(moved))
    if not vertices:
        return np.array(starts), rig.shape_vertices, rig.shape_deltas
    return np.array(starts), np.concatenate(vertices), np.concatenate(deltas)


def _skin(rig: Rig, corners: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the four strongest joints [N, 4] of places on triangles, and their weights [N, 4]."""
    count = len(corners)
    weights = np.zeros((count, max(len(rig.joint_names), 4)), np.float32)
    for corner in range(3):
        at = corners[:, corner]
        np.add.at(
            weights,
            (np.arange(count)[:, None], rig.skin_joints[at]),
            shares[:, corner, None] * rig.skin_weights[at],
        )
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    held = np.take_along_axis(weights, joints, axis=1)
    # A rig of fewer than four joints has none to put in the last places.
    joints[held <= 0] = 0
    return joints, held / held.sum(axis=1, keepdims=True)
