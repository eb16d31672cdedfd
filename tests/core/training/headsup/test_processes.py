"""Two processes under torchrun: one is killed, and both go on together where they were."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from training_runs import run
from training_worker import TOGETHER

TESTS = Path(__file__).parents[3]
NEVER = -1


def _together(crowd: Path, out: Path, *, dies_at: int) -> subprocess.CompletedProcess[str]:
    """Train in two processes; the second dies at a step."""
    path = [str(TESTS), str(TESTS.parent / "core")]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    command += ["2", str(TESTS / "training_worker.py"), str(crowd), str(out), str(dies_at)]
    return subprocess.run(
        command,
        env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def _lines(folder: Path) -> list[tuple[int, float]]:
    with (folder / "log.csv").open() as file:
        return [(int(line["step"]), float(line["loss"])) for line in csv.DictReader(file)]


def test_two_processes_learn_what_one_with_twice_the_people_does(
    crowd: Path, tmp_path: Path
) -> None:
    killed = _together(crowd, tmp_path / "both", dies_at=3)
    assert killed.returncode != 0
    assert "SIGKILL" in killed.stderr
    assert len(_lines(tmp_path / "both")) in (2, 3)
    ended = _together(crowd, tmp_path / "both", dies_at=NEVER)
    assert ended.returncode == 0, ended.stderr
    run(crowd, tmp_path / "one", replace(TOGETHER, batch=2))
    both, one = _lines(tmp_path / "both"), _lines(tmp_path / "one")
    assert [step for step, _ in both] == [step for step, _ in one] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose([loss for _, loss in both], [loss for _, loss in one], rtol=2e-3)
