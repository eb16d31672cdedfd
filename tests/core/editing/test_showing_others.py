"""Whom sliders made of people: it belongs to the look, and goes with it."""

from __future__ import annotations

from dataclasses import replace

from mien.editing.commands import SavePreset, SetLook, SwapLooks
from mien.editing.document import Asset, Document, Look, Preset
from mien.editing.history import History

MOVED = (1.0, 2.0)


def _shown() -> History:
    people = tuple(Asset(name, "avatar", name, f"/{name}.avatar") for name in ("ada", "noor"))
    history = History()
    history.reset(Document(assets=people, looks={"A": Look.of("ada")}))
    history.push(SetLook("A", replace(Look.of("ada"), identity=MOVED, learned=False)))
    return history


def _look(history: History, slot: str = "A") -> Look:
    return history.document.looks[slot]


def test_others_are_shown_as_they_are_and_undoing_brings_the_sliders_back() -> None:
    history = _shown()
    history.push(SetLook("A", Look.of("noor")))
    assert _look(history).identity == ()
    history.undo()
    assert _look(history).identity == MOVED
    history.undo()
    assert _look(history) == Look.of("ada")


def test_b_has_sliders_of_its_own() -> None:
    history = _shown()
    history.push(SetLook("B", Look.of("ada")))
    assert (_look(history).identity, _look(history, "B").identity) == (MOVED, ())
    history.push(SwapLooks())
    assert (_look(history).identity, _look(history, "B").identity) == ((), MOVED)


def test_a_preset_keeps_what_sliders_made_of_people() -> None:
    history = _shown()
    history.push(SavePreset(Preset("moved", _look(history))))
    history.push(SetLook("A", Look.of("noor")))
    (preset,) = history.document.presets
    history.push(SetLook("A", preset.look))
    assert _look(history).identity == MOVED
    assert not _look(history).learned


def test_a_blend_that_is_dragged_stays_as_far_from_itself() -> None:
    history = _shown()
    history.push(SetLook("A", _look(history).with_weight("noor", 0.5)))
    assert _look(history).identity == MOVED
