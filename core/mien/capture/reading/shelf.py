"""A shelf of open files: the last used stay open, so that thousands can be read through a few."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Closeable(Protocol):
    """Something that holds a file open."""

    def close(self) -> None:
        """Let go of it."""
        ...


K = TypeVar("K", bound=Hashable)
T = TypeVar("T", bound=Closeable)


class _Slot(Generic[T]):
    def __init__(self) -> None:
        self.opening = threading.Lock()
        self.item: T | None = None
        self.users = 0


class Shelf(Generic[K, T]):
    """Lend open files by key, opening them when first asked for and closing the longest unused.

    Safe from several threads; two of them may borrow one file at once. What is lent is not closed
    under its borrower, so for a moment more may be open than the capacity.

    Args:
        open_item: Opens what belongs to a key.
        capacity: How many stay open.
    """

    def __init__(self, open_item: Callable[[K], T], *, capacity: int) -> None:
        self._open_item = open_item
        self._capacity = capacity
        self._slots: OrderedDict[K, _Slot[T]] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self, key: K) -> Generator[T]:
        """Lend what belongs to a key.

        Raises:
            ValueError: The shelf is closed.
        """
        slot = self._take(key)
        try:
            with slot.opening:
                if slot.item is None:
                    slot.item = self._open_item(key)
            yield slot.item
        finally:
            self._give_back(slot)

    def close(self) -> None:
        """Close all files; those on loan when they come back."""
        with self._lock:
            self._closed = True
        self._tidy()

    def _take(self, key: K) -> _Slot[T]:
        with self._lock:
            if self._closed:
                raise ValueError("the capture is closed")
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            slot.users += 1
            return slot

    def _give_back(self, slot: _Slot[T]) -> None:
        with self._lock:
            slot.users -= 1
        self._tidy()

    def _tidy(self) -> None:
        """Close the longest unused beyond the capacity; not under the lock, closing takes time."""
        with self._lock:
            surplus = len(self._slots) - (0 if self._closed else self._capacity)
            unused = [key for key, slot in self._slots.items() if not slot.users]
            idle = [self._slots.pop(key) for key in unused[: max(surplus, 0)]]
        for slot in idle:
            if slot.item is not None:
                slot.item.close()
