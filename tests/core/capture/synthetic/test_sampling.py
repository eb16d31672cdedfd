"""People are drawn from a seed: the same every time, plausible, different from each other."""

import json

import numpy as np
import pytest

from mien.capture.synthetic.paint.cloth import REACH_MM
from mien.capture.synthetic.person import typology_angle
from mien.capture.synthetic.sampling import OLDEST, YOUNGEST, sample_person
from mien.capture.synthetic.strands.beards import BEARDS
from mien.capture.synthetic.strands.styles import STYLES

PEOPLE = [sample_person(seed) for seed in range(300)]


def test_a_seed_is_a_person():
    again = sample_person(7)
    assert again.attributes() == PEOPLE[7].attributes()
    np.testing.assert_array_equal(again.identity, PEOPLE[7].identity)
    assert again.skin == PEOPLE[7].skin
    assert again.rest == PEOPLE[7].rest
    assert not np.array_equal(PEOPLE[7].identity, PEOPLE[8].identity)


def test_neighbouring_seeds_cover_sexes_ages_and_ancestries_evenly():
    for start in (0, 7, 100):
        eight = PEOPLE[start : start + 8]
        assert 3 <= sum(p.masculinity > 0.5 for p in eight) <= 5
        assert {int(np.argmax(p.ancestry)) for p in eight} == {0, 1, 2}
        ages = [p.age_years for p in eight]
        assert min(ages) < 32 < 48 < max(ages)


def test_numbers_stay_in_their_ranges():
    for p in PEOPLE:
        assert YOUNGEST <= p.age_years <= OLDEST
        assert sum(p.ancestry) == pytest.approx(1)
        assert np.isfinite(p.identity).all()
        colors = (p.skin.tone, p.skin.lips, p.eyes.iris, p.hair.root, p.hair.tip, p.beard.color)
        assert all(0 <= c <= 1 for color in colors for c in color)
        assert 0 <= p.hair.grey <= 1
        assert all(-0.1 < weight < 0.55 for weight in p.rest.values())


def test_what_is_sampled_can_be_grown_and_sewn():
    assert {p.hair.style for p in PEOPLE} <= set(STYLES)
    assert {p.beard.style for p in PEOPLE} <= set(BEARDS)
    assert {p.garment.neckline for p in PEOPLE} == set(REACH_MM)
    assert len({p.hair.style for p in PEOPLE}) >= 10


def test_looks_go_together():
    women = [p for p in PEOPLE if p.masculinity < 0.5]
    assert all(p.beard.style == "none" and p.beard.stubble == 0 for p in women)
    young, old = (
        [p for p in PEOPLE if low <= p.age_years < high] for low, high in ((18, 35), (65, 81))
    )
    assert np.mean([p.hair.grey for p in old]) > 0.4 > 0.05 > np.mean([p.hair.grey for p in young])
    african, european = ([p.skin.melanin for p in PEOPLE if p.ancestry[k] > 0.8] for k in (0, 2))
    assert np.mean(african) > np.mean(european) + 0.4
    assert all(
        p.hair.style not in ("long_straight", "bob", "fringe")
        for p in PEOPLE
        if p.ancestry[0] > 0.6
    )


def test_attributes_are_flat_and_fit_json():
    attributes = PEOPLE[3].attributes()
    assert json.loads(json.dumps(attributes)) == attributes
    assert all(isinstance(value, str | int | float) for value in attributes.values())


def test_the_typology_angle_orders_skins():
    fair, dark = typology_angle((0.925, 0.775, 0.705)), typology_angle((0.325, 0.205, 0.148))
    assert fair > 50
    assert dark < -30
    # Under D65, CIELAB of a grey has no hue: its angle is a right one, up or down.
    assert typology_angle((0.8, 0.8, 0.8)) == pytest.approx(90, abs=0.1)
    assert typology_angle((0.2, 0.2, 0.2)) == pytest.approx(-90, abs=0.1)
    # CIELAB of sRGB (200, 150, 120): L 66.1, b 23.1.
    assert typology_angle((200 / 255, 150 / 255, 120 / 255)) == pytest.approx(34.8, abs=0.3)
