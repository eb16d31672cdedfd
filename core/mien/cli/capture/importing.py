"""`mien capture import`: copy a dataset's capture into Mien's store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from mien import __version__
from mien.capture.opening import capture_format_of
from mien.capture.store import import_capture
from mien.cli.arguments import parse_size
from mien.cli.capture.arguments import encoding_of, opened
from mien.cli.console import progress, say


def import_(
    source: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    out: Path,
    part: str = "",
    raw: bool = False,
    every: int = 1,
    size: str | None = None,
    format_: Annotated[Literal["jpeg", "png"], tyro.conf.arg(name="format")] = "jpeg",
    quality: int = 95,
    depth: bool = True,
    overwrite: bool = False,
) -> None:
    """Copy a capture of any layout Mien reads into one `.capture` file.

    Interrupted at any point, the same command goes on where it was.

    Args:
        source: The dataset: a folder or file.
        out: The file to make (.capture).
        part: Which of several captures it holds, such as 018/EXP-1-head; told if left out.
        raw: Leave the dataset's colour correction out.
        every: Take each so manieth frame.
        size: Width and height of the pictures, WxH; the source's own by default.
        format_: jpeg, or png for every bit.
        quality: Of jpeg, 1 to 100.
        depth: Keep depth where the source has it.
        overwrite: Replace a capture of something else at `out`.
    """
    encoding = encoding_of(format_, quality, depth=depth)
    wanted = None if size is None else parse_size(size)
    with opened(source, part, corrected=not raw) as capture, progress("Importing") as report:
        done = import_capture(
            capture,
            out,
            every=every,
            size=wanted,
            encoding=encoding,
            provenance=_provenance(source, part, raw=raw, every=every, size=wanted),
            overwrite=overwrite,
            report=report,
        )
    say(f"{done.path}: {done.num_views:,} pictures" + _lacking(done.num_missing))
    for reason in done.damaged[:5]:
        say(f"  not readable: {reason}")
    if len(done.damaged) > 5:
        say(f"  and {len(done.damaged) - 5:,} more")


def _lacking(count: int) -> str:
    return f"; {count:,} are missing in the source" if count else ""


def _provenance(source: Path, part: str, **options: Any) -> dict[str, Any]:
    layout = capture_format_of(source)
    return {
        "made_by": f"mien {__version__}",
        "command": "capture import",
        "source": source.name,
        "layout": layout.name if layout is not None else "",
        "part": part,
        **options,
    }
