"""What was finished stays finished, whatever happens to the process."""

from __future__ import annotations

import pytest

from mien.errors import FileError
from mien.evaluation.headsup.ledger import Ledger


def test_it_knows_in_the_next_run_what_was_noted_in_this_one(tmp_path):
    path = tmp_path / "deep" / "cells.jsonl"
    first = Ledger(path)
    assert first.get({"a": 1, "b": [2]}) is None
    first.note({"a": 1, "b": [2]}, {"found": 0.1 + 0.2})
    again = Ledger(path)
    assert again.get({"b": [2], "a": 1}) == {"found": 0.1 + 0.2}
    assert again.get({"a": 1, "b": [3]}) is None


def test_a_line_that_a_crash_cut_short_costs_only_itself(tmp_path):
    path = tmp_path / "cells.jsonl"
    ledger = Ledger(path)
    for index in range(3):
        ledger.note({"cell": index}, {"found": index})
    path.write_bytes(path.read_bytes()[:-7])
    after = Ledger(path)
    assert [after.get({"cell": index}) for index in range(3)] == [{"found": 0}, {"found": 1}, None]
    after.note({"cell": 2}, {"found": 22})
    after.note({"cell": 3}, {"found": 33})
    last = Ledger(path)
    assert [value["found"] for _, value in last.items()] == [0, 1, 22, 33]


def test_another_file_is_not_taken_for_one(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("shopping: milk\n")
    with pytest.raises(FileError, match=r"notes\.txt: holds no finished work"):
        Ledger(path)
    assert path.read_text() == "shopping: milk\n"


def test_without_a_file_it_remembers_until_the_end():
    ledger = Ledger(None)
    ledger.note({"a": 1}, {"b": 2})
    assert ledger.get({"a": 1}) == {"b": 2}
