"""Trainings in tests: a crowd filmed once, and networks that learn in moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from crowds import gather


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people, each neutral, speaking and turned away, by six cameras."""
    return gather(tmp_path_factory.mktemp("crowd"), range(5))
