import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.editing.document import Look

KEYS = ("a", "b", "c", "d")
shares = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda held: sum(held) > 0.1)


@given(shares, st.sampled_from(KEYS), st.floats(0, 1), st.sets(st.sampled_from(KEYS)))
def test_locked_weights_stay_and_the_sum_is_one(values, key, weight, locked) -> None:
    look = Look(dict(zip(KEYS, values, strict=True))).normalized()
    changed = look.with_weight(key, weight, locked=locked)
    assert sum(changed.weights.values()) == pytest.approx(1)
    assert tuple(changed.weights) == KEYS
    for held in locked - {key}:
        assert changed.weights[held] == look.weights[held]
    free = set(KEYS) - locked - {key}
    room = 1 - sum(look.weights[held] for held in locked - {key})
    assert changed.weights[key] == pytest.approx(min(weight, room) if free else room)
