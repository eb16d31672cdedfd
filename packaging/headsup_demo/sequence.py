"""The demo's evaluation sequence: somebody held out, alive before a few cameras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mien.capture.store.pictures import Encoding
from mien.capture.synthetic.performance import perform
from mien.capture.synthetic.production import Production
from mien.capture.synthetic.rigs import camera_rig
from mien.capture.synthetic.synthesize import synthesize

FRAMES, RATE = 24, 8.0
"""Three seconds of life; the first frame is neutral."""
SIDE = 256
CAMERAS = ("c00", "c02", "c05", "c07", "c08", "c10", "c14", "c16", "c06", "c09", "c12", "c23")
"""Of dome24: eight to reconstruct from, all round, and the four that are held out for testing."""
_QUALITY = 88

Told = Callable[[float | None, str], None]


def make_sequence(
    seed: int,
    path: Path,
    *,
    frames: int = FRAMES,
    side: int = SIDE,
    cameras: tuple[str, ...] = CAMERAS,
    told: Told = lambda fraction, message: None,
) -> None:
    """Film somebody's expressions and the turns of their head.

    Args:
        seed: Who.
        path: To write (.capture).
        frames: How many.
        side: Of the pictures, pixels.
        cameras: By which cameras of dome24.
        told: How far it is.
    """
    rig = camera_rig("dome24").cameras((side, side))
    plan = Production(
        tuple(camera for camera in rig if camera.name in cameras),
        "dome24",
        perform(seed, frames, rate=RATE),
        texture=512,
        supersampling=3,
    )
    folder = path.parent / f".{path.stem}"
    (made,) = synthesize(
        plan, [seed], folder, encoding=Encoding("jpeg", _QUALITY, depth=False), num_workers=1,
        report=told,
    )  # fmt: skip
    made.replace(path)
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()
