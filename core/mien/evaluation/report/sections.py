"""The sections of the report, each a function from what was found to HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.metrics import METRICS, Metric
from mien.evaluation.report.comparisons import Comparison
from mien.evaluation.report.markup import picture, seconds, text
from mien.evaluation.report.notes import ReportNote, Stroke
from mien.evaluation.report.plots import curves, frame_share, histogram
from mien.evaluation.report.rig import rig_drawing, shade_color
from mien.evaluation.result import Evaluation, Table

_ARROWS = {"higher": "↑", "lower": "↓"}
_NEARER = {"higher": "higher is nearer", "lower": "lower is nearer"}
_MOST_MISSING = 60
_MOST_TILES = 5
"""Side by side; more of them take two rows."""
_FEW_CAMERAS = 7
"""Up to here the rig is drawn below the table, not beside it."""


def header(found: Evaluation, title: str, made: datetime) -> str:
    """Return the title and, in a line, of what and when it is."""
    total, absent = len(found.measured), len(found.missing)
    facts = [
        _count(len(found.cameras), "camera") + _splits(found),
        _count(len(found.frames), "frame"),
        f"{total - absent:,} of {total:,} pictures" if absent else _count(total, "picture"),
        f"{made.day} {made:%B %Y, %H:%M}",
    ]
    listed = "".join(f"<li>{text(fact)}</li>" for fact in facts)
    return f'<p class="kicker">Evaluation</p><h1>{text(title)}</h1><ul class="facts">{listed}</ul>'


def tiles(found: Evaluation) -> str:
    """Return the mean of each metric with how its pictures are spread around it."""
    made = [_tile(found, metric) for metric in found.metrics]
    for name, why in found.unavailable.items():
        made.append(
            f'<div class="tile absent"><h2>{text(METRICS[name].title)}</h2>'
            f'<p class="value">–</p><p class="why">Not available: {text(why)}</p></div>'
        )
    columns = len(made) if len(made) <= _MOST_TILES else -(-len(made) // 2)
    return f'<div class="tiles" style="--columns:{columns}">{"".join(made)}</div>'


def _tile(found: Evaluation, metric: Metric) -> str:
    table, mean = found.table(metric.name), found.mean(metric.name)
    finite = table[np.isfinite(table)]
    unit = f" <small>{metric.unit}</small>" if metric.unit else ""
    ends = ""
    if len(finite) > 1:
        low, high = metric.shown(float(finite.min())), metric.shown(float(finite.max()))
        ends = f'<p class="ends"><span>{low}</span><span>{high}</span></p>'
    return (
        f'<div class="tile"><h2>{text(metric.title)} '
        f'<abbr title="{_NEARER[metric.better]}">{_ARROWS[metric.better]}</abbr></h2>'
        f'<p class="value">{metric.shown(mean)}{unit}</p>'
        f"{histogram(table.ravel(), mean)}{ends}</div>"
    )


def curves_section(
    found: Evaluation, comparisons: Sequence[Comparison], notes: Sequence[ReportNote]
) -> str:
    """Return each metric over the frames, with notes and the worst pictures marked."""
    if len(found.frames) < 2:
        return ""
    plots = [
        f'<div class="chart"><h3>{text(metric.title)}<small>{text(metric.unit)}</small></h3>'
        f"{_curves(found, metric, comparisons)}</div>"
        for metric in found.metrics
    ]
    legend = ["The mean over cameras."]
    if len(found.cameras) > 1:
        legend = ["The mean over cameras, shaded from the worst to the best of them."]
    if comparisons:
        legend.append("Dots are the pictures shown below.")
    if found.missing:
        legend.append("Ticks below a curve: frames that lack a picture, so that means jump.")
    return (
        f'<section id="curves"><h2>Over the frames</h2><p class="legend">{" ".join(legend)}</p>'
        f'<div class="charts">{_note_marks(found, notes)}{"".join(plots)}{_frame_axis(found)}'
        '<p class="readout" aria-live="off">&nbsp;</p></div></section>'
    )


def _curves(found: Evaluation, metric: Metric, comparisons: Sequence[Comparison]) -> str:
    dots = [
        (found.frames.index(each.measured.frame), each.measured.values[metric.name])
        for each in comparisons
        if np.isfinite(each.measured.values.get(metric.name, np.nan))
    ]
    return curves(metric, found.table(metric.name), found.frame_means(metric.name), dots)


def _note_marks(found: Evaluation, notes: Sequence[ReportNote]) -> str:
    if not notes:
        return ""
    marks: list[str] = []
    for number, note in enumerate(notes, start=1):
        first, last = (_at(found, instant) for instant in (note.start, note.end))
        marks.append(
            f'<a href="#note-{number}" title="{text(note.text)}" '
            f'style="left:{100 * first:.2f}%;width:{100 * (last - first):.2f}%">'
            f"<b>{number}</b></a>"
        )
    return f'<div class="notes-row">{"".join(marks)}</div>'


def _at(found: Evaluation, instant: float) -> float:
    """Return where an instant lies along the plots, 0..1."""
    index = np.interp(instant, found.times, np.arange(len(found.times)))
    return frame_share(float(index), len(found.times))


def _frame_axis(found: Evaluation) -> str:
    count = len(found.frames)
    every = max(count // 6, 1)
    labels = [
        f'<span style="left:{100 * frame_share(index, count):.2f}%">'
        f"{text(found.frame_names[index])}</span>"
        for index in range(0, count, every)
    ]
    return f'<div class="frames-axis">{"".join(labels)}</div>'


def pictures_section(
    found: Evaluation, comparisons: Sequence[Comparison], typical: Comparison | None
) -> str:
    """Return pictures to look at: a typical one, then the worst."""
    if not comparisons and typical is None:
        return ""
    title = found.metrics[0].title
    shown = {(each.measured.camera, each.measured.frame) for each in comparisons}
    groups: list[str] = []
    if typical is not None and (typical.measured.camera, typical.measured.frame) not in shown:
        groups.append(f"<h3>In the middle, by {title}</h3>{_card(found, typical, 'typical')}")
    if comparisons:
        cards = [_card(found, each, f"worst-{n}") for n, each in enumerate(comparisons, start=1)]
        groups.append(f"<h3>The worst, by {title}</h3>{''.join(cards)}")
    return (
        '<section id="pictures"><h2>Pictures</h2>'
        '<p class="legend">Hold the render to see the photograph in its place. FLIP shows where a '
        "person would see the two alternate: from black, nowhere, to pale yellow, strongly.</p>"
        f"{''.join(groups)}</section>"
    )


def _card(found: Evaluation, each: Comparison, name: str) -> str:
    item = each.measured
    index = found.frames.index(item.frame)
    values = " ".join(
        f"<li>{text(metric.title)} <b>{metric.shown(item.values[metric.name])}</b>"
        f"{' ' + metric.unit if metric.unit else ''}</li>"
        for metric in found.metrics
        if metric.name in item.values
    )
    where = f"{text(item.camera)}, frame {text(found.frame_names[index])}"
    shown = (
        (each.photograph, "Photograph", ""),
        (each.render, "Render", "render"),
        (each.difference, f"FLIP {each.flip:.3f}", ""),
    )
    figures = "".join(
        f"<figure>{picture(image, f'{label}, {item.camera}', css=css)}"
        f"<figcaption>{text(label)}</figcaption></figure>"
        for image, label, css in shown
    )
    return (
        f'<article class="card" id="{name}"><header><h4>{where}</h4>'
        f"<p>{seconds(float(found.times[index]))}</p><ul>{values}</ul></header>"
        f'<div class="three">{figures}</div></article>'
    )


def cameras_section(found: Evaluation) -> str:
    """Return the means of each camera beside a drawing of the rig."""
    means = {metric.name: found.camera_means(metric.name) for metric in found.metrics}
    shades = {metric.name: _shades(metric, means[metric.name]) for metric in found.metrics}
    first = found.metrics[0]
    heads = "".join(
        f'<th data-better="{metric.better}"><button>{text(metric.title)}</button></th>'
        for metric in found.metrics
    )
    rows = [
        f'<tr data-camera="{index}"><td>{text(held.name)}</td><td>{held.split}</td>'
        f"<td>{_seen(found, index)}</td>"
        + "".join(
            _cell(metric, float(means[metric.name][index]), float(shades[metric.name][index]))
            for metric in found.metrics
        )
        + "</tr>"
        for index, held in enumerate(found.cameras)
    ]
    rig = found.rig or found.cameras
    few = " few" if len(found.cameras) <= _FEW_CAMERAS else ""
    colored = {
        held.name: float(shades[first.name][index]) for index, held in enumerate(found.cameras)
    }
    return (
        f'<section id="cameras"><h2>Cameras</h2><div class="cameras{few}"><div class="table">'
        '<table class="sortable"><thead><tr><th><button>Camera</button></th>'
        "<th><button>Split</button></th><th><button>Pictures</button></th>"
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody>{_feet(found)}</table></div>"
        f'<div class="rigs">{rig_drawing(rig, colored)}'
        f'<p class="key"><span>{_end(first, means[first.name], worst=True)}</span><i></i>'
        f"<span>{_end(first, means[first.name], worst=False)}</span></p></div></div></section>"
    )


def _feet(found: Evaluation) -> str:
    """Return the means of each split, where there are several, and of all cameras."""
    rows: list[str] = []
    for split in found.splits if len(found.splits) > 1 else ():
        count = sum(held.split == split for held in found.cameras)
        means = [metric.shown(found.split_mean(metric.name, split)) for metric in found.metrics]
        rows.append(_foot(f"mean of {count}", split, means))
    means = [metric.shown(found.mean(metric.name)) for metric in found.metrics]
    rows.append(_foot(f"mean of {len(found.cameras)}", "", means))
    return f"<tfoot>{''.join(rows)}</tfoot>"


def _foot(what: str, split: str, means: Sequence[str]) -> str:
    cells = "".join(f"<td>{value}</td>" for value in means)
    return f"<tr><td>{what}</td><td>{split}</td><td></td>{cells}</tr>"


def _shades(metric: Metric, means: Table) -> Table:
    """Return how good each camera's mean is among them, 0..1; one half where all are equal."""
    finite = np.isfinite(means)
    if not finite.any() or np.ptp(means[finite]) == 0:
        return np.full(len(means), 0.5)
    low, high = means[finite].min(), means[finite].max()
    shares = np.nan_to_num((means - low) / (high - low), nan=0.5, posinf=1.0)
    return shares if metric.better == "higher" else 1 - shares


def _cell(metric: Metric, value: float, shade: float) -> str:
    if np.isnan(value):
        return '<td class="number" data-value="">–</td>'
    bar = f"--share:{12 + 88 * shade:.0f}%;--shade:{shade_color(shade)}"
    return (
        f'<td class="number" data-value="{value!r}" style="{bar}">{metric.shown(value)}<i></i></td>'
    )


def _end(metric: Metric, means: Table, *, worst: bool) -> str:
    finite = means[np.isfinite(means)]
    if not len(finite):
        return ""
    value = finite.min() if worst == (metric.better == "higher") else finite.max()
    return f"{metric.title} {metric.shown(float(value))}"


def _seen(found: Evaluation, camera: int) -> str:
    name = found.cameras[camera].name
    absent = sum(item.camera == name for item in found.missing)
    total = sum(item.camera == name for item in found.measured)
    return f"{total - absent} of {total}" if absent else str(total)


def notes_section(notes: Sequence[ReportNote]) -> str:
    """Return what a reviewer wrote, each with what was seen and drawn."""
    made = [_note(note, number) for number, note in enumerate(notes, start=1)]
    return f'<section id="notes"><h2>Notes</h2>{"".join(made)}</section>' if made else ""


def _note(note: ReportNote, number: int) -> str:
    when = seconds(note.start)
    if note.end > note.start:
        when += f" to {seconds(note.end)}"
    where = f", {text(note.camera)}" if note.camera else ""
    shown = ""
    if note.picture is not None:
        height, width = note.picture.shape[:2]
        lines = "".join(_stroke(stroke, width, height) for stroke in note.strokes)
        shown = (
            f"<figure>{picture(note.picture, f'What note {number} is about')}"
            f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{lines}</svg></figure>'
        )
    words = "".join(f"<p>{text(line)}</p>" for line in note.text.splitlines() if line.strip())
    return (
        f'<article class="note" id="note-{number}"><b class="number">{number}</b>'
        f'<div><p class="when">{when}{where}</p>{words}</div>{shown}</article>'
    )


def _stroke(stroke: Stroke, width: int, height: int) -> str:
    points = " ".join(f"{x * width:.1f},{y * height:.1f}" for x, y in stroke.points)
    return (
        f'<polyline points="{points}" stroke="{text(stroke.color)}" '
        f'stroke-width="{stroke.width * width:.1f}"/>'
    )


def missing_section(found: Evaluation) -> str:
    """Return which pictures could not be measured, and why."""
    if not found.missing:
        return ""
    names = dict(zip(found.frames, found.frame_names, strict=True))
    rows = "".join(
        f"<tr><td>{text(item.camera)}</td><td>{text(names[item.frame])}</td>"
        f"<td>{text(item.missing)}</td></tr>"
        for item in found.missing[:_MOST_MISSING]
    )
    more = len(found.missing) - _MOST_MISSING
    rest = f"<p>… and {more:,} more</p>" if more > 0 else ""
    return (
        f'<section id="missing"><h2>Missing pictures</h2><details><summary>'
        f"{_count(len(found.missing), 'picture')} could not be compared and count nowhere"
        "</summary><table><thead><tr><th>Camera</th><th>Frame</th><th>Why</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{rest}</details></section>"
    )


def recipe_section(found: Evaluation, command: str, facts: Sequence[tuple[str, str]]) -> str:
    """Return how it was measured, so that its figures can be compared with others."""
    lines = [*found.recipe.lines(), *facts]
    lines += [(metric.title, metric.described(found.recipe)) for metric in found.metrics]
    listed = "".join(f"<dt>{text(what)}</dt><dd>{text(how)}</dd>" for what, how in lines)
    again = (
        f"<h3>To measure it again</h3><pre><code>{text(command)}</code></pre>" if command else ""
    )
    return f'<section id="recipe"><h2>Recipe</h2><dl>{listed}</dl>{again}</section>'


def hover_data(found: Evaluation) -> str:
    """Return what the page's script shows under the pointer, as JSON that is safe in a script."""
    content = {
        "frames": list(found.frame_names),
        "times": [round(float(time), 4) for time in found.times],
        "cameras": [held.name for held in found.cameras],
        "metrics": [
            {
                "name": metric.name,
                "title": metric.title,
                "digits": metric.digits,
                "unit": metric.unit,
                "higher": metric.better == "higher",
                "mean": _rounded(found.frame_means(metric.name), metric),
                "table": [_rounded(row, metric) for row in found.table(metric.name)],
            }
            for metric in found.metrics
        ],
    }
    # A name with "</script>" in it must not end the script.
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _rounded(values: NDArray[np.float64], metric: Metric) -> list[float | None]:
    return [round(float(v), metric.digits) if np.isfinite(v) else None for v in values]


def _splits(found: Evaluation) -> str:
    kinds = {held.split for held in found.cameras}
    return f" ({kinds.pop()})" if len(kinds) == 1 else ""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
