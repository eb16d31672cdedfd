"""What the editions of NeRSemble (Kirschstein et al. 2023) share: the tree, and its calibration.

Participants are folders of three digits with `sequences/<name>` in them. Poses are world to camera
in OpenCV's axes, metres. The intrinsics of 2200x3208 pictures are brought to the delivered size by
scaling both rows, as the dataset's own tools do, which is exact where pixel centres lie at half
integers; so that is how they are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mien.camera import Camera
from mien.capture.opening import Choice, chosen_part
from mien.capture.protocol import Attribute, CaptureCamera, Split
from mien.capture.reading.calibration import inverse_pose, pinhole
from mien.capture.reading.folders import subfolders
from mien.capture.reading.json_files import JsonObject, read_json, table
from mien.capture.reading.pictures import Size
from mien.capture.reading.recording import Rig, World
from mien.errors import FileError

FULL_SIZE = (2200, 3208)

TEST_CAMERAS = frozenset({"222200040", "220700191", "222200043", "221501007"})
"""The cameras that the NeRSemble paper evaluates on."""

_SEQUENCES = "sequences"
_PARTICIPANT = re.compile(r"\d{3}")
_LOOKED_AT = 64
_PICTURE = re.compile(r"cam_(\w+)\.\w+")


class Tree:
    """The sequences below a folder: that of a dataset, of a participant or of a sequence.

    Args:
        path: The folder.
        calibration: Where a participant's calibration lies, relative to its folder.
        is_sequence: Says cheaply whether a folder below `sequences` holds one of this edition.
        groups: Folders of participants that may lie between.
    """

    def __init__(
        self,
        path: Path,
        calibration: str,
        is_sequence: Callable[[Path], bool],
        groups: Iterable[str] = (),
    ) -> None:
        self._given = path
        # Absolute, because a path's parents tell whose it is.
        self._path = path.absolute()
        self._calibration = calibration
        self._is_sequence = is_sequence
        self._groups = tuple(groups)

    def sample(self) -> Path | None:
        """Return one of its participants, or None: this is no such tree. Looks at few folders."""
        if self._is_participant(self._path):
            return self._path
        if self._path.parent.name == _SEQUENCES and self._is_participant(self._path.parents[1]):
            return self._path.parents[1] if self._is_sequence(self._path) else None
        return next(iter(self._participants(limit=_LOOKED_AT).values()), None)

    def sequences(self) -> dict[str, Path]:
        """Return the folders of its sequences by names such as `018/EXP-1-head`."""
        if self._is_participant(self._path):
            return {place.name: place for place in self._sequences_of(self._path)}
        if self._path.parent.name == _SEQUENCES:
            return {self._path.name: self._path}
        return {
            f"{name}/{place.name}": place
            for name, participant in self._participants().items()
            for place in self._sequences_of(participant)
        }

    def chosen(self, choice: Choice) -> Path:
        """Return the folder of the sequence that was chosen, or of the only one.

        Raises:
            FileError: There is none, several and no choice, or the choice is not among them.
        """
        sequences = self.sequences()
        return sequences[chosen_part(self._given, tuple(sequences), choice)]

    def _is_participant(self, folder: Path) -> bool:
        return (folder / self._calibration).is_file() and (folder / _SEQUENCES).is_dir()

    def _participants(self, limit: int | None = None) -> dict[str, Path]:
        tops = {"": self._path, **{f"{name}/": self._path / name for name in self._groups}}
        return {
            f"{prefix}{folder.name}": folder
            for prefix, top in tops.items()
            for folder in subfolders(top, limit=limit)
            if _PARTICIPANT.fullmatch(folder.name) and self._is_participant(folder)
        }

    def _sequences_of(self, participant: Path) -> list[Path]:
        return [place for place in subfolders(participant / _SEQUENCES) if self._is_sequence(place)]


@dataclass(frozen=True)
class SharedLens:
    """Cameras that have intrinsics in common, as the first two editions are calibrated.

    Args:
        path: The file that says so.
        cameras: By serial number, for pictures of full size.
    """

    path: Path
    cameras: Mapping[str, Camera]

    @staticmethod
    def of(path: Path, pictured: Iterable[str], choice: Choice) -> SharedLens:
        """Read a participant's calibration.

        Args:
            path: The file `camera_params.json`.
            pictured: The cameras that there are pictures of.
            choice: What is wanted of them.

        Raises:
            FileError: It is damaged, or lacks one of them.
        """
        cameras = cameras_of(path, FULL_SIZE, lambda content, _: content.get("intrinsics"))
        check_calibrated(path, cameras, pictured, choice)
        return SharedLens(path, cameras)

    def placed(self, size: Size, choice: Choice) -> tuple[tuple[CaptureCamera, ...], World]:
        """Return the wanted cameras [C] around where the head seems to be, and where that is.

        Args:
            size: Of the pictures as delivered.
            choice: Which cameras.

        Raises:
            FileError: One of them is not there.
        """
        delivered = {name: camera.resized(size) for name, camera in self.cameras.items()}
        world = World.guessed(delivered)
        rig = Rig(self.path, delivered, splits_of(delivered, TEST_CAMERAS))
        return rig.chosen(choice, world), world


def participant_of(sequence: Path) -> Path:
    """Return the folder of the participant of a sequence."""
    return sequence.parents[1]


def title_of(sequence: Path) -> str:
    """Return what people call a sequence."""
    return f"{participant_of(sequence).name} / {sequence.name}"


def attributes_of(dataset: str, sequence: Path) -> dict[str, Attribute]:
    """Return whom and what a sequence of an edition shows."""
    participant = participant_of(sequence).name
    return {"dataset": dataset, "participant": participant, "sequence": sequence.name}


def serial_of(file_name: str) -> str | None:
    """Return the camera's serial number in a name such as `cam_222200037.png`, or None."""
    match = _PICTURE.fullmatch(file_name)
    return match.group(1) if match else None


def cameras_of(
    path: Path, size: tuple[int, int], intrinsics_for: Callable[[JsonObject, str], object]
) -> dict[str, Camera]:
    """Read a participant's cameras for delivered pictures of a size.

    Args:
        path: The file `camera_params.json`.
        size: Width and height that the intrinsics are for.
        intrinsics_for: Takes a camera's intrinsics from the file's content.

    Raises:
        FileError: It is damaged.
    """
    content = read_json(path)
    poses = table(content.get("world_2_cam"), path=path, what="world_2_cam")
    return {
        serial: pinhole(
            path,
            serial,
            intrinsics=intrinsics_for(content, serial),
            world_from_camera=inverse_pose(pose, path=path, what=f"world_2_cam of {serial}"),
            size=size,
        )
        for serial, pose in poses.items()
    }


def check_calibrated(
    path: Path, calibrated: Iterable[str], pictured: Iterable[str], choice: Choice
) -> None:
    """Check that all wanted cameras of which there are pictures are calibrated.

    Raises:
        FileError: One is not.
    """
    known = set(calibrated)
    for name in pictured:
        if name not in known and (not choice.cameras or name in choice.cameras):
            raise FileError(
                path,
                f"has no camera {name}, of which there are pictures",
                hint="Choose the other cameras by name to open the capture without it",
            )


def splits_of(cameras: Iterable[str], test: Iterable[str]) -> Mapping[str, Split]:
    """Return which cameras are for testing."""
    held_out = set(test)
    return {name: "test" for name in cameras if name in held_out}
