"""What an expression slider edits: the value itself, or how a source's value is taken over."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from mien.avatar.state import AvatarState
from mien.editing.commands import Command, SetDrive, SetState
from mien.editing.document import Document
from mien.template.arkit import ARKIT_INDEX
from mien_studio.widgets.number_kind import NumberKind

Channel = Literal["value", "gain", "offset"]

CHANNELS: dict[Channel, NumberKind] = {
    "value": NumberKind(0.0, 1.0, 0.0),
    "gain": NumberKind(0.0, 3.0, 1.0, step=0.05),
    "offset": NumberKind(-1.0, 1.0, 0.0, signed=True),
}
"""What can be edited, with the range of each."""


def read(document: Document, channel: Channel, name: str) -> float:
    """Return what a slider shows of an expression."""
    if channel == "gain":
        return document.drive.gains.get(name, 1.0)
    if channel == "offset":
        return document.drive.offsets.get(name, 0.0)
    return document.state.weight(name)


def write(document: Document, channel: Channel, values: dict[str, float]) -> Command:
    """Return the command that sets expressions by name."""
    drive = document.drive
    if channel == "gain":
        gains = {n: v for n, v in {**drive.gains, **values}.items() if v != 1.0}
        return SetDrive(replace(drive, gains=gains), label="Gain")
    if channel == "offset":
        offsets = {n: v for n, v in {**drive.offsets, **values}.items() if v != 0.0}
        return SetDrive(replace(drive, offsets=offsets), label="Offset")
    weights = np.array(document.state.expression)
    for name, value in values.items():
        weights[ARKIT_INDEX[name]] = value
    return SetState(document.state.replace(expression=weights), label="Expression")


def reset(document: Document, channel: Channel) -> Command:
    """Return the command that sets all of a channel back."""
    drive = document.drive
    if channel == "gain":
        return SetDrive(replace(drive, gains={}), label="Reset gains")
    if channel == "offset":
        return SetDrive(replace(drive, offsets={}), label="Reset offsets")
    neutral = AvatarState(identity=document.state.identity, time=document.state.time)
    return SetState(neutral, label="Neutral")
