"""Attribute directions, against attributes that were planted."""

from __future__ import annotations

import numpy as np
import pytest

from mien.models.headsup.attributes import AttributeTable
from mien.models.headsup.directions import AttributeDirections

PEOPLE, SIZE = 200, 12


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, dict[str, np.ndarray], AttributeTable]:
    """Return coefficients, the ways planted in them, and what follows for everybody.

    Age and hair are correlated in the world: their ways are 60 degrees apart.
    """
    rng = np.random.default_rng(0)
    coefficients = rng.normal(size=(PEOPLE, SIZE))
    age = np.eye(SIZE)[0]
    grey = 0.5 * np.eye(SIZE)[0] + np.sqrt(0.75) * np.eye(SIZE)[1]
    ways = {"age": age, "grey": grey, "glasses": np.eye(SIZE)[4]}
    noise = 0.1 * rng.normal(size=(PEOPLE, 3))
    people = [
        {
            "age_years": 40 + 10 * (person @ age + noise[k, 0]),
            "hair_grey": 0.5 + 0.2 * (person @ grey + noise[k, 1]),
            "glasses": bool(person @ ways["glasses"] + noise[k, 2] > 0.5),
            "style": "bob" if person[6] > 0 else ("crop" if person[7] > 0 else "bald"),
            "lighting": "studio",
            "seed": k,
        }
        for k, person in enumerate(coefficients)
    ]
    return coefficients, ways, AttributeTable.of(people)


def test_words_become_columns_and_what_all_share_is_left_out(
    planted: tuple[np.ndarray, dict[str, np.ndarray], AttributeTable],
) -> None:
    table = planted[2]
    assert table.names == (
        "age years",
        "hair grey",
        "glasses",
        "style: bald",
        "style: bob",
        "style: crop",
    )
    assert table.groups[3:] == ("style",) * 3
    np.testing.assert_array_equal(table.values[:, 3:].sum(axis=1), 1)
    assert set(np.unique(table.values[:, 2])) == {0, 1}


def test_colours_are_light_or_dark_and_warm_or_cold() -> None:
    tones = ["#ffffff", "#ff8000", "#0000ff", "#000000"]
    table = AttributeTable.of([{"skin_tone": tone} for tone in tones])
    assert table.names == ("skin tone lightness", "skin tone warmth")
    assert np.argsort(table.values[:, 0]).tolist() == [3, 2, 1, 0]
    assert np.argsort(table.values[:, 1])[[0, -1]].tolist() == [2, 1]


def test_what_is_not_known_of_somebody_is_no_number() -> None:
    table = AttributeTable.of([{"age": 20}, {"age": 30}, {}, {"age": 40}])
    assert np.isnan(table.values[:, 0]).tolist() == [False, False, True, False]
    coefficients = np.random.default_rng(0).normal(size=(4, 2))
    found = AttributeDirections.of(coefficients, table)
    assert np.isfinite(found.directions).all()


def test_rare_words_are_left_out() -> None:
    people = [{"style": "bob"}] * 10 + [{"style": "crop"}] * 5 + [{"style": "quiff"}]
    assert AttributeTable.of(people).names == ("style: bob", "style: crop")


def test_gradients_find_what_was_planted(
    planted: tuple[np.ndarray, dict[str, np.ndarray], AttributeTable],
) -> None:
    coefficients, ways, table = planted
    found = AttributeDirections.of(coefficients, table)
    assert _cosine(found.gradients[0], ways["age"]) > 0.99
    assert _cosine(found.gradients[1], ways["grey"]) > 0.99
    assert _cosine(found.gradients[2], ways["glasses"]) > 0.95
    # In the attribute's own unit: ten years along the way that was planted.
    assert found.gradients[0] @ ways["age"] == pytest.approx(10, rel=0.05)
    assert found.certainties[0] > 0.95
    assert found.certainties[2] > 0.4


def test_what_is_not_in_the_coefficients_is_not_certain() -> None:
    rng = np.random.default_rng(3)
    people = [{"luck": float(value)} for value in rng.normal(size=60)]
    found = AttributeDirections.of(rng.normal(size=(60, 20)), AttributeTable.of(people))
    assert found.certainties[0] < 0.1


def test_a_direction_changes_its_own_attribute_and_no_other(
    planted: tuple[np.ndarray, dict[str, np.ndarray], AttributeTable],
) -> None:
    coefficients, ways, table = planted
    found = AttributeDirections.of(coefficients, table)
    person = coefficients[7]
    older = found.moved(person, "age years", 15)
    change = found.values(older) - found.values(person)
    assert change[0] == pytest.approx(15, rel=0.02)
    spread = table.values.std(axis=0)
    assert np.abs(change[1:3] / spread[1:3]).max() < 0.05
    # And in truth, not only as the regression has it.
    step = older - person
    assert 10 * step @ ways["age"] == pytest.approx(15, rel=0.1)
    assert abs(step @ ways["grey"]) < 0.1
    # Without care, grey hair would come along.
    careless = AttributeDirections.of(coefficients, table, independence="none")
    along = careless.moved(person, "age years", 15) - person
    assert along @ ways["grey"] > 0.6


def test_symmetric_directions_are_orthogonal_and_near_their_own(
    planted: tuple[np.ndarray, dict[str, np.ndarray], AttributeTable],
) -> None:
    coefficients, ways, table = planted
    found = AttributeDirections.of(coefficients, table, independence="symmetric")
    assert abs(_cosine(found.directions[0], found.directions[1])) < 1e-3
    # Löwdin treats both alike: the 60 degrees between them open by 15 on either side.
    assert _cosine(found.directions[0], ways["age"]) == pytest.approx(
        np.cos(np.radians(15)), abs=0.02
    )
    assert _cosine(found.directions[1], ways["grey"]) == pytest.approx(
        np.cos(np.radians(15)), abs=0.02
    )


def test_values_can_be_asked_for(
    planted: tuple[np.ndarray, dict[str, np.ndarray], AttributeTable],
) -> None:
    coefficients, _, table = planted
    found = AttributeDirections.of(coefficients, table)
    older = found.with_value(coefficients[3], "age years", 71.0)
    assert found.values(older)[0] == pytest.approx(71.0, abs=0.01)
    low, high = found.ranges[0]
    assert 10 < low < 30
    assert 50 < high < 70
    two = found.chosen(["glasses", "age years"])
    assert two.names == ("glasses", "age years")
    np.testing.assert_array_equal(two.directions[1], found.directions[0])
    with pytest.raises(KeyError, match="no attribute 'beard'"):
        found.moved(coefficients[0], "beard", 1)


def test_attributes_that_mean_the_same_are_not_held_against_each_other() -> None:
    rng = np.random.default_rng(1)
    coefficients = rng.normal(size=(150, 8))
    people = [
        {"melanin": float(person[0]), "lightness": float(-person[0] + 0.1 * person[1])}
        for person in coefficients
    ]
    found = AttributeDirections.of(coefficients, AttributeTable.of(people))
    darker = found.moved(coefficients[0], "melanin", 1.0) - coefficients[0]
    # One unit along its own axis, and not far along some odd way that keeps the lightness.
    np.testing.assert_allclose(darker, np.eye(8)[0], atol=0.1)


def test_what_is_not_known_does_not_hold_others_back() -> None:
    rng = np.random.default_rng(2)
    coefficients = rng.normal(size=(40, 20))
    noise = rng.normal(size=(40, 30))
    people = [
        {"age": float(person[0])} | {f"luck {k}": float(value) for k, value in enumerate(row)}
        for person, row in zip(coefficients, noise, strict=True)
    ]
    found = AttributeDirections.of(coefficients, AttributeTable.of(people))
    assert found.certain(0.5).names == ("age",)
    assert _cosine(found.directions[0], np.eye(20)[0]) > 0.8


def test_people_and_attributes_must_match() -> None:
    with pytest.raises(ValueError, match="3 people"):
        AttributeDirections.of(np.zeros((3, 2)), AttributeTable.of([{"a": 1}, {"a": 2}]))
