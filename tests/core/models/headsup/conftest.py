"""What tests of the network share, made once."""

from __future__ import annotations

import pytest

from headsup_networks import small_network
from mien.models.headsup.network import HeadsUp
from mien.template.head import HeadTemplate
from mien.template.selection import open_template


@pytest.fixture(scope="session")
def template() -> HeadTemplate:
    return open_template("mien_head")


@pytest.fixture(scope="session")
def network() -> HeadsUp:
    return small_network()
