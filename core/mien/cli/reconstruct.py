"""`mien reconstruct`: a capture's views to an avatar in one pass of a HeadsUp network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from mien.avatar.kinds.mien_file import SUFFIX, save_avatar
from mien.capture.opening import Choice, open_capture
from mien.cli.arguments import output_suffix
from mien.cli.console import progress, say
from mien.cli.interrupts import interrupts
from mien.errors import MienError

if TYPE_CHECKING:
    from mien.capture.protocol import Capture
    from mien.models.headsup.decoding import HeadDecoder
    from mien.training.fit.events import Score
    from mien.training.reconstruction.one_pass import Reconstruction


def reconstruct(
    capture: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    out: Path,
    views: int = 8,
    cameras: str = "",
    frame: int = 0,
    refine: int = 0,
    network: Path | None = None,
    part: str = "",
) -> None:
    """Reconstruct a person from a few views, in one pass.

    It is measured on the cameras whose pictures did not go in.

    Args:
        capture: A capture of any layout Mien reads.
        out: Avatar to write (.avatar).
        views: How many cameras' pictures go in: well spread, training cameras first.
        cameras: Names of the cameras wanted instead, such as 222200037,222200039.
        frame: Which frame; best one with a neutral face.
        refine: Steps by which the latent is then optimised to the views that went in.
        network: A trained network (.safetensors); the one that ships with Mien by default.
        part: Which sequence, where the capture holds several.
    """
    output_suffix(out, (SUFFIX,))
    if refine < 0:
        raise MienError(f"--refine {refine}: it is a number of steps")
    with open_capture(capture, Choice(part=part)) as opened:
        names = [name.strip() for name in cameras.split(",") if name.strip()] or None
        _run(opened, network, out, (frame, views, names), refine)


def _run(
    capture: Capture,
    network: Path | None,
    out: Path,
    chosen: tuple[int, int, Sequence[str] | None],
    steps: int,
) -> None:
    # Not at the top: they import torch, and a mistyped command should not wait for that.
    from mien.models.headsup.opened import open_network
    from mien.models.headsup.shipped import shipped_network
    from mien.training.reconstruction.one_pass import reconstruct as in_one_pass
    from mien.training.reconstruction.one_pass import unused_scores

    decoder = open_network(network or shipped_network())
    frame, views, cameras = chosen
    made = in_one_pass(decoder, capture, frame=frame, views=views, cameras=cameras)
    if steps:
        made = _refined(decoder, made, capture, steps)
    save_avatar(out, made.avatar)
    for line in (*made.notes, *made.warnings):
        say(line)
    say(_summary(out, made, unused_scores(made, capture)))


def _refined(
    decoder: HeadDecoder, start: Reconstruction, capture: Capture, steps: int
) -> Reconstruction:
    from mien.training.reconstruction.refining import RefineDone, RefineProgress, refine

    made = start
    with interrupts() as told, progress("Refining") as report:
        for event in refine(
            decoder, start, capture, steps=steps, preview_secs=0, cancel=told.is_set
        ):
            if isinstance(event, RefineProgress):
                report(event.step / event.steps, f"{event.psnr:.2f} dB")
            elif isinstance(event, RefineDone):
                made = event.reconstruction
    return made


def _summary(out: Path, made: Reconstruction, scores: Sequence[Score]) -> str:
    views = "1 view" if len(made.views) == 1 else f"{len(made.views)} views"
    parts = [f"{made.avatar.num_gaussians:,} Gaussians from {views} in {made.secs:.2f} s"]
    if scores:
        mean = sum(score.psnr for score in scores) / len(scores)
        pictures = "1 unused camera" if len(scores) == 1 else f"{len(scores)} unused cameras"
        parts.append(f"{mean:.2f} dB on {pictures}")
    return f"{out}: {', '.join(parts)}"
