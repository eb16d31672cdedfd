"""`mien models`: the model files Mien uses and does not ship."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

from mien.cli.console import progress, say
from mien.driving.models import (
    MODELS,
    Model,
    fetch_model,
    find_model,
    is_sound,
    search_folders,
)
from mien.errors import MienError


def models(
    action: Annotated[Literal["list", "fetch", "path"], tyro.conf.Positional] = "list",
    name: Annotated[str | None, tyro.conf.Positional] = None,
    /,
) -> None:
    """List, fetch or locate the model files that are not Mien's to ship.

    `fetch` gets them from their publisher, takes up a transfer that broke off, and checks every
    byte. MIEN_MODELS names the folder they lie in, where it is not the user's own.

    Args:
        action: `list` says what is here, `fetch` gets what is not, `path` prints where one lies.
        name: One model; all of them without it.
    """
    chosen = _chosen(name)
    if action == "list":
        for model in chosen:
            say(_line(model))
        say("Looked in " + ", ".join(str(folder) for folder in search_folders()))
    elif action == "fetch":
        for model in chosen:
            say(str(_fetched(model)))
    else:
        for model in chosen:
            say(str(find_model(model.name)))


def _chosen(name: str | None) -> tuple[Model, ...]:
    if name is None:
        return tuple(MODELS.values())
    if name not in MODELS:
        raise MienError(f"no model {name!r}", hint=f"There are: {', '.join(MODELS)}")
    return (MODELS[name],)


def _fetched(model: Model) -> Path:
    with progress(f"Fetching {model.file_name}") as report:
        return fetch_model(model.name, report)


def _line(model: Model) -> str:
    state = "not here; run: mien models fetch"
    for folder in search_folders():
        path = folder / model.file_name
        if path.is_file():
            state = str(path)
            if not is_sound(model, path):
                state += " (not the published version)"
            break
    return f"{model.name}: {model.purpose} ({model.licence}). {state}"
