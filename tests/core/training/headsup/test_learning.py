"""A network comes to tell strangers apart, rather than to draw the head they have in common.

`mien train headsup FOLDER --preset tiny` is measured on synthetic people by the same figure.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import training_runs
from clay_people import mould
from headsup_networks import SMALL
from mien.training.headsup.events import TrainingMeasured

LITTLE = replace(
    SMALL,
    view_side=48,
    latent_dim=48,
    encoder_widths=(24, 48),
    decoder_widths=(48, 32, 24),
    rig_width=0,
)


def test_strangers_are_told_apart(tmp_path: Path) -> None:
    people = mould(tmp_path / "people", range(28), num_cameras=8, size=40)
    events = training_runs.run(
        people,
        tmp_path / "run",
        network=LITTLE,
        steps=110,
        batch=3,
        views=(3, 3),
        target_side=40,
        rate=3e-3,
        warm_up=10,
        grey=1.0,
        held_out=4,
    )
    measured = [event for event in events if isinstance(event, TrainingMeasured)][-1]
    assert measured.marks.mean_head is not None
    assert measured.marks.psnr > measured.marks.mean_head + 0.4
