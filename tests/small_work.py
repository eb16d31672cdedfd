"""Work that is small: networks and fits in tests are, and a second thread costs them more."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import numba
import torch


@contextmanager
def one_thread() -> Generator[None]:
    """Let kernels and networks have one thread."""
    numba_threads, torch_threads = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(numba_threads)
    torch.set_num_threads(torch_threads)
