"""Time runs, loops, turns back and morphs as people expect."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.editing.document import Document, Keyframe, Look
from mien.session.timeline import Span, advanced, look_at, morphed, played_span
from mien.session.view_state import ViewState

WHOLE = Span(0.0, 4.0)
PLAYING = ViewState(playing=True)


def test_time_runs_at_its_speed():
    assert advanced(replace(PLAYING, time=1.0, speed=0.5), WHOLE, 1.0) == (1.5, 0.5, True)


def test_loop_goes_on_at_the_beginning():
    time, speed, plays = advanced(replace(PLAYING, time=3.5), WHOLE, 1.0)
    assert (time, speed, plays) == (pytest.approx(0.5), 1.0, True)


def test_once_stops_at_the_end():
    assert advanced(replace(PLAYING, time=3.5, loop="once"), WHOLE, 1.0) == (4.0, 1.0, False)


def test_ping_pong_turns_back():
    time, speed, plays = advanced(replace(PLAYING, time=3.5, loop="ping-pong"), WHOLE, 1.0)
    assert (time, speed, plays) == (pytest.approx(3.5), -1.0, True)
    time, speed, _ = advanced(replace(PLAYING, time=0.25, speed=-1.0, loop="ping-pong"), WHOLE, 0.5)
    assert (time, speed) == (pytest.approx(0.25), 1.0)


def test_in_and_out_bound_the_loop():
    view = replace(PLAYING, time=2.9, in_time=1.0, out_time=3.0)
    assert advanced(view, WHOLE, 0.2)[0] == pytest.approx(1.1)


def test_senseless_range_is_ignored():
    assert played_span(replace(PLAYING, in_time=3.0, out_time=1.0), WHOLE) == WHOLE


def test_nothing_to_play():
    assert advanced(PLAYING, Span(0, 0), 1.0)[2] is False


@given(
    st.floats(-5, 10),
    st.floats(-4, 4),
    st.sampled_from(["loop", "once", "ping-pong"]),
    st.floats(0, 60),
)
def test_time_stays_inside(time, speed, loop, elapsed):
    view = replace(PLAYING, time=time, speed=speed, loop=loop)
    after, new_speed, _ = advanced(view, WHOLE, elapsed)
    assert WHOLE.start - 1e-9 <= after <= WHOLE.end + 1e-9
    assert abs(new_speed) == abs(speed)


MORPH = Document(
    looks={"A": Look.of("a"), "B": Look.of("b")},
    keyframes=(Keyframe(1.0, Look.of("a")), Keyframe(3.0, Look({"b": 1.0}, {"eyes": "a"}))),
)


def test_morph_between_keyframes():
    assert dict(look_at(MORPH, "A", 0.0).weights) == {"a": 1.0}
    assert dict(look_at(MORPH, "A", 1.5).weights) == {"a": 0.75, "b": 0.25}
    assert dict(look_at(MORPH, "A", 9.0).weights) == {"b": 1.0}


def test_regions_change_half_way():
    assert not look_at(MORPH, "A", 1.9).regions
    assert look_at(MORPH, "A", 2.1).regions == {"eyes": "a"}


def test_b_does_not_morph():
    assert look_at(MORPH, "B", 2.0) == Look.of("b")


def test_what_sliders_made_of_people_morphs_along_a_line() -> None:
    start = Look({"ada": 1.0}, identity=(2.0,), learned=False)
    end = Look({"ada": 1.0}, identity=(0.0, 4.0))
    assert morphed(start, end, 0.25).identity == (1.5, 1.0)
    assert not morphed(start, end, 0.25).learned
    assert morphed(start, end, 0.75).learned
    assert morphed(start, Look.of("ada"), 1.0).identity == (0.0,)
