"""What tests share: the folder of real inputs, and what this machine cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus import BadFile, write_bad_files
from mien.rendering.cuda.kernels import gsplat_state

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the checkout; see its README for what they are."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real inputs of ../shared/data are not at hand")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings, caches and autosaves of tests away from the developer's own."""
    monkeypatch.setenv("MIEN_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> list[BadFile]:
    """Bad files of every kind as (label, path); each gives one clear error wherever opened."""
    return write_bad_files(tmp_path_factory.mktemp("bad"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU, with the reason, where there is none."""
    problem = gsplat_state().problem
    if not problem:
        return
    skip = pytest.mark.skip(reason=f"gsplat cannot run here: {problem}")
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(skip)
