"""NeRSemble, second edition: a video for each camera.

    <root>/<participant>/calibration/camera_params.json, color_calibration.json
    <root>/<participant>/sequences/<sequence>/images/cam_<serial>.mp4

The videos are of 2200x3208 or smaller and know their rate. The colour calibration is a matrix
[3, N] for each camera over polynomial terms of linear light (see `reading.color`). There are no
masks. The sequence BACKGROUND holds pictures without a person and is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mien.capture.opening import Choice, capture_formats
from mien.capture.protocol import View
from mien.capture.reading.color import ColorCorrection, PolynomialCorrection
from mien.capture.reading.folders import names_in
from mien.capture.reading.json_files import numbers, read_json
from mien.capture.reading.nersemble import (
    SharedLens,
    Tree,
    attributes_of,
    participant_of,
    serial_of,
    title_of,
)
from mien.capture.reading.recording import Recording
from mien.capture.reading.videos import RigVideos
from mien.errors import FileError

_CALIBRATION = "calibration/camera_params.json"


@capture_formats.register("nersemble-v2")
class NersembleV2:
    """Reads the second edition of NeRSemble."""

    name = "NeRSemble v2"
    rank = 50

    def probe(self, path: Path) -> bool:
        """Look for a participant's calibration beside its sequences."""
        return _tree(path).sample() is not None

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return its sequences."""
        return tuple(_tree(path).sequences())

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open a sequence."""
        place = _tree(path).chosen(choice)
        calibration = participant_of(place) / _CALIBRATION
        files = camera_videos(place / "images")
        lens = SharedLens.of(calibration, files, choice)
        videos = RigVideos(files)
        cameras, world = lens.placed(videos.size, choice)
        corrections = _corrections(calibration.parent, choice, files)
        colors = "corrected" if corrections else "raw"
        return Recording(
            name=title_of(place),
            source=path,
            cameras=cameras,
            times=videos.times,
            frame_names=tuple(map(str, range(len(videos.times)))),
            world=world,
            views=_Videos(videos, corrections),
            attributes={**attributes_of(self.name, place), "colors": colors},
        )


@dataclass(frozen=True)
class _Videos:
    """The views of a sequence."""

    videos: RigVideos
    corrections: Mapping[str, ColorCorrection]

    def present(self, camera: str, frame: int) -> bool:
        return self.videos.present(camera, frame)

    def read(self, camera: str, frame: int) -> View:
        image = self.videos.read(camera, frame)
        correct = self.corrections.get(camera)
        return View(image if correct is None else correct(image))

    def close(self) -> None:
        self.videos.close()


def camera_videos(folder: Path) -> dict[str, Path]:
    """Return the video of each camera in a folder.

    Raises:
        FileError: There is none.
    """
    names = names_in(folder)
    found = {serial: folder / name for name in names if (serial := serial_of(name))}
    if not found:
        raise FileError(folder, "holds no videos such as cam_222200037.mp4")
    return found


def _tree(path: Path) -> Tree:
    return Tree(path, _CALIBRATION, lambda folder: (folder / "images").is_dir())


def _corrections(
    folder: Path, choice: Choice, cameras: Iterable[str]
) -> dict[str, ColorCorrection]:
    """Return the correction of each camera; none where they are not wanted or not delivered."""
    path = folder / "color_calibration.json"
    if not choice.corrected or not path.is_file():
        return {}
    content = read_json(path)
    corrections: dict[str, ColorCorrection] = {}
    for serial in choice.cameras or cameras:
        if serial not in content:
            raise FileError(path, f"lacks camera {serial}", hint="Open the raw colours instead")
        what = f"correction of {serial}"
        matrix = numbers(content[serial], (3, -1), path=path, what=what)
        try:
            corrections[serial] = PolynomialCorrection(matrix)
        except ValueError as error:
            raise FileError(path, f"its {what} is unknown: {error}") from error
    return corrections
