"""The demo's film: somebody nobody trained on, in front of one camera, and what they did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from headsup_demo.choreography import RATE, perform
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera
from mien.capture.store.pictures import Encoding, decode_view
from mien.capture.synthetic.filming import FilmSet, Take
from mien.capture.synthetic.production import Production
from mien.driving.files import open_track, write_track
from mien.driving.track import ExpressionTrack
from mien.driving.tracking import track_video
from mien.driving.video import VideoWriter

PERFORMER = 7025
"""The seed of who is filmed: beyond those of any capture that is trained on or held out."""
SIDE = 384
LIGHT, BACKDROP = "studio", "grey"
_TEXELS, _SAMPLES, _QUALITY = 1024, 3, 21
_TARGET, _DISTANCE, _HALF = (0.0, -0.004, 0.0), 1.15, 0.165
"""Where the lens looks, from how far, and how much is seen above and below it, metres: the head
with room to turn in."""

Told = Callable[[float, str], object]


def camera(side: int = SIDE) -> CaptureCamera:
    """Return the camera in front of the performer."""
    eye = np.array(_TARGET) + [0.0, 0.02, _DISTANCE]
    fov = float(2 * np.arctan(_HALF / _DISTANCE))
    return CaptureCamera(
        "front", Camera.looking_at(eye, _TARGET, size=(side, side), fov_y=fov), "train"
    )


def make_film(
    video: Path,
    track: Path,
    *,
    performance: ExpressionTrack | None = None,
    side: int = SIDE,
    told: Told = lambda fraction, message: None,
) -> ExpressionTrack:
    """Film the performance, and write what was done beside it.

    The track holds what the performer was told to do and not what a tracker reads from the film:
    it is exact, and has the tongue and the gaze.

    Args:
        video: To write (.mp4).
        track: To write (.h5); the same name makes it the film's.
        performance: What is done instead.
        side: Of the pictures, pixels.
        told: How far it is.
    """
    done = performance or perform()
    plan = Production(
        (camera(side),),
        "front",
        done,
        light=LIGHT,
        backdrop=BACKDROP,
        texture=_TEXELS,
        supersampling=_SAMPLES,
    )
    count = done.num_frames
    with (
        FilmSet(plan, Encoding("png", depth=False)) as stage,
        VideoWriter(video, (side, side), RATE, quality=_QUALITY) as film,
    ):
        views = tuple((0, frame) for frame in range(count))
        for filmed in stage.film(Take(PERFORMER, views)):
            film.write(decode_view(filmed.view, (side, side)).image)
            told((filmed.frame + 1) / count, f"frame {filmed.frame + 1} of {count}")
    write_track(track, done)
    return done


READ = {
    "brows": "browInnerUp",
    "blink": "eyeBlinkLeft",
    "smile": "mouthSmileLeft",
    "jaw": "jawOpen",
    "pucker": "mouthPucker",
}
"""What a tracker is held to, and by which expression."""


def tracker_agreement(video: Path, track: Path, bundle: Path) -> dict[str, float]:
    """Return how well the face tracker reads what was done: correlations over time.

    Args:
        video: The film.
        track: What was done.
        bundle: The tracker's models.
    """
    done, seen = open_track(track), track_video(video, use_cache=False, model=bundle)
    faces = seen.seen
    found = {
        name: _correlation(done, seen, done.names.index(column), seen.names.index(column))
        for name, column in READ.items()
    }
    assert done.head_pose is not None
    assert seen.head_pose is not None
    turned = np.corrcoef(_yaw(done.head_pose[faces]), _yaw(seen.head_pose[faces]))
    return {**found, "head": float(turned[0, 1]), "frames with a face": float(faces.mean())}


def _correlation(done: ExpressionTrack, seen: ExpressionTrack, there: int, here: int) -> float:
    faces = seen.seen
    return float(np.corrcoef(done.weights[faces, there], seen.weights[faces, here])[0, 1])


def _yaw(poses: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.arctan2(poses[:, 0, 2], poses[:, 2, 2])
