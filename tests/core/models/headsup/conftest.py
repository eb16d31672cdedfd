"""What tests of the network share, made once."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import torch

from headsup_networks import small_network
from mien.models.headsup.network import HeadsUp
from mien.template.head import HeadTemplate
from mien.template.selection import open_template


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Generator[None]:
    """Networks in tests are so small that a second thread costs more than it brings."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def template() -> HeadTemplate:
    return open_template("mien_head")


@pytest.fixture(scope="session")
def network() -> HeadsUp:
    return small_network()
