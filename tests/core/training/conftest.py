"""Fits in tests are so small that a second thread costs more than it brings."""

from __future__ import annotations

from collections.abc import Generator

import numba
import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Generator[None]:
    numba_threads, torch_threads = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(numba_threads)
    torch.set_num_threads(torch_threads)
