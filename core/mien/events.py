"""A typed signal without Qt: who owns the state emits, who shows it connects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Event(Generic[T]):
    """Call every connected listener, in order of connection, with one value.

    Listeners run on the emitting thread; crossing threads is the business of who connects (the
    studio's bridge does it with queued Qt signals).
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []

    def connect(self, listener: Callable[[T], None]) -> Callable[[], None]:
        """Add a listener and return the function that removes it (safe to call twice)."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, value: T) -> None:
        """Call the listeners; one that disconnects itself meanwhile does not skip the next."""
        for listener in tuple(self._listeners):
            listener(value)

    def __len__(self) -> int:
        return len(self._listeners)
