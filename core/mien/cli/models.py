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
)
from mien.errors import MienError
from mien.model_folders import search_folders
from mien.template.selection import (
    how_to_install,
    installed_template,
    template_formats,
    template_path,
    template_title,
)


def models(
    action: Annotated[Literal["list", "fetch", "path"], tyro.conf.Positional] = "list",
    name: Annotated[str | None, tyro.conf.Positional] = None,
    /,
) -> None:
    """List, fetch or locate the model files and head templates that are not Mien's to ship.

    `fetch` gets them from their publisher, takes up a transfer that broke off, and checks every
    byte. MIEN_MODELS names the folder they lie in, where it is not the user's own.

    Args:
        action: `list` says what is here, `fetch` gets what is not, `path` prints where one lies.
        name: One model or template; all of them without it.
    """
    chosen = () if name in _templates() else _chosen(name)
    if name in _templates():
        _template(action, name)
    elif action == "list":
        for model in chosen:
            say(_line(model))
        for template in _templates() if name is None else ():
            say(_template_line(template))
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
        there = ", ".join((*MODELS, *_templates()))
        raise MienError(f"no model {name!r}", hint=f"There are: {there}")
    return (MODELS[name],)


def _templates() -> tuple[str, ...]:
    """Return the names of the head templates that people put in place themselves."""
    return tuple(name for name in template_formats.names() if template_formats.get(name).origin)


def _template(action: str, name: str) -> None:
    if action == "list":
        say(_template_line(name))
    elif action == "path":
        say(str(template_path(name)))
    elif installed_template(name) is None:
        raise MienError(f"{name} cannot be fetched for you", hint=how_to_install(name))
    else:
        say(str(installed_template(name)))


def _template_line(name: str) -> str:
    found = installed_template(name)
    state = str(found) if found is not None else f"not here. {how_to_install(name)}"
    return f"{name}: {template_title(name)} as a head template. {state}"


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
