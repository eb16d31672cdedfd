"""One finding about a machine, as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version


class Status(Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    """Something optional is absent, or works worse than it could."""
    MISSING = "missing"
    """Something that a part of Mien cannot do without."""


@dataclass(frozen=True)
class Check:
    """One finding.

    Args:
        name: What was looked at.
        status: How it came out.
        detail: What was found.
        advice: What to do about it; empty where there is nothing to do.
    """

    name: str
    status: Status
    detail: str
    advice: str = ""


CheckSource = Callable[[], Iterable[Check]]


def package_version(*names: str) -> str | None:
    """Return the version of the first of these distributions that is installed."""
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
