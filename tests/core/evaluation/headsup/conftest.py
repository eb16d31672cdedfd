"""People to be measured on, filmed once, and networks that were never trained."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from crowds import gather
from headsup_networks import small_network
from mien.capture.store.reading import StoredCapture
from mien.evaluation.headsup.trials import Plan, Trial
from mien.models.headsup.network import HeadsUp
from mien.rendering import Renderer, make_renderer
from small_work import one_thread

PLAN = Plan(num_inputs=3, num_targets=3)


@pytest.fixture(autouse=True, scope="package")
def _one_thread() -> Generator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people by eight cameras."""
    return gather(tmp_path_factory.mktemp("crowd"), range(4), num_cameras=8)


@pytest.fixture(scope="session")
def network() -> HeadsUp:
    return small_network()


@pytest.fixture(scope="session")
def drawing() -> Generator[Renderer]:
    made = make_renderer("cpu")
    yield made
    made.close()


@pytest.fixture(scope="session")
def trials(crowd: Path) -> Generator[list[Trial]]:
    captures = [StoredCapture(path) for path in sorted(crowd.glob("*.capture"))]
    yield [Trial.of(capture, PLAN) for capture in captures]
    for capture in captures:
        capture.close()
