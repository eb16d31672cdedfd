"""Coarse while moving, full when still, and no pumping in between."""

from mien.session.ladder import RUNGS, STILL_AFTER_SECS, QualityLadder

FULL = 960 * 540


def settle(secs_per_full_picture, ladder=None, rounds=60):
    """Feed pictures of the chosen scale until the ladder settles; return the scales it chose."""
    ladder = ladder or QualityLadder()
    scales = []
    for step in range(rounds):
        ladder = ladder.moved(step * 0.01)
        scale = ladder.scale(step * 0.01)
        scales.append(scale)
        pixels = int(FULL * scale * scale)
        ladder = ladder.measured(pixels, FULL, secs_per_full_picture * pixels / FULL)
    return ladder, scales


def test_fast_renderer_stays_at_full_resolution():
    _, scales = settle(0.009)
    assert set(scales) == {1.0}


def test_slow_renderer_gets_coarse_and_stays_there():
    ladder, scales = settle(0.08)
    assert scales[-1] == 0.5
    assert len(set(scales[-20:])) == 1
    assert ladder.secs_per_pixel * FULL * 0.25 <= ladder.budget_secs


def test_hopeless_renderer_ends_on_the_last_rung():
    _, scales = settle(10.0)
    assert scales[-1] == RUNGS[-1]


def test_full_resolution_after_quiet():
    ladder, _ = settle(0.08)
    ladder = ladder.moved(5.0)
    assert ladder.scale(5.0 + STILL_AFTER_SECS - 0.01) == 0.5
    assert ladder.scale(5.0 + STILL_AFTER_SECS) == 1.0


def test_it_climbs_again_when_the_work_gets_lighter():
    ladder, _ = settle(0.08)
    _, scales = settle(0.01, ladder)
    assert scales[-1] == 1.0


def test_one_hiccup_does_not_blur_for_long():
    ladder, _ = settle(0.012)
    ladder = ladder.measured(FULL, FULL, 0.05)
    _, scales = settle(0.012, ladder, rounds=12)
    assert scales[-1] == 1.0
