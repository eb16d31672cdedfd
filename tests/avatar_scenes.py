"""Small rigs whose poses can be worked out by hand, for the tests of avatars."""

from __future__ import annotations

import numpy as np

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.protocol import REGIONS
from mien.avatar.rig import BoundGaussians, Rig, SurfaceBinding
from mien.gaussians.cloud import GaussianCloud

SIDE = 13
SPACING = 0.01


def grid(side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """A gently curved square facing +Z, with triangles counter-clockwise from the front."""
    across, up = np.meshgrid(np.arange(side), np.arange(side))
    x = (across.ravel() - (side - 1) / 2) * SPACING
    y = (up.ravel() - (side - 1) / 2) * SPACING
    points = np.column_stack([x, y, -2 * (x * x + y * y)]).astype(np.float32)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    a, b, c, d = corner, corner + 1, corner + side, corner + side + 1
    faces = np.concatenate([np.column_stack([a, b, d]), np.column_stack([a, d, c])])
    return points, faces.astype(np.int32)


def rig(deltas: dict[str, np.ndarray] | None = None) -> Rig:
    """A grid whose upper half belongs to the head and whose lower half to the root."""
    points, faces = grid()
    shapes = deltas or {"jawOpen": np.where(points[:, 1:2] < -0.02, [[0, -0.01, 0]], 0)}
    on_head = np.clip(points[:, 1] / 0.04 + 0.5, 0, 1)
    weights = np.zeros((len(points), 4), np.float32)
    weights[:, 0], weights[:, 1] = on_head, 1 - on_head
    return Rig.from_dense(
        points,
        faces,
        expression_names=tuple(shapes),
        deltas=np.stack([np.broadcast_to(shape, points.shape) for shape in shapes.values()]),
        joint_names=("root", "neck", "head"),
        joint_parents=(-1, 0, 1),
        joint_positions=((0, -0.1, 0), (0, -0.05, -0.02), (0, 0, -0.02)),
        skin_joints=np.tile([2, 0, 0, 0], (len(points), 1)),
        skin_weights=weights,
    )


def cloud(means: np.ndarray, seed: int = 0) -> GaussianCloud:
    """Elongated Gaussians of random rotation and colour at some places."""
    random = np.random.default_rng(seed)
    n = len(means)
    return GaussianCloud(
        means.astype(np.float32),
        random.normal(size=(n, 4)).astype(np.float32),
        np.log(random.uniform(0.002, 0.01, (n, 3))).astype(np.float32),
        random.normal(size=n).astype(np.float32),
        random.normal(size=(n, 1, 3)).astype(np.float32),
    )


def avatar(
    name: str = "grid",
    *,
    seed: int = 0,
    own_rig: Rig | None = None,
    offset: float = 0.003,
    num_gaussians: int | None = None,
) -> RiggedAvatar:
    """An avatar with a Gaussian a vertex, or with so many scattered over the triangles."""
    base = rig() if own_rig is None else own_rig
    random = np.random.default_rng(seed + 100)
    if num_gaussians is None:
        binding = SurfaceBinding.to_vertices(base.faces, np.arange(base.num_vertices))
    else:
        barycentric = random.dirichlet(np.ones(3), num_gaussians).astype(np.float32)
        triangles = random.integers(0, len(base.faces), num_gaussians)
        binding = SurfaceBinding(triangles.astype(np.int32), barycentric)
    places = binding.points(base.rest, base.faces)
    shifts = random.normal(size=places.shape) * offset
    bound = BoundGaussians.from_cloud(base, binding, cloud(places + shifts, seed))
    return RiggedAvatar(name, base, bound, template="grid", region_weights=regions(places))


def regions(places: np.ndarray) -> np.ndarray:
    """Eyes above, mouth below, nothing between."""
    weights = np.zeros((len(places), len(REGIONS)), np.float32)
    weights[places[:, 1] > 0.02, REGIONS.index("eyes")] = 1
    weights[places[:, 1] < -0.02, REGIONS.index("mouth")] = 1
    return weights
