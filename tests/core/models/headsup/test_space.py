"""Principal directions of latents whose structure is known."""

from __future__ import annotations

import numpy as np
import pytest

from mien.models.headsup.space import PrincipalSpace

SHAPE = (4, 3, 3)


@pytest.fixture(scope="module")
def people() -> np.ndarray:
    """Return 40 latents on a plane of two directions, one three times as wide, around a mean."""
    rng = np.random.default_rng(0)
    ways, _ = np.linalg.qr(rng.normal(size=(36, 2)))
    places = rng.normal(size=(40, 2)) * [3.0, 1.0]
    return (5 + places @ ways.T).reshape(40, *SHAPE).astype(np.float32)


def test_it_finds_as_many_directions_as_there_are(people: np.ndarray) -> None:
    space = PrincipalSpace.of(people)
    assert space.num_axes == 2
    assert space.names == ("direction 1", "direction 2")
    np.testing.assert_allclose(space.shares.sum(), 1, rtol=1e-5)
    assert space.shares[0] > 0.8
    flat = space.axes.reshape(2, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(2), atol=1e-4)


def test_coefficients_have_unit_variance_and_no_correlation(people: np.ndarray) -> None:
    held = PrincipalSpace.of(people).coefficients(people)
    np.testing.assert_allclose(np.cov(held.T), np.eye(2), atol=1e-3)
    np.testing.assert_allclose(held.mean(axis=0), 0, atol=1e-4)


def test_people_come_back_from_their_coefficients(people: np.ndarray) -> None:
    space = PrincipalSpace.of(people)
    for person in people[:5]:
        again = space.latent(space.coefficients(person))
        np.testing.assert_allclose(again, person, atol=1e-3)


def test_the_strongest_direction_tells_most(people: np.ndarray) -> None:
    noisy = people + np.random.default_rng(1).normal(0, 0.05, people.shape).astype(np.float32)
    space = PrincipalSpace.of(noisy, num_axes=2)
    again = np.array([space.latent(space.coefficients(person)) for person in noisy])
    assert np.abs(again - people).std() < 0.06


def test_truncation_leads_to_the_mean(people: np.ndarray) -> None:
    space = PrincipalSpace.of(people)
    coefficients = np.array([1.5, -0.5], np.float32)
    np.testing.assert_array_equal(space.latent(coefficients, truncation=0), space.mean)
    half = space.latent(coefficients, truncation=0.5)
    whole = space.latent(coefficients)
    np.testing.assert_allclose(half, (space.mean + whole) / 2, atol=1e-5)


@pytest.mark.parametrize("moved", [1, 3, 7])
def test_few_and_many_sliders_move_alike(moved: int) -> None:
    latents = np.random.default_rng(2).normal(size=(9, *SHAPE)).astype(np.float32)
    space = PrincipalSpace.of(latents)
    values = np.zeros(space.num_axes, np.float32)
    values[:moved] = np.linspace(-1, 1, moved) + 0.1
    slowly = sum(v * s * a for v, s, a in zip(values, space.scales, space.axes, strict=True))
    np.testing.assert_allclose(space.displacement(values), slowly, atol=1e-5)
    short = space.displacement(values[:moved])
    np.testing.assert_allclose(short, space.displacement(values), atol=1e-5)


def test_too_few_people_and_too_many_numbers_are_refused(people: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least two people"):
        PrincipalSpace.of(people[:1])
    with pytest.raises(ValueError, match="up to 2 coefficients"):
        PrincipalSpace.of(people).latent(np.zeros(3))
