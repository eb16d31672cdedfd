"""Model files that are not ours to ship: where they lie, and how to get them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mien.driving.download import Progress, download
from mien.errors import ModelMissing
from mien.model_folders import FOLDER_VARIABLE, models_folder, search_folders


@dataclass(frozen=True)
class Model:
    """A model file somebody else publishes.

    Args:
        name: What Mien calls it.
        file_name: What the file must be called.
        url: Where it is published.
        sha256: Of the file, in hex.
        num_bytes: Of the file.
        purpose: What it is for.
        licence: Under what it is published.
    """

    name: str
    file_name: str
    url: str
    sha256: str
    num_bytes: int
    purpose: str
    licence: str


FACE_LANDMARKER = Model(
    name="face_landmarker",
    file_name="face_landmarker.task",
    url="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
    "face_landmarker.task",
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    num_bytes=3_758_596,
    purpose="reads expressions and head poses from videos",
    licence="Apache-2.0, Google",
)

MODELS: dict[str, Model] = {FACE_LANDMARKER.name: FACE_LANDMARKER}


def find_model(name: str = FACE_LANDMARKER.name) -> Path:
    """Return the path of a model file that is at hand.

    Raises:
        ModelMissing: It is not; the message says how to get it and where it may be put.
        KeyError: Mien knows no such model.
    """
    model = MODELS[name]
    for folder in search_folders():
        path = folder / model.file_name
        if path.is_file():
            return path
    raise ModelMissing(
        f"the model {model.file_name}, which {model.purpose}, is not here yet",
        hint=f"Run: mien models fetch. {_by_hand(model, models_folder())}",
    )


def fetch_model(
    name: str = FACE_LANDMARKER.name,
    progress: Progress | None = None,
    *,
    url: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Fetch a model from its publisher, unless a sound copy is there; return its path.

    A transfer that broke off is taken up where it stopped.

    Args:
        name: Which.
        progress: Told the fraction done, 0..1, and a line about it; may raise to stop.
        url: Another address, such as a mirror; the contents are checked all the same.
        folder: Where to put it instead of the models folder.

    Raises:
        ModelMissing: It could not be fetched; the message says where to put it by hand.
        KeyError: Mien knows no such model.
    """
    model = MODELS[name]
    target = (folder or models_folder()) / model.file_name
    if is_sound(model, target):
        return target
    download(
        url or model.url,
        target,
        sha256=model.sha256,
        num_bytes=model.num_bytes,
        progress=progress,
        by_hand=_by_hand(model, target.parent),
    )
    return target


def is_sound(model: Model, path: Path) -> bool:
    """Return whether a file is there and is byte for byte the published one."""
    return path.is_file() and file_sha256(path) == model.sha256


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _by_hand(model: Model, folder: Path) -> str:
    return (
        f"Without a network: put {model.file_name} (from {model.url}) into {folder}, "
        f"or name the folder that has it in {FOLDER_VARIABLE}"
    )
