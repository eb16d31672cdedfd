"""The shelf of open files: few stay open, none is closed under its borrower."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mien.capture.reading.shelf import Shelf


class Opened:
    """A file that knows whether it is open."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.open = True

    def close(self) -> None:
        assert self.open
        self.open = False


def test_the_last_used_stay_open() -> None:
    made: list[Opened] = []
    shelf: Shelf[int, Opened] = Shelf(lambda key: made.append(Opened(key)) or made[-1], capacity=2)
    for key in (1, 2, 1, 3):
        with shelf.borrow(key) as item:
            assert item.open
            assert item.key == key
    assert [item.key for item in made] == [1, 2, 3]
    assert [item.open for item in made] == [True, False, True]
    shelf.close()
    assert not any(item.open for item in made)
    with pytest.raises(ValueError, match="closed"), shelf.borrow(1):
        pass


def test_what_is_lent_is_closed_only_when_it_comes_back() -> None:
    shelf: Shelf[int, Opened] = Shelf(Opened, capacity=1)
    with shelf.borrow(1) as first:
        with shelf.borrow(2):
            pass
        shelf.close()
        assert first.open
    assert not first.open


def test_a_file_that_cannot_be_opened_can_be_tried_again() -> None:
    tries: list[int] = []

    def open_item(key: int) -> Opened:
        tries.append(key)
        if len(tries) == 1:
            raise OSError("not yet")
        return Opened(key)

    shelf = Shelf(open_item, capacity=1)
    with pytest.raises(OSError, match="not yet"), shelf.borrow(1):
        pass
    with shelf.borrow(1) as item:
        assert item.open


def test_threads_open_each_file_once_and_do_not_wait_for_others() -> None:
    made: list[int] = []
    lock = threading.Lock()
    slow = threading.Event()

    def open_item(key: int) -> Opened:
        with lock:
            made.append(key)
        if key == 0:
            assert slow.wait(10)
        return Opened(key)

    shelf = Shelf(open_item, capacity=8)

    def use(key: int) -> int:
        with shelf.borrow(key) as item:
            time.sleep(0.001)
            assert item.open
            return item.key

    with ThreadPoolExecutor(8) as pool:
        waiting = pool.submit(use, 0)
        assert sorted(pool.map(use, [1, 2, 3] * 10)) == sorted([1, 2, 3] * 10)
        assert not waiting.done()
        slow.set()
        assert waiting.result() == 0
    assert sorted(made) == [0, 1, 2, 3]
