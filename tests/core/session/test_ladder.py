"""Coarse while moving, full when still, and no pumping in between."""

from mien.session.ladder import RUNGS, STILL_AFTER_SECS, QualityLadder

FULL = 960 * 540


def settle(secs_per_full_picture, ladder=None, rounds=60, fixed_secs=0.0):
    """Feed pictures of the chosen scale until the ladder settles; return the scales it chose."""
    ladder = ladder or QualityLadder()
    scales = []
    for step in range(rounds):
        ladder = ladder.moved(step * 0.01)
        scale = ladder.scale(step * 0.01)
        scales.append(scale)
        pixels = int(FULL * scale * scale)
        secs = fixed_secs + secs_per_full_picture * pixels / FULL
        ladder = ladder.measured(pixels, FULL, secs)
    return ladder, scales


def test_fast_renderer_stays_at_full_resolution():
    _, scales = settle(0.009)
    assert set(scales) == {1.0}


def test_slow_renderer_gets_coarse_and_stays_there():
    ladder, scales = settle(0.08)
    assert scales[-1] == 0.5
    assert len(set(scales[-20:])) == 1
    assert ladder.predicted(RUNGS.index(0.5)) <= ladder.budget_secs


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


def test_what_gaussians_cost_is_not_saved_by_fewer_pixels():
    # 25 ms in full, 19 ms at three quarters: half of it stays whatever the resolution.
    _, scales = settle(0.0125, fixed_secs=0.0122)
    assert scales[-1] == 0.75
    assert min(scales) >= 0.5


def test_it_comes_back_from_the_bottom_although_little_is_saved_there():
    # A busy moment sends it down; down there a picture takes 13 ms, and in full only 16.
    ladder = QualityLadder().measured(FULL, FULL, 0.3)
    assert ladder.rung == len(RUNGS) - 1
    _, scales = settle(0.004, ladder, rounds=900, fixed_secs=0.0125)
    assert scales[-1] == 1.0


def test_a_rung_that_is_too_slow_is_tried_seldom():
    ladder, _ = settle(0.055)
    _, scales = settle(0.055, ladder, rounds=1000)
    coarse = max(set(scales), key=scales.count)
    assert scales.count(coarse) > 0.97 * len(scales)
