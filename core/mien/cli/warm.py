"""Compile ahead what the first picture would otherwise wait for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from mien.cli.console import say
from mien.errors import MienError
from mien.rendering.cuda.kernels import Kernels, gsplat_state
from mien.resources import resource


@dataclass(frozen=True)
class WarmUp:
    """One thing to compile."""

    name: str
    run: Callable[[], object]


def warm_up() -> None:
    """Compile every kernel a first picture needs and say how long each took.

    What cannot be compiled is said and passed over: everything else still works.
    """
    for part in _parts():
        begin = time.perf_counter()
        try:
            part.run()
        except (MienError, FileNotFoundError) as error:
            say(f"{part.name}: {error}")
        else:
            say(f"{part.name}: ready after {time.perf_counter() - begin:.1f} s")


def _parts() -> list[WarmUp]:
    parts = [
        WarmUp("cpu renderer", _cpu_renderer),
        WarmUp("posing and blending", _posing),
        WarmUp("smoothing and tracking", _driving),
        WarmUp("metrics", _metrics),
    ]
    if gsplat_state().kernels is Kernels.TO_COMPILE:
        parts.append(WarmUp("gsplat, which takes minutes", _gsplat))
    return parts


def _cpu_renderer() -> None:
    from mien.rendering.cpu.warmup import warm_up as compile_renderer

    compile_renderer()


def _posing() -> None:
    from mien.avatar import AvatarState, open_avatar
    from mien.avatar.kinds.blended import blend

    # By doing it once, on two people of the demo: an expression, a turned head, a region.
    described = json.loads(resource("demo/demo.json").read_text("utf-8"))
    people = [open_avatar(resource(f"demo/{each['file']}")) for each in described["people"][:2]]
    state = AvatarState.of({"jawOpen": 0.5}, head_rotation=[0, 0.2, 0])
    blend(people, [0.5, 0.5], regions={"eyes": 0}).pose(state)
    open_avatar("mien_head").pose()


def _driving() -> None:
    import numpy as np

    from mien.driving.face_tracker.crop import Square
    from mien.driving.smoothing import smooth
    from mien.driving.track import ExpressionTrack

    still = ExpressionTrack(
        np.arange(3) / 30,
        ("jawOpen",),
        np.zeros((3, 1), np.float32),
        head_pose=np.tile(np.eye(4), (3, 1, 1)),
    )
    smooth(still, 0.5)
    Square(8, 8, 8).crop(np.zeros((16, 16, 3), np.uint8), 8, low=0.0, high=1.0)


def _metrics() -> None:
    import numpy as np

    from mien.evaluation.flip_map import flip
    from mien.evaluation.similarity import ssim

    grey = np.full((16, 16, 3), 0.5, np.float32)
    ssim(grey, grey)
    flip(grey, grey)


def _gsplat() -> None:
    from mien.rendering.cuda.rasterizer import load_kernels

    load_kernels()
