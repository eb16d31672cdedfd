"""`mien drive`: a video (or a track) moves an avatar, rendered beside its source."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import tyro

from mien.avatar import open_avatar
from mien.cli.arguments import camera_orbit, output_suffix, parse_color, parse_size, renderer_for
from mien.cli.console import progress, say
from mien.driving.files import open_track, write_track
from mien.driving.files.registry import track_formats
from mien.driving.retarget import missing_expressions
from mien.driving.track import ExpressionTrack
from mien.driving.tracking import track_video
from mien.driving.video import VideoReader
from mien.editing.document import Drive
from mien.errors import FileError
from mien.rendering import RenderOptions
from mien.session.driving import Driver
from mien.session.export import write_shots
from mien.session.library import asset_for
from mien.session.request import Blend, Shot


def drive(
    avatar: Annotated[Path, tyro.conf.Positional],
    source: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    out: Path,
    track: Path | None = None,
    size: str = "540x540",
    smoothing: float = 0.25,
    pose: bool = True,
    neutral_time: float | None = None,
    source_beside: bool = True,
    yaw: float = 0.0,
    pitch: float = 0.0,
    background: str = "#181a1e",
    renderer: str | None = None,
) -> None:
    """Let a video or a track drive an avatar and write the result as a video.

    Args:
        avatar: The avatar to move.
        source: Video file, image folder, ARKit JSON, Live Link Face CSV or Mien track (.h5).
        out: Video to write (.mp4).
        track: Also write the track that was read from the source (.h5, .json or .csv).
        size: Width and height of the avatar's picture, WxH.
        smoothing: Strength of the One Euro filter, 0 to 1.
        pose: Follow the head's pose as well as its expression.
        neutral_time: Second of the source that counts as neutral.
        source_beside: Show the source video at the left.
        yaw: Degrees around the head.
        pitch: Degrees above the head.
        background: A colour like #181a1e.
        renderer: cpu, gsplat or opengl; the best one here by default.
    """
    width_height = parse_size(size)
    options = RenderOptions(background=parse_color(background) or (0.0, 0.0, 0.0))
    output_suffix(out, (".mp4",))
    if track is not None:
        output_suffix(track, track_formats.writable_extensions())
    opened = open_avatar(avatar)
    is_video = asset_for(source).kind == "video"
    motion = _track_of(source, is_video=is_video)
    if track is not None:
        write_track(track, motion)
    absent = missing_expressions(motion, opened)
    if absent:
        say(f"{opened.name} has no {', '.join(absent)}: what the source has of it has no effect")
    settings = Drive(smoothing=smoothing, pose=pose, neutral_time=neutral_time)
    with ExitStack() as stack:
        drawing = renderer_for(renderer)
        stack.callback(drawing.close)
        video = None
        if is_video and source_beside:
            video = stack.enter_context(VideoReader(source))
        times = _even_times(motion)
        camera = camera_orbit(opened, yaw, pitch, width_height).camera(width_height)
        driver = Driver()
        blend = Blend.of(opened)
        shots = (Shot(blend, driver.state_at(motion, settings, t), camera) for t in times)
        with progress("Rendering") as report:
            write_shots(
                out,
                drawing,
                shots,
                count=len(times),
                rate=motion.playback_rate,
                options=options,
                sources=[motion.frame_at(time + motion.times[0]) for time in times],
                video=video,
                progress=report,
            )
    seen = int(motion.seen.sum())
    say(f"{out}: {opened.name} driven by {source.name}, face seen in {seen} of {len(motion.times)}")


def _track_of(source: Path, *, is_video: bool) -> ExpressionTrack:
    if is_video:
        with progress("Tracking") as report:
            motion = track_video(source, progress=report)
    else:
        motion = open_track(source)
    if not motion.seen.any():
        raise FileError(source, "no face was found in it", hint="Use a video that shows one face.")
    return motion


def _even_times(motion: ExpressionTrack) -> list[float]:
    # The output runs at the source's median rate; frames of a variable-rate source are shown when
    # they were, because each output frame asks for the source frame of its instant.
    rate = motion.playback_rate
    count = round(motion.duration * rate) + 1
    return [index / rate for index in range(count)]
