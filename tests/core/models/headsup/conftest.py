"""What tests of the network share, made once."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from headsup_networks import small_network
from mien.models.headsup.network import HeadsUp
from mien.template.head import HeadTemplate
from mien.template.selection import open_template
from small_work import one_thread


@pytest.fixture(autouse=True, scope="package")
def _one_thread() -> Generator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="session")
def template() -> HeadTemplate:
    return open_template("mien_head")


@pytest.fixture(scope="session")
def network() -> HeadsUp:
    return small_network()
