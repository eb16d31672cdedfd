"""The report's page: its sections, put into the template that ships with Mien."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template

from mien import __version__
from mien.atomic import replacing
from mien.evaluation.report import sections
from mien.evaluation.report.comparisons import Comparison
from mien.evaluation.report.markup import text
from mien.evaluation.report.notes import ReportNote
from mien.evaluation.result import Evaluation
from mien.resources import resource


@dataclass(frozen=True, eq=False)
class Report:
    """All that a page shows.

    Args:
        evaluation: What was measured.
        comparisons: The worst pictures by the first metric, worst first.
        typical: A picture in the middle of the field, or None.
        notes: What a reviewer wrote.
        title: Of the page; empty for who was held against what.
        command: How to measure it again; empty where it was not by a command.
        facts: More for the recipe, such as the renderer, as (what, how) pairs.
        made: When; now by default.
    """

    evaluation: Evaluation
    comparisons: Sequence[Comparison] = ()
    typical: Comparison | None = None
    notes: Sequence[ReportNote] = ()
    title: str = ""
    command: str = ""
    facts: Sequence[tuple[str, str]] = ()
    made: datetime | None = None


def report_page(report: Report) -> str:
    """Return the page as HTML that refers to nothing outside itself."""
    found = report.evaluation
    made = report.made or datetime.now().astimezone()
    title = report.title or f"{found.subject} against {found.capture}"
    parts = {
        "title": text(title),
        "header": sections.header(found, title, made),
        "tiles": sections.tiles(found),
        "curves": sections.curves_section(found, report.comparisons, report.notes),
        "notes": sections.notes_section(report.notes),
        "pictures": sections.pictures_section(found, report.comparisons, report.typical),
        "cameras": sections.cameras_section(found),
        "missing": sections.missing_section(found),
        "recipe": sections.recipe_section(found, report.command, report.facts),
        "version": text(__version__),
        "made": text(f"{made.day} {made:%B %Y}"),
        "data": sections.hover_data(found),
    }
    page = Template(_piece("page.html"))
    return page.substitute(parts, style=_piece("report.css"), script=_piece("report.js"))


def write_report(path: str | Path, report: Report) -> None:
    """Write the page, atomically.

    Raises:
        FileError: It cannot be written.
    """
    page = report_page(report)
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _piece(name: str) -> str:
    return resource(f"report/{name}").read_text(encoding="utf-8")
