"""People of a library who are there at once: kept as avatars beside it, until its network is.

A library's network takes seconds to load. `people.identities` may have a folder `people` with
avatars named like people in it: who is asked for is shown as that until they can become anybody.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mien.avatar.open import open_avatar
from mien.avatar.protocol import Avatar
from mien.errors import MienError
from mien.tensor_files import open_tensors

_SUFFIX = ".avatar"
_KEY = "mien-identities"


def ready_file(library: Path, name: str) -> Path:
    """Return where somebody of a library is kept ready, whether or not they are."""
    return library.with_suffix("") / f"{name}{_SUFFIX}"


def ready_person(library: Path, name: str) -> Avatar | None:
    """Return somebody of a library as they were kept ready; None if they were not.

    Those of another network's library are not who is asked for.
    """
    path = ready_file(library, name)
    # Or a name would lead out of the folder.
    if path.parent != library.with_suffix("") or not path.is_file():
        return None
    with suppress(MienError, TypeError, ValueError):
        avatar = open_avatar(path)
        if avatar.template == f"headsup/{_model_of(library)}":
            return avatar
    return None


def _model_of(library: Path) -> str:
    """Return the id of a library's network; its tensors, and torch, are not needed for it."""
    with open_tensors(library, _KEY, "library of identities") as (_, description):
        return str(dict(description).get("model", ""))
