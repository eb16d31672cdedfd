"""Threads that never make anybody wait: the newest-wins worker and the runner of long tasks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from mien.errors import Cancelled
from mien.events import Event

Req = TypeVar("Req")
Out = TypeVar("Out")


def lower_priority() -> None:
    """Let this thread, and those it begins, have only what others leave of the processor."""
    # Linux alone has a priority for each thread; elsewhere they take their turn.
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


@dataclass(frozen=True)
class Outcome(Generic[Req, Out]):
    """What became of one request: a value or an error, never both."""

    request: Req
    value: Out | None
    error: Exception | None
    superseded: int
    """How many requests were dropped between the one before and this one."""


class LatestWorker(Generic[Req, Out]):
    """Answer the newest request on one thread; older ones that were not begun are dropped.

    The handler is made on the worker's own thread and stays there for life, because what it owns
    (an OpenGL context, a CUDA stream) belongs to a thread.

    Args:
        name: The thread's name.
        make_handler: Called once on the thread; returns the function from request to value.
        publish: Called on the thread with every outcome.
        close_handler: Called on the thread at the end.
    """

    def __init__(
        self,
        name: str,
        make_handler: Callable[[], Callable[[Req], Out]],
        publish: Callable[[Outcome[Req, Out]], None],
        *,
        close_handler: Callable[[], None] | None = None,
    ) -> None:
        self._make_handler = make_handler
        self._publish = publish
        self._close_handler = close_handler
        self._wake = threading.Condition()
        self._pending: list[Req] = []
        self._superseded = 0
        self._closing = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def request(self, request: Req) -> None:
        """Queue a request, superseding one that has not begun. Returns at once."""
        with self._wake:
            if self._closing:
                return
            self._superseded += len(self._pending)
            self._pending = [request]
            self._wake.notify()

    @property
    def busy(self) -> bool:
        """Whether a request is under way or waiting."""
        with self._wake:
            return self._busy or bool(self._pending)

    def close(self, timeout_secs: float = 10.0) -> None:
        """Finish the request under way, drop the rest and join the thread."""
        with self._wake:
            self._closing = True
            self._pending.clear()
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_secs)

    def _run(self) -> None:
        handler: Callable[[Req], Out] | None = None
        failure: Exception | None = None
        try:
            handler = self._make_handler()
        except Exception as error:  # noqa: BLE001 - every request is answered with it, as a value
            failure = error
        while True:
            with self._wake:
                self._busy = False
                while not self._pending and not self._closing:
                    self._wake.wait()
                if self._closing:
                    break
                request = self._pending.pop()
                superseded, self._superseded = self._superseded, 0
                self._busy = True
            value, error = None, failure
            if handler is not None:
                try:
                    value = handler(request)
                except Exception as raised:  # noqa: BLE001 - the error travels as a value
                    error = raised
            self._publish(Outcome(request, value, error, superseded))
        if self._close_handler is not None and handler is not None:
            self._close_handler()


class TaskState(Enum):
    """Where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Task:
    """A long job as its owner sees it: progress, cancel, result.

    Its `changed` event is emitted on the task's own thread.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.state = TaskState.WAITING
        self.fraction: float | None = None
        self.message = ""
        self.result: Any = None
        self.error: Exception | None = None
        self.changed: Event[Task] = Event()
        self._cancel = threading.Event()
        self._finished = threading.Event()

    def progress(self, fraction: float | None, message: str = "") -> None:
        """Report how far it is (0 to 1, None where unknown) and stop here if it was cancelled.

        Raises:
            Cancelled: `cancel` was called.
        """
        if self._cancel.is_set():
            raise Cancelled(f"{self.title}: cancelled")
        self.fraction = fraction
        self.message = message or self.message
        self.changed.emit(self)

    def cancel(self) -> None:
        """Ask the job to stop at its next report."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancel.is_set()

    @property
    def finished(self) -> bool:
        """Whether it came to any end."""
        return self._finished.is_set()

    def wait(self, timeout_secs: float | None = None) -> bool:
        """Block until the end; return whether it came in time."""
        return self._finished.wait(timeout_secs)

    def run(self, job: Callable[[Task], Any]) -> None:
        """Do the job on this thread and record how it ended."""
        try:
            self.state = TaskState.RUNNING
            self.progress(None)
            self.result = job(self)
            self.state, self.fraction = TaskState.DONE, 1.0
        except Cancelled as error:
            self.state, self.error = TaskState.CANCELLED, error
        except Exception as error:  # noqa: BLE001 - shown to the user by whoever owns the task
            self.state, self.error = TaskState.FAILED, error
        finally:
            self._finished.set()
            self.changed.emit(self)


class TaskRunner:
    """Run long jobs beside the user interface, a few at a time, each with progress and cancel."""

    def __init__(self, num_threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(num_threads, thread_name_prefix="task")
        self._tasks: list[Task] = []
        self.started: Event[Task] = Event()

    def start(
        self,
        title: str,
        job: Callable[[Task], Any],
        *,
        on_change: Callable[[Task], None] | None = None,
        on_queued: Callable[[Task], None] | None = None,
    ) -> Task:
        """Queue a job; it gets its Task to report progress to.

        Args:
            title: What it does, for people.
            job: Runs on a thread of the pool.
            on_change: Hears of progress and the end, on the job's thread.
            on_queued: Gets the task on this thread before the job can have begun.
        """
        task = Task(title)
        if on_change is not None:
            task.changed.connect(on_change)
        if on_queued is not None:
            on_queued(task)
        self._tasks = [held for held in self._tasks if not held.finished] + [task]
        self.started.emit(task)
        self._pool.submit(task.run, job)
        return task

    @property
    def active(self) -> tuple[Task, ...]:
        """The tasks that have not ended."""
        return tuple(task for task in self._tasks if not task.finished)

    def close(self) -> None:
        """Cancel everything and wait for it; what had not begun ends as cancelled, too."""
        for task in self._tasks:
            task.cancel()
        self._pool.shutdown(wait=True)
