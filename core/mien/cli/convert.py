"""`mien convert`: between splat files, avatars and tracks, chosen by the names' endings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from mien.avatar import open_avatar
from mien.avatar.writing import AVATAR_SUFFIXES, write_avatar
from mien.cli.arguments import output_suffix, parse_expression
from mien.cli.console import say
from mien.driving.files import open_track, write_track
from mien.driving.files.registry import track_formats
from mien.errors import FileError
from mien.gaussians.files import write_cloud
from mien.gaussians.files.registry import cloud_formats
from mien.session.library import asset_for


def convert(
    source: Annotated[Path, tyro.conf.Positional],
    target: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    expression: tuple[str, ...] = (),
) -> None:
    """Convert a splat file, an avatar or a track to another format.

    An avatar converted to a splat file becomes the Gaussians of one expression.

    Args:
        source: Anything `mien info` understands, but a video.
        target: .ply .spz for Gaussians; for avatars .avatar, .zip as LAM has them, or .glb for the
            moving surface alone; .json .csv .h5 for tracks.
        expression: Pose an avatar first, such as jawOpen=0.6.
    """
    clouds, tracks = cloud_formats.writable_extensions(), track_formats.writable_extensions()
    suffix = output_suffix(target, (*clouds, *AVATAR_SUFFIXES, *tracks))
    kind = asset_for(source).kind
    if kind == "video":
        raise FileError(source, "is a video", hint="`mien drive` tracks one.")
    if kind == "track":
        if suffix not in tracks:
            raise FileError(target, f"a track is written as {', '.join(tracks)}")
        track = open_track(source)
        write_track(target, track)
        say(f"{target}: {track.num_frames} frames, {len(track.names)} expressions")
        return
    if suffix in tracks:
        raise FileError(target, f"an avatar is written as {', '.join((*clouds, *AVATAR_SUFFIXES))}")
    avatar = open_avatar(source)
    if suffix in AVATAR_SUFFIXES:
        write_avatar(target, avatar)
    else:
        write_cloud(target, avatar.pose(parse_expression(expression)))
    say(f"{target}: {avatar.num_gaussians:,} Gaussians")
