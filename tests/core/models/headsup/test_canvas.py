"""The map under everything: texels lie where the template's atlas says."""

from __future__ import annotations

import numpy as np
import pytest

from mien.models.headsup.canvas import Canvas
from mien.template.head import HeadTemplate
from mien.transforms import matrix_from_quat


@pytest.fixture(scope="module")
def canvas(template: HeadTemplate) -> Canvas:
    return Canvas.of(template, 64)


def test_cells_are_the_places_of_texels_on_the_atlas(
    canvas: Canvas, template: HeadTemplate
) -> None:
    rows, columns = np.divmod(canvas.cells, 64)
    corners = template.uv[template.uv_faces[canvas.binding.triangles]]
    uv = np.einsum("nk,nkc->nc", canvas.binding.barycentric, corners)
    np.testing.assert_allclose(uv[:, 0] * 64, columns + 0.5, atol=1e-3)
    np.testing.assert_allclose((1 - uv[:, 1]) * 64, rows + 0.5, atol=1e-3)


def test_neighbouring_texels_are_neighbours_on_the_head(canvas: Canvas) -> None:
    of_cell = np.full(64 * 64, -1)
    of_cell[canvas.cells] = np.arange(canvas.num_texels)
    grid = of_cell.reshape(64, 64)
    both = (grid[:, :-1] >= 0) & (grid[:, 1:] >= 0)
    one, two = grid[:, :-1][both], grid[:, 1:][both]
    same = canvas.parts[one] == canvas.parts[two]
    steps = np.linalg.norm(canvas.points[one] - canvas.points[two], axis=1)[same]
    assert np.median(steps) < 0.01
    assert same.mean() > 0.9


def test_frames_are_right_handed_and_look_outward(canvas: Canvas, template: HeadTemplate) -> None:
    frames = canvas.frames.astype(np.float64)
    np.testing.assert_allclose(
        frames.transpose(0, 2, 1) @ frames, np.tile(np.eye(3), (len(frames), 1, 1)), atol=1e-5
    )
    np.testing.assert_allclose(np.linalg.det(frames), 1, atol=1e-5)
    skin = canvas.parts == template.part_names.index("skin")
    crown = skin & (canvas.points[:, 1] > np.percentile(canvas.points[skin, 1], 95))
    assert frames[crown, 1, 2].mean() > 0.5
    np.testing.assert_allclose(np.abs(matrix_from_quat(canvas.quats) - frames).max(), 0, atol=1e-5)


def test_texels_lie_on_the_surface(canvas: Canvas, template: HeadTemplate) -> None:
    corners = template.neutral[template.faces[canvas.binding.triangles]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    height = np.einsum("nc,nc->n", normal, canvas.points - corners[:, 0])
    assert np.abs(height / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)).max() < 1e-5


def test_a_smooth_motion_of_texels_moves_the_vertices_alike(
    canvas: Canvas, template: HeadTemplate
) -> None:
    near, shares = canvas.of_vertices
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    moved = np.einsum("vk,vkc->vc", shares, 1.05 * canvas.points[near]) - np.einsum(
        "vk,vkc->vc", shares, canvas.points[near]
    )
    error = np.linalg.norm(moved - 0.05 * template.neutral, axis=1)
    assert np.median(error) < 2e-4
    assert np.percentile(error, 99) < 2e-3


def test_vertices_follow_texels_of_their_own_piece(canvas: Canvas, template: HeadTemplate) -> None:
    near, _ = canvas.of_vertices
    for part in ("eye_left", "teeth_upper"):
        held = canvas.parts[near[template.part_vertices(part)]]
        assert (held == template.part_names.index(part)).all()
