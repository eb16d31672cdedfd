"""A crowd on disk in a second: the demo's people in colours of their own, filmed all round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from filmed_scenes import BACKGROUND, FilmedCapture, rig_around
from mien.avatar import open_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.state import NEUTRAL, AvatarState
from mien.capture.protocol import View
from mien.capture.store import Encoding, import_capture
from mien.capture.store.structure import read_structure
from mien.capture.tracking import Tracking
from mien.image import to_uint8
from mien.rendering import RenderOptions, make_renderer
from mien.resources import resource
from mien.template.selection import open_template

SPOKEN = AvatarState.of({"jawOpen": 0.7, "mouthSmileLeft": 0.5})
TURNED = AvatarState.of({"mouthPucker": 0.8}, head_rotation=(0.1, 0.4, 0.0))
STATES = (NEUTRAL, SPOKEN, TURNED)
NAMES = ("ada", "ines", "kofi", "mateo", "noor", "yuki")


@lru_cache(maxsize=len(NAMES))
def _demo(name: str) -> RiggedAvatar:
    avatar = open_avatar(Path(str(resource(f"demo/{name}.avatar"))))
    assert isinstance(avatar, RiggedAvatar)
    return avatar


def film_somebody(
    seed: int, *, num_cameras: int = 6, size: int = 48, states: Sequence[AvatarState] = STATES
) -> FilmedCapture:
    """Film one of the demo's people, tinted by a seed, in some states."""
    avatar, cameras = _demo(NAMES[seed % len(NAMES)]), rig_around(num_cameras, size)
    tint = np.random.default_rng(seed).uniform(-0.9, 0.9, 3).astype(np.float32)
    red, green, blue = (value / 255 for value in BACKGROUND)
    options = RenderOptions(background=(red, green, blue))
    renderer = make_renderer("cpu")
    views: dict[tuple[str, int], View] = {}
    for frame, state in enumerate(states):
        cloud = avatar.pose(state)
        sh = cloud.sh.copy()
        sh[:, 0] += tint
        for held in cameras:
            drawn = renderer.render(replace(cloud, sh=sh), held.camera, options)
            views[held.name, frame] = View(drawn.rgb8, to_uint8(drawn.alpha))
    renderer.close()
    template = open_template("mien_head")
    tracking = Tracking.of_states(
        "mien_head", np.zeros(0), states, rest_offsets=avatar.rig.rest - template.neutral
    )
    return FilmedCapture(cameras, views, tracking, name=f"somebody-{seed:03d}")


def gather(folder: Path, seeds: Sequence[int], **options: object) -> Path:
    """Store a crowd's captures in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        filmed = film_somebody(seed, **options)  # pyright: ignore[reportArgumentType]
        import_capture(filmed, folder / f"{filmed.name}.capture", encoding=Encoding("png"))
    return folder


def spoil_pictures(path: Path) -> None:
    """Overwrite all pictures of a capture with nothing; it opens as before."""
    start = read_structure(path).start
    data = path.read_bytes()
    path.write_bytes(data[:start] + bytes(len(data) - start))
