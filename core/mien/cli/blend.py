"""`mien blend`: several avatars on one template to one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from mien.avatar import open_avatar
from mien.avatar.kinds.blended import blend as blend_avatars
from mien.avatar.protocol import DEFAULT_SOFTNESS, REGIONS
from mien.avatar.writing import AVATAR_SUFFIXES, write_avatar
from mien.cli.arguments import (
    camera_orbit,
    output_suffix,
    parse_expression,
    parse_size,
    renderer_for,
)
from mien.cli.console import say
from mien.errors import MienError
from mien.gaussians.files import write_cloud
from mien.gaussians.files.registry import cloud_formats
from mien.image import write_image
from mien.rendering import RenderOptions
from mien.session.export import render_still
from mien.session.request import Blend


def blend(
    files: Annotated[tuple[Path, ...], tyro.conf.Positional],
    /,
    *,
    weights: tuple[float, ...],
    out: Path,
    regions: tuple[str, ...] = (),
    softness: float = DEFAULT_SOFTNESS,
    expression: tuple[str, ...] = (),
    size: str = "960x960",
    yaw: float = 0.0,
    pitch: float = 0.0,
    renderer: str | None = None,
) -> None:
    """Blend avatars that share a template into a new one.

    Args:
        files: Two or more avatars.
        weights: One for each, scaled to sum to one.
        out: Avatar (.avatar .zip .glb), Gaussians of the given expression (.ply .spz) or a
            picture (.png).
        regions: Regions taken from one avatar, such as eyes=2 (the second file).
        softness: Width of the borders between regions, metres.
        expression: ARKit expressions for pictures and Gaussians, such as jawOpen=0.6.
        size: Size of a picture, WxH.
        yaw: Degrees around the head, for pictures.
        pitch: Degrees above the head, for pictures.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    clouds = cloud_formats.writable_extensions()
    suffix = output_suffix(out, (*AVATAR_SUFFIXES, ".png", *clouds))
    shares = _normalized(weights, len(files))
    taken = _regions(regions, len(files))
    avatars = [open_avatar(path) for path in files]
    mixed = blend_avatars(avatars, shares, regions=taken, softness=softness)
    state = parse_expression(expression)
    if suffix in AVATAR_SUFFIXES:
        write_avatar(out, mixed)
    elif suffix in clouds:
        write_cloud(out, mixed.pose(state))
    else:
        width_height = parse_size(size)
        drawing = renderer_for(renderer)
        try:
            camera = camera_orbit(mixed, yaw, pitch, width_height).camera(width_height)
            options = RenderOptions(background=(24 / 255, 26 / 255, 30 / 255))
            picture = render_still(drawing, Blend.of(mixed), state, camera=camera, options=options)
            write_image(out, picture)
        finally:
            drawing.close()
    parts = " + ".join(f"{w:.2f} {a.name}" for w, a in zip(shares, avatars, strict=True))
    say(f"{out}: {parts}")


def _normalized(weights: tuple[float, ...], count: int) -> list[float]:
    if count < 2:
        raise MienError("blend needs two or more avatars")
    if len(weights) != count:
        raise MienError(f"--weights: {len(weights)} given for {count} avatars; give one for each")
    total = sum(weights)
    if min(weights) < 0 or not 0 < total < float("inf"):
        raise MienError("--weights: weights must not be negative and not all zero")
    return [weight / total for weight in weights]


def _regions(pairs: tuple[str, ...], count: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    for pair in pairs:
        region, _, number = pair.partition("=")
        if region not in REGIONS:
            raise MienError(f"--regions {pair}: the regions are {', '.join(REGIONS)}")
        if not number.isdecimal() or not 1 <= int(number) <= count:
            raise MienError(f"--regions {pair}: name one of the {count} files, like {region}=1")
        taken[region] = int(number) - 1
    return taken
