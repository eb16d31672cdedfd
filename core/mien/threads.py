"""Choose numba's threads: import this before compiling or calling any parallel kernel.

A picture is drawn on one Python thread while another may pose an avatar or draw a thumbnail, so the
threading layer must stand calls from several threads at once. OpenMP and TBB do; numba's own
`workqueue` aborts the process, so where it is all there is, calls take turns.

Waiting threads sleep rather than spin: the user interface needs the cores between two frames. But a
thread that has just gone to sleep takes longer to wake than a short kernel takes to run, so they
spin for a fraction of a millisecond first: posing, which takes a millisecond, would otherwise be
over before they help. The OpenMP library reads both from the environment when it is first loaded,
so this module sets them.
"""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

import numba  # after the environment is set

_POOLS = {
    "omp": "numba.np.ufunc.omppool",
    "tbb": "numba.np.ufunc.tbbpool",
}


def _choose_layer() -> str:
    """Return the first threading layer that loads here, or `workqueue`."""
    for layer, module in _POOLS.items():
        try:
            import_module(module)
        except (ImportError, OSError):
            continue
        return layer
    return "workqueue"


# Asked for by name, a layer is the user's choice; numba's vaguer wishes are left to this module.
if os.environ.get("NUMBA_THREADING_LAYER") not in (*_POOLS, "workqueue"):
    numba.config.THREADING_LAYER = _choose_layer()  # type: ignore[attr-defined]

concurrent: bool = numba.config.THREADING_LAYER != "workqueue"  # type: ignore[attr-defined]
"""Whether parallel kernels may run from several Python threads at once."""

_turn = threading.Lock()


def kernel_turn() -> AbstractContextManager[object]:
    """Return the context in which to call a parallel kernel: a lock only where one is needed."""
    return nullcontext() if concurrent else _turn


def num_threads() -> int:
    """Return how many threads a parallel kernel may use."""
    return numba.get_num_threads()


def limit_threads(count: int) -> None:
    """Let parallel kernels that this thread calls use at most so many threads.

    Not by the environment: numba reads that again whenever it compiles, and raises where threads
    are there already.
    """
    numba.set_num_threads(max(1, min(count, numba.config.NUMBA_NUM_THREADS)))  # type: ignore[attr-defined]
