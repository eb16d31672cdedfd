"""Checkpoints of a training: everything it needs to go on as if it had not been stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from mien.errors import FileError, MienError
from mien.training.checkpoint import load_checkpoint, save_checkpoint
from mien.training.headsup.config import TrainingConfig
from mien.training.headsup.people import People
from mien.training.headsup.stepping import Training
from mien.training.muon import Muon

_KIND = "headsup"
_VERSION = 2


@dataclass(frozen=True, eq=False)
class Saved:
    """A training as a checkpoint keeps it.

    Args:
        arrays: Parameters, their averages and the optimizers' moments.
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
        fresh: Whether optimizers must be given their moments first, for want of a step so far.
    """
    held: dict[str, Tensor] = {}
    names = {parameter: name for name, parameter in training.method.network.named_parameters()}
    for parameter, name in names.items():
        held[f"network/{name}"] = parameter
        held[f"average/{name}"] = training.average.values[name]
    for optimizer in training.optimizers:
        for parameter in (each for group in optimizer.param_groups for each in group["params"]):
            state = optimizer.state[parameter]
            if fresh and not state:
                state.update(_moments(optimizer, parameter))
            for moment, value in state.items():
                held[f"{moment}/{names[parameter]}"] = value
    return held


def _moments(optimizer: Optimizer, parameter: Tensor) -> dict[str, Tensor]:
    """Return what an optimizer remembers of a parameter before its first step."""
    if isinstance(optimizer, Muon):
        return {"momentum": torch.zeros_like(parameter)}
    return {
        # AdamW's fused kernel wants the number of steps beside the parameter.
        "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
        "exp_avg": torch.zeros_like(parameter),
        "exp_avg_sq": torch.zeros_like(parameter),
    }


def _array(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().cpu().contiguous().numpy()


def _plain(value: Any) -> Any:
    """Return what a value becomes on its way through JSON."""
    return list(value) if isinstance(value, tuple) else value
