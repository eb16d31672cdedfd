"""What exporting does: each job is prepared on the UI thread and then runs beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mien.avatar.state import NEUTRAL
from mien.driving.files import write_track
from mien.editing.document import Slot
from mien.errors import MienError
from mien.image import write_image
from mien.rendering import make_renderer
from mien.rendering.protocol import RenderOptions
from mien.session.command_line import (
    avatar_command,
    picture_command,
    timeline_command,
    turntable_command,
)
from mien.session.export import render_still, write_shots
from mien.session.people import as_shown
from mien.session.sequences import (
    ShotList,
    timeline_shots,
    turntable_shots,
    unselected,
    write_trajectory,
)
from mien.session.session import Session
from mien.workers import Task

What = Literal["picture", "timeline", "turntable", "avatar", "trajectory", "track"]
Job = Callable[[Task], object]

SUFFIXES: dict[What, tuple[str, ...]] = {
    "picture": (".png", ".jpg", ".webp"),
    "timeline": (".mp4",),
    "turntable": (".mp4",),
    "avatar": (".avatar", ".zip", ".glb", ".ply", ".spz"),
    "trajectory": (".json",),
    "track": (".h5", ".json", ".csv"),
}
"""What each thing can be written as, the usual first."""


@dataclass(frozen=True)
class Export:
    """A wish to export.

    Args:
        what: Kind of thing.
        path: File to write.
        slot: Of which slot.
        size: Of pictures, width and height.
        transparent: Whether a picture has no background.
        beside: Whether the driving video is shown at the left.
        rate: Frames per second; None for the source's own.
        turn_secs: Length of a turntable.
        posed: Whether Gaussians are written in the expression of this instant; neutral if not.
        renderer: Name of the renderer that draws.
    """

    what: What
    path: Path
    slot: Slot = "A"
    size: tuple[int, int] = (1080, 1080)
    transparent: bool = False
    beside: bool = False
    rate: float | None = None
    turn_secs: float = 6.0
    posed: bool = True
    renderer: str = "cpu"


def command_for(session: Session, wish: Export) -> str:
    """Return the command that does the same without a window; empty where there is none."""
    if wish.what == "picture":
        return picture_command(
            session, wish.path, wish.size, slot=wish.slot, transparent=wish.transparent
        )
    if wish.what == "turntable":
        return turntable_command(
            session, wish.path, wish.size, slot=wish.slot, turn_secs=wish.turn_secs
        )
    if wish.what == "timeline":
        return timeline_command(session, wish.path, wish.size, slot=wish.slot, beside=wish.beside)
    return avatar_command(session, wish.path, slot=wish.slot) if wish.what == "avatar" else ""


def job_for(session: Session, wish: Export) -> Job:
    """Return the job of a wish, with everything it needs of the session taken already.

    Raises:
        MienError: There is nothing to export.
    """
    makers: dict[What, Callable[[Session, Export], Job]] = {
        "picture": _picture,
        "timeline": _video,
        "turntable": _video,
        "avatar": _avatar,
        "trajectory": _trajectory,
        "track": _track,
    }
    return makers[wish.what](session, wish)


def _picture(session: Session, wish: Export) -> Job:
    camera = session.camera(wish.slot, wish.size)
    shot = session.shot(wish.slot, session.view.state.time, camera)
    if shot is None:
        raise _nothing(wish.slot)
    shot = unselected(shot)
    options, view = session.options(), session.view.state

    def job(task: Task) -> object:
        task.progress(None, "drawing")
        renderer = make_renderer(wish.renderer)
        try:
            picture = render_still(
                renderer,
                shot.blend,
                shot.state,
                camera=shot.camera,
                options=options,
                transparent=wish.transparent,
                marks=shot.marks,
                shading=view.shading,
                mesh_opacity=view.mesh_opacity,
                up_fix=shot.up_fix,
            )
        finally:
            renderer.close()
        opaque = wish.path.suffix.lower() == ".jpg"
        write_image(wish.path, picture[..., :3] if opaque else picture)
        return wish.path

    return job


def _video(session: Session, wish: Export) -> Job:
    if wish.what == "timeline":
        taken = timeline_shots(session, wish.size, slot=wish.slot, rate=wish.rate)
    else:
        taken = turntable_shots(
            session, wish.size, slot=wish.slot, turn_secs=wish.turn_secs, rate=wish.rate or 30.0
        )
    options = session.options()
    return lambda task: _write_video(task, wish, taken, options)


def _write_video(task: Task, wish: Export, taken: ShotList, options: RenderOptions) -> object:
    from mien.driving.video import VideoReader

    with ExitStack() as stack:
        renderer = make_renderer(wish.renderer)
        stack.callback(renderer.close)
        video = None
        if wish.beside and taken.video is not None:
            video = stack.enter_context(VideoReader(taken.video))
        write_shots(
            wish.path,
            renderer,
            taken.shots,
            count=len(taken.shots),
            rate=taken.rate,
            options=options,
            sources=taken.sources,
            video=video,
            progress=task.progress,
        )
    return wish.path


def _avatar(session: Session, wish: Export) -> Job:
    time = session.view.state.time
    blend = session.blend(wish.slot, time)
    if blend is None:
        raise _nothing(wish.slot)
    state = blend.state(session.state_at(time) if wish.posed else NEUTRAL)
    shot = session.shot(wish.slot, time, session.camera(wish.slot, (16, 16)))
    marks = shot.marks if shot is not None else None

    def job(task: Task) -> object:
        task.progress(None, "blending")
        avatar = blend.blended()
        if wish.path.suffix.lower() in (".avatar", ".zip", ".glb"):
            from mien.avatar.writing import write_avatar

            write_avatar(wish.path, as_shown(avatar, blend.identity))
        else:
            from mien.gaussians.files import write_cloud

            cloud = avatar.pose(state)
            if marks is not None and len(marks.bits) == cloud.num_gaussians:
                cloud = cloud.take(marks.visible)
            write_cloud(wish.path, cloud)
        return wish.path

    return job


def _trajectory(session: Session, wish: Export) -> Job:
    taken = turntable_shots(
        session, wish.size, slot=wish.slot, turn_secs=wish.turn_secs, rate=wish.rate or 30.0
    )
    cameras = [shot.camera for shot in taken.shots]

    def job(task: Task) -> object:
        task.progress(None, "writing")
        write_trajectory(wish.path, cameras, taken.rate)
        return wish.path

    return job


def _track(session: Session, wish: Export) -> Job:
    track = session.smoothed_track
    if track is None:
        raise MienError("nothing drives the avatar", hint="Choose a video or a track first.")

    def job(task: Task) -> object:
        task.progress(None, "writing")
        write_track(wish.path, track)
        return wish.path

    return job


def _nothing(slot: Slot) -> MienError:
    return MienError(f"there is nothing in {slot} to export", hint="Open an avatar first.")


def with_suffix(wish: Export) -> Export:
    """Return the wish with a file name that says what is written."""
    allowed = SUFFIXES[wish.what]
    if wish.path.suffix.lower() in allowed:
        return wish
    return replace(wish, path=wish.path.with_name(wish.path.name + allowed[0]))
