"""One of several processes of a training, for torchrun: crowd, folder, and when to die, if ever."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

from headsup_networks import SMALL
from mien.training.headsup.loop import Assignment, train
from mien.training.headsup.methods import HeadsUpMethod
from mien.training.headsup.people import People
from mien.training.headsup.ranks import Ranks
from training_runs import QUICK

TOGETHER = replace(QUICK, batch=1, steps=6, held_out=0, checkpoint_secs=0)


def work(crowd: str, out: str, dies_at: int) -> None:
    """Train; the second process dies at a step."""
    torch.set_num_threads(1)
    torch.manual_seed(TOGETHER.seed)
    steps = 0

    def cancel() -> bool:
        nonlocal steps
        if ranks.rank == 1 and steps == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1
        return False

    with Ranks(torch.device("cpu")) as ranks:
        people = People.of([crowd], held_out=0)
        resume = (Path(out) / "last.safetensors").exists()
        assignment = Assignment(HeadsUpMethod(SMALL), people, TOGETHER, Path(out), resume=resume)
        for _ in train(assignment, ranks, cancel=cancel):
            pass
    ranks.end_process()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
