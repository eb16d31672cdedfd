"""Whose identity the sliders change: that of the people in A, and of nobody who comes after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mien.avatar.state import AvatarState
from mien.editing.commands import SetLook, SetState
from mien.editing.document import Asset, Document, Look
from mien.editing.history import History


def _shown() -> History:
    people = tuple(Asset(name, "avatar", name, f"/{name}.avatar") for name in ("ada", "noor"))
    history = History()
    history.reset(Document(assets=people, looks={"A": Look.of("ada")}))
    moved = AvatarState.of({"jawOpen": 0.5}, identity=np.array([1.0, 2.0], np.float32))
    history.push(SetState(moved))
    return history


def test_others_in_a_are_shown_as_they_are_and_undoing_brings_the_sliders_back() -> None:
    history = _shown()
    before = history.document
    history.push(SetLook("A", Look.of("noor")))
    assert history.document.state.identity is None
    assert history.document.state.weight("jawOpen") == 0.5
    history.undo()
    assert history.document == before
    history.push(SetLook("A", Look({"ada": 0.5, "noor": 0.5})))
    assert history.document.state.identity is None


def test_whoever_comes_into_b_and_softer_borders_change_nothing() -> None:
    history = _shown()
    history.push(SetLook("B", Look.of("noor")))
    assert history.document.state.identity is not None
    look = history.document.look("A")
    assert look is not None
    history.push(SetLook("A", replace(look, softness=0.02)))
    assert history.document.state.identity is not None
