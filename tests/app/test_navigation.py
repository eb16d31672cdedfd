from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.orbit import Orbit
from mien_studio.viewport import navigation

angles = st.floats(-1.2, 1.2)
places = st.floats(0.1, 0.9)


def orbit_at(yaw: float = 0.0, pitch: float = 0.0) -> Orbit:
    return Orbit(pivot=(0.1, 1.6, 0.0), distance=1.4, yaw=yaw, pitch=pitch)


def test_the_head_follows_the_hand():
    # A point on the nose, nearer than the pivot, moves the way the drag does.
    nose = np.array([[0.1, 1.6, 0.1]])
    before = orbit_at().camera((800, 600)).project(nose)[0][0]
    after = navigation.orbited(orbit_at(), 40, 0, 600).camera((800, 600)).project(nose)[0][0]
    assert after[0] > before[0] + 2
    below = navigation.orbited(orbit_at(), 0, 40, 600).camera((800, 600)).project(nose)[0][0]
    assert below[1] > before[1] + 2


@given(angles, angles, st.floats(-200, 200), st.floats(-200, 200))
def test_panning_keeps_the_pivots_plane_under_the_hand(yaw, pitch, dx, dy):
    orbit = orbit_at(yaw, pitch)
    before = orbit.camera((800, 600)).project([orbit.pivot])[0][0]
    moved = navigation.panned(orbit, dx, dy, 600)
    after = moved.camera((800, 600)).project([orbit.pivot])[0][0]
    assert after - before == pytest.approx((dx, dy), abs=1e-6)


@given(angles, angles, st.floats(-4, 4), places, places)
def test_the_wheel_goes_toward_what_is_under_the_cursor(yaw, pitch, notches, u, v):
    orbit = orbit_at(yaw, pitch)
    camera = orbit.camera((800, 600))
    pixel = (u * 800, v * 600)
    target = camera.unproject(pixel, orbit.distance)
    nearer = navigation.dollied(orbit, notches, (u, v), 800 / 600)
    assert nearer.camera((800, 600)).project(target)[0][0] == pytest.approx(pixel, abs=1e-6)
    if abs(notches) > 1e-6:
        assert (nearer.distance < orbit.distance) == (notches > 0)


@given(angles, angles)
def test_a_new_pivot_comes_to_the_middle_at_its_own_depth(yaw, pitch):
    orbit = orbit_at(yaw, pitch)
    point = np.array([0.14, 1.63, 0.08])
    moved = navigation.pivoted(orbit, point)
    pixel, depth = moved.camera((800, 600)).project([point])
    assert pixel[0] == pytest.approx((400, 300), abs=1e-6)
    assert depth[0] == pytest.approx(orbit.camera((8, 8)).project([point])[1][0])
    assert (moved.yaw, moved.pitch) == (orbit.yaw, orbit.pitch)


def test_the_named_views_show_the_sides_they_name():
    # The face looks toward +Z and Y is up, so the avatar's left is +X.
    directions = {"front": (0, 0, 1), "left": (1, 0, 0), "right": (-1, 0, 0), "back": (0, 0, -1)}
    for name, direction in directions.items():
        view = navigation.viewed_from(Orbit(yaw=0.3, pitch=0.4), name)
        assert view.eye / view.distance == pytest.approx(direction, abs=1e-9)


def test_flying_moves_along_the_cameras_axes():
    orbit = orbit_at(yaw=0.5)
    frame = orbit.camera((8, 8)).world_from_camera[:3, :3]
    step = navigation.FLY_SPEED * orbit.distance
    for keys, axis in (("W", frame[:, 2]), ("D", frame[:, 0]), ("E", -frame[:, 1])):
        moved = np.subtract(navigation.flown(orbit, frozenset(keys), 1.0).pivot, orbit.pivot)
        assert moved == pytest.approx(step * axis)
    assert navigation.flown(orbit, frozenset("WS"), 1.0) == orbit


def test_fly_keys_are_places_on_the_keyboard_and_not_letters():
    # The key left of S is A on a British keyboard and Q on a French one: the same scan code.
    assert navigation.fly_key(38, "q", "linux") == "A"
    assert navigation.fly_key(24, "a", "linux") == "Q"
    assert navigation.fly_key(30, "q", "win32") == "A"
    assert navigation.fly_key(99, "w", "linux") is None
    assert navigation.fly_key(0, "w", "linux") == "W"
    assert navigation.fly_key(0, "x", "darwin") is None


def test_a_journey_starts_and_ends_gently():
    assert [navigation.eased(x) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert navigation.eased(0.01) < 0.001
