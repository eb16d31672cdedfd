"""What a head template looks like: a clay bust under soft light, or its own picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.avatar.rig import Float32
from mien.avatar.surface import Topology, smooth_over_surface
from mien.avatar.surface_layout import SurfaceLayout
from mien.image import linear_from_srgb, srgb_from_linear
from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals
from mien.transforms import normalize

_TINTS: dict[str, tuple[float, float, float]] = {
    "skin": (0.76, 0.70, 0.66),
    "base": (0.76, 0.70, 0.66),
    "eye": (0.90, 0.89, 0.87),
    "teeth": (0.90, 0.87, 0.81),
    "tongue": (0.64, 0.46, 0.43),
    "gums": (0.64, 0.46, 0.43),
    "mouth": (0.40, 0.27, 0.25),
}
"""sRGB colours of parts, by how their names begin."""

_IRIS, _PUPIL = (0.46, 0.45, 0.44), (0.16, 0.15, 0.15)
_LIMBUS, _PUPIL_EDGE = 0.87, 0.975
"""Cosines of the angle from the gaze at which iris and pupil end."""

_SKY, _GROUND, _FILL, _KEY = 0.26, 0.10, 0.10, 0.86
_KEY_FROM = normalize([-0.45, 0.55, 0.75])
_FILL_FROM = normalize([0.8, 0.1, 0.4])

_LIGHT_ON_PICTURES = 0.5

_CAVITY_ROUNDS = 6
_CAVITY_BEND = 110.0
"""Curvature, per metre, of a hollow that is a third darker."""


@dataclass(frozen=True, eq=False)
class Clay:
    """Colours of the Gaussians on a template.

    Args:
        albedo: Linear colours [N, 3] of the material, or of the picture as it was taken.
        light: How strong the light and its shadows are: pictures of people have some already.
    """

    albedo: Float32
    light: float

    @staticmethod
    def of(layout: SurfaceLayout) -> Clay:
        """Return the look of a template: its picture if it has one, else clay."""
        template, places = layout.template, layout.binding
        if template.texture is not None:
            side = round(np.sqrt(len(places.triangles)))
            picture = template.texture.colors(places.triangles, places.barycentric, side=side)
            return Clay(linear_from_srgb(picture), _LIGHT_ON_PICTURES)
        tints = linear_from_srgb(_tints(layout))
        faces = template.faces[places.triangles]
        cavity = np.einsum("nk,nk->n", places.barycentric, _cavity(template)[faces])
        return Clay((tints * cavity[:, None]).astype(np.float32), 1.0)

    def colors(self, normals: Float32) -> Float32:
        """Return the sRGB colours [N, 3] of places with unit normals [N, 3]."""
        light = 1 + self.light * (_light(normals)[:, None] - 1)
        return np.clip(srgb_from_linear(self.albedo * light), 0, 1).astype(np.float32)


def _light(normals: Float32) -> Float32:
    """Return the light [N] on places: a sky, a ground, a wide lamp, and a weaker one across."""
    sky = _GROUND + (_SKY - _GROUND) * (0.5 + 0.5 * normals[:, 1])
    # A large soft box reaches a little round the form.
    key = np.clip((normals @ _KEY_FROM + 0.25) / 1.25, 0, 1)
    fill = np.clip(normals @ _FILL_FROM, 0, 1)
    return (sky + _KEY * key + _FILL * fill).astype(np.float32)


def _tints(layout: SurfaceLayout) -> Float32:
    template, places = layout.template, layout.binding
    of_part = np.array(
        [
            next((t for start, t in _TINTS.items() if name.startswith(start)), _TINTS["skin"])
            for name in template.part_names
        ],
        np.float32,
    )
    tints = of_part[template.face_parts[places.triangles]]
    inside = template.masks.get("mouth_inside")
    if inside is not None:
        share = np.einsum("nk,nk->n", places.barycentric, inside[template.faces[places.triangles]])
        skin = template.face_parts[places.triangles] == template.part_names.index("skin")
        tints = _mixed(tints, _TINTS["mouth"], share * skin)
    points = places.points(template.neutral, template.faces)
    for name in ("eye_left", "eye_right"):
        if name not in template.part_names:
            continue
        mine = template.face_parts[places.triangles] == template.part_names.index(name)
        if mine.any():
            centre = template.neutral[template.part_vertices(name)]
            middle = (centre.min(axis=0) + centre.max(axis=0)) / 2
            gaze = normalize(points - middle)[:, 2]
            tints = _mixed(tints, _IRIS, mine * np.clip((gaze - _LIMBUS) / 0.02 + 0.5, 0, 1))
            tints = _mixed(tints, _PUPIL, mine * np.clip((gaze - _PUPIL_EDGE) / 0.008 + 0.5, 0, 1))
    return tints


def _mixed(tints: Float32, tint: tuple[float, float, float], share: Float32) -> Float32:
    return (tints + (np.array(tint, np.float32) - tints) * share[:, None]).astype(np.float32)


def _cavity(template: HeadTemplate) -> Float32:
    """Return factors [V] that darken hollows and lighten ridges, as light does in clay."""
    topology = Topology.of(template.faces, template.num_vertices)
    points = template.neutral.astype(np.float64)
    around = smooth_over_surface(points, np.ones(len(points)), topology, num_rounds=_CAVITY_ROUNDS)
    depth = ((around - points) * vertex_normals(points, template.faces)).sum(axis=1)
    corners = points[template.faces]
    edges = ((corners - np.roll(corners, 1, axis=1)) ** 2).sum(axis=2)
    of_vertex = np.bincount(template.faces.ravel(), edges.ravel(), len(points))
    fans = np.bincount(template.faces.ravel(), minlength=len(points))
    # Diffusion reaches as far as edges do, so what it moves is curvature by their squares.
    bend = depth / np.maximum(of_vertex / np.maximum(fans, 1), 1e-9)
    return np.clip(1 - 0.33 * bend / _CAVITY_BEND, 0.45, 1.15).astype(np.float32)
