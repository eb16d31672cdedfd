"""The NeRSemble benchmark: videos without background, intrinsics for each camera as delivered.

    <root>/nvs/<participant>/calibration/camera_params.json
    <root>/nvs/<participant>/sequences/<sequence>/images/cam_<serial>.mp4
                                                  alpha_maps/cam_<serial>.mp4
    <root>/mono_flame_avatar/…  the same, and tracking/flame2023_tracking*.npz

The calibration holds more cameras than are delivered: those the benchmark holds out, which are
cameras without pictures here, for testing. The head stands where FLAME was tracked in the first
frame; where there is no tracking, its place is guessed from the cameras.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mien.capture.formats.nersemble_v2 import camera_videos
from mien.capture.opening import Choice, capture_formats
from mien.capture.protocol import View, ViewMissing
from mien.capture.reading.arrays import read_npz
from mien.capture.reading.flame import FlameParameters, benchmark_parameters
from mien.capture.reading.folders import names_in
from mien.capture.reading.json_files import JsonObject, read_json, table
from mien.capture.reading.nersemble import (
    Tree,
    attributes_of,
    cameras_of,
    check_calibrated,
    participant_of,
    splits_of,
    title_of,
)
from mien.capture.reading.recording import Recording, Rig, World
from mien.capture.reading.videos import RigVideos
from mien.errors import FileError

_CALIBRATION = "calibration/camera_params.json"
_GROUPS = ("nvs", "mono_flame_avatar")


@capture_formats.register("nersemble-benchmark")
class NersembleBenchmark:
    """Reads the NeRSemble benchmark."""

    name = "NeRSemble benchmark"
    rank = 60

    def probe(self, path: Path) -> bool:
        """Look for a participant whose cameras have intrinsics of their own."""
        participant = _tree(path).sample()
        if participant is None:
            return False
        try:
            return isinstance(read_json(participant / _CALIBRATION).get("intrinsics"), dict)
        except FileError:
            # Whose it is cannot be told then; the second edition takes it and says what is wrong.
            return False

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return its sequences."""
        return tuple(_tree(path).sequences())

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open a sequence."""
        place = _tree(path).chosen(choice)
        calibration = participant_of(place) / _CALIBRATION
        files = camera_videos(place / "images")
        videos = RigVideos(files)
        cameras = cameras_of(calibration, videos.size, partial(_intrinsics, calibration))
        check_calibrated(calibration, cameras, files, choice)
        rig = Rig(calibration, cameras, splits_of(cameras, set(cameras) - set(files)))
        tracked = _tracking(place)
        flame = partial(_flame, tracked) if tracked is not None else None
        world = (
            World.guessed(cameras) if flame is None else World.of_head(flame().world_from_head(0))
        )
        masks = RigVideos(camera_videos(place / "alpha_maps")) if _has_masks(place) else None
        return Recording(
            name=title_of(place),
            source=path,
            cameras=rig.chosen(choice, world),
            times=videos.times,
            frame_names=tuple(map(str, range(len(videos.times)))),
            world=world,
            views=_Videos(videos, masks),
            load_flame=flame,
            attributes=attributes_of(self.name, place),
        )


@dataclass(frozen=True)
class _Videos:
    """The views of a sequence."""

    videos: RigVideos
    masks: RigVideos | None

    def present(self, camera: str, frame: int) -> bool:
        return self.videos.present(camera, frame)

    def read(self, camera: str, frame: int) -> View:
        image = self.videos.read(camera, frame)
        if self.masks is None:
            return View(image)
        try:
            return View(image, np.ascontiguousarray(self.masks.read(camera, frame)[..., 0]))
        except ViewMissing:
            return View(image)

    def close(self) -> None:
        self.videos.close()
        if self.masks is not None:
            self.masks.close()


def _tree(path: Path) -> Tree:
    return Tree(path, _CALIBRATION, lambda folder: (folder / "images").is_dir(), _GROUPS)


def _intrinsics(path: Path, content: JsonObject, serial: str) -> object:
    each = table(content.get("intrinsics"), path=path, what="intrinsics")
    if serial not in each:
        raise FileError(path, f"its intrinsics lack camera {serial}")
    return each[serial]


def _has_masks(place: Path) -> bool:
    return bool(names_in(place / "alpha_maps", limit=4))


def _tracking(place: Path) -> Path | None:
    """Return the newest version of the tracking."""
    folder = place / "tracking"
    names = [name for name in names_in(folder) if name.startswith("flame2023_tracking")]
    return folder / names[-1] if names else None


def _flame(path: Path) -> FlameParameters:
    return benchmark_parameters(path, read_npz(path))
