"""Flows against mixtures that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.errors import Cancelled, MienError
from mien.models.headsup.attributes import AttributeTable
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.prior import FlowPrior, gaussian_people
from mien.models.headsup.prior_training import likeliest_blur, train_flow

QUICK = FlowConfig(width=48, depth=2, steps=350, batch=192, blur=0.05, rate=4e-3)


@pytest.fixture(scope="module")
def people() -> np.ndarray:
    """Return 400 people in two heaps on a plane, one of them three times as large."""
    rng = np.random.default_rng(0)
    places = rng.normal(0, 0.15, (400, 2))
    places[:300] += [1.2, 0.5]
    places[300:] += [-1.0, -0.8]
    return places.astype(np.float32)


@pytest.fixture(scope="module")
def trained(people: np.ndarray) -> FlowPrior:
    told = [
        {"bearded": bool(person[0] < 0), "age": 40 + 100 * float(person[1] % 0.3)}
        for person in people
    ]
    return train_flow(people, AttributeTable.of(told), QUICK)


def test_the_gaussian_is_as_wide_as_asked() -> None:
    drawn = gaussian_people(np.random.default_rng(0), 4000, 3, truncation=0.7)
    np.testing.assert_allclose(drawn.std(axis=0), 0.7, rtol=0.05)
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.05)


def test_people_who_never_lived_are_like_those_who_did(trained: FlowPrior) -> None:
    drawn = trained.people(np.random.default_rng(1), 600)
    left = drawn[:, 0] < 0
    assert 0.15 < left.mean() < 0.36
    np.testing.assert_allclose(drawn[~left].mean(axis=0), [1.2, 0.5], atol=0.12)
    np.testing.assert_allclose(drawn[left].mean(axis=0), [-1.0, -0.8], atol=0.15)
    between = np.abs(drawn[:, 0] - 0.1) < 0.35
    assert between.mean() < 0.06
    assert 0.08 < drawn[~left].std(axis=0).max() < 0.35


def test_attributes_choose_who_comes(trained: FlowPrior) -> None:
    rng = np.random.default_rng(2)
    bearded = trained.people(rng, 200, attributes={"bearded": 1})
    shaven = trained.people(rng, 200, attributes={"bearded": 0})
    assert (bearded[:, 0] < 0).mean() > 0.95
    assert (shaven[:, 0] > 0).mean() > 0.95
    free = trained.people(rng, 300, attributes={"bearded": 1}, guidance=0.0)
    assert (free[:, 0] < 0).mean() < 0.4


def test_the_same_seed_draws_the_same_people(trained: FlowPrior) -> None:
    one, two = (trained.people(np.random.default_rng(5), 3) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_people_are_not_training_people_again(people: np.ndarray, trained: FlowPrior) -> None:
    drawn = trained.people(np.random.default_rng(3), 100)
    apart = np.linalg.norm(drawn[:, None] - people[None], axis=2).min(axis=1)
    assert np.median(apart) > 1e-3


def test_heaps_on_a_plane_are_hardly_washed_out_and_few_people_in_space_are(
    people: np.ndarray,
) -> None:
    assert likeliest_blur(people) < 0.15
    few = np.random.default_rng(0).normal(size=(30, 24))
    assert likeliest_blur(few) > 0.7


def test_few_people_in_many_dimensions_are_not_learnt_by_heart() -> None:
    rng = np.random.default_rng(0)
    few = rng.normal(size=(30, 16)).astype(np.float32)
    told = [{"age": 40 + 10 * float(person[0])} for person in few]
    trained = train_flow(few, AttributeTable.of(told), replace(QUICK, blur=None))
    drawn = trained.people(np.random.default_rng(1), 200)

    def apart(held: np.ndarray) -> float:
        squares = np.square(held[:, None] - few[None]).sum(axis=2)
        return float(np.sqrt(np.where(squares < 1e-9, np.inf, squares).min(axis=1)).mean())

    # As far from the nearest of them as they are from each other.
    assert apart(drawn) > 0.7 * apart(few)
    assert 0.75 < drawn.std() < 1.2
    old = trained.people(np.random.default_rng(2), 200, attributes={"age": 60})
    assert old[:, 0].mean() > 1.0


def test_attributes_nobody_was_taught_are_refused(trained: FlowPrior) -> None:
    with pytest.raises(MienError, match="no attribute 'hat' can be asked for"):
        trained.people(np.random.default_rng(0), 1, attributes={"hat": 1})


def test_a_prior_survives_being_stored(trained: FlowPrior) -> None:
    again = FlowPrior.of_tensors(trained.header(), trained.tensors())
    one, two = (each.people(np.random.default_rng(0), 4) for each in (trained, again))
    np.testing.assert_allclose(one, two, atol=1e-6)
    with pytest.raises(ValueError, match="do not fit its sizes"):
        FlowPrior.of_tensors(trained.header() | {"size": 3}, trained.tensors())


def test_training_needs_no_attributes_and_can_be_cancelled(people: np.ndarray) -> None:
    short = replace(QUICK, steps=3)
    assert train_flow(people, config=short).names == ()
    told: list[float | None] = []

    def stop(fraction: float | None, message: str) -> None:
        told.append(fraction)
        raise Cancelled("training the prior: cancelled")

    with pytest.raises(Cancelled):
        train_flow(people, config=short, progress=stop)
    assert told == [0.0]
    with pytest.raises(ValueError, match="400 people"):
        train_flow(people, AttributeTable.of([{"a": 1}, {"a": 2}]), short)
