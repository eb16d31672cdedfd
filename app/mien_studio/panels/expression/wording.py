"""What expressions are called here, and what is said of those an avatar lacks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mien.avatar.protocol import Avatar
from mien.driving.retarget import missing_expressions
from mien.driving.track import ExpressionTrack
from mien.template.arkit import ARKIT_NAMES

_PREFIX = {"Brows": "brow", "Eyes": "eye", "Gaze": "eyeLook", "Jaw": "jaw", "Mouth": "mouth"}
_NAMED = 4
"""More names than this are counted instead."""


def spoken(name: str, group: str = "") -> str:
    """Return an ARKit name in words, without what the group's title says already."""
    prefix = _PREFIX.get(group, "")
    bare = name.removeprefix(prefix) if prefix and name != prefix else name
    words = re.findall(r"[A-Z]?[a-z]+", bare)
    return " ".join(words).lower().capitalize()


def matches(name: str, group: str, query: str) -> bool:
    """Return whether an expression is meant by what was typed; every word must fit."""
    text = f"{name} {spoken(name)} {group}".lower()
    return all(word in text for word in query.lower().split())


def missing_names(avatar: Avatar) -> tuple[str, ...]:
    """Return the ARKit expressions an avatar does not obey."""
    return tuple(name for name in ARKIT_NAMES if name not in avatar.expression_names)


def missing_note(avatar: Avatar, track: ExpressionTrack | None) -> str:
    """Say in one line what an avatar lacks, and what that means for what drives it."""
    if not avatar.expression_names:
        return f"{avatar.name} is static: expressions have no effect on it."
    missing = missing_names(avatar)
    if not missing:
        return ""
    note = f"{avatar.name} has no {_listed(missing)}"
    driven = missing_expressions(track, avatar) if track is not None else ()
    if not driven:
        return f"{note}."
    return f"{note}; the source's {_listed(driven)} has no effect."


def _listed(names: Sequence[str] | Collection[str]) -> str:
    listed = list(names)
    if len(listed) <= _NAMED:
        return ", ".join(listed)
    return f"{', '.join(listed[: _NAMED - 1])} and {len(listed) - _NAMED + 1} more"
