"""`mien morph`: people become each other, one after another, as a video."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mien.avatar.protocol import Avatar
from mien.cli.arguments import (
    camera_orbit,
    output_suffix,
    parse_color,
    parse_expression,
    parse_size,
    renderer_for,
)
from mien.cli.console import progress, say
from mien.editing.document import Asset, Document, Keyframe, Look
from mien.errors import FileError, MienError
from mien.models.kinds.identities import SUFFIX
from mien.rendering import RenderOptions
from mien.session.export import write_shots
from mien.session.library import asset_for, read_asset
from mien.session.request import Blend, Shot
from mien.session.sequences import timeline_shots
from mien.session.session import Session
from mien.session.store import load_session
from mien.session.timeline import look_at

SESSION = ".mien"
MOST_SECS = 3600.0


@dataclass(frozen=True)
class _Film:
    shots: Sequence[Shot]
    rate: float
    told: str


def morph(
    files: Annotated[tuple[Path, ...], tyro.conf.Positional],
    /,
    *,
    out: Path,
    people: tuple[str, ...] = (),
    secs: float = 2.0,
    rate: float = 30.0,
    size: str = "720x720",
    expression: tuple[str, ...] = (),
    yaw: float = 0.0,
    pitch: float = 0.0,
    background: str = "#181a1e",
    renderer: str | None = None,
) -> None:
    """Let people on one template become each other, one after another, and write that as a video.

    People of a network morph as latents. A session's file gives its own timeline, keyframes and
    all: whom sliders made of people, too.

    Args:
        files: Avatars in order; or one library of people (.identities); or one session (.mien).
        out: Video to write (.mp4).
        people: Names of people of the library, in order.
        secs: From one person to the next.
        rate: Frames per second.
        size: Width and height in pixels, WxH.
        expression: ARKit expressions, such as mouthSmileLeft=0.6.
        yaw: Degrees around the head; positive looks from the viewer's right.
        pitch: Degrees above the head.
        background: A colour like #181a1e.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    output_suffix(out, (".mp4",))
    width_height, color = parse_size(size), parse_color(background)
    if not 0 < secs <= MOST_SECS or not 1 <= rate <= 240:
        raise MienError(f"--secs {secs:g} --rate {rate:g}: seconds and frames a second")
    state = parse_expression(expression)
    if len(files) == 1 and files[0].suffix.lower() == SESSION:
        film = _of_session(files[0], width_height, rate)
    else:
        avatars = _opened(files, people)
        camera = camera_orbit(avatars[0], yaw, pitch, width_height).camera(width_height)
        blends = _passages(avatars, secs, rate)
        shots = [Shot(blend, state, camera) for blend in blends]
        film = _Film(shots, rate, " to ".join(avatar.name for avatar in avatars))
    options = RenderOptions(background=color or (0.0, 0.0, 0.0))
    with closing(renderer_for(renderer)) as drawing, progress("Morphing") as report:
        write_shots(
            out,
            drawing,
            film.shots,
            count=len(film.shots),
            rate=film.rate,
            options=options,
            progress=report,
        )
    say(f"{out}: {film.told}, {len(film.shots)} frames")


def _opened(files: tuple[Path, ...], people: tuple[str, ...]) -> list[Avatar]:
    if people and (len(files) != 1 or files[0].suffix.lower() != SUFFIX):
        raise MienError(f"--people: give one library of people ({SUFFIX}) and names of them")
    assets = [asset_for(files[0], part=name) for name in people] if people else []
    assets = assets or [asset_for(path) for path in files]
    if len(assets) < 2:
        raise MienError("morph needs two or more people")
    return [_avatar(asset) for asset in assets]


def _avatar(asset: Asset) -> Avatar:
    if asset.kind != "avatar":
        raise FileError(asset.path, f"is a {asset.kind}, no avatar")
    opened = read_asset(asset, lambda _fraction, _message: None)
    assert isinstance(opened, Avatar)
    return opened


def _passages(avatars: Sequence[Avatar], secs: float, rate: float) -> list[Blend]:
    """Return who is seen in each frame."""
    keys = [str(index) for index in range(len(avatars))]
    keyframes = [Keyframe(index * secs, Look.of(key)) for index, key in enumerate(keys)]
    document = Document(looks={"A": keyframes[0].look}, keyframes=tuple(keyframes))
    count = round(keyframes[-1].time * rate) + 1
    looks = [look_at(document, "A", index / rate) for index in range(count)]
    there = dict(zip(keys, avatars, strict=True))
    blends = [
        Blend.of_look(look, {key: there[key] for key in look.asset_ids})
        for look in looks
        if look is not None
    ]
    return [blend for blend in blends if blend is not None]


def _of_session(path: Path, size: tuple[int, int], rate: float) -> _Film:
    document, view = load_session(path)
    session = Session()
    try:
        for asset in document.assets:
            session.library.load(asset)
        session.restore(document, view)
        taken = timeline_shots(session, size, rate=rate)
    finally:
        session.close()
    return _Film(taken.shots, taken.rate, f"the timeline of {path.stem}")
