"""`mien evaluate headsup`: HeadsUp and its baselines on people it never saw, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from mien.cli.arguments import parse_color, renderer_for
from mien.cli.console import ProgressCall, progress, say
from mien.errors import MienError

if TYPE_CHECKING:
    from mien.evaluation.headsup.gallery import Gallery
    from mien.evaluation.headsup.reconstructors import Reconstructor
    from mien.evaluation.headsup.trials import Plan
    from mien.models.headsup.network import HeadsUp
    from mien.rendering.protocol import Renderer

CELLS = "cells.jsonl"
PICTURES = "pictures"


def headsup(
    weights: Annotated[Path, tyro.conf.Positional],
    captures: Annotated[tuple[Path, ...], tyro.conf.Positional],
    /,
    *,
    training: tuple[Path, ...] = (),
    pixel_aligned: Path | None = None,
    fit_minutes: float = 0.0,
    fit_people: int | None = None,
    views: int = 8,
    targets: int = 8,
    frame: int = 0,
    side: int = 256,
    people: int | None = None,
    matte: str = "#808080",
    metrics: tuple[str, ...] = ("psnr", "ssim", "flip", "lpips"),
    out: Path | None = None,
    json_: Annotated[bool, tyro.conf.arg(name="json")] = False,
    device: str = "auto",
    renderer: str | None = None,
) -> None:
    """Measure a HeadsUp network on people it never saw, beside baselines.

    Every method gets the same views of each person, and is measured on the same others, inside the
    box of the mask. With --out, what is finished is kept: the same command goes on where it was.

    Args:
        weights: The network (.safetensors).
        captures: People held out: `.capture` files, or folders of them.
        training: Captures of the people it learnt from, for the mean head and the nearest person.
        pixel_aligned: A pixel-aligned network to compare with.
        fit_minutes: How long `mien fit` may take for each person; 0 to leave it out.
        fit_people: How many people are fitted; all by default.
        views: That go in.
        targets: That are held out: test cameras first.
        frame: Of the captures.
        side: Pixels along the longer side of the pictures that are compared.
        people: How many of the people; all by default.
        matte: Colour put behind the person, by the photograph's mask; empty for what is there.
        metrics: Of psnr ssim ms_ssim flip lpips l1.
        out: Folder for tables (.md .csv .json), a contact sheet (.png) and what is finished.
        json_: Print the means as JSON for scripts.
        device: cpu, cuda, cuda:1, ...; the best there is when left out.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    asked = _Asked(weights, training, pixel_aligned, fit_minutes, device)
    _check(views, targets, side, people, fit_people, fit_minutes)
    # Not at the top: it imports torch, and a mistyped command should not wait for that.
    from mien.cli.evaluate import known_metrics
    from mien.evaluation.headsup import tables
    from mien.evaluation.headsup.comparison import Comparison
    from mien.evaluation.headsup.contact_sheet import Album
    from mien.evaluation.headsup.ledger import Ledger
    from mien.evaluation.headsup.outcomes import outcomes
    from mien.evaluation.headsup.people import captures_in, opened_trials
    from mien.evaluation.headsup.trials import Plan
    from mien.evaluation.metrics import unavailable
    from mien.evaluation.recipe import STRANGERS
    from mien.image import write_image
    from mien.models.headsup.weights import read_card

    recipe = STRANGERS.replace(
        metrics=known_metrics(metrics), matte=parse_color(matte) if matte else None
    )
    plan = Plan(views, targets, frame, read_card(weights).config.template)
    found, damaged = captures_in(captures)
    with ExitStack() as stack:
        trials, unusable = stack.enter_context(opened_trials(found[:people], plan))
        for problem in (*damaged, *unusable):
            say(f"left out: {problem}")
        if not trials:
            raise MienError("nobody is left to be measured on")
        drawing = renderer_for(renderer)
        stack.callback(drawing.close)
        tell = stack.enter_context(progress("Measuring"))
        methods = asked.methods(plan, found, drawing, tell)
        ledger = Ledger(None if out is None else out / CELLS)
        album = None if out is None else Album(out / PICTURES, recipe, drawing)
        results = outcomes(
            methods,
            trials,
            recipe=recipe,
            renderer=drawing,
            ledger=ledger,
            side=side,
            limits={} if fit_people is None else {"person_fit": fit_people},
            keep=None if album is None else album.keep,
            progress=tell,
        )
        table = Comparison.of(
            results, methods, recipe=recipe, plan=plan, unavailable=unavailable(recipe.metrics)
        )
        if out is not None and album is not None:
            tables.write_csv(table, out / "comparison.csv")
            tables.write_json(table, out / "comparison.json")
            tables.write_markdown(table, out / "comparison.md")
            write_image(out / "comparison.png", album.sheet(table, trials))
    if json_:
        print(tables.to_json(table))  # noqa: T201
        return
    for line in tables.as_text(table):
        say(line)


@dataclass(frozen=True)
class _Asked:
    weights: Path
    training: tuple[Path, ...]
    pixel_aligned: Path | None
    fit_minutes: float
    device: str

    def methods(
        self, plan: Plan, held_out: Sequence[Path], drawing: Renderer, tell: ProgressCall
    ) -> list[Reconstructor]:
        """Return what is compared, HeadsUp first."""
        from mien.evaluation.headsup import reconstructors
        from mien.evaluation.headsup.gallery import MeanHead, NearestPerson
        from mien.evaluation.headsup.person_fit import PersonFit
        from mien.models.headsup.weights import load_headsup
        from mien.models.pixel_aligned.weights import load_pixel_aligned
        from mien.training.headsup.ranks import chosen_device

        device = chosen_device(self.device)
        network = load_headsup(self.weights)[0].to(device)
        methods: list[Reconstructor] = [reconstructors.headsup(network)]
        if self.pixel_aligned is not None:
            other = load_pixel_aligned(self.pixel_aligned)[0].to(device)
            methods.append(reconstructors.pixel_aligned(other))
        if self.training:
            gallery = self._gallery(network, plan, held_out, tell)
            methods += [NearestPerson(gallery, drawing), MeanHead(gallery)]
        if self.fit_minutes:
            texels = network.config.texels
            methods.append(PersonFit(texels, minutes=self.fit_minutes, device=device.type))
        return methods

    def _gallery(
        self, network: HeadsUp, plan: Plan, held_out: Sequence[Path], tell: ProgressCall
    ) -> Gallery:
        from mien.evaluation.headsup.gallery import Gallery
        from mien.evaluation.headsup.people import captures_in, check_strangers, each_trial

        people, damaged = captures_in(self.training)
        check_strangers(held_out, people)
        for problem in damaged:
            say(f"left out: {problem}")
        encoded = replace(plan, num_targets=0)
        return Gallery.of(
            network,
            each_trial(people, encoded, left_out=lambda why: say(f"left out: {why}")),
            heard=lambda person: tell(None, f"encoding {person}"),
        )


def _check(
    views: int,
    targets: int,
    side: int,
    people: int | None,
    fit_people: int | None,
    fit_minutes: float,
) -> None:
    named = {"views": views, "targets": targets, "people": people, "fit-people": fit_people}
    for name, value in named.items():
        if value is not None and value < 1:
            raise MienError(f"--{name} {value}: at least 1")
    if side < 16:
        raise MienError(f"--side {side}: at least 16 pixels")
    if not fit_minutes >= 0:
        raise MienError(f"--fit-minutes {fit_minutes:g}: minutes, or 0 for none")
