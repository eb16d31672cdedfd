"""A demo person in front of a small ring of cameras, and a network that was never trained."""

from __future__ import annotations

import pytest

import filmed_scenes
from filmed_scenes import FilmedCapture
from headsup_networks import small_network
from mien.avatar.state import NEUTRAL, AvatarState
from mien.models.headsup.decoding import HeadDecoder

TURNED = AvatarState(
    head_rotation=[0.1, 0.5, -0.1], head_translation=[0.02, 0.01, 0], neck_rotation=[0, 0.1, 0]
)


@pytest.fixture(scope="session")
def decoder() -> HeadDecoder:
    return HeadDecoder(small_network(strength=0.02))


@pytest.fixture(scope="session")
def filmed() -> FilmedCapture:
    return filmed_scenes.film(num_cameras=8, size=64, states=(NEUTRAL, TURNED))
