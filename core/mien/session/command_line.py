"""The command of the `mien` program that does what was just done in the studio."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path

from mien.avatar.state import AvatarState
from mien.editing.document import Asset, Document, Look, Slot
from mien.evaluation.recipe import Recipe
from mien.session.fitting import FitSettings
from mien.session.library import asset_path
from mien.session.reconstructing import ReconstructOrder
from mien.session.review import HELD_OUT, Scope, reviewed_capture
from mien.session.session import Session
from mien.template.arkit import ARKIT_NAMES

BLENDED = "blend.avatar"
"""Where a command that needs the blend as a file puts it first."""


def picture_command(
    session: Session, out: Path, size: tuple[int, int], *, slot: Slot = "A", transparent: bool
) -> str:
    """Return the command that renders a still like the one exported; empty where none can.

    The command frames the head by itself; the direction is taken over, pan and distance are not.
    """
    if not _can_be_named(session, slot):
        return ""
    state = session.state_at(session.view.state.time)
    tail = ["--out", str(out), "--size", _size(size), *_expression(state), *_angles(session, slot)]
    files, before = _source(session, slot)
    if transparent:
        tail += ["--background", "transparent"]
    return _joined(before, ["mien", "render", files, *tail])


def turntable_command(
    session: Session, out: Path, size: tuple[int, int], *, slot: Slot = "A", turn_secs: float
) -> str:
    """Return the command that writes a turntable like the one exported; empty where none can."""
    if not _can_be_named(session, slot):
        return ""
    state = session.state_at(session.view.state.time)
    files, before = _source(session, slot)
    tail = ["--out", str(out), "--size", _size(size), *_expression(state), *_angles(session, slot)]
    return _joined(before, ["mien", "render", files, *tail, "--turntable-secs", f"{turn_secs:g}"])


def timeline_command(
    session: Session, out: Path, size: tuple[int, int], *, slot: Slot = "A", beside: bool
) -> str:
    """Return the command that drives the avatar as the timeline does.

    Without a source it is the one that morphs as the session's file says; empty without either.
    """
    drive = session.document.drive
    if drive.source is None and session.path is not None and session.document.keyframes:
        return _joined(
            (), ["mien", "morph", str(session.path), "--out", str(out), "--size", _size(size)]
        )
    if drive.source is None or not _can_be_named(session, slot):
        return ""
    source = str(asset_path(session.document.asset(drive.source)))
    files, before = _source(session, slot)
    command = ["mien", "drive", files, source, "--out", str(out), "--size", _size(size)]
    command += ["--smoothing", f"{drive.smoothing:g}", *_angles(session, slot)]
    if drive.neutral_time is not None:
        command += ["--neutral-time", f"{drive.neutral_time:g}"]
    if not drive.pose:
        command += ["--no-pose"]
    if not beside:
        command += ["--no-source-beside"]
    return _joined(before, command)


def avatar_command(session: Session, out: Path, *, slot: Slot = "A") -> str:
    """Return the command that writes what a slot shows as an avatar or a splat file."""
    document = session.document
    look = document.look(slot)
    if look is None or not _can_be_named(session, slot):
        return ""
    if _is_blend(look):
        return shlex.join(_blend_command(document, look, str(out)))
    return shlex.join(["mien", "convert", str(_file(document, look.asset_ids[0])), str(out)])


def evaluate_command(session: Session, scope: Scope, out: Path | None = None) -> str:
    """Return the command that measures slot A as the review panel does; empty without a capture.

    The command shows an avatar as it was tracked or driven: sliders and hidden Gaussians that lie
    on top of that in the studio are not taken over.
    """
    asset = reviewed_capture(session)
    if asset is None or not _can_be_named(session, "A"):
        return ""
    files, before = _source(session, "A")
    command = ["mien", "evaluate", files, str(asset_path(asset))]
    if out is not None:
        command += ["--csv" if out.suffix.lower() == ".csv" else "--report", str(out)]
    command += ["--part", asset.part] if asset.part else []
    command += [] if asset.corrected else ["--raw"]
    command += _pictures(scope) + _recipe(scope.recipe)
    source = session.document.drive.source
    if source != asset.id:
        driven = "neutral" if source is None else str(_file(session.document, source))
        command += ["--drive", driven]
    return _joined(before, command)


def fit_command(capture: Asset, out: Path, settings: FitSettings, num_frames: int) -> str:
    """Return the command that fits an avatar to a capture like the studio does."""
    command = ["mien", "fit", str(asset_path(capture)), "--out", str(out)]
    command += ["--minutes", f"{settings.minutes:g}", "--texels", str(settings.texels)]
    frames = settings.frames_in(num_frames)
    everything = settings.frames == "all" and num_frames > 1
    command += ["--frames", "all" if everything else ",".join(str(frame) for frame in frames)]
    if capture.part:
        command += ["--part", capture.part]
    return _joined((), command)


def reconstruct_command(order: ReconstructOrder, network: Path) -> str:
    """Return the command that reconstructs somebody like the studio does."""
    command = ["mien", "reconstruct", str(asset_path(order.capture)), "--out", str(order.out)]
    if order.cameras:
        command += ["--cameras", ",".join(order.cameras)]
    else:
        command += ["--views", str(order.views)]
    command += ["--frame", str(order.frame)] if order.frame else []
    command += ["--network", str(network)]
    command += ["--part", order.capture.part] if order.capture.part else []
    return _joined((), command)


def _pictures(scope: Scope) -> list[str]:
    held_out = scope.cameras == (HELD_OUT,)
    told = [] if held_out else ["--cameras", *scope.cameras]
    return told + (["--frames", f"::{scope.every}"] if scope.every > 1 else [])


def _recipe(recipe: Recipe) -> list[str]:
    told = ["--metrics", *recipe.metrics]
    if recipe.crop != "full":
        told += ["--crop", recipe.crop, "--margin", f"{recipe.margin:g}"]
    if recipe.matte is not None:
        told += ["--matte", "#" + "".join(f"{round(255 * part):02x}" for part in recipe.matte)]
    return told + (["--scale", f"{recipe.scale:g}"] if recipe.scale != 1 else [])


def _source(session: Session, slot: Slot) -> tuple[str, Sequence[str]]:
    """Return the avatar file to work on and the command that has to make it first, if any."""
    document = session.document
    look = document.look(slot) or Look()
    if not look.asset_ids:
        return "AVATAR", ()
    if _is_blend(look):
        return BLENDED, _blend_command(document, look, BLENDED)
    return str(_file(document, look.asset_ids[0])), ()


def _can_be_named(session: Session, slot: Slot) -> bool:
    """Return whether files say who a slot shows: whom sliders made, and people of a library, are in
    no file of their own."""
    document = session.document
    look = document.look(slot) or Look()
    parts = any(document.asset(key).part for key in look.asset_ids)
    return look.learned and not look.identity and not parts


def _is_blend(look: Look) -> bool:
    return len(look.asset_ids) > 1


def _blend_command(document: Document, look: Look, out: str) -> list[str]:
    assets = list(look.asset_ids)
    command = ["mien", "blend", *(str(_file(document, asset)) for asset in assets), "--weights"]
    command += [f"{look.weights.get(asset, 0.0):.4g}" for asset in assets]
    command += ["--out", out]
    if look.regions:
        taken = sorted(look.regions.items())
        command += ["--regions", *(f"{name}={assets.index(key) + 1}" for name, key in taken)]
        command += ["--softness", f"{look.softness:g}"]
    return command


def _file(document: Document, asset_id: str) -> Path:
    return asset_path(document.asset(asset_id))


def _expression(state: AvatarState) -> list[str]:
    pairs = zip(ARKIT_NAMES, state.expression, strict=True)
    told = [f"{name}={weight:.2f}" for name, weight in pairs if abs(weight) >= 0.005]
    return ["--expression", *told] if told else []


def _angles(session: Session, slot: Slot) -> list[str]:
    orbit = session.orbit(slot)
    angles = {"--yaw": math.degrees(orbit.yaw), "--pitch": math.degrees(orbit.pitch)}
    return [
        part
        for option, degrees in angles.items()
        if abs(degrees) > 0.05
        for part in (option, f"{degrees:.1f}")
    ]


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _joined(before: Sequence[str], command: Sequence[str]) -> str:
    text = shlex.join(command)
    return f"{shlex.join(before)} && {text}" if before else text
