"""`mien render`: an avatar to a picture, or to a turntable video."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from mien.avatar import open_avatar
from mien.cli.arguments import (
    camera_orbit,
    output_suffix,
    parse_color,
    parse_expression,
    parse_size,
    renderer_for,
)
from mien.cli.console import progress, say
from mien.errors import MienError
from mien.image import write_image
from mien.rendering import RenderOptions
from mien.session.export import render_still, write_turntable
from mien.session.request import Blend

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
VIDEOS = (".mp4",)
MOST_TURNTABLE_SECS = 3600


def render(
    file: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    out: Path,
    size: str = "960x960",
    expression: tuple[str, ...] = (),
    yaw: float = 0.0,
    pitch: float = 0.0,
    background: str = "#181a1e",
    antialiased: bool = False,
    turntable_secs: float = 6.0,
    renderer: str | None = None,
) -> None:
    """Render an avatar or a splat file to a picture, or (an .mp4) to a turntable.

    Args:
        file: Avatar or splat file.
        out: Picture (.png .jpg .webp) or video (.mp4) to write.
        size: Width and height in pixels, WxH.
        expression: ARKit expressions, such as jawOpen=0.6 eyeBlinkLeft=1.
        yaw: Degrees around the head; positive looks from the viewer's right.
        pitch: Degrees above the head.
        background: A colour like #181a1e, or `transparent` for pictures.
        antialiased: Use the anti-aliased rasterisation.
        turntable_secs: Length of one turn, for videos.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    width_height = parse_size(size)
    color = parse_color(background)
    state = parse_expression(expression)
    suffix = output_suffix(out, PICTURES + VIDEOS)
    if not 0 < turntable_secs <= MOST_TURNTABLE_SECS:
        raise MienError(f"--turntable-secs {turntable_secs:g}: up to {MOST_TURNTABLE_SECS} seconds")
    avatar = open_avatar(file)
    orbit = camera_orbit(avatar, yaw, pitch, width_height)
    options = RenderOptions(background=color or (0.0, 0.0, 0.0), antialiased=antialiased)
    drawing = renderer_for(renderer)
    try:
        if suffix in PICTURES:
            picture = render_still(
                drawing,
                Blend.of(avatar),
                state,
                camera=orbit.camera(width_height),
                options=options,
                transparent=color is None,
            )
            opaque = picture if suffix not in (".jpg", ".jpeg") else picture[..., :3]
            write_image(out, opaque)
        else:
            with progress("Turntable") as report:
                write_turntable(
                    out,
                    drawing,
                    Blend.of(avatar),
                    state,
                    orbit=orbit,
                    size=width_height,
                    options=options,
                    turn_secs=turntable_secs,
                    progress=report,
                )
    finally:
        drawing.close()
    say(
        f"{out}: {avatar.name}, {avatar.num_gaussians:,} Gaussians, {size}, {drawing.name} renderer"
    )
