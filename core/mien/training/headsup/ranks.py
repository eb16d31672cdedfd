"""Several processes that train one network together (torchrun), or the only one there is."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import Tensor, distributed

from mien.closing import Closing
from mien.errors import MienError

_PATIENCE = timedelta(minutes=30)
"""How long a process waits for another: it may be measuring, or fetching slowly."""


class Ranks(Closing):
    """The processes of a training.

    Gradients are summed in one message after the way back: networks of up to a hundred million
    parameters leave little to win from sending while it is under way, and parameters that a step
    did not need (a rig without expressions) cause no trouble.

    Args:
        device: What this process computes on.

    Raises:
        MienError: torchrun asked for several processes, and they do not find each other.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if device.type == "cuda":
            torch.cuda.set_device(device)
        if self.count > 1:
            backend = "nccl" if device.type == "cuda" else "gloo"
            try:
                distributed.init_process_group(backend, timeout=_PATIENCE)
            except (RuntimeError, ValueError) as error:
                why = str(error).splitlines()[0]
                raise MienError(f"the processes do not find each other ({why})") from error

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks for all."""
        return self.rank == 0

    def average(self, gradients: Iterable[Tensor]) -> None:
        """Replace gradients by their means over all processes."""
        if self.count == 1:
            return
        held = list(gradients)
        flat = torch.cat([gradient.flatten() for gradient in held])
        with _all_there():
            distributed.all_reduce(flat)
        flat /= self.count
        for gradient, part in zip(held, flat.split([each.numel() for each in held]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def mean(self, values: list[float]) -> list[float]:
        """Return the means of numbers over all processes."""
        if self.count == 1:
            return values
        held = torch.tensor(values, dtype=torch.float64, device=self.device)
        with _all_there():
            distributed.all_reduce(held)
        return [float(value) / self.count for value in held]

    def agreed(self, values: list[float]) -> list[float]:
        """Return what the leading process says of numbers that every process has its own of."""
        if self.count == 1:
            return values
        held = torch.tensor(values, dtype=torch.float64, device=self.device)
        with _all_there():
            distributed.broadcast(held, 0)
        return [float(value) for value in held]

    def wait(self) -> None:
        """Return once every process came here.

        Raises:
            MienError: Another one is gone.
        """
        self.agreed([0.0])

    def end_process(self) -> None:
        """End a process that is one of several, as one that succeeded; return in the only one.

        At once: torch's threads were seen to abort an interpreter that was taken down in good
        order, once in hundreds, and torchrun then calls the whole training failed.
        """
        if self.count > 1:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    def close(self) -> None:
        """Leave the others. Safe twice."""
        if self.count > 1 and distributed.is_initialized():
            distributed.destroy_process_group()


@contextmanager
def _all_there() -> Generator[None]:
    """Say in one line that a process is gone; torch says it at length."""
    try:
        yield
    except RuntimeError as error:
        raise MienError(
            "another process of the training is gone", hint="Go on from the checkpoint by --resume"
        ) from error


def chosen_device(wanted: str) -> torch.device:
    """Return the device of a name; `auto` is this process's own graphics card, or the processor.

    Raises:
        MienError: There is no such device.
    """
    local = int(os.environ.get("LOCAL_RANK", 0))
    cuda = torch.cuda.is_available()
    if wanted == "auto":
        wanted = f"cuda:{local}" if cuda else "cpu"
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise MienError(f"--device {wanted}: no such device; say cpu, cuda or cuda:1") from error
    if device.type == "cuda" and (not cuda or (device.index or 0) >= torch.cuda.device_count()):
        raise MienError(f"--device {wanted}: there is no such graphics card here")
    return device
