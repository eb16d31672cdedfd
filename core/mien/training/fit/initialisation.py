"""The Gaussians a fit begins with: one on each texel, and some on the hull that stands off it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.avatar.rig import SurfaceBinding
from mien.gaussians.cloud import SH_C0
from mien.template.head import HeadTemplate
from mien.training.fit.hull import Hull, carve, seen_colors
from mien.training.fit.surface import FitSurface
from mien.training.fit.views import Photograph
from mien.transforms import Array, quat_from_matrix

Float32 = NDArray[np.float32]

_HULL_SPACING = 0.004
_PIXELS_PER_VOXEL = 2.0
_ROOM = np.array([0.13, 0.13, 0.13])
"""How far beyond the surface hair and clothes may stand, metres."""
_STAND_OFF = 0.007
"""A hull farther from the surface than this is something else: hair, a collar."""
_QUIET = 5e-4
"""What no expression moves by more, metres, is quiet: hair is bound to it."""
_NEAR = 0.012
_OPACITY = 0.8
_FLATNESS = 0.25
_OVERLAP = 0.6
"""Standard deviation of a Gaussian in distances to its neighbour."""
_UNSEEN_TINTS = {
    "teeth": (0.82, 0.78, 0.70),
    "tongue": (0.62, 0.33, 0.32),
    "gums": (0.62, 0.33, 0.32),
    "mouth": (0.40, 0.17, 0.16),
    "eye": (0.80, 0.77, 0.75),
}
"""Colours of what closed mouths and lids hide, until a frame shows it."""
_INNER_PARTS = ("eye", "teeth", "tongue", "gums", "mouth", "lashes")


@dataclass(frozen=True, eq=False)
class Start:
    """Gaussians at rest, as numpy arrays with the meanings of BoundGaussians.

    Args:
        binding: Where on the surface each is held.
        offsets: [N, 3].
        quats: [N, 4].
        log_scales: [N, 3].
        logit_opacities: [N].
        colors: sRGB [N, 3].
        kept: Which stay on their texel, whether seen or not [N]: eyes, teeth, the mouth's inside,
            and all skin that an expression moves, for it may hide in a fold now.
        free: Which belong to no surface [N]: hair, clothes.
    """

    binding: SurfaceBinding
    offsets: Float32
    quats: Float32
    log_scales: Float32
    logit_opacities: Float32
    colors: Float32
    kept: NDArray[np.bool_]
    free: NDArray[np.bool_]

    @property
    def harmonics(self) -> Float32:
        """The constant harmonic of the colours [N, 3]."""
        return ((self.colors - 0.5) / SH_C0).astype(np.float32)


def starting_gaussians(
    surface: FitSurface,
    photographs: Sequence[Photograph],
    *,
    texels: int,
    layers: float,
    seed: int,
) -> Start:
    """Put Gaussians where the person is.

    Args:
        surface: The person's.
        photographs: Of one frame, in the surface's world and pose.
        texels: Side of the UV map.
        layers: Most Gaussians on the hull, per texel.
        seed: Of the choice among the hull's voxels.
    """
    posed = _posed_rest(surface, photographs[0].frame)
    on_texels = _texel_gaussians(surface, posed, photographs, texels)
    low, high = posed.min(axis=0), posed.max(axis=0)
    low = np.array([low[0], low[1], low[2]]) - _ROOM * [1, 0, 1]
    hull = carve(photographs, low, high + _ROOM, spacing=_hull_spacing(photographs))
    if hull is None or not hull.occupied.any():
        return on_texels
    most = int(layers * len(on_texels.offsets))
    beyond = _hull_gaussians(surface, posed, on_texels, hull, photographs, most=most, seed=seed)
    return on_texels if beyond is None else _joined(on_texels, beyond)


def _hull_spacing(photographs: Sequence[Photograph]) -> float:
    """Return a side for voxels, metres: masks of few pixels carve no fine ones."""
    cameras = [held.camera for held in photographs]
    pixels = [np.linalg.norm(held.position) / held.intrinsics[0, 0] for held in cameras]
    return max(_HULL_SPACING, _PIXELS_PER_VOXEL * float(np.median(pixels)))


def _posed_rest(surface: FitSurface, frame: int) -> Float32:
    from mien.avatar.deformer import Deformer

    points = Deformer.of(surface.rig).points(surface.states[frame])
    return surface.rig.rest if points is None else points


def _texel_gaussians(
    surface: FitSurface,
    posed: Float32,
    photographs: Sequence[Photograph],
    texels: int,
) -> Start:
    template, rest = surface.template, surface.rig.rest
    flat = template.position_map(texels)
    covered = flat.covered
    binding = SurfaceBinding(flat.triangles[covered], flat.barycentric[covered])
    frames = template.tangent_frames(rest)[binding.triangles]
    spans = template.texel_spans(texels, rest)[binding.triangles] * _OVERLAP
    scales = np.column_stack([spans, spans.min(axis=1) * _FLATNESS])
    points = binding.points(posed, template.faces)
    normals = template.tangent_frames(posed)[binding.triangles][:, :, 2]
    colors, weights = seen_colors(points, normals, photographs)
    colors = _filled(colors, weights, points)
    inner = np.zeros(len(points), bool)
    for index, name in enumerate(template.part_names):
        mine = template.face_parts[binding.triangles] == index
        inner |= mine & name.startswith(_INNER_PARTS)
        tint = next((t for part, t in _UNSEEN_TINTS.items() if name.startswith(part)), None)
        if tint is not None:
            colors[mine & (weights < 1e-3)] = tint
    inner |= _inside_mouth(template, binding)
    n = len(points)
    return Start(
        binding,
        np.zeros((n, 3), np.float32),
        quat_from_matrix(frames).astype(np.float32),
        np.log(np.maximum(scales, 2e-4)).astype(np.float32),
        np.full(n, _logit(_OPACITY), np.float32),
        colors,
        inner | ~_quiet(surface, binding),
        np.zeros(n, bool),
    )


def _inside_mouth(template: HeadTemplate, binding: SurfaceBinding) -> NDArray[np.bool_]:
    inside = template.masks.get("mouth_inside")
    if inside is None:
        return np.zeros(len(binding.triangles), bool)
    corners = inside[template.faces[binding.triangles]]
    return np.einsum("nk,nk->n", binding.barycentric, corners) > 0.5


def _filled(colors: Float32, weights: Float32, points: Array) -> Float32:
    """Give places that no camera faces the colours of the nearest that one does."""
    from scipy.spatial import KDTree

    seen = weights > 1e-3
    if seen.all() or not seen.any():
        return colors
    _, nearest = KDTree(points[seen]).query(points[~seen])
    filled = colors.copy()
    filled[~seen] = colors[seen][nearest]
    return filled


def _hull_gaussians(
    surface: FitSurface,
    posed: Float32,
    on_texels: Start,
    hull: Hull,
    photographs: Sequence[Photograph],
    *,
    most: int,
    seed: int,
) -> Start | None:
    """Put Gaussians on what of the hull's shell stands off the surface."""
    from scipy.spatial import KDTree

    texels = on_texels.binding.points(posed, surface.rig.faces)
    points, normals = hull.shell()
    distances, _ = KDTree(texels).query(points)
    # The hull's floor is where the box ends, not the person.
    away = (distances > _STAND_OFF) & (points[:, 1] > posed[:, 1].min() + 2 * hull.spacing)
    points, normals, distances = points[away], normals[away], distances[away]
    if not len(points) or not most:
        return None
    chance = np.random.default_rng([seed, 1])
    if len(points) > most:
        chosen = chance.choice(len(points), most, replace=False)
        points, normals, distances = points[chosen], normals[chosen], distances[chosen]
    colors, _ = seen_colors(points, normals, photographs)
    holders = np.where(
        distances > _NEAR,
        _nearest(points, texels, ~on_texels.kept),
        _nearest(points, texels, np.ones(len(texels), bool)),
    )
    binding = SurfaceBinding(
        on_texels.binding.triangles[holders], on_texels.binding.barycentric[holders]
    )
    held, turned = _held_at(surface, binding, photographs[0].frame)
    offsets = _turned_back(turned, points - held)
    size = np.float32(np.log(hull.spacing * _OVERLAP))
    n = len(points)
    quats = np.zeros((n, 4), np.float32)
    quats[:, 0] = 1
    return Start(
        binding,
        offsets.astype(np.float32),
        quats,
        np.full((n, 3), size, np.float32),
        np.full(n, _logit(0.5), np.float32),
        colors,
        np.zeros(n, bool),
        np.ones(n, bool),
    )


def _nearest(points: Array, texels: Array, allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    from scipy.spatial import KDTree

    candidates = np.flatnonzero(allowed if allowed.any() else np.ones(len(texels), bool))
    _, found = KDTree(texels[candidates]).query(points)
    return candidates[found]


def _quiet(surface: FitSurface, binding: SurfaceBinding) -> NDArray[np.bool_]:
    """Say what no expression moves: hair that stands far off must not chew along."""
    lengths = np.zeros(surface.rig.num_vertices)
    moved = np.linalg.norm(surface.rig.shape_deltas, axis=1)
    np.maximum.at(lengths, surface.rig.shape_vertices, moved)
    return lengths[surface.rig.faces[binding.triangles]].max(axis=1) < _QUIET


def _held_at(surface: FitSurface, binding: SurfaceBinding, frame: int) -> tuple[Array, Array]:
    from mien.training.fit.motion import surface_motion

    motion = surface_motion(surface, binding, frame)
    return motion.points, motion.quats


def _turned_back(quats: Array, vectors: Array) -> Array:
    from mien.transforms import matrix_from_quat

    return np.einsum("nji,nj->ni", matrix_from_quat(quats), vectors)


def _joined(one: Start, two: Start) -> Start:
    def both(name: str) -> NDArray:
        return np.concatenate([getattr(one, name), getattr(two, name)])

    binding = SurfaceBinding(
        np.concatenate([one.binding.triangles, two.binding.triangles]),
        np.concatenate([one.binding.barycentric, two.binding.barycentric]),
    )
    names = ("offsets", "quats", "log_scales", "logit_opacities", "colors", "kept", "free")
    return Start(binding, **{name: both(name) for name in names})


def _logit(opacity: float) -> float:
    return float(np.log(opacity / (1 - opacity)))
