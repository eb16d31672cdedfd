"""Callbacks that outlive whom they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import shiboken6
from PySide6.QtCore import QObject

P = ParamSpec("P")


def while_alive(owner: QObject, call: Callable[P, object]) -> Callable[P, None]:
    """Return a function that calls another one unless Qt has deleted its owner meanwhile."""

    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        if shiboken6.isValid(owner):
            call(*args, **kwargs)

    return guarded
