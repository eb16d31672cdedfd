"""`mien doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import tyro

from mien.cli.checks.check import Check, CheckSource, Status
from mien.cli.checks.graphics import graphics_checks
from mien.cli.checks.kernels import kernel_checks
from mien.cli.checks.media import media_checks
from mien.cli.checks.studio import studio_checks
from mien.cli.checks.system import system_checks

SOURCES: tuple[CheckSource, ...] = (
    system_checks,
    graphics_checks,
    kernel_checks,
    media_checks,
    studio_checks,
)

_COLORS = {Status.OK: "green", Status.WARN: "yellow", Status.MISSING: "red"}


def doctor(
    *,
    json_: Annotated[bool, tyro.conf.arg(name="json")] = False,
    warm: bool = False,
) -> None:
    """Check this machine: what works, what does not, and what to do about it.

    Args:
        json_: Print JSON for scripts.
        warm: First compile every kernel, so that the next start is quick.
    """
    if warm:
        from mien.cli.warm import warm_up

        warm_up()
    checks = list(all_checks())
    if json_:
        print(json.dumps({"checks": [as_json(check) for check in checks]}, indent=1))  # noqa: T201
    else:
        _show(checks)


def all_checks() -> Iterator[Check]:
    """Make every check; one that breaks is itself a finding."""
    for source in SOURCES:
        try:
            yield from source()
        except Exception as error:  # noqa: BLE001 - a broken machine is what this command is for
            name = source.__name__.removesuffix("_checks")
            yield Check(name, Status.MISSING, f"cannot be checked: {error}")


def as_json(check: Check) -> dict[str, str]:
    """Return a check as scripts read it."""
    return {
        "name": check.name,
        "status": check.status.value,
        "detail": check.detail,
        "advice": check.advice,
    }


def _show(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        color = _COLORS[check.status]
        advice = f"\n[dim]{_escaped(check.advice)}[/]" if check.advice else ""
        detail = _escaped(check.detail) + advice
        table.add_row(f"[{color}]{check.status.value}[/]", check.name, detail)
    Console(highlight=False).print(table)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
