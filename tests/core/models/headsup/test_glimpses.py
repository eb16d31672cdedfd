"""Glimpses: what queries begin with is what the views show there, and where all say the head is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headsup_networks import SMALL, small_network, together
from mien.models.headsup.glimpses import Glimpses
from mien.models.headsup.network import HeadsUp
from mien.models.headsup.views import Views
from mien.orbit import Orbit

RED = (0.9, 0.1, 0.2)
SIDES = (0.0, 1.6, 3.1, -1.6)


@pytest.fixture(scope="module")
def glimpses() -> Glimpses:
    held = small_network().glimpses
    assert held is not None
    return held


def _disc(yaw: float, radius: float) -> Views:
    """Return a red ball about the middle of the head, before black."""
    camera = Orbit(yaw=yaw, pitch=0.0, distance=1.0, pivot=(0, 0, 0)).camera((64, 64))
    rows, columns = np.mgrid[:64, :64] + 0.5
    rays = (
        camera.position,
        camera.unproject(np.stack([columns, rows], -1).reshape(-1, 2), np.ones(4096)),
    )
    ways = rays[1] - rays[0]
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    passing = np.linalg.norm(np.cross(ways, rays[0]), axis=1).reshape(64, 64)
    picture = np.zeros((64, 64, 4), np.float32)
    picture[passing < radius] = (*RED, 1)
    return Views.of(picture, camera, side=64)


def _seen(glimpses: Glimpses, views: Views) -> dict[str, torch.Tensor]:
    """Return what is known of each texel at each height."""
    maps = glimpses.maps([views])[0].flatten(1)[:, glimpses.get_buffer("cells")]
    color, spread, seen, inside = maps.unflatten(0, (6, len(SMALL.glimpses))).split([3, 1, 1, 1])
    return {"color": color, "spread": spread[0], "seen": seen[0], "inside": inside[0]}


def test_texels_take_the_color_that_views_show(glimpses: Glimpses) -> None:
    known = _seen(glimpses, together(*(_disc(yaw, 0.6) for yaw in SIDES)))
    well = known["seen"][0] > 0.85
    assert well.float().mean() > 0.4
    color = known["color"][:, 0, well] / known["seen"][0, well] + 0.5
    torch.testing.assert_close(color, torch.tensor(RED)[:, None].expand_as(color))
    assert known["spread"][0, well].max() < 1e-3


def test_places_outside_of_any_mask_are_not_the_persons(glimpses: Glimpses) -> None:
    radius = 0.1
    views = together(*(_disc(yaw, radius) for yaw in np.linspace(0, 2 * np.pi, 8, endpoint=False)))
    inside = _seen(glimpses, views)["inside"] > 0
    points = (
        glimpses.get_buffer("points")[:, None]
        + torch.tensor(SMALL.glimpses)[:, None] * glimpses.get_buffer("normals")[:, None]
    )
    away = points[[0, 2]].norm(dim=0)
    # A pixel is 7 mm wide; cameras stand around, so the hull is no ball but a barrel.
    framed = points.norm(dim=0) < 0.18
    assert not inside[(away > radius + 0.015) & framed].any()
    tall = points[1].abs() < 0.5 * radius
    assert inside[(points.norm(dim=0) < radius - 0.015) & tall].all()


def test_one_view_more_that_disagrees_shows(glimpses: Glimpses) -> None:
    agreeing = together(*(_disc(yaw, 0.6) for yaw in SIDES))
    other = _disc(0.2, 0.6)
    other.images[:, :, :3] = 0.5
    known, torn = (_seen(glimpses, each) for each in (agreeing, together(agreeing, other)))
    assert torn["spread"].max() > known["spread"].max() + 0.1


def test_networks_without_heights_have_no_glimpses() -> None:
    assert HeadsUp(replace(SMALL, glimpses=())).glimpses is None
