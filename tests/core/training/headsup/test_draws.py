from __future__ import annotations

from collections import Counter
from dataclasses import replace

from mien.training.headsup import draws
from training_runs import QUICK


def test_everybody_is_learnt_from_once_an_epoch_in_an_order_of_its_own() -> None:
    first = [draws.who(QUICK, number, 7) for number in range(7)]
    second = [draws.who(QUICK, number, 7) for number in range(7, 14)]
    assert sorted(first) == sorted(second) == list(range(7))
    assert first != second


def test_two_processes_draw_what_one_with_both_their_people_draws() -> None:
    doubled, parts = replace(QUICK, batch=4), replace(QUICK, batch=1, accumulate=2)
    for step in range(5):
        whole = list(draws.numbers_of(doubled, step, 0, rank=0, num_ranks=1))
        shared = [
            number
            for rank in range(2)
            for number in draws.numbers_of(QUICK, step, 0, rank=rank, num_ranks=2)
        ]
        added = [
            number
            for part in range(2)
            for rank in range(2)
            for number in draws.numbers_of(parts, step, part, rank=rank, num_ranks=2)
        ]
        assert whole == shared
        assert sorted(added) == whole


def test_views_go_in_from_the_fewest_to_the_most() -> None:
    counts = Counter(draws.num_views(QUICK, step) for step in range(60))
    assert set(counts) == {2, 3}
    assert min(counts.values()) > 15


def test_a_later_attempt_and_another_seed_draw_something_else() -> None:
    drawn = [
        draws.chance_of(config, 5, attempt).random()
        for config in (QUICK, replace(QUICK, seed=1))
        for attempt in range(2)
    ]
    assert len(set(drawn)) == 4
    assert draws.chance_of(QUICK, 5, 0).random() == drawn[0]
