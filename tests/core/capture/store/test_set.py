"""Sets of captures: an index that is true, and shares of it for many machines."""

from __future__ import annotations

import json

import pytest

from made_captures import MadeCapture, ring
from mien.capture import open_capture
from mien.capture.opening import Choice, capture_format_of
from mien.capture.store import CaptureSet, import_capture
from mien.errors import FileError


@pytest.fixture
def folder(tmp_path):
    for number in range(5):
        made = MadeCapture(ring(2), 1, name=f"person {number}")
        import_capture(made, tmp_path / f"p{number}.capture")
    return tmp_path


def test_the_index_says_what_there_is(folder):
    people = CaptureSet.of(folder)
    assert len(people) == 5
    assert [entry.name for entry in people.entries] == [f"person {n}" for n in range(5)]
    assert people.entries[0].attributes["hair_style"] == "bob"
    assert (people.entries[0].num_cameras, people.entries[0].num_frames) == (2, 1)
    with people[3] as capture:
        assert capture.name == "person 3"
    for capture in people:
        capture.close()


def test_shares_are_disjoint_and_all(folder):
    people = CaptureSet.of(folder)
    shares = [people[rank::2] for rank in range(2)]
    assert [len(share) for share in shares] == [3, 2]
    named = [entry.file for share in shares for entry in share.entries]
    assert sorted(named) == [f"p{n}.capture" for n in range(5)]


def test_a_true_index_is_believed_and_a_stale_one_mended(folder):
    CaptureSet.of(folder)
    index = folder / "index.json"
    held = json.loads(index.read_text())
    held["captures"][2]["name"] = "as the index says"
    index.write_text(json.dumps(held))
    assert CaptureSet.of(folder).entries[2].name == "as the index says"
    other = MadeCapture(ring(3), 2, name="another")
    import_capture(other, folder / "p2.capture", overwrite=True)
    (folder / "p4.capture").unlink()
    people = CaptureSet.of(folder)
    assert [entry.name for entry in people.entries] == [
        "person 0", "person 1", "another", "person 3",
    ]  # fmt: skip
    assert len(json.loads(index.read_text())["captures"]) == 4


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "x"}', "[" * 100_000])
def test_a_broken_index_is_made_anew(folder, text):
    (folder / "index.json").write_text(text)
    assert len(CaptureSet.of(folder)) == 5
    assert json.loads((folder / "index.json").read_text())["kind"] == "mien-captures"


def test_broken_captures_are_named_and_left_out(folder):
    (folder / "p1.capture").write_bytes(b"nothing")
    people = CaptureSet.of(folder)
    assert len(people) == 4
    assert [entry.file for entry in people.damaged] == ["p1.capture"]
    assert people.damaged[0].problem


def test_a_folder_opens_by_its_parts(folder):
    entry = capture_format_of(folder)
    assert entry is not None
    assert entry.parts(folder) == tuple(f"p{n}" for n in range(5))
    with open_capture(folder, Choice("p3")) as capture:
        assert capture.name == "person 3"
    with pytest.raises(FileError, match="5 captures"):
        open_capture(folder)
    with pytest.raises(FileError, match="holds no 'p9'"):
        open_capture(folder, Choice("p9"))
    with open_capture(folder / "p1.capture", Choice("p1")) as capture:
        assert capture.name == "person 1"


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        CaptureSet.of(tmp_path / "none")
