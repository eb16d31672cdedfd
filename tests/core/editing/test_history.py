"""Undo walks back bit for bit, redo forward again, and a gesture is one step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.avatar.state import AvatarState
from mien.editing import commands as do
from mien.editing.document import Asset, Document, Drive, Keyframe, Look, Note, Preset
from mien.editing.history import History
from mien.gaussians.marks import DELETED, HIDDEN, SELECTED, Marks

IDS = ("a", "b", "c")
ASSETS = tuple(Asset(name, "avatar", name.upper(), f"/{name}.zip") for name in IDS)
START = Document(assets=ASSETS, looks={"A": Look.of("a")})

floats = st.floats(0, 1, width=32)
looks = st.dictionaries(st.sampled_from(IDS), floats, min_size=1).map(Look)
states = st.dictionaries(st.sampled_from(["jawOpen", "browInnerUp"]), floats).map(AvatarState.of)
marks = st.lists(st.sampled_from([0, SELECTED, HIDDEN, DELETED]), min_size=5, max_size=5).map(
    lambda bits: Marks(np.array(bits, np.uint8))
)
commands = st.one_of(
    st.builds(do.SetLook, st.sampled_from(["A", "B"]), looks),
    st.builds(do.SetState, states),
    st.builds(do.SetMarks, st.sampled_from(IDS), marks),
    st.builds(do.SwapLooks),
    st.builds(do.SetDrive, st.builds(Drive, smoothing=floats, pose=st.booleans())),
    st.builds(do.SavePreset, st.builds(Preset, st.sampled_from(["x", "y"]), looks)),
    st.builds(do.DeletePreset, st.sampled_from(["x", "y"])),
    st.builds(do.SetKeyframes, st.lists(st.builds(Keyframe, floats, looks)).map(tuple)),
    st.builds(do.SetNotes, st.lists(st.builds(Note, floats, floats, st.text())).map(tuple)),
    st.builds(do.RenameAsset, st.sampled_from(IDS), st.text(max_size=3)),
)


@settings(deadline=None)
@given(st.lists(commands, max_size=12))
def test_undo_walks_back_and_redo_forward(steps):
    history = History(START)
    visited = [history.document]
    for command in steps:
        before = history.document
        history.push(command)
        if history.document is not before:
            visited.append(history.document)
    for document in reversed(visited[:-1]):
        assert history.undo()
        assert history.document is document
    assert history.document is START
    assert not history.undo()
    for document in visited[1:]:
        assert history.redo()
        assert history.document is document
    assert not history.redo()


def test_gesture_is_one_step():
    history = History(START)
    with history.gesture("Drag"):
        for weight in (0.2, 0.4, 0.6):
            history.push(do.SetState(AvatarState.of({"jawOpen": weight})))
    assert history.undo_label == "Drag"
    assert history.document.state.weight("jawOpen") == pytest.approx(0.6)
    history.undo()
    assert history.document is START
    assert history.undo_label is None


def test_failed_gesture_leaves_nothing():
    history = History(START)
    with pytest.raises(KeyError), history.gesture("Drag"):
        history.push(do.SetState(AvatarState.of({"jawOpen": 1})))
        history.push(do.SetLook("A", Look.of("nobody")))
    assert history.document is START
    assert history.undo_label is None


def test_failed_command_moves_nothing():
    history = History(START)
    history.push(do.SwapLooks())
    held = history.document
    with pytest.raises(KeyError):
        history.push(do.RemoveAsset("nobody"))
    assert history.document is held
    assert history.undo_label == "Swap A and B"


def test_command_without_effect_is_no_step():
    history = History(START)
    history.push(do.SetLook("A", Look.of("a")))
    assert history.undo_label is None
    assert not history.modified


def test_new_step_forgets_redo():
    history = History(START)
    history.push(do.SetState(AvatarState.of({"jawOpen": 1})))
    history.undo()
    history.push(do.SetState(AvatarState.of({"jawOpen": 0.5})))
    assert history.redo_label is None


def test_memory_is_bounded():
    history = History(START, budget_bytes=10_000_000)
    for seed in range(60):
        bits = np.random.default_rng(seed).integers(0, 8, 1_000_000).astype(np.uint8)
        history.push(do.SetMarks("a", Marks(bits)))
    assert history.num_bytes <= 10_000_000
    steps = 0
    while history.undo():
        steps += 1
    assert 8 <= steps <= 10


def test_modified_follows_what_is_on_disk():
    history = History(START)
    history.push(do.SwapLooks())
    assert history.modified
    history.mark_saved()
    assert not history.modified
    history.undo()
    assert history.modified
    history.redo()
    assert not history.modified


def test_listeners_hear_of_every_move():
    history = History(START)
    heard = []
    history.changed.connect(lambda change: heard.append(change.label))
    history.push(do.SwapLooks())
    history.undo()
    history.redo()
    history.reset(Document())
    assert heard == ["Swap A and B"] * 3 + ["Open"]


def test_removing_an_avatar_removes_it_everywhere():
    history = History(START)
    both = Look({"a": 0.25, "b": 0.75}, regions={"eyes": "a"})
    history.push(do.SetLook("A", both))
    history.push(do.SavePreset(do.Preset("mine", both)))
    history.push(do.SetMarks("a", Marks.none(3)))
    history.push(do.SetKeyframes((Keyframe(0.0, Look.of("a")), Keyframe(1.0, both))))
    history.push(do.RemoveAsset("a"))
    document = history.document
    assert dict(document.looks["A"].weights) == {"b": 1.0}
    assert not document.looks["A"].regions
    assert dict(document.presets[0].look.weights) == {"b": 1.0}
    assert [keyframe.time for keyframe in document.keyframes] == [1.0]
    assert not document.marks


@given(st.dictionaries(st.sampled_from(IDS), floats, min_size=1), st.sampled_from(IDS), floats)
def test_setting_a_weight_keeps_the_sum(weights, name, weight):
    look = Look(weights).normalized().with_weight(name, weight)
    if any(weights.values()):
        assert sum(look.weights.values()) == pytest.approx(1, abs=1e-6)
    if len(set(weights) | {name}) > 1:
        assert look.weights[name] == pytest.approx(weight)
