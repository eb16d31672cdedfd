from __future__ import annotations

import pytest

from mien.cli.bench.cpu_rows import rows
from mien.cli.bench.registry import BenchContext


def test_rows_without_inputs_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIEN_SKETCH", raising=False)
    found = list(rows(BenchContext(data=None, repeats=1)))
    assert len({row.name for row in found}) == len(found) == 12
    assert all(row.ok is None and row.value is None and "at hand" in row.note for row in found)
    assert {row.target for row in found if row.unit == "x"} == {1.5, 3.0}
