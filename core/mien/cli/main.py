"""The `mien` command: finds the subcommand, runs it, and turns errors into one line.

A subcommand is a function with typed arguments in a module of its own; only the one that is run is
imported, so that `mien info` does not wait for what `mien drive` needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial, wraps
from importlib import import_module
from io import StringIO
from itertools import takewhile
from typing import Any

from mien import __version__
from mien.errors import MienError


@dataclass(frozen=True)
class Subcommand:
    """Where a subcommand lives, and its line in the overview.

    Its function may also be a mapping of such functions by name: the actions it has.
    """

    module: str
    function: str
    summary: str


SUBCOMMANDS: dict[str, Subcommand] = {
    "studio": Subcommand("mien.cli.studio", "studio", "open the desktop studio"),
    "render": Subcommand("mien.cli.render", "render", "render an avatar to a picture or turntable"),
    "drive": Subcommand("mien.cli.drive", "drive", "let a video or track drive an avatar"),
    "morph": Subcommand("mien.cli.morph", "morph", "one person becomes another, as a video"),
    "blend": Subcommand("mien.cli.blend", "blend", "blend avatars that share a template"),
    "reconstruct": Subcommand(
        "mien.cli.reconstruct", "reconstruct", "views to an avatar in one pass of a network"
    ),
    "identities": Subcommand(
        "mien.cli.identities", "identities", "gather a network's people into a library"
    ),
    "fit": Subcommand("mien.cli.fit", "fit", "reconstruct a person from a capture"),
    "train": Subcommand("mien.cli.train", "ACTIONS", "train networks on many people's captures"),
    "convert": Subcommand("mien.cli.convert", "convert", "convert splats, avatars and tracks"),
    "capture": Subcommand("mien.cli.capture", "ACTIONS", "import, make up and look over captures"),
    "evaluate": Subcommand("mien.cli.evaluate", "evaluate", "measure an avatar by a capture"),
    "evaluate headsup": Subcommand(
        "mien.cli.evaluate_headsup", "headsup", "measure a network beside baselines"
    ),
    "study": Subcommand("mien.cli.study", "ACTIONS", "measure how a network scales"),
    "info": Subcommand("mien.cli.info", "info", "say what a file holds"),
    "models": Subcommand("mien.cli.models", "models", "list, fetch and locate model files"),
    "doctor": Subcommand("mien.cli.doctor", "doctor", "check this machine, and say what to do"),
    "bench": Subcommand("mien.cli.bench.command", "bench", "measure this machine"),
}

# Options that take several values and may also be given several times.
REPEATABLE = ("--expression",)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, or 2 after an error that was explained."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(overview())  # noqa: T201
        return 0
    if arguments[0] in ("-V", "--version"):
        print(f"mien {__version__}")  # noqa: T201
        return 0
    # A name may have two words; a file of the second one's name is then written ./like this.
    two_words = " ".join(arguments[:2])
    name = two_words if two_words in SUBCOMMANDS else arguments[0]
    if name not in SUBCOMMANDS:
        return _fail(f"no command {name!r}; there are {', '.join(SUBCOMMANDS)}")
    try:
        return _run(name, arguments[len(name.split()) :])
    except MienError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # Whoever read the output has closed it (`mien info x | head`); that is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except OSError as error:
        # A folder that may not be read, a full disk: the machine's doing and nobody's mistake here.
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except Exception as error:
        if os.environ.get("MIEN_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        return _fail(f"{what}. This is a bug in Mien; MIEN_DEBUG=1 shows where.", 1)


def overview() -> str:
    """Return the help of `mien` itself."""
    width = max(map(len, SUBCOMMANDS))
    lines = [f"  {name:<{width}}  {held.summary}" for name, held in SUBCOMMANDS.items()]
    return "\n".join(
        [
            f"mien {__version__}: 3D Gaussian head avatars",
            "",
            "usage: mien COMMAND ...",
            "",
            *lines,
            "",
            "mien COMMAND --help explains a command.",
        ]
    )


def _run(name: str, arguments: Sequence[str]) -> int:
    import tyro

    held = SUBCOMMANDS[name]
    found = getattr(import_module(held.module), held.function)
    options: dict[str, Any] = {
        "prog": f"mien {name}",
        "args": gathered(arguments),
        "config": (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
    }
    complaint = StringIO()
    try:
        # Only understood here, not run: what the subcommand itself says must come through.
        with redirect_stderr(complaint):
            if isinstance(found, dict):
                actions = {action: _understood(each) for action, each in found.items()}
                options["description"] = f"{held.summary[0].upper()}{held.summary[1:]}."
                call = tyro.extras.subcommand_cli_from_dict(actions, **options)
            else:
                call = tyro.cli(_understood(found), **options)
    except SystemExit as end:
        if not end.code:
            raise
        raise MienError(one_line(complaint.getvalue()), hint=f"See mien {name} --help") from end
    result = call()
    return result if isinstance(result, int) else 0


def _understood(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the same arguments that only binds them."""

    @wraps(function)
    def bound(*args: Any, **kwargs: Any) -> Any:
        return partial(function, *args, **kwargs)

    return bound


def one_line(box: str) -> str:
    """Return what tyro's framed complaint about arguments says, up to its first rule."""
    lines = [line.strip("│╭╮╰╯ ") for line in box.splitlines()]
    said = list(takewhile(lambda line: line.strip("─"), lines[1:]))
    return " ".join(said).removesuffix(".") or "the arguments cannot be understood"


def gathered(arguments: Sequence[str]) -> list[str]:
    """Put the values of an option that was given several times behind its first appearance.

    `--expression a=1 --expression b=1` and `--expression a=1 b=1` mean the same.
    """
    result: list[str] = []
    values: dict[str, list[str]] = {}
    current: str | None = None
    for argument in arguments:
        if argument in REPEATABLE:
            current = argument
            if current not in values:
                values[current] = []
                result.append(argument)
        elif current is not None and not argument.startswith("--"):
            values[current].append(argument)
        else:
            current = None
            result.append(argument)
    return [part for item in result for part in (item, *values.get(item, ()))]


def _fail(message: str, code: int = 2) -> int:
    print(f"mien: {message}", file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
