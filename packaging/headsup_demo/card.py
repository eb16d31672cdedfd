"""The model card: what the network that ships learnt from, how, and what it can and cannot do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from headsup_demo import film, sequence

from mien.capture.opening import open_capture
from mien.errors import MienError
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.weights import read_card

_ATTRIBUTES = 12

_LIMITS = """\
- It has seen only people of the synthetic captures: photographs of living people are outside of
  what it learnt, and their heads come out as the nearest that it knows.
- Heads are what the synthetic people it learnt from span. Long hair is a coarse shell, strands are
  blurred, and what only few people wear (braids, buns) is often missing or wrong.
- It wants calibrated cameras with the head in view, best eight all round and with masks; with one
  view, what that does not show is guessed.
- One light, no glasses, no hats, no earrings, adults only; teeth and tongue are blurred.
- Attribute sliders are regressions over the people it learnt from: each says in its tip how much of
  what people differ in it tells."""

_LICENCE = """\
The people never lived. They are drawn from seeds by `mien capture synthesize`, on a head template
and shapes of CC0 data; nobody's photographs went in, and no other network's output. The weights,
the library, the sequence, the film and its track are released under CC0 1.0."""


@dataclass(frozen=True)
class Facts:
    """What the card is made of.

    Args:
        network: The trained network's file.
        library: The people.
        folder: Where the demo lies.
        people: Captures that it learnt from.
        evaluation: What `mien evaluate headsup --out` left, or None.
        tracked: How the face tracker reads the film (correlation by expression), or None.
    """

    network: Path
    library: IdentityLibrary
    folder: Path
    people: list[Path]
    evaluation: Path | None = None
    tracked: Mapping[str, float] | None = None


def write_card(path: Path, facts: Facts) -> None:
    """Write the card (.md)."""
    held = read_card(facts.network)
    parts = [
        "# HeadsUp demo network",
        "One pass from a few calibrated views to a head that can be blended and driven"
        " (HeadsUp, arXiv 2605.04035; built anew here). This page is written by"
        " `packaging/build_headsup_demo.py` from the training's own records.",
        _table(_figures(held.card, facts)),
        "## Data",
        _data(facts.people),
        "## Training",
        _training(held.card),
        "## Measured on people it never saw",
        _measured(held.card, facts.evaluation),
        "## The people",
        _people(facts.library),
        "## Film, track and sequence",
        _film(facts),
        "## Limits",
        _LIMITS,
        "## Licence",
        _LICENCE,
    ]
    path.write_text("\n\n".join(parts) + "\n")


def _figures(card: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
    sizes = card["network"]
    texels = sizes["latent_grid"] * 2 ** (len(sizes["decoder_widths"]) - 1)
    return [
        ("parameters", f"{card['parameters'] / 1e6:.2f} M, half floats"),
        ("latent", f"{sizes['latent_grid']} x {sizes['latent_grid']} x {sizes['latent_dim']}"),
        ("Gaussians", f"on {texels} x {texels} texels, {sizes['layers']} each"),
        ("views", f"any number, encoded at {sizes['view_side']} pixels"),
        ("network's id", facts.library.model),
    ]


def _data(captures: list[Path]) -> str:
    recipes: dict[str, list[int]] = {}
    for path in captures:
        with open_capture(path) as capture:
            said, shape = capture.provenance, (len(capture.cameras), len(capture.times))
            size = "x".join(str(side) for side in capture.cameras[0].camera.size)
        recipe = (
            f"{shape[0]} cameras ({said.get('rig', 'of their own')}) at {size} pixels,"
            f" {shape[1]} frames, {said.get('supersampling', '?')} samples a pixel and axis,"
            f" skin of {said.get('texture', '?')} texels, {said.get('light', '?')} light"
        )
        recipes.setdefault(recipe, []).append(int(said.get("seed", -1)))
    lines = [
        f"- {len(seeds)} people of `mien capture synthesize`, seeds {_ranges(seeds)}: {recipe}"
        for recipe, seeds in recipes.items()
    ]
    return "\n".join(lines)


def _ranges(seeds: list[int]) -> str:
    """Return numbers as ranges, like `1000 to 1099, 1200`."""
    held = np.array(sorted(set(seeds)))
    runs = np.split(held, np.flatnonzero(np.diff(held) != 1) + 1)
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _training(card: Mapping[str, Any]) -> str:
    asked = card["training"]
    views = " to ".join(str(count) for count in dict.fromkeys(asked["views"]))
    rows = [
        ("command", f"`{card['command']}`" if card.get("command") else "not recorded"),
        ("made by", str(card["made_by"])),
        ("people", f"{card['data']['people']}, {card['data']['left_out']} left out as damaged"),
        ("steps", f"{card['steps']:,}, {card['people_seen']:,} people seen"),
        ("time", f"{card['secs'] / 3600:.2f} h on {card['processes']} x {card['device']}"),
        ("views in", f"{views}; compared with {asked['targets']} others"),
        ("step size", f"{asked['rate']:g}, cosine to {asked['rate_end']:g} of it"),
        ("seed", str(asked["seed"])),
    ]
    return _table(rows)


def _measured(card: Mapping[str, Any], evaluation: Path | None) -> str:
    told: list[str] = []
    if evaluation is not None:
        told.append((evaluation / "comparison.md").read_text().strip())
    marks = card.get("metrics")
    if marks:
        rows = [
            ("neutral faces", f"{marks['psnr']:.2f} dB"),
            ("the mean head instead", f"{marks['mean_head']:.2f} dB"),
        ]
        if marks.get("learned_rig") is not None:
            rows += [
                ("expressions, learned rig", f"{marks['learned_rig']:.2f} dB"),
                ("expressions, template's rig", f"{marks['template_rig']:.2f} dB"),
            ]
        told += [f"At the end of the training ({marks['recipe']}):", _table(rows)]
    return "\n\n".join(told) if told else "Nobody was held out in this training."


def _people(library: IdentityLibrary) -> str:
    strangers = [person for person in library.people if not person.training]
    lines = [
        f"`people.identities` has {len(library.people)} people to look at, {len(strangers)} of whom"
        f" the network never saw and reconstructed from 8 views. The latent space has"
        f" {library.space.num_axes} directions, of {len(library.known_names)} training people,"
        f" which hold {100 * float(library.space.shares.sum()):.0f} % of what these differ in."
    ]
    if library.directions is not None:
        certain = library.directions.certain(0.0)
        rows = [
            (name, f"{float(share):.2f}")
            for name, share in zip(certain.names, certain.certainties, strict=True)
        ][:_ATTRIBUTES]
        lines += ["Attributes that the latent foretells best (R², leave one out):", _table(rows)]
    return "\n\n".join(lines)


def _film(facts: Facts) -> str:
    listing = json.loads((facts.folder / "headsup.json").read_text())
    if "film" not in listing or "sequence" not in listing:
        raise MienError(
            "the card tells of film and sequence: make them first (--only film sequence)"
        )
    lines = [
        f"- `{listing['film']}`: the person of seed {film.PERFORMER}, whom the network never saw,"
        " filmed by one camera; what they do is written by hand"
        " (`packaging/headsup_demo/choreography.py`).",
        f"- `{Path(listing['film']).with_suffix('.h5')}`: its track. These are the coefficients the"
        " person was posed with, not what a tracker reads from the film.",
        f"- `{listing['sequence']}`: {_seen_in(facts, listing['sequence'])}, held out, in"
        f" {sequence.FRAMES} frames before {len(sequence.CAMERAS)} cameras of dome24.",
    ]
    if facts.tracked:
        said = ", ".join(f"{name} {value:.2f}" for name, value in facts.tracked.items())
        lines.append(
            f"- The face tracker reads the film as it was acted: correlation over time {said}."
        )
    return "\n".join(lines)


def _seen_in(facts: Facts, sequence: str) -> str:
    """Return the name of the person of the library whom the sequence shows."""
    with open_capture(facts.folder / sequence) as capture:
        seed = capture.attributes.get("seed")
    strangers = (person for person in facts.library.people if not person.training)
    shown = next((held.name for held in strangers if held.attributes.get("seed") == seed), None)
    if shown is None:
        raise MienError(
            f"the sequence shows the person of seed {seed}, who is nobody of the library held out",
            hint="Build with --first of that person's capture, or make the sequence anew",
        )
    return shown


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])
