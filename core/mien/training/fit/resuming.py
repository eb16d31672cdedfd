"""Checkpoints of a fit: everything it needs to go on as if it had not been stopped."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mien.errors import FileError
from mien.training.checkpoint import load_checkpoint, save_checkpoint
from mien.training.fit.config import FitConfig, Rates, Weights
from mien.training.fit.parameters import Parameters

_KIND = "fit"
_VERSION = 2
_MAY_DIFFER = ("minutes", "steps", "preview_secs", "measure_secs", "checkpoint_secs", "device")
"""What of a config a resumed fit may be given anew."""


@dataclass(frozen=True, eq=False)
class Saved:
    """A fit as a checkpoint keeps it.

    Args:
        step: Iterations done.
        elapsed_secs: Time spent.
        cpu_secs: Of all threads together.
        parameters: As they were.
        arrays: All of the checkpoint's.
    """

    step: int
    elapsed_secs: float
    cpu_secs: float
    parameters: Parameters
    arrays: dict[str, NDArray[Any]]


def save_fit(path: Path, config: FitConfig, saved: Saved) -> None:
    """Write a checkpoint atomically.

    Raises:
        FileError: It cannot be written.
    """
    description = {
        "kind": _KIND,
        "version": _VERSION,
        "step": saved.step,
        "elapsed_secs": saved.elapsed_secs,
        "cpu_secs": saved.cpu_secs,
        "config": _plain(config),
    }
    save_checkpoint(path, saved.arrays, description)


def load_fit(path: Path, config: FitConfig) -> Saved:
    """Read the checkpoint of a fit with such a config.

    Raises:
        FileError: It is missing or damaged, or of a fit with other settings.
    """
    arrays, said = load_checkpoint(path)
    if said.get("kind") != _KIND or said.get("version") != _VERSION:
        raise FileError(path, "a checkpoint of something else, or of another version of Mien")
    then, now = said.get("config"), _plain(config)
    if not isinstance(then, dict):
        raise FileError(path, "a damaged checkpoint (no settings)")
    other = [name for name, value in now.items() if then.get(name) != value]
    if other:
        raise FileError(
            path,
            f"was made with other settings: {other[0]} was {then.get(other[0])}",
            hint="Give the same ones, or begin anew without --resume",
        )
    try:
        parameters = Parameters.of_state(arrays, config)
        need = arrays["pull"], arrays["seen"]
        if any(held.shape != (parameters.num_gaussians,) for held in need):
            raise ValueError("its counts do not fit its Gaussians")
        spent = float(said["elapsed_secs"]), float(said["cpu_secs"])
        return Saved(int(said["step"]), *spent, parameters, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(path, f"a damaged checkpoint ({error})") from error


def as_begun(path: Path, config: FitConfig) -> FitConfig:
    """Return the settings a checkpoint's fit was begun with, with a config's limits and intervals.

    Raises:
        FileError: The checkpoint is missing or damaged.
    """
    then = load_checkpoint(path)[1].get("config")
    anew = {name: getattr(config, name) for name in _MAY_DIFFER}
    try:
        given = {**dict(then or {}), **anew}
        given |= {"rates": Rates(**given["rates"]), "weights": Weights(**given["weights"])}
        given |= {name: tuple(given[name]) for name in ("frames", "coarse")}
        return replace(config, **given)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(path, f"a damaged checkpoint ({error})") from error


def _plain(config: FitConfig) -> dict[str, Any]:
    held = {name: value for name, value in asdict(config).items() if name not in _MAY_DIFFER}
    return {**held, "frames": list(config.frames), "coarse": list(config.coarse)}
