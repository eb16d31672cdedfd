from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.session.view_state import ViewState
from mien_studio.viewport.placement import Placement

modes = st.sampled_from(["single", "side", "wipe", "difference"])
sides = st.integers(64, 2000)
fractions = st.floats(0, 1)


@given(
    modes, sides, sides, st.sampled_from([1, 2, 4, 8]), fractions, fractions, fractions, fractions
)
def test_pixels_and_places_are_each_others_inverse(mode, width, height, zoom, u, v, at_u, at_v):
    view = ViewState(compare=mode, magnification=zoom, magnified_at=(at_u, at_v))
    placement = Placement.of(view, (width, height), (width, height))
    for slot in ("A", "B"):
        x, y = placement.pixel(slot, u, v)
        assert placement.fractions(slot, x, y) == pytest.approx((u, v), abs=1e-9)


@given(fractions, st.sampled_from([1, 2, 4, 8]), fractions)
def test_a_dragged_wipe_lies_under_the_hand_at_any_magnification(x, zoom, at):
    view = ViewState(compare="wipe", magnification=zoom, magnified_at=(at, 0.5))
    placement = Placement.of(view, (960, 540), (960, 540))
    hand = x * 960
    moved = Placement.of(
        ViewState(
            compare="wipe",
            wipe=placement.wipe_for(hand),
            magnification=zoom,
            magnified_at=(at, 0.5),
        ),
        (960, 540),
        (960, 540),
    )
    left, _, width, _ = moved.rect("A")
    on_picture = min(max(hand, left), left + width)
    assert moved.wipe_x == pytest.approx(on_picture, abs=1e-6)
    assert moved.slot_at(moved.wipe_x - 1) == "A"
    assert moved.slot_at(moved.wipe_x + 1) == "B"


def test_the_picture_is_shown_pixel_for_pixel():
    for mode in ("single", "wipe", "side"):
        view = ViewState(compare=mode)
        placement = Placement.of(view, (961, 540), (961, 540))
        assert placement.scale == 1.0
        left, top, width, height = placement.rect("A")
        assert (left, top, height) == (0.0, 0.0, 540.0)
        assert width == (480.0 if mode == "side" else 961.0)


def test_magnified_pixels_begin_at_whole_ones():
    view = ViewState(magnification=3, magnified_at=(0.123, 0.777))
    left, top, width, height = Placement.of(view, (800, 600), (800, 600)).rect("A")
    assert left == int(left)
    assert top == int(top)
    assert (width, height) == (2400.0, 1800.0)


def test_while_a_window_is_resized_the_last_picture_keeps_its_middle_and_fits_its_height():
    placement = Placement.of(ViewState(), (1200, 400), (800, 800))
    assert placement.rect("A") == (400.0, 0.0, 400.0, 400.0)


@given(st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_magnifying_keeps_what_is_under_the_cursor(x, y):
    before = Placement.of(ViewState(), (800, 600), (800, 600))
    px, py = x * 800, y * 600
    seen = before.fractions("A", px, py)
    at = before.magnified(4, px, py)
    after = Placement.of(ViewState(magnification=4, magnified_at=at), (800, 600), (800, 600))
    assert after.fractions("A", px, py) == pytest.approx(seen, abs=1 / 800)


def test_dragging_the_magnified_picture_moves_it_with_the_hand():
    view = ViewState(magnification=4)
    placement = Placement.of(view, (800, 600), (800, 600))
    seen = placement.fractions("A", 400, 300)
    moved = Placement.of(
        ViewState(magnification=4, magnified_at=placement.panned(80, -40)), (800, 600), (800, 600)
    )
    assert moved.fractions("A", 480, 260) == pytest.approx(seen, abs=1e-3)
