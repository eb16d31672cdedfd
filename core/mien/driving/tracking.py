"""From a video to an ExpressionTrack: the tracker run over every frame, once per file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np

from mien.driving.face_tracker import (
    COEFFICIENT_NAMES,
    TRACKER_VERSION,
    FaceBundle,
    FaceReading,
    FaceTracker,
    Mode,
    read_bundle,
)
from mien.driving.files import open_track, write_track
from mien.driving.models import file_sha256, find_model
from mien.driving.track import ExpressionTrack
from mien.driving.video import VideoReader
from mien.driving.video.pictures import picture_paths
from mien.driving.video.source import Frame
from mien.errors import FileError
from mien.resources import user_folder

Progress = Callable[[float, str], None]


def track_video(
    path: str | Path,
    *,
    progress: Progress | None = None,
    use_cache: bool = True,
    mode: Mode = "video",
    rate: float = 25.0,
    model: str | Path | None = None,
) -> ExpressionTrack:
    """Read the expressions and head poses of the person in a video.

    The track has one row per frame, at its true instant; rows without a face are NaN. Its names
    are ARKit's 51 expressions that a face tracker sees (the tongue is not among them). Its
    `head_pose` maps the head's frame (Y up, face toward +Z) to the camera's (at the origin, looking
    along -Z, Y up) in metres: looking straight into the camera is the identity rotation, and an
    avatar turned by it that is seen from its front turns to the same side of the picture as the
    person. Gaze is in the `eyeLook*` expressions; what to do with it is left to the avatar.

    Results are kept in the user's cache under a hash of the file's contents, the tracker's version
    and the model, so a file that was renamed or copied is not read twice.

    Args:
        path: A video file, an animated GIF or a folder of pictures.
        progress: Told the fraction done, 0..1, and a line about it. What it raises (such as
            `Cancelled`) ends the tracking.
        use_cache: Whether to look into the cache. The result is kept in it either way.
        mode: `video` follows the face from frame to frame, `image` reads each alone.
        rate: Frames per second of a folder of pictures.
        model: The face landmark bundle; by default the one `mien models fetch` got.

    Raises:
        FileError: The video or the bundle cannot be read.
        ModelMissing: The bundle has to be fetched first.
    """
    path = Path(path)
    bundle = read_bundle(model if model is not None else find_model())
    _report(progress, 0.0, "looking at the file")
    cached = _cache_path(path, bundle, mode, rate)
    if use_cache and cached.exists():
        # A cache that cannot be read is no reason to stop: it is written anew.
        with suppress(FileError):
            return open_track(cached).replace(source=str(path))
    with VideoReader(path, rate=rate) as video:
        track = track_frames(video, FaceTracker(bundle, mode=mode), progress=progress)
    # A full disk or a read-only home costs the next run its time, not this one its result.
    with suppress(FileError, OSError):
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_track(cached, track)
    return track


def track_frames(
    video: VideoReader, tracker: FaceTracker, *, progress: Progress | None = None
) -> ExpressionTrack:
    """Return the track of an opened video, read by a tracker that is at its beginning."""
    count = len(video)
    weights = np.full((count, len(COEFFICIENT_NAMES)), np.nan, np.float32)
    poses = np.full((count, 4, 4), np.nan)
    for index, frame in enumerate(_decoded_ahead(video)):
        reading: FaceReading | None = tracker.read(frame)
        if reading is not None:
            weights[index] = reading.coefficients
            poses[index] = reading.camera_from_face
        _report(progress, (index + 1) / count, f"frame {index + 1} of {count}")
    return ExpressionTrack(
        video.times, COEFFICIENT_NAMES, weights, head_pose=poses, source=str(video.path)
    )


def _decoded_ahead(video: VideoReader) -> Iterator[Frame]:
    """Yield all frames, each decoded on another thread while the one before is looked at."""
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as pool:
        coming = pool.submit(video.frame, 0)
        for index in range(len(video)):
            frame = coming.result()
            if index + 1 < len(video):
                coming = pool.submit(video.frame, index + 1)
            yield frame


def _report(progress: Progress | None, fraction: float, message: str) -> None:
    if progress is not None:
        progress(fraction, message)


def _cache_path(path: Path, bundle: FaceBundle, mode: Mode, rate: float) -> Path:
    settings = f"{TRACKER_VERSION} {bundle.digest} {mode} {_contents(path, rate)}"
    key = hashlib.sha256(settings.encode()).hexdigest()[:32]
    return user_folder("cache") / "tracks" / f"{key}.h5"


def _contents(path: Path, rate: float) -> str:
    """Return a hash of all a track depends on in a file or a folder of pictures."""
    try:
        if not path.is_dir():
            return file_sha256(path)
        pictures = " ".join(file_sha256(picture) for picture in picture_paths(path))
        return f"{rate} {pictures}"
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})") from error
