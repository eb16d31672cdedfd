from __future__ import annotations

import numpy as np

from mien.camera import Camera
from mien.models.headsup.canvas import Canvas
from mien.template.normals import vertex_normals
from mien.template.selection import open_template
from mien.training.headsup.person import Texels
from mien.training.headsup.texel_colors import Seen, texel_colors

SIZE = (128, 128)


def _texels() -> Texels:
    template = open_template("mien_head")
    canvas = Canvas.of(template, 64)
    normals = vertex_normals(template.neutral, template.faces).astype(np.float32)
    turned = canvas.binding.points(normals, template.faces)
    return Texels(canvas.points, turned, template.neutral, canvas.outer, canvas.features)


def _view(yaw: float, color: tuple[float, float, float], depth: np.ndarray | None = None) -> Seen:
    eye = (1.1 * np.sin(yaw), 0, 1.1 * np.cos(yaw))
    camera = Camera.looking_at(eye, (0, 0, 0), size=SIZE, fov_y=0.4)
    pixels = np.ones((*SIZE, 4), np.float32)
    pixels[..., :3] = color
    return Seen(pixels, camera, depth)


def test_texels_have_the_colour_of_the_side_they_are_seen_from() -> None:
    texels = _texels()
    colors, known = texel_colors(texels, [_view(0, (1, 0, 0)), _view(np.pi, (0, 0, 1))])
    front, back = (texels.normals[:, 2] > 0.7) & (known > 0.9), texels.normals[:, 2] < -0.7
    back &= known > 0.9
    assert front.sum() > 200
    assert back.sum() > 200
    # Of what faces forward, only the back of the mouth and such is seen by nobody.
    np.testing.assert_allclose(colors[front], np.tile([1, 0, 0], (front.sum(), 1)), atol=1e-5)
    np.testing.assert_allclose(colors[back], np.tile([0, 0, 1], (back.sum(), 1)), atol=1e-5)


def test_what_no_view_faces_is_not_known() -> None:
    texels = _texels()
    _, known = texel_colors(texels, [_view(0, (1, 1, 1))])
    assert not known[texels.normals[:, 2] < 0].any()
    assert known.mean() > 0.1


def test_the_surface_hides_what_is_inside_it() -> None:
    texels = _texels()
    _, known = texel_colors(texels, [_view(0, (1, 1, 1))])
    template = open_template("mien_head")
    parts = template.face_parts[Canvas.of(template, 64).binding.triangles]
    tongue = parts == template.part_names.index("tongue")
    skin = (parts == template.part_names.index("skin")) & (texels.normals[:, 2] > 0.8)
    assert known[tongue].mean() < 0.3 * known[skin].mean()


def test_depth_says_what_hair_hides_and_the_mask_what_is_nobody() -> None:
    texels = _texels()
    hair = np.full(SIZE, 0.5, np.float32)
    _, known = texel_colors(texels, [_view(0, (1, 1, 1), hair)])
    assert not known.any()
    nothing = np.zeros(SIZE, np.float32)
    _, known = texel_colors(texels, [_view(0, (1, 1, 1), nothing)])
    assert known.any()
    view = _view(0, (1, 1, 1))
    view.pixels[..., 3] = 0
    assert not texel_colors(texels, [view])[1].any()
