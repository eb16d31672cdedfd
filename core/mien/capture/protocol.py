"""What a capture is: cameras around a person, and what each of them saw in each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.tracking import Tracking
from mien.errors import FileError
from mien.image import Image8

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

Attribute = str | float | int | bool


class ViewMissing(FileError):
    """Report a picture that the capture does not have: a frame its camera dropped, a lost file."""


@dataclass(frozen=True)
class CaptureCamera:
    """A camera of a rig.

    Args:
        name: Its serial number or name in the dataset; unique in the capture.
        camera: Its calibration, in Mien's world, for pictures as the capture delivers them.
        split: What its pictures are for.
    """

    name: str
    camera: Camera
    split: Split = "train"


@dataclass(frozen=True, eq=False)
class View:
    """What a camera saw in a frame, free of lens distortion.

    Args:
        image: The picture [H, W, 3], sRGB bytes.
        mask: How much of each pixel is the person [H, W], 0..255; None where nobody knows.
        depth: Metres along the view axis [H, W], 0 where nothing is; None where nobody knows.
    """

    image: Image8
    mask: NDArray[np.uint8] | None = None
    depth: NDArray[np.float32] | None = None


@runtime_checkable
class Capture(Protocol):
    """A person seen by calibrated cameras, read picture by picture. A context manager.

    Whatever the dataset's axes and units, cameras are given in Mien's world: metres, Y up, the face
    toward +Z, the head near the origin. How that world was reached is `head_from_world`.

    Reading is safe from several threads; `view` may be called for any camera and frame at random.
    """

    @property
    def name(self) -> str:
        """What people call it, such as `018 / EXP-1-head`."""
        ...

    @property
    def source(self) -> Path:
        """The file or folder it is read from."""
        ...

    @property
    def cameras(self) -> tuple[CaptureCamera, ...]:
        """The rig [C]."""
        ...

    @property
    def times(self) -> NDArray[np.float64]:
        """The instant of each frame [T], seconds, increasing."""
        ...

    @property
    def frame_names(self) -> tuple[str, ...]:
        """What the dataset calls each frame [T]: its number there, for people to find it again."""
        ...

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        """The similarity [4, 4] that took the dataset's world and units into Mien's."""
        ...

    @property
    def aligned(self) -> bool:
        """Whether the head is known to stand where templates stand, or was only guessed to."""
        ...

    @property
    def tracking(self) -> Tracking | None:
        """What is known of the person's shape, expression and pose in each frame, or None."""
        ...

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """What is known of the person and the recording: `age`, `hair_style`, `lighting`, ..."""
        ...

    @property
    def background(self) -> NDArray[np.uint8] | None:
        """The one colour [3] behind the person in every picture, or None where there is a room."""
        ...

    def present(self, camera: str, frame: int) -> bool:
        """Say cheaply, without decoding, whether there is such a picture.

        Raises:
            KeyError: The rig has no such camera.
        """
        ...

    def view(self, camera: str, frame: int) -> View:
        """Read what a camera saw in a frame.

        Raises:
            KeyError: The rig has no such camera.
            IndexError: There is no such frame.
            ViewMissing: The capture lacks this picture.
            FileError: It is damaged, with the reason.
        """
        ...

    def close(self) -> None:
        """Free files; it reads no more. Safe twice."""
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close it."""
        ...


def camera_named(capture: Capture, name: str) -> CaptureCamera:
    """Return a camera of a rig.

    Raises:
        KeyError: The rig has no such camera; the message lists those it has.
    """
    for held in capture.cameras:
        if held.name == name:
            return held
    names = ", ".join(held.name for held in capture.cameras)
    raise KeyError(f"{capture.name} has no camera {name!r}; it has {names}")


def cameras_of(capture: Capture, *splits: Split) -> tuple[CaptureCamera, ...]:
    """Return the cameras of some splits, in the rig's order."""
    return tuple(held for held in capture.cameras if held.split in splits)


def with_camera(held: CaptureCamera, camera: Camera) -> CaptureCamera:
    """Return a camera of a rig with another calibration."""
    return replace(held, camera=camera)
