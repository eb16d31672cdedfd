"""Export: stills, turntables and driven sequences, headless, for the studio and the CLI alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.state import NEUTRAL, AvatarState
from mien.camera import Camera
from mien.driving.compose import beside
from mien.driving.video import VideoReader, VideoWriter
from mien.gaussians.marks import Marks
from mien.image import Image8, straight_alpha, to_uint8
from mien.orbit import Orbit
from mien.rendering.protocol import Renderer, RenderOptions
from mien.session.painter import Painter
from mien.session.request import Blend, RenderRequest, Shot

ProgressCall = Callable[[float, str], None]


def _silent(_fraction: float, _message: str) -> None:
    return None


def render_still(
    renderer: Renderer,
    blend: Blend,
    state: AvatarState,
    *,
    camera: Camera,
    options: RenderOptions | None = None,
    transparent: bool = False,
    marks: Marks | None = None,
    shading: str = "color",
    mesh_opacity: float = 0.0,
    up_fix: str = "",
) -> Image8:
    """Return a picture [H, W, 4], with straight alpha where `transparent`, else opaque.

    Raises:
        MienError: It, or the mesh on it, cannot be blended or drawn.
    """
    wanted = replace(options or RenderOptions(), depth=shading == "depth", eight_bit=False)
    if transparent:
        wanted = replace(wanted, background=(0.0, 0.0, 0.0))
    shot = Shot(blend, state, camera, marks, up_fix)
    request = RenderRequest((shot,), wanted, shading, mesh_opacity=mesh_opacity)
    with closing(Painter(renderer)) as painter:
        picture = painter.paint(request)
    if picture.problem is not None:
        raise picture.problem
    frame = picture.frames[0]
    if transparent:
        return to_uint8(straight_alpha(frame.rgb, frame.alpha))
    rgb = frame.rgb8
    return np.concatenate([rgb, np.full((*rgb.shape[:2], 1), 255, np.uint8)], axis=-1)


def write_turntable(
    path: str | Path,
    renderer: Renderer,
    blend: Blend,
    state: AvatarState = NEUTRAL,
    *,
    orbit: Orbit,
    size: tuple[int, int],
    options: RenderOptions | None = None,
    turn_secs: float = 6.0,
    rate: float = 30.0,
    progress: ProgressCall = _silent,
) -> None:
    """Write a video of one turn around the avatar.

    Raises:
        MienError: It cannot be drawn or written, or `progress` cancelled; nothing is left behind.
    """
    count = max(round(turn_secs * rate), 2)
    shots = (Shot(blend, state, turned.camera(size)) for turned in orbit.turntable(count))
    write_shots(path, renderer, shots, count=count, rate=rate, options=options, progress=progress)


def write_shots(
    path: str | Path,
    renderer: Renderer,
    shots: Iterable[Shot],
    *,
    count: int,
    rate: float,
    options: RenderOptions | None = None,
    sources: Sequence[int] | None = None,
    video: VideoReader | None = None,
    progress: ProgressCall = _silent,
) -> None:
    """Write a video of shots of one size, each beside its frame of a source video if there is one.

    Args:
        path: The video to write; it appears when it is complete.
        renderer: Draws them.
        shots: `count` of them, made as they are needed.
        count: How many.
        rate: Frames per second.
        options: For all of them.
        sources: The source frame of each shot, where `video` is given.
        video: The source shown at the left of each shot.
        progress: Called with the fraction done; may raise Cancelled.

    Raises:
        MienError: It cannot be drawn or written, or `progress` cancelled; nothing is left behind.
    """
    wanted = replace(options or RenderOptions(), depth=False, eight_bit=True)
    painter = Painter(renderer)

    def picture(index: int, shot: Shot) -> NDArray[np.uint8]:
        rendered = painter.paint(RenderRequest((shot,), wanted)).frames[0].rgb8
        if video is None or sources is None:
            return rendered
        return beside(video.frame(sources[index]), rendered)

    def report(done: int) -> None:
        progress(done / count, f"{done} of {count}")

    pictures = (picture(index, shot) for index, shot in enumerate(shots))
    first = next(pictures, None)
    if first is None:
        return
    with VideoWriter(path, (first.shape[1], first.shape[0]), rate) as writer:
        for done, frame in enumerate(chain((first,), pictures), start=1):
            writer.write(frame)
            report(done)
