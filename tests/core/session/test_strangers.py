"""Strangers: drawn by a seed, as varied as is asked, with what is pinned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from mien.models.headsup.attributes import AttributeTable
from mien.models.headsup.directions import AttributeDirections
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.space import PrincipalSpace
from mien.session.strangers import StrangerWish, draw_stranger

SIZE = 10


@dataclass
class _Somebody:
    latent_space: PrincipalSpace | None
    library: IdentityLibrary
    name: str = "Ada"


@pytest.fixture(scope="module")
def somebody() -> _Somebody:
    """Somebody of a library where two attributes follow from the coefficients."""
    rng = np.random.default_rng(1)
    coefficients = rng.normal(size=(300, SIZE)).astype(np.float32)
    told = [
        {"age_years": float(40 + 10 * place[0] + 5 * place[1]), "beard": float(0.3 * place[2])}
        for place in coefficients
    ]
    directions = AttributeDirections.of(coefficients, AttributeTable.of(told))
    space = PrincipalSpace(
        np.zeros((SIZE, 1, 1), np.float32),
        np.eye(SIZE, dtype=np.float32)[:, :, None, None],
        np.ones(SIZE, np.float32),
        np.ones(SIZE, np.float32) / SIZE,
    )
    library = IdentityLibrary("m", "n", space, (), coefficients, ("x",) * 300, directions)
    return _Somebody(space, library)


def test_the_seed_is_the_person_and_truncation_how_far_they_stray(somebody: _Somebody) -> None:
    first = draw_stranger(somebody, StrangerWish(4))
    np.testing.assert_array_equal(draw_stranger(somebody, StrangerWish(4)), first)
    assert np.abs(draw_stranger(somebody, StrangerWish(5)) - first).max() > 0.1
    near = draw_stranger(somebody, StrangerWish(4, truncation=0.5))
    np.testing.assert_allclose(near, first / 2, atol=1e-6)
    assert np.abs(first).max() <= 2


def test_what_is_kept_stays(somebody: _Somebody) -> None:
    drawn = draw_stranger(somebody, StrangerWish(4, kept={0: 1.25, 7: -3.0}))
    assert (drawn[0], drawn[7]) == (1.25, -3.0)


def test_strangers_have_what_is_pinned_and_differ_in_the_rest(somebody: _Somebody) -> None:
    told = somebody.library.directions
    assert told is not None
    wanted = {"age years": 62.0, "beard": 0.4}
    people = np.array(
        [draw_stranger(somebody, StrangerWish(seed, attributes=wanted)) for seed in range(400)]
    )
    values = np.array([told.values(person) for person in people])
    ages, beards = values[:, told.names.index("age years")], values[:, told.names.index("beard")]
    np.testing.assert_allclose(ages, 62, atol=0.2)
    np.testing.assert_allclose(beards, 0.4, atol=0.01)
    # As a Gaussian is that is told of it: free where the attributes do not look.
    assert people[:, 5].std() == pytest.approx(1, rel=0.2)
    assert people[:, 2].std() < 0.05
    # Both of what age follows from take part, each as much as it tells.
    assert people[:, 0].mean() == pytest.approx(22 * 10 / 125, rel=0.15)
    assert people[:, 1].mean() == pytest.approx(22 * 5 / 125, rel=0.25)


def test_pinning_leaves_alone_what_is_kept(somebody: _Somebody) -> None:
    told = somebody.library.directions
    assert told is not None
    wish = StrangerWish(3, attributes={"age years": 55.0}, kept={0: 0.5})
    drawn = draw_stranger(somebody, wish)
    assert drawn[0] == 0.5
    assert told.values(drawn)[told.names.index("age years")] == pytest.approx(55, abs=0.3)


def test_who_has_no_space_cannot_be_drawn(somebody: _Somebody) -> None:
    with pytest.raises(ValueError, match="Ada has no latent space"):
        draw_stranger(_Somebody(None, somebody.library), StrangerWish(0))
