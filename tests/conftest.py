"""What tests share: the folder of real inputs, and what this machine cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mien.rendering.cuda.kernels import gsplat_state

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the checkout; see its README for what they are."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real inputs of ../shared/data are not at hand")
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU, with the reason, where there is none."""
    problem = gsplat_state().problem
    if not problem:
        return
    skip = pytest.mark.skip(reason=f"gsplat cannot run here: {problem}")
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(skip)
