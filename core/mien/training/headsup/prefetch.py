"""Make the next batches while the network learns from this one."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from mien.closing import Closing
from mien.errors import MienError
from mien.threads import limit_threads
from mien.training.headsup.sampler import Batch, Sampler, SamplerPlan

_AHEAD = 2
"""Batches that are made before they are asked for, for each worker."""

_here = threading.local()
"""Each worker's own sampler."""


class Prefetch(Closing):
    """Batches in their order, made ahead in a thread of this process or in processes of their own.

    Args:
        plan: What they are made from.
        places: Step and part of each batch, in the order in which they are asked for.
        num_workers: Processes; 0 for a thread of this one.
    """

    def __init__(
        self,
        plan: SamplerPlan,
        places: Iterable[tuple[int, int]],
        *,
        num_workers: int = 0,
    ) -> None:
        self._places = iter(places)
        self._pool = _pool(plan, num_workers)
        self._coming: deque[Future[Batch]] = deque()
        for _ in range(_AHEAD * max(1, num_workers)):
            self._order()

    def next(self) -> Batch:
        """Return the next batch.

        Raises:
            MienError: Nothing can be read, or a process died.
        """
        self._order()
        try:
            return self._coming.popleft().result()
        except BrokenProcessPool as error:
            raise MienError(
                "a process that reads pictures died, perhaps for lack of memory",
                hint="Go on with --resume, with fewer --workers",
            ) from error

    def close(self) -> None:
        """End the workers. Safe twice."""
        for future in self._coming:
            future.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _order(self) -> None:
        place = next(self._places, None)
        if place is not None:
            self._coming.append(self._pool.submit(_batch, *place))


def _pool(plan: SamplerPlan, num_workers: int) -> Executor:
    if not num_workers:
        return ThreadPoolExecutor(1, "samples", initializer=_settle, initargs=(plan,))
    return ProcessPoolExecutor(
        num_workers,
        # Not forked: GNU's OpenMP does not survive it.
        multiprocessing.get_context("spawn"),
        initializer=_settle_process,
        initargs=(plan,),
    )


def _settle(plan: SamplerPlan) -> None:
    _here.sampler = Sampler(plan)


def _settle_process(plan: SamplerPlan) -> None:
    # Ctrl+C is for the one who asked, who ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Pictures are read by many processes, not by many threads.
    limit_threads(1)
    import torch

    torch.set_num_threads(1)
    _settle(plan)


def _batch(step: int, part: int) -> Batch:
    sampler: Sampler = _here.sampler
    return sampler.batch(step, part)
