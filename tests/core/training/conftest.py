"""What tests of training share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from small_work import one_thread


@pytest.fixture(autouse=True, scope="package")
def _one_thread() -> Generator[None]:
    with one_thread():
        yield
