"""The last few values that were worked out, by key."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_KEPT = 6
"""How many are kept ready where nothing else is said: people whose sliders rest."""


class Recent(Generic[T]):
    """Keep what was asked for last. Safe from any thread; nothing is worked out twice at once.

    Args:
        kept: How many values.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._held: OrderedDict[bytes, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes, make: Callable[[], T]) -> T:
        """Return the value of a key, made now if it is not held."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            made = self._held[key] = make()
            while len(self._held) > self._kept:
                self._held.popitem(last=False)
            return made
