"""Mesh drawing: where triangles land, what hides what, depth, wireframe, clean release."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from mien.camera import Camera
from mien.errors import RenderError
from mien.rendering.mesh import MeshRenderer, MeshStyle
from mien.rendering.opengl.context import headless_context, probe_driver
from mien.template.normals import vertex_normals

pytestmark = pytest.mark.skipif(
    isinstance(probe_driver(), str), reason=f"no OpenGL here: {probe_driver()}"
)

CAMERA = Camera(np.eye(4), [[60, 0, 34.5], [0, 60, 21.0], [0, 0, 1]], (64, 48))
QUAD = np.array([[0, 1, 2], [0, 2, 3]])


def square(left, top, right, bottom, depth) -> np.ndarray:
    """Corners of the square that covers these pixels at a depth."""
    pixels = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return CAMERA.unproject(pixels, np.full(4, depth))


@pytest.fixture(scope="module")
def renderer():
    made = MeshRenderer(headless_context(), owned=True)
    yield made
    made.close()


def test_a_square_covers_its_pixels_at_its_depth(renderer):
    frame = renderer.render(square(10, 8, 40, 30, 1.7), QUAD, CAMERA)
    expected = np.zeros((48, 64))
    expected[8:30, 10:40] = 1
    np.testing.assert_array_equal(frame.alpha, expected)
    np.testing.assert_allclose(frame.depth, expected * 1.7, rtol=1e-5)
    assert frame.camera is CAMERA


def test_the_nearer_square_hides_the_farther(renderer):
    corners = np.concatenate([square(5, 5, 40, 40, 2.0), square(20, 10, 50, 30, 1.0)])
    colors = np.repeat([[1.0, 0, 0], [0, 0, 1.0]], 4, axis=0)
    for faces in (np.concatenate([QUAD, QUAD + 4]), np.concatenate([QUAD + 4, QUAD])):
        frame = renderer.render(corners, faces, CAMERA, colors=colors)
        assert np.argmax(frame.rgb[20, 30]) == 2
        assert np.argmax(frame.rgb[35, 10]) == 0
        assert frame.depth[20, 30] == pytest.approx(1.0)
        assert frame.depth[35, 10] == pytest.approx(2.0)


def test_a_surface_that_turns_away_darkens(renderer):
    facing = renderer.render(square(10, 8, 40, 30, 1.0), QUAD, CAMERA).rgb[20, 30]
    tilted = square(10, 8, 40, 30, 1.0)
    tilted[1:3] = CAMERA.unproject([(40, 8), (40, 30)], [3.0, 3.0])
    turned = renderer.render(tilted, QUAD, CAMERA).rgb[20, 30]
    assert turned.mean() < 0.8 * facing.mean()


def test_a_wireframe_shows_edges_only_and_hides_those_behind(renderer):
    style = MeshStyle("wireframe", color=(1, 1, 1), background=(0, 0, 0.5), line_width=2)
    corners = np.concatenate([square(8, 6, 56, 42, 1.0), square(20, 15, 40, 20, 2.0)])
    frame = renderer.render(corners, np.concatenate([QUAD, QUAD + 4]), CAMERA, style)
    assert frame.alpha[20, 8] > 0.5
    assert frame.alpha[42 - 1, 30] > 0.5
    assert frame.alpha[24, 32] > 0.5  # the diagonal
    assert frame.alpha[15, 30] == 0  # an edge of the square behind
    np.testing.assert_allclose(frame.rgb[15, 30], [0, 0, 0.5])
    assert frame.depth[15, 30] == pytest.approx(1.0)


def test_no_faces_draw_the_background(renderer):
    frame = renderer.render(
        np.zeros((0, 3)), np.zeros((0, 3), int), CAMERA, MeshStyle(background=(0.1, 0.2, 0.3))
    )
    assert not frame.alpha.any()
    np.testing.assert_allclose(frame.rgb[0, 0], [0.1, 0.2, 0.3])


def test_changing_sizes_and_meshes_are_drawn_right(renderer):
    for width in (16, 64, 33):
        camera = CAMERA.resized((width, 20))
        frame = renderer.render(square(0, 0, 64, 48, 1.0), QUAD, camera)
        assert frame.rgb.shape == (20, width, 3)
        assert frame.alpha.min() == 1


def test_a_closed_renderer_says_so():
    made = MeshRenderer(headless_context(), owned=True)
    made.close()
    made.close()
    with pytest.raises(RenderError, match="closed"):
        made.render(square(0, 0, 8, 8, 1.0), QUAD, CAMERA)


def test_normals_of_a_sphere_point_outwards():
    points = np.random.default_rng(0).normal(size=(300, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    faces = ConvexHull(points).simplices
    corners = points[faces]
    turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = np.einsum("fk,fk->f", turned, corners.mean(1)) < 0
    faces[inward] = faces[inward][:, ::-1]
    normals = vertex_normals(np.vstack([points, [9, 9, 9]]), faces)
    assert np.all(np.einsum("vk,vk->v", normals[:-1], points) > 0.9)
    np.testing.assert_array_equal(normals[-1], 0)
