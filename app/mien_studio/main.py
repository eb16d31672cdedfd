"""`mien-studio`: start the desktop app."""

from __future__ import annotations

import time

_STARTED = time.perf_counter()

import argparse  # noqa: E402 - the clock of --measure-start begins before everything else
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

Size = tuple[int, int]


def main() -> None:
    """Run the studio with the arguments of the command line and exit with its code."""
    if getattr(sys, "frozen", False):
        # A bundle starts itself again for what is done in another process.
        from multiprocessing import freeze_support

        freeze_support()
    sys.exit(run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Run the studio; return its exit code."""
    arguments = _parser().parse_args(list(argv))
    if not _has_display():
        print(  # noqa: T201 - there is no window to say it in
            "mien-studio: there is no display. Run it under one, or: xvfb-run -a mien-studio",
            file=sys.stderr,
        )
        return 2
    from mien_studio.application import Launch, start

    return start(
        Launch(
            files=tuple(arguments.files),
            renderer=arguments.renderer,
            demo=not arguments.no_demo,
            size=arguments.size,
            screenshot=arguments.screenshot,
            after_secs=arguments.after,
            measure_start=arguments.measure_start,
            measure_orbit_secs=arguments.measure_orbit,
            measure_scrub_secs=arguments.measure_scrub,
            measure_shape_secs=arguments.measure_shape,
            json=arguments.json,
            started=_STARTED,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mien-studio", description="See, drive, blend and compare Gaussian head avatars."
    )
    parser.add_argument("files", nargs="*", type=Path, help="avatars, videos, tracks or a session")
    parser.add_argument("--renderer", default="", help="cpu, gsplat or opengl; by default the best")
    parser.add_argument("--no-demo", action="store_true", help="begin with an empty session")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the viewport in pixels")
    parser.add_argument("--screenshot", type=Path, metavar="PNG", help="save the window and quit")
    parser.add_argument(
        "--after", type=float, default=2.0, metavar="SECS", help="how long to wait before that"
    )
    measuring = parser.add_argument_group("measuring, for `mien bench`")
    measuring.add_argument(
        "--measure-start", action="store_true", help="say when the first picture was there, quit"
    )
    measuring.add_argument(
        "--measure-orbit", type=float, default=0.0, metavar="SECS", help="orbit, say how fast, quit"
    )
    measuring.add_argument(
        "--measure-scrub",
        type=float,
        default=0.0,
        metavar="SECS",
        help="scrub a capture under the wipe, say how fast, quit",
    )
    measuring.add_argument(
        "--measure-shape",
        type=float,
        default=0.0,
        metavar="SECS",
        help="drag a latent slider of a person, say how many faces were shown, quit",
    )
    measuring.add_argument("--json", action="store_true", help="say it as JSON")
    return parser


def _size(text: str) -> Size:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no size like 960x540") from error
    if width <= 0 or height <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} has no area")
    return width, height


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    main()
