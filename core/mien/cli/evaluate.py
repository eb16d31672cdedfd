"""`mien evaluate`: hold an avatar against a capture's photographs, in numbers and as a report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mien.avatar import Avatar, open_avatar
from mien.avatar.state import NEUTRAL
from mien.capture.opening import Choice, open_capture
from mien.capture.protocol import SPLITS, Capture, cameras_of
from mien.cli.arguments import output_suffix, parse_color, renderer_for
from mien.cli.console import progress, say
from mien.driving.files import open_track
from mien.driving.retarget import Retarget
from mien.errors import MienError
from mien.evaluation.flip_map import DEFAULT_PPD
from mien.evaluation.measuring import States, capture_states, in_world_of
from mien.evaluation.measuring import evaluate as measure
from mien.evaluation.metrics import METRICS, metric, unavailable
from mien.evaluation.pairs import effective_recipe
from mien.evaluation.recipe import DEFAULT_METRICS, Crop, Recipe
from mien.evaluation.report import Report, compare, write_report
from mien.evaluation.result import Evaluation
from mien.rendering.protocol import Renderer

_MOST_WORST = 100


def evaluate(
    avatar: Annotated[Path, tyro.conf.Positional],
    capture: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    report: Path | None = None,
    csv: Path | None = None,
    json_: Annotated[bool, tyro.conf.arg(name="json")] = False,
    part: str = "",
    raw: bool = False,
    cameras: tuple[str, ...] = (),
    frames: str = ":",
    metrics: tuple[str, ...] = DEFAULT_METRICS,
    crop: Crop = "full",
    margin: float = 0.05,
    matte: str = "",
    scale: float = 1.0,
    ppd: float = DEFAULT_PPD,
    drive: str = "tracking",
    worst: int = 6,
    title: str = "",
    renderer: str | None = None,
) -> None:
    """Hold an avatar against a capture's photographs: figures, a table, a report.

    Args:
        avatar: Avatar or splat file.
        capture: A `.capture` file, or a dataset of any known layout.
        report: Page to write (.html), complete in itself.
        csv: Table to write (.csv), a row for each picture.
        json_: Print the means as JSON for scripts.
        part: Which of several captures.
        raw: Take pictures as they were recorded, without the dataset's colour correction.
        cameras: Names, or the splits `train`, `validation`, `test`, or `all`; by default those held
            out, or all where none is.
        frames: Which frames, as FIRST:LAST:STEP without the last, or one index.
        metrics: Of psnr ssim ms_ssim flip lpips l1; the first one orders the worst pictures.
        crop: `full` pictures, or the `mask-box` around the person.
        margin: Of that box, as a share of its longer side.
        matte: Colour like #000000 to put behind the person, by the photograph's mask; black where
            the capture has a room there.
        scale: Resolution, as a share of the photographs'.
        ppd: Pixels per degree of the eye, for FLIP.
        drive: What moves the avatar: the capture's `tracking`, nothing (`neutral`), or a track
            file.
        worst: How many of the worst pictures the report shows.
        title: Of the report.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    asked = Recipe(known_metrics(metrics), crop, margin, parse_color(matte) if matte else None,
                   scale, ppd)  # fmt: skip
    if not 0 <= worst <= _MOST_WORST:
        raise MienError(f"--worst {worst}: from 0 to {_MOST_WORST}")
    for path, suffix in ((report, ".html"), (csv, ".csv")):
        if path is not None:
            output_suffix(path, (suffix,))
    with ExitStack() as stack:
        opened = open_avatar(avatar)
        held = stack.enter_context(open_capture(capture, Choice(part, not raw)))
        names, indices = chosen_cameras(held, cameras), chosen_frames(held, frames)
        states = _states(held, opened, drive)
        drawing = renderer_for(renderer)
        stack.callback(drawing.close)
        work = _Work(opened, held, states, drawing, effective_recipe(asked, held))
        found = work.measured(names, indices)
        if csv is not None:
            found.write_csv(csv)
        if report is not None:
            facts = [("State", _driven(held, drive)), ("Renderer", drawing.name)]
            if not in_world_of(opened, held).aligned:
                facts.append(("Place", "only guessed from how the cameras stand"))
            write_report(report, work.report(found, worst, title=title, facts=facts))
    if json_:
        print(found.to_json())  # noqa: T201
        return
    for line in summary(found):
        say(line)


@dataclass(frozen=True)
class _Work:
    avatar: Avatar
    capture: Capture
    states: States
    renderer: Renderer
    recipe: Recipe

    def measured(self, cameras: Sequence[str], frames: Sequence[int]) -> Evaluation:
        with progress("Measuring") as tell:
            items = measure(
                self.avatar,
                self.capture,
                cameras=cameras,
                frames=frames,
                recipe=self.recipe,
                states=self.states,
                renderer=self.renderer,
                progress=tell,
            )
            return Evaluation.of(
                self.avatar.name,
                self.capture,
                self.recipe,
                items,
                unavailable=unavailable(self.recipe.metrics),
            )

    def report(
        self, found: Evaluation, worst: int, *, title: str, facts: Sequence[tuple[str, str]]
    ) -> Report:
        with progress("Drawing the report") as tell:
            bad, typical = compare(
                self.avatar,
                self.capture,
                found,
                worst=worst,
                renderer=self.renderer,
                states=self.states,
                progress=tell,
            )
        command = shlex.join(["mien", *sys.argv[1:]]) if sys.argv[1:2] == ["evaluate"] else ""
        return Report(found, bad, typical, title=title, command=command, facts=facts)


def chosen_cameras(capture: Capture, wanted: Sequence[str]) -> list[str]:
    """Return the names of the cameras that names and splits mean, in the rig's order.

    Raises:
        MienError: There is no such camera, or none of a split.
    """
    if not wanted:
        chosen = cameras_of(capture, "test") or capture.cameras
        return [held.name for held in chosen]
    names = {held.name for held in capture.cameras}
    chosen_names: set[str] = set()
    for word in wanted:
        of_split = {held.name for held in capture.cameras if held.split == word}
        if word in names:
            chosen_names.add(word)
        elif word == "all":
            chosen_names |= names
        elif of_split:
            chosen_names |= of_split
        else:
            what = f"no {word} cameras" if word in SPLITS else f"no camera {word!r}"
            listed = ", ".join(held.name for held in capture.cameras)
            raise MienError(f"{capture.name} has {what}", hint=f"It has {listed}")
    return [held.name for held in capture.cameras if held.name in chosen_names]


def chosen_frames(capture: Capture, text: str) -> list[int]:
    """Return the frames that `FIRST:LAST:STEP`, read as Python slices are, or an index means.

    Raises:
        MienError: It is neither, or there are no such frames.
    """
    count = len(capture.frame_names)
    try:
        parts = [int(part) if part.strip() else None for part in text.split(":")]
        chosen = range(count)[slice(*parts)] if len(parts) > 1 else [range(count)[parts[0] or 0]]
    except (ValueError, TypeError):
        raise MienError(f"--frames {text}: write it like 0:100:2, or a single index") from None
    except IndexError:
        raise MienError(f"--frames {text}: {capture.name} has frames 0 to {count - 1}") from None
    if not len(chosen):
        raise MienError(f"--frames {text}: none of {capture.name}'s {count} frames")
    return sorted(chosen)


def summary(found: Evaluation) -> list[str]:
    """Return the means for people: over all pictures, then of each camera."""
    count, absent = len(found.measured), len(found.missing)
    pictures = f"{count - absent} of {count} pictures" if absent else f"{count} pictures"
    lines = [f"{found.subject} against {found.capture}: {pictures}"]
    titles = [f"{each.title} ({each.unit})" if each.unit else each.title for each in found.metrics]
    widths = [max(len(title), 9) for title in titles]
    name_width = max(len("all cameras"), *(len(held.name) for held in found.cameras))
    lines.append(_row("", titles, widths, name_width))
    for index, held in enumerate(found.cameras):
        values = [each.shown(float(found.camera_means(each.name)[index])) for each in found.metrics]
        lines.append(_row(held.name, values, widths, name_width))
    for split in found.splits if len(found.splits) > 1 else ():
        means = [each.shown(found.split_mean(each.name, split)) for each in found.metrics]
        lines.append(_row(f"all {split}", means, widths, name_width))
    means = [each.shown(found.mean(each.name)) for each in found.metrics]
    lines.append(_row("all cameras", means, widths, name_width))
    lines += [f"{METRICS[name].title}: not available: {why}" for name, why in
              found.unavailable.items()]  # fmt: skip
    lines += [f"{what}: {how}" for what, how in found.recipe.lines()[:2]]
    return lines


def _row(name: str, values: Sequence[str], widths: Sequence[int], name_width: int) -> str:
    cells = (f"{value:>{width}}" for value, width in zip(values, widths, strict=True))
    return f"{name:<{name_width}}  {'  '.join(cells)}"


def known_metrics(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of metrics as they are kept, each once.

    Raises:
        MienError: There is no metric of a name.
    """
    return tuple(dict.fromkeys(metric(name.replace("-", "_").lower()).name for name in names))


def _states(capture: Capture, avatar: Avatar, drive: str) -> States:
    """Return what moves the avatar."""
    if drive == "neutral":
        return lambda _: NEUTRAL
    if drive == "tracking":
        return capture_states(in_world_of(avatar, capture))
    track = open_track(Path(drive))
    moved = Retarget().apply(track)
    begin = float(track.times[0]) - float(capture.times[0])
    return lambda frame: moved.state_at(float(capture.times[frame]) + begin)


def _driven(capture: Capture, drive: str) -> str:
    if drive == "tracking":
        return "as the capture was tracked" if capture.tracking else "neutral; nothing was tracked"
    return drive if drive == "neutral" else f"by the track {Path(drive).name}"
