"""`mien info`: what a file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from mien.avatar import open_avatar
from mien.cli.console import say
from mien.driving.files import open_track
from mien.driving.files.registry import track_formats
from mien.driving.video import VideoReader
from mien.gaussians.bounds import bounds
from mien.session.library import asset_for
from mien.session.store import FORMAT, load_session, missing_assets


def info(
    file: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    json_: Annotated[bool, tyro.conf.arg(name="json")] = False,
) -> None:
    """Say what a file holds: an avatar, splats, a track, a video or a session.

    Args:
        file: The file (or image folder).
        json_: Print JSON for scripts.
    """
    facts = describe(file)
    if json_:
        print(json.dumps(facts, indent=1))  # noqa: T201
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        say(f"{name.replace('_', ' '):<{width}}  {_shown(value)}")


def describe(file: Path) -> dict[str, Any]:
    """Return the facts about a file as plain values.

    Raises:
        MienError: It cannot be read.
    """
    if file.suffix.lower() == ".mien":
        return _session(file)
    kind = asset_for(file).kind
    if kind == "video":
        return _video(file)
    return _track(file) if kind == "track" else _avatar(file)


def _avatar(file: Path) -> dict[str, Any]:
    avatar = open_avatar(file)
    cloud = avatar.pose()
    box = bounds(cloud)
    return {
        "file": str(file),
        "name": avatar.name,
        "kind": avatar.kind,
        "gaussians": avatar.num_gaussians,
        "sh_degree": cloud.sh_degree,
        "bound": cloud.binding is not None,
        "template": avatar.template,
        "expressions": list(avatar.expression_names),
        "joints": list(avatar.joints),
        "extra_properties": sorted(cloud.extras),
        "bounds_metres": [np.round(box.lower, 4).tolist(), np.round(box.upper, 4).tolist()],
    }


def _track(file: Path) -> dict[str, Any]:
    track = open_track(file)
    return {
        "file": str(file),
        "kind": "track",
        "format": track_formats.find(file).name,
        "frames": track.num_frames,
        "duration_secs": round(track.duration, 6),
        "frames_per_sec": round(track.rate, 4),
        "frames_with_face": int(track.seen.sum()),
        "head_pose": track.head_pose is not None,
        "eye_rotations": track.eye_rotations is not None,
        "expressions": list(track.names),
    }


def _video(file: Path) -> dict[str, Any]:
    with VideoReader(file) as video:
        times = np.asarray(video.times)
        steps = np.diff(times)
        return {
            "file": str(file),
            "kind": "video",
            "frames": len(times),
            "size": list(video.size),
            "duration_secs": round(float(times[-1] - times[0]), 6),
            "frames_per_sec": round(float(1 / np.median(steps)), 4) if len(steps) else None,
            "variable_rate": bool(len(steps) and np.ptp(steps) > 0.2 * np.median(steps)),
        }


def _session(file: Path) -> dict[str, Any]:
    document, _view = load_session(file)
    return {
        "file": str(file),
        "kind": FORMAT,
        "assets": [f"{asset.name} ({asset.kind})" for asset in document.assets],
        "missing": [asset.path for asset in missing_assets(document)],
        "presets": [preset.name for preset in document.presets],
        "keyframes": len(document.keyframes),
        "notes": len(document.notes),
    }


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        items = [str(item) for item in value]
        shown = ", ".join(items[:6])
        return f"{len(items)}: {shown}, …" if len(items) > 6 else shown or "none"
    return str(value)
