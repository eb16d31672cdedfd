"""Checkpoints of a training: everything it needs to go on as if it had not been stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.errors import FileError, MienError
from mien.training.checkpoint import load_checkpoint, save_checkpoint
from mien.training.headsup.config import TrainingConfig
from mien.training.headsup.people import People
from mien.training.headsup.stepping import Training

_KIND = "headsup"
_VERSION = 1
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass(frozen=True, eq=False)
class Saved:
    """A training as a checkpoint keeps it.

    Args:
        arrays: Parameters, their averages and AdamW's moments.
        step: Steps done.
        secs: Time spent.
        best: The highest PSNR on people held out so far; None before the first.
        config: What was asked.
        people: Fingerprint of the captures it learned from.
        method: What was trained.
        sizes: The network's.
    """

    arrays: dict[str, NDArray[Any]]
    step: int
    secs: float
    best: float | None
    config: TrainingConfig
    people: str
    method: str
    sizes: Mapping[str, Any]


def save_training(
    path: Path, training: Training, people: People, *, secs: float, best: float | None
) -> None:
    """Write a checkpoint atomically.

    Raises:
        FileError: It cannot be written.
    """
    held = {name: _array(value) for name, value in _tensors(training).items()}
    description = {
        "kind": _KIND,
        "version": _VERSION,
        "method": training.method.name,
        "sizes": dict(training.method.sizes),
        "config": training.config.as_dict(),
        "people": people.fingerprint,
        "step": training.step,
        "secs": secs,
        "best": best,
    }
    save_checkpoint(path, held, description)


def load_training(path: Path) -> Saved:
    """Read a checkpoint.

    Raises:
        FileError: It is missing, damaged or of something else.
    """
    arrays, said = load_checkpoint(path)
    if said.get("kind") != _KIND or said.get("version") != _VERSION:
        raise FileError(path, "a checkpoint of something else, or of another version of Mien")
    try:
        return Saved(
            arrays,
            int(said["step"]),
            float(said["secs"]),
            None if said["best"] is None else float(said["best"]),
            TrainingConfig.from_dict(said["config"]),
            str(said["people"]),
            str(said["method"]),
            dict(said["sizes"]),
        )
    except (KeyError, TypeError, ValueError, MienError) as error:
        raise FileError(path, f"a damaged checkpoint ({error})") from error


def restore(path: Path, saved: Saved, training: Training, people: People) -> None:
    """Let a training go on where a checkpoint was made.

    Raises:
        FileError: It is of another network or other people, or settings changed that decide what
            is learnt.
    """
    sizes = {name: _plain(value) for name, value in training.method.sizes.items()}
    if saved.method != training.method.name or dict(saved.sizes) != sizes:
        raise FileError(path, "was made of a network of other sizes", hint=_ANEW)
    other = training.config.resumed_from(saved.config)
    if other:
        was = getattr(saved.config, other)
        raise FileError(path, f"was made with other settings: {other} was {was}", hint=_ANEW)
    if saved.people != people.fingerprint:
        raise FileError(path, "was made with other captures", hint=_ANEW)
    tensors = _tensors(training, fresh=True)
    for name, tensor in tensors.items():
        array = saved.arrays.get(name)
        # A single number comes back as an array of one.
        if array is None or array.shape != (tuple(tensor.shape) or (1,)):
            raise FileError(path, f"a damaged checkpoint ({name} is missing or of another shape)")
        with torch.no_grad():
            tensor.copy_(torch.tensor(array).view(tensor.shape))
    training.step = saved.step


_ANEW = "Give the same ones, or begin anew without --resume in another folder"


def _tensors(training: Training, *, fresh: bool = False) -> dict[str, Tensor]:
    """Return all that makes up a training, by name; the very tensors it works with.

    Args:
        training: The training.
        fresh: Whether AdamW has to be given its moments first, because it did no step yet.
    """
    held: dict[str, Tensor] = {}
    state = training.optimizer.state
    for name, parameter in training.method.network.named_parameters():
        held[f"network/{name}"] = parameter
        held[f"average/{name}"] = training.average.values[name]
        if fresh and not state[parameter]:
            state[parameter] = {
                # AdamW's fused kernel wants the number of steps beside the parameter.
                "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        for moment in _MOMENTS:
            if moment in state[parameter]:
                held[f"adamw/{moment}/{name}"] = state[parameter][moment]
    return held


def _array(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().cpu().contiguous().numpy()


def _plain(value: Any) -> Any:
    """Return what a value becomes on its way through JSON."""
    return list(value) if isinstance(value, tuple) else value
