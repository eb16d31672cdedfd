from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import avatar_scenes
from mien.gaussians.blending import blend_clouds, blend_weights, mean_quats


def by_eigenvectors(quats: list[np.ndarray], shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The means [N, 4] by a dense eigensolver, and how clearly each is the largest [N]."""
    unit = np.stack([q / np.linalg.norm(q, axis=1, keepdims=True) for q in quats]).astype(float)
    outer = np.einsum("an,ani,anj->nij", shares, unit, unit)
    values, vectors = np.linalg.eigh(outer)
    return vectors[:, :, -1], 1 - values[:, -2] / values[:, -1]


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_mean_rotations_are_the_principal_eigenvectors(num_blended: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    quats = [random.normal(size=(200, 4)).astype(np.float32) for _ in range(num_blended)]
    shares = blend_weights(random.random((num_blended, 200)) + 0.02, num_blended, 200)
    means = mean_quats(quats, shares)
    expected, clearness = by_eigenvectors(quats, shares)
    clear = clearness > 0.1
    cosines = np.abs(np.sum(means * expected, axis=1))
    assert clear.any()
    np.testing.assert_allclose(cosines[clear], 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(means, axis=1), 1, atol=1e-6)


def test_signs_of_quaternions_do_not_matter() -> None:
    random = np.random.default_rng(3)
    quats = [random.normal(size=(100, 4)).astype(np.float32) for _ in range(3)]
    shares = blend_weights([0.5, 0.3, 0.2], 3, 100)
    flipped = [q * random.choice([-1, 1], (100, 1)).astype(np.float32) for q in quats]
    a, b = mean_quats(quats, shares), mean_quats(flipped, shares)
    np.testing.assert_allclose(np.abs(np.sum(a * b, axis=1)), 1, atol=1e-5)


def test_zero_quaternions_and_exact_opposites_give_something_finite() -> None:
    zero, one = np.zeros((2, 4), np.float32), np.tile(np.float32([1, 0, 0, 0]), (2, 1))
    assert np.isfinite(mean_quats([zero, zero.copy()], blend_weights([1, 1], 2, 2))).all()
    np.testing.assert_allclose(mean_quats([zero, one], blend_weights([1, 1], 2, 2)), one)
    other = np.tile(np.float32([0, 1, 0, 0]), (2, 1))
    half = mean_quats([one, other], blend_weights([1, 1], 2, 2))
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-6)


def test_blending_is_linear_but_for_rotations() -> None:
    clouds = [
        avatar_scenes.cloud(np.random.default_rng(k).normal(size=(50, 3)), k) for k in range(3)
    ]
    blended = blend_clouds(clouds, [1, 2, 1])
    for name in ("means", "log_scales", "logit_opacities", "sh"):
        expected = sum(
            share * getattr(cloud, name)
            for share, cloud in zip((0.25, 0.5, 0.25), clouds, strict=True)
        )
        np.testing.assert_allclose(getattr(blended, name), expected, atol=1e-6)


def test_whole_weights_copy_bits_even_a_gaussian_at_a_time() -> None:
    clouds = [avatar_scenes.cloud(np.full((40, 3), -0.0), k) for k in range(2)]
    weights = np.zeros((2, 40))
    weights[0, ::2], weights[1, 1::2] = 1, 1
    blended = blend_clouds(clouds, weights)
    for name in ("means", "quats", "log_scales", "logit_opacities", "sh"):
        got = getattr(blended, name)
        assert got[::2].tobytes() == getattr(clouds[0], name)[::2].tobytes()
        assert got[1::2].tobytes() == getattr(clouds[1], name)[1::2].tobytes()


def test_degrees_are_filled_up_and_bindings_kept_only_in_agreement() -> None:
    first = avatar_scenes.cloud(np.zeros((4, 3))).replace(binding=np.arange(4))
    second = first.replace(sh=np.ones((4, 9, 3), np.float32))
    blended = blend_clouds([first, second], [1, 3])
    assert blended.sh_degree == 2
    np.testing.assert_allclose(blended.sh[:, 1:], 0.75)
    np.testing.assert_array_equal(blended.binding, first.binding)
    assert blend_clouds([first, second.replace(binding=None)], [1, 1]).binding is None


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [np.nan, 1], np.ones((2, 7))])
def test_senseless_weights_are_refused(weights: object) -> None:
    clouds = [avatar_scenes.cloud(np.zeros((4, 3)), k) for k in range(2)]
    with pytest.raises(ValueError, match="weights"):
        blend_clouds(clouds, weights)


def test_clouds_of_different_sizes_are_refused() -> None:
    clouds = [avatar_scenes.cloud(np.zeros((n, 3))) for n in (4, 5)]
    with pytest.raises(ValueError, match="as many Gaussians"):
        blend_clouds(clouds, [1, 1])
