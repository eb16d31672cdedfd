"""`mien capture info`: what a capture, or a folder of them, holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from mien.capture.opening import capture_format_of
from mien.capture.protocol import SPLITS, Capture
from mien.capture.store import CaptureSet, StoredCapture
from mien.capture.store.set import holds_captures
from mien.cli.capture.arguments import opened
from mien.cli.console import say


def info(
    source: Annotated[Path, tyro.conf.Positional],
    /,
    *,
    part: str = "",
    json_: Annotated[bool, tyro.conf.arg(name="json")] = False,
) -> None:
    """Say what a capture holds; of a folder of captures, what each is.

    Args:
        source: A `.capture` file, a folder of them, or a dataset.
        part: Which of several captures; all are listed without it.
        json_: Print JSON for scripts.
    """
    facts = describe(source, part)
    if json_:
        print(json.dumps(facts, indent=1))  # noqa: T201
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        say(f"{name.replace('_', ' '):<{width}}  {_shown(value)}")


def describe(source: Path, part: str = "") -> dict[str, Any]:
    """Return the facts about a capture, a folder of captures or a dataset as plain values.

    Raises:
        FileError: It cannot be read.
    """
    if source.is_dir() and not part and holds_captures(source):
        return _set(source)
    layout = capture_format_of(source)
    if layout is not None and not part and len(parts := layout.parts(source)) > 1:
        return {"source": str(source), "layout": layout.name, "captures": list(parts)}
    with opened(source, part) as capture:
        facts = {"source": str(source), "layout": layout.name if layout else ""}
        return facts | _capture(capture)


def _set(folder: Path) -> dict[str, Any]:
    people = CaptureSet.of(folder)
    return {
        "source": str(folder),
        "captures": [entry.file for entry in people.entries],
        "views": sum(entry.num_cameras * entry.num_frames for entry in people.entries),
        "megabytes": round(sum(entry.num_bytes for entry in people.entries) / 1e6, 1),
        "damaged": [f"{entry.file}: {entry.problem}" for entry in people.damaged],
    }


def _capture(capture: Capture) -> dict[str, Any]:
    cameras, frames = capture.cameras, len(capture.times)
    views = sum(capture.present(held.name, t) for held in cameras for t in range(frames))
    sizes = Counter(f"{held.camera.width}x{held.camera.height}" for held in cameras)
    steps = np.diff(capture.times)
    facts: dict[str, Any] = {
        "name": capture.name,
        "cameras": len(cameras),
        "splits": {split: sum(held.split == split for held in cameras) for split in SPLITS},
        "sizes": sorted(sizes),
        "frames": frames,
        "duration_secs": round(float(capture.times[-1] - capture.times[0]), 6),
        "frames_per_sec": round(float(1 / np.median(steps)), 4) if len(steps) else None,
        "pictures": views,
        "missing": len(cameras) * frames - views,
        "aligned": capture.aligned,
        "template": capture.tracking.template if capture.tracking is not None else None,
        "background": None if capture.background is None else capture.background.tolist(),
        "attributes": dict(capture.attributes),
    }
    if isinstance(capture, StoredCapture):
        facts["landmarks"] = len(capture.landmarks.names) if capture.landmarks else 0
        facts["megabytes"] = round(capture.source.stat().st_size / 1e6, 1)
        facts["provenance"] = dict(capture.provenance)
        facts["damage"] = [f"{part} {reason}" for part, reason in capture.damage.items()]
    return facts


def _shown(value: Any) -> str:
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return ", ".join(items[:8]) + (f", … ({len(items)} in all)" if len(items) > 8 else "")
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
