"""`mien identities`: gather a network's people into a library for the studio."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from mien.capture.store.set import CaptureSet
from mien.cli.arguments import output_suffix
from mien.cli.console import progress, say
from mien.errors import FileError, MienError
from mien.models.kinds.identities import SUFFIX
from mien.rendering import make_renderer


def identities(
    folders: Annotated[tuple[Path, ...], tyro.conf.Positional],
    /,
    *,
    network: Path,
    out: Path,
    views: int = 8,
    shown: int = 24,
    axes: int = 48,
    prior_steps: int = 4000,
) -> None:
    """Gather the people of a trained network into a library.

    Everybody is reconstructed from views. Whoever the network learnt from spans its latent space,
    tells what attributes look like and teaches the prior; whoever was held out is shown beside.

    Args:
        folders: Of `.capture` files: those that the network was trained with.
        network: The trained network (.safetensors).
        out: Library to write (.identities). The network's file belongs beside it.
        views: Of each person that go in.
        shown: People who can be looked at; half of them held out.
        axes: Directions of the latent space, at most.
        prior_steps: Of training the prior of new people; 0 for none.
    """
    output_suffix(out, (SUFFIX,))
    if views < 1 or shown < 0 or axes < 1 or prior_steps < 0:
        raise MienError(
            "--views and --axes must be positive, --shown and --prior-steps not below 0"
        )
    captures = [path for folder in folders for path in _captures(folder)]
    # Not at the top: they import torch, and a mistyped command should not wait for that.
    from mien.models.headsup.flow import FlowConfig
    from mien.models.headsup.library_file import save_library
    from mien.models.headsup.opened import open_network
    from mien.models.headsup.weights import read_card
    from mien.training.identities import LibraryConfig, gather

    data = read_card(network).card.get("data", {})
    config = LibraryConfig(
        views=views,
        num_axes=axes,
        shown=shown,
        prior=FlowConfig(steps=prior_steps) if prior_steps else None,
    )
    renderer = make_renderer("cpu")
    try:
        with progress("Gathering") as report:
            library, problems = gather(
                open_network(network),
                network.name,
                captures,
                renderer,
                config,
                held_out=frozenset(str(name) for name in data.get("held_out", ())),
                progress=report,
            )
    finally:
        renderer.close()
    save_library(out, library)
    for problem in problems:
        say(f"left out: {problem}")
    say(
        f"{out}: {len(library.known_names)} training people in {library.space.num_axes} directions,"
        f" {len(library.people)} to look at, {out.stat().st_size / 1e6:.1f} MB"
    )


def _captures(folder: Path) -> list[Path]:
    people = CaptureSet.of(folder)
    found = [people.folder / entry.file for entry in people.entries]
    if not found:
        raise FileError(folder, "holds no captures")
    return found
