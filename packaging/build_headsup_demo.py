"""Build the HeadsUp demo: network, people, film, sequence, model card and contact sheets.

    .venv/bin/python packaging/build_headsup_demo.py --network RUN --training FOLDER... \\
        --held FOLDER... [--evaluation FOLDER] [--tracker BUNDLE] [--only people card pictures]

It can be run again whenever there are better weights; film and sequence do not depend on them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "packaging")]

NETWORK = "headsup.safetensors"
FILM, TRACK = "film.mp4", "film.h5"
SEQUENCE = "held_out.capture"
CARD = "HEADSUP.md"
LIMIT_MB = 25


@dataclass(frozen=True)
class Build:
    """What is built, and from what."""

    network: Path
    training: list[Path]
    held_out: list[Path]
    out: Path
    pictures: Path
    evaluation: Path | None
    tracker: Path | None
    shown: int
    axes: int
    prior_steps: int
    first: str

    def make_network(self) -> None:
        """Copy the weights, which are stored in half floats with their sizes."""
        from mien.models.headsup.weights import load_headsup

        load_headsup(self.network)
        shutil.copyfile(self.network, self.out / NETWORK)

    def make_people(self) -> None:
        """Reconstruct the people."""
        from headsup_demo.people import config_of, make_people

        library, problems = make_people(
            self.out / NETWORK,
            self.training,
            self.held_out,
            self.out,
            config=config_of(shown=self.shown, axes=self.axes, prior_steps=self.prior_steps),
            first=self.first,
            told=told,
        )
        for problem in problems:
            print(f"\nleft out: {problem}")
        new = sum(not person.training for person in library.people)
        print(f"\n{len(library.people)} people, {new} of them never seen by the network")

    def make_film(self) -> None:
        """Film the performer."""
        from headsup_demo.film import make_film

        make_film(self.out / FILM, self.out / TRACK, told=told)
        self._list(film=FILM)

    def make_sequence(self) -> None:
        """Film who is opened first: somebody held out."""
        from headsup_demo.sequence import make_sequence

        from mien.models.headsup.library_file import load_library

        opened = self._listing()["people"][0]
        people = load_library(self.out / "people.identities").people
        person = next(person for person in people if person.name == opened)
        make_sequence(int(person.attributes["seed"]), self.out / SEQUENCE, told=told)
        self._list(sequence=SEQUENCE)

    def make_card(self) -> None:
        """Write the model card."""
        from headsup_demo.card import Facts, write_card
        from headsup_demo.film import tracker_agreement

        from mien.models.headsup.library_file import load_library

        tracked = None
        if self.tracker is not None:
            tracked = tracker_agreement(self.out / FILM, self.out / TRACK, self.tracker)
        library = load_library(self.out / "people.identities")
        facts = Facts(
            self.out / NETWORK, library, self.out, self.training, self.evaluation, tracked
        )
        write_card(self.out / CARD, facts)

    def make_pictures(self) -> None:
        """Draw the contact sheets."""
        from headsup_demo.sheets import draw_one_pass, draw_sheets

        self.pictures.mkdir(parents=True, exist_ok=True)
        draw_sheets(self.out / "people.identities", self.pictures)
        draw_one_pass(self.held_out, self.out / NETWORK, self.pictures / "one_pass.jpg")

    def _listing(self) -> dict[str, object]:
        path = self.out / "headsup.json"
        return json.loads(path.read_text()) if path.is_file() else {}

    def _list(self, **entries: str) -> None:
        from headsup_demo.people import write_listing

        write_listing(self.out, self._listing() | entries)


STEPS: dict[str, Callable[[Build], None]] = {
    "network": Build.make_network,
    "people": Build.make_people,
    "film": Build.make_film,
    "sequence": Build.make_sequence,
    "card": Build.make_card,
    "pictures": Build.make_pictures,
}


def main() -> int:
    """Build what is asked for; return the exit code."""
    # Before torch: it says how waiting threads behave.
    import mien.threads  # noqa: F401  # isort: skip

    from mien.errors import MienError

    arguments = _parser().parse_args()
    try:
        build = _build(arguments)
        build.out.mkdir(parents=True, exist_ok=True)
        for name in arguments.only or STEPS:
            began = time.perf_counter()
            STEPS[name](build)
            print(f"\n{name}: {time.perf_counter() - began:.0f} s")
    except MienError as error:
        print(f"build_headsup_demo: {error}", file=sys.stderr)
        return 2
    sizes = {path: path.stat().st_size for path in build.out.rglob("*") if path.is_file()}
    for path, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size / 1e6:7.2f} MB  {path.relative_to(build.out)}")
    total = sum(sizes.values()) / 1e6
    print(f"{total:7.2f} MB  of {LIMIT_MB}")
    return 0 if total <= LIMIT_MB else 1


def told(fraction: float | None, message: str) -> None:
    """Say how far a step is, on one line."""
    share = "" if fraction is None else f"{100 * fraction:3.0f} % "
    print(f"\r{share}{message:<60}", end="", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", type=Path, required=True, help="a training's folder or file")
    parser.add_argument("--training", type=Path, nargs="+", default=[], help="folders of captures")
    parser.add_argument("--held", type=Path, nargs="+", default=[], help="of people never seen")
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "demo")
    parser.add_argument("--pictures", type=Path, default=ROOT / "resources" / "pictures")
    parser.add_argument("--evaluation", type=Path, help="what `mien evaluate headsup --out` left")
    parser.add_argument("--tracker", type=Path, help="face landmark bundle, to hold the film to")
    parser.add_argument("--shown", type=int, default=24, help="people to look at")
    parser.add_argument("--axes", type=int, default=32, help="directions of the latent space")
    parser.add_argument("--prior-steps", type=int, default=4000, help="of the flow's training")
    parser.add_argument("--first", default="", help="whose capture is opened first: person-05012")
    parser.add_argument("--only", nargs="*", choices=list(STEPS), help="just these steps")
    return parser


def _build(arguments: argparse.Namespace) -> Build:
    from headsup_demo.people import learnt_from

    from mien.models.headsup.weights import read_card

    given: Path = arguments.network
    network = given / "best.safetensors" if given.is_dir() else given
    data = read_card(network).card.get("data", {})
    captures = _captures(arguments.training)
    learnt, unseen = learnt_from(data, captures, _captures(arguments.held))
    if len(learnt) != data.get("people"):
        print(f"the training learnt from {data.get('people')} people; {len(learnt)} were given")
    return Build(
        network,
        learnt,
        unseen,
        arguments.out,
        arguments.pictures,
        arguments.evaluation,
        arguments.tracker,
        arguments.shown,
        arguments.axes,
        arguments.prior_steps,
        arguments.first,
    )


def _captures(folders: list[Path]) -> list[Path]:
    from mien.capture.store.set import CaptureSet

    return [folder / entry.file for folder in folders for entry in CaptureSet.of(folder).entries]


if __name__ == "__main__":
    sys.exit(main())
