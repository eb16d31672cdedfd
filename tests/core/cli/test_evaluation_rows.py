from __future__ import annotations

import pytest

from mien.cli.bench import evaluation_rows
from mien.cli.bench.registry import BenchContext


def test_a_small_review_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_SIDE": 48, "_CAMERAS": 2, "_FRAMES": 4, "_DISTINCT": 2}.items():
        monkeypatch.setattr(evaluation_rows, name, value)
    rows = list(evaluation_rows.rows(BenchContext(repeats=1)))
    assert [row.target for row in rows] == [30.0, None, 100.0]
    assert all(row.value is not None and row.value > 0 for row in rows)
    assert rows[0].ok
