"""Benchmark rows of posing and blending avatars."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mien.avatar import AvatarState, open_avatar
from mien.avatar.kinds.blended import blend
from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.template.arkit import ARKIT_NAMES

_POSE = "pose, 20k vertices, 51 shapes, skinning, rotations"
_TALK = "pose, 6 shapes and a turned head"
_BLEND = "blend three avatars and pose"


@bench_group("avatars")
def avatar_rows(context: BenchContext) -> Iterator[Row]:
    """Measure a pose with everything in use, a usual one, and a blend as a slider makes it."""
    paths = [context.find(f"lam/{name}.zip") for name in ("p2-1", "james", "status")]
    found = [path for path in paths if path is not None]
    if len(found) < len(paths):
        reason = "needs the LAM avatars"
        yield Row.not_applicable(_POSE, reason, unit="ms", target=2.0)
        yield Row.not_applicable(_TALK, reason, unit="ms", target=None)
        yield Row.not_applicable(_BLEND, reason, unit="ms", target=None)
        return
    avatars = [open_avatar(path) for path in found]
    turn = np.array([0.1, 0.5, 0.1], np.float32)
    everything = AvatarState(np.full(len(ARKIT_NAMES), 0.3, np.float32), turn)
    talking = AvatarState.of(
        {"jawOpen": 0.4, "mouthFunnel": 0.3, "mouthSmileLeft": 0.2, "mouthSmileRight": 0.2,
         "eyeBlinkLeft": 0.1, "eyeBlinkRight": 0.1},
        head_rotation=turn,
    )  # fmt: skip
    millis = 1e3 * context.median_secs(lambda: avatars[0].pose(everything))
    yield Row.at_most(_POSE, millis, unit="ms", target=2.0, note="p2-1, all shapes active")
    millis = 1e3 * context.median_secs(lambda: avatars[0].pose(talking))
    yield Row.plain(_TALK, millis, unit="ms", note="p2-1")
    millis = 1e3 * context.median_secs(lambda: blend(avatars, [1, 2, 3]).pose(talking))
    yield Row.plain(_BLEND, millis, unit="ms", note="p2-1, james, status")
