"""`mien fit`: reconstruct a person from a capture by optimising Gaussians to its photographs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from mien.avatar.kinds.mien_file import SUFFIX, save_avatar
from mien.capture.opening import Choice, open_capture
from mien.cli.arguments import output_suffix
from mien.cli.console import progress, say
from mien.cli.interrupts import interrupts
from mien.errors import MienError

if TYPE_CHECKING:
    from mien.capture.protocol import Capture
    from mien.training.fit.config import FitConfig
    from mien.training.fit.events import FitDone, FitProgress

CHECKPOINT_SUFFIX = ".checkpoint"


def fit(
    capture: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    out: Path,
    minutes: float | None = None,
    steps: int | None = None,
    texels: int = 192,
    frames: str = "0",
    template: str | None = None,
    part: str = "",
    method: Literal["uv", "free"] = "uv",
    sh_degree: int = 1,
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Fit an avatar to the photographs of a capture.

    It is measured on the cameras that the capture holds out. Ctrl+C ends it early with the best so
    far, and --resume goes on from there.

    Args:
        capture: A capture of any layout Mien reads.
        out: Avatar to write (.avatar). Its checkpoint lies beside it (.checkpoint).
        minutes: Wall time it may take; 15 unless --steps is given.
        steps: Iterations it may take.
        texels: Side of the template's UV map that carries a Gaussian on each texel.
        frames: Which frames, such as 0 or 0,4,9 or 0:100:10.
        template: Name of another head template than the capture was tracked with.
        part: Which sequence, where the capture holds several.
        method: uv binds Gaussians to the head; free lets them multiply, on CUDA.
        sh_degree: How much colours may depend on direction, 0 to 3.
        seed: Of every choice by chance.
        resume: Go on from the checkpoint.
    """
    from mien.training.fit.config import FitConfig

    output_suffix(out, (SUFFIX,))
    limit = 15.0 if minutes is None and steps is None else minutes
    with open_capture(capture, Choice(part=part)) as opened:
        chosen = parse_frames(frames, len(opened.times))
        try:
            config = FitConfig(
                method=method,
                minutes=limit,
                steps=steps,
                texels=texels,
                frames=chosen,
                template=template,
                sh_degree=sh_degree,
                preview_secs=0,
                seed=seed,
            )
        except ValueError as error:
            raise MienError(str(error)) from None
        _run(opened, config, out, resume=resume)


def _run(opened: Capture, config: FitConfig, out: Path, *, resume: bool) -> None:
    # Not at the top: it imports torch, and a mistyped command should not wait for that.
    from mien.training.fit.events import FitDone, FitProgress, FitStage
    from mien.training.fit.loop import fit as fitting

    with interrupts() as told, progress("Fitting") as report:
        events = fitting(
            opened,
            config,
            checkpoint=out.with_suffix(CHECKPOINT_SUFFIX),
            resume=resume,
            cancel=told.is_set,
        )
        for event in events:
            if isinstance(event, FitStage):
                report(0.0, event.message)
            elif isinstance(event, FitProgress):
                report(event.fraction, _line(event))
            elif isinstance(event, FitDone):
                save_avatar(out, event.avatar)
                say(_summary(out, event))


def _line(event: FitProgress) -> str:
    held_out = "" if event.held_out_psnr is None else f", held out {event.held_out_psnr:.2f} dB"
    return f"{event.psnr:.2f} dB{held_out}, step {event.step:,}, {event.steps_per_sec:.1f}/s"


def _summary(out: Path, event: FitDone) -> str:
    report = event.report
    how = "stopped after" if event.cancelled else "fitted in"
    parts = [f"{report.num_gaussians:,} Gaussians {how} {report.elapsed_secs:.0f} s"]
    parts.append(f"{report.cpu_secs / 60:.1f} CPU minutes")
    parts.append(f"{report.steps:,} steps")
    if report.psnr is not None and report.ssim is not None:
        count = len(report.scores)
        parts.append(f"{report.psnr:.2f} dB, SSIM {report.ssim:.4f} on {count} held-out pictures")
    return f"{out}: {', '.join([*parts, *report.notes])}"


def parse_frames(text: str, count: int) -> tuple[int, ...]:
    """Read frames like `0`, `0,4,9`, `0:100:10` or `all` of a capture with so many.

    Raises:
        MienError: It is something else, or there is no such frame.
    """
    chosen: list[int] = []
    for piece in text.split(","):
        try:
            numbers = [int(part) if part else None for part in piece.split(":")]
        except ValueError:
            numbers = []
        if piece.strip() == "all":
            chosen += range(count)
        elif len(numbers) == 1 and numbers[0] is not None:
            chosen.append(numbers[0])
        elif len(numbers) in (2, 3) and numbers[2:] != [0]:
            chosen += range(count)[slice(*numbers)]
        else:
            raise MienError(f"--frames {text}: write them like 0 or 0,4,9 or 0:100:10 or all")
    beyond = [frame for frame in chosen if not 0 <= frame < count]
    if beyond or not chosen:
        raise MienError(f"--frames {text}: the capture has frames 0 to {count - 1}")
    return tuple(dict.fromkeys(chosen))
