"""How the command line shows progress: a bar on a terminal, silence in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

ProgressCall = Callable[[float | None, str], None]


@contextmanager
def progress(title: str) -> Generator[ProgressCall]:
    """Show a bar on standard error; call what it gives with 0..1 and a text."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=1.0)

        def report(fraction: float | None, message: str = "") -> None:
            bar.update(task, completed=fraction, description=f"{title} {message}".strip())

        yield report


def say(text: str) -> None:
    """Print a line for people on standard output."""
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
