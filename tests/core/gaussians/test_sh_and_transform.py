"""Harmonics against their definition; turning a cloud against looking at it from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus import random_cloud
from mien.errors import MienError
from mien.gaussians import sh
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.gaussians.transform import UNITS, UP_FIXES, fixed_up, moved, reframed
from mien.transforms import matrix_from_axis_angle, matrix_from_quat, rigid, rigid_inverse

vectors = st.tuples(*[st.floats(-3, 3)] * 3).map(np.array)
scales = st.floats(0.01, 100)


def covariances(cloud: GaussianCloud) -> NDArray[np.floating]:
    half = matrix_from_quat(cloud.quats.astype(np.float64)) * np.exp(cloud.log_scales)[:, None, :]
    return half @ np.swapaxes(half, 1, 2)


def directions(count: int, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3))


def test_basis_is_orthonormal_over_the_sphere() -> None:
    # Gauss-Legendre in z times even angles integrates polynomials of degree 6 exactly.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    angles = np.arange(16) * 2 * np.pi / 16
    z, angle = np.meshgrid(nodes, angles, indexing="ij")
    radius = np.sqrt(1 - z**2)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1)
    basis = sh.basis(points, 3)
    area = (weights[:, None] * 2 * np.pi / 16)[..., None, None]
    gram = np.sum(area * basis[..., :, None] * basis[..., None, :], axis=(0, 1))
    np.testing.assert_allclose(gram, np.eye(16), atol=1e-12)


def test_basis_has_the_signs_of_3dgs() -> None:
    """Spot values of the constants in the 3DGS rasteriser, whose files these are."""
    x, y, z = sh.basis(np.eye(3), 3)
    c1, c2 = 0.4886025119029199, 1.0925484305920792
    np.testing.assert_allclose([x[0], y[1], z[2], x[3]], [SH_C0, -c1, c1, -c1])
    diagonal = sh.basis(np.array([1.0, 1, 1]), 3) * 3
    np.testing.assert_allclose(diagonal[4:8], [c2, -c2, 0, -c2], atol=1e-12)
    np.testing.assert_allclose(z[6], 0.31539156525252005 * 2)
    np.testing.assert_allclose(x[8], 0.5462742152960396)
    np.testing.assert_allclose([y[9], z[12], x[15]], [0.5900435899266435, 0.3731763325901154 * 2,
                                                      -0.5900435899266435])  # fmt: skip


def test_agrees_with_gsplat() -> None:
    torch = pytest.importorskip("torch")
    reference = pytest.importorskip("gsplat.cuda._torch_impl")
    cloud = random_cloud(40, sh_degree=3)
    seen = directions(40)
    expected = reference._spherical_harmonics(3, torch.tensor(seen), torch.tensor(cloud.sh))
    ours = sh.colors(cloud.sh, seen)
    np.testing.assert_allclose(ours, np.maximum(expected.numpy() + 0.5, 0), atol=1e-5)


@given(turn=vectors, mirrored=st.booleans())
@settings(max_examples=50, deadline=None)
def test_turned_harmonics_look_the_same_from_the_turned_direction(
    turn: NDArray[np.float64], mirrored: bool
) -> None:
    matrix = matrix_from_axis_angle(turn) @ np.diag([-1.0 if mirrored else 1.0, 1, 1])
    for degree in range(4):
        coefficients = random_cloud(10, sh_degree=degree).sh
        seen = directions(10)
        np.testing.assert_allclose(
            sh.colors(sh.rotated(coefficients, matrix), seen @ matrix.T),
            sh.colors(coefficients, seen),
            atol=2e-5,
        )


def test_harmonics_turn_by_orthogonal_matrices_that_compose() -> None:
    first, second = (matrix_from_axis_angle(turn) for turn in directions(2))
    a, b = sh.rotation_matrix(first, 3), sh.rotation_matrix(second, 3)
    np.testing.assert_allclose(a @ a.T, np.eye(16), atol=1e-10)
    np.testing.assert_allclose(b @ a, sh.rotation_matrix(second @ first, 3), atol=1e-10)


@given(turn=vectors, translation=vectors, scale=scales)
@settings(max_examples=50, deadline=None)
def test_moving_moves_centres_shapes_and_colours(
    turn: NDArray[np.float64], translation: NDArray[np.float64], scale: float
) -> None:
    cloud = random_cloud(8, sh_degree=3)
    rotation = matrix_from_axis_angle(turn)
    result = moved(cloud, rigid(rotation, translation), scale=scale)
    means = scale * cloud.means @ rotation.T + translation
    np.testing.assert_allclose(result.means, means, rtol=1e-4, atol=1e-4)
    expected = scale**2 * rotation @ covariances(cloud) @ rotation.T
    np.testing.assert_allclose(covariances(result), expected, rtol=1e-3, atol=1e-5 * scale**2)
    seen = directions(8)
    np.testing.assert_allclose(
        sh.colors(result.sh, seen @ rotation.T), sh.colors(cloud.sh, seen), atol=2e-5
    )
    np.testing.assert_array_equal(result.logit_opacities, cloud.logit_opacities)


def test_moving_back_is_the_identity() -> None:
    cloud = random_cloud(20, sh_degree=2)
    motion = rigid(matrix_from_axis_angle([0.3, -1.2, 0.4]), [1, 2, -3])
    there = moved(cloud, motion, scale=2.0)
    back = moved(reframed(there, np.eye(3), scale=0.5, translation=[0, 0, 0]), np.eye(4))
    inverse = rigid_inverse(motion)
    inverse[:3, 3] /= 2
    back = moved(back, inverse)
    np.testing.assert_allclose(back.means, cloud.means, atol=1e-5)
    np.testing.assert_allclose(back.sh, cloud.sh, atol=1e-5)
    np.testing.assert_allclose(covariances(back), covariances(cloud), rtol=1e-3, atol=1e-7)


def test_a_scale_alone_leaves_rotations_and_harmonics_untouched() -> None:
    cloud = random_cloud(5, sh_degree=3)
    result = fixed_up(cloud, "y cm")
    np.testing.assert_array_equal(result.quats, cloud.quats)
    np.testing.assert_array_equal(result.sh, cloud.sh)
    np.testing.assert_allclose(result.means, cloud.means / 100, rtol=1e-6)


@pytest.mark.parametrize("up", UP_FIXES)
def test_fixing_the_axis_brings_it_up_without_mirroring(up: str) -> None:
    axis = np.zeros(3)
    axis["xyz".index(up[-1])] = -1 if up.startswith("-") else 1
    cloud = random_cloud(1).replace(means=axis[None])
    np.testing.assert_allclose(fixed_up(cloud, up).means, [[0, 1, 0]], atol=1e-7)
    assert np.linalg.det(UP_FIXES[up]) == pytest.approx(1)


def test_refuses_what_is_no_motion() -> None:
    cloud = random_cloud(2)
    with pytest.raises(ValueError, match="orthogonal"):
        reframed(cloud, np.diag([1.0, 2, 1]))
    for scale in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="positive"):
            moved(cloud, np.eye(4), scale=scale)
    for fix in ("up", "", "y inch", "y m m"):
        with pytest.raises(MienError, match="up is one of"):
            fixed_up(cloud, fix)
    assert UNITS["m"] == 1
