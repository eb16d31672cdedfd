"""Ctrl+C ends long work in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interrupts(*, termination: bool = False) -> Generator[threading.Event]:
    """Give an event that the first Ctrl+C sets; the second one does as ever.

    Args:
        termination: Whether being told to end, as clusters tell what they need the place of, sets
            it too.
    """
    told = threading.Event()
    heard = (signal.SIGINT, signal.SIGTERM) if termination else (signal.SIGINT,)
    before = {number: signal.getsignal(number) for number in heard}

    def note(number: int, frame: Any) -> None:
        told.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in heard:
        signal.signal(number, note)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
