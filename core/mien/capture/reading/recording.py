"""Recording: the Capture that all readers of datasets make, around their own way to read a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import permutations, product
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.alignment import guessed_alignment, moved_camera
from mien.capture.opening import Choice
from mien.capture.protocol import Attribute, CaptureCamera, Split, View, ViewMissing
from mien.capture.reading.distortion import Distortion, undistorted
from mien.capture.reading.flame import FlameParameters
from mien.capture.tracking import Tracking
from mien.closing import Closing
from mien.errors import FileError
from mien.transforms import Array, rigid


class Views(Protocol):
    """A dataset's own way to its pictures, by camera names and frame numbers that exist."""

    def present(self, camera: str, frame: int) -> bool:
        """Say cheaply whether there is such a picture."""
        ...

    def read(self, camera: str, frame: int) -> View:
        """Read one, as the lens saw it.

        Raises:
            ViewMissing: There is none.
            FileError: It is damaged.
        """
        ...

    def close(self) -> None:
        """Let go of files. Safe twice."""
        ...


@dataclass(frozen=True, eq=False)
class World:
    """How a dataset's world becomes Mien's.

    Args:
        head_from_world: The similarity [4, 4].
        known: Whether the dataset says where the head is; else it was guessed from the cameras.
    """

    head_from_world: NDArray[np.float64]
    known: bool

    @staticmethod
    def of_head(world_from_head: Array, *, metres: float = 1.0) -> World:
        """Put a head whose pose [4, 4] is known in the dataset's world where templates stand.

        Args:
            world_from_head: A similarity, in the dataset's unit.
            metres: Length of that unit.
        """
        inverse = np.linalg.inv(np.asarray(world_from_head, np.float64))
        return World(np.asarray(np.diag([metres] * 3 + [1.0]) @ inverse, np.float64), True)

    @staticmethod
    def of_turned_head(
        world_from_head: Array, cameras: Mapping[str, Camera], *, metres: float = 1.0
    ) -> World:
        """Put a head whose pose is known, but not which way its own axes point.

        They point along the face's: of the 24 ways to turn a cube that one is taken which is
        nearest to what the cameras look like they stand around.
        """
        guess = guessed_alignment(list(cameras.values()))[:3, :3]
        seen = guess @ np.asarray(world_from_head, np.float64)[:3, :3]
        turn = max(_cube_turns(), key=lambda each: float(np.sum(each * seen)))
        head = World.of_head(world_from_head, metres=metres).head_from_world
        return World(np.asarray(rigid(turn, np.zeros(3)) @ head, np.float64), True)

    @staticmethod
    def guessed(cameras: Mapping[str, Camera], *, metres: float = 1.0) -> World:
        """Guess where the head is from how the cameras stand."""
        found = guessed_alignment(list(cameras.values()), metres=metres)
        return World(np.asarray(found, np.float64), False)


@cache
def _cube_turns() -> tuple[Array, ...]:
    """Return the 24 rotations [3, 3] that take axes to axes."""
    flips = (np.diag(signs) for signs in product((1.0, -1.0), repeat=3))
    orders = [np.eye(3)[list(order)] for order in permutations(range(3))]
    turned = (flip @ order for flip in flips for order in orders)
    return tuple(turn for turn in turned if np.linalg.det(turn) > 0)


@dataclass(frozen=True)
class Rig:
    """The cameras of a dataset in its own world, before anything was chosen.

    Args:
        path: Where they are from, for messages.
        cameras: By name, with the intrinsics of the delivered pictures.
        splits: Of those that are not for training.
        lenses: Of those that are no pinholes.
    """

    path: Path
    cameras: Mapping[str, Camera]
    splits: Mapping[str, Split] = field(default_factory=dict[str, Split])
    lenses: Mapping[str, Distortion] = field(default_factory=dict[str, Distortion])

    def chosen(self, choice: Choice, world: World) -> tuple[CaptureCamera, ...]:
        """Return the wanted cameras [C] in Mien's world.

        Raises:
            FileError: One of them is not there, or there is none at all.
        """
        unknown = [name for name in choice.cameras if name not in self.cameras]
        if unknown or not self.cameras:
            listed = ", ".join(list(self.cameras)[:40]) or "none"
            wanted = f"camera {unknown[0]}" if unknown else "calibrated camera"
            raise FileError(self.path, f"has no {wanted}", hint=f"It has {listed}")
        return tuple(
            CaptureCamera(
                name, moved_camera(camera, world.head_from_world), self.splits.get(name, "train")
            )
            for name, camera in self.cameras.items()
            if not choice.cameras or name in choice.cameras
        )


@dataclass(eq=False, kw_only=True)
class Recording(Closing):
    """A capture of a dataset. Implements `Capture`; what it has beyond that is below.

    Args:
        world: How the dataset's world became that of the cameras.
        views: Where its pictures come from.
        lenses: Of cameras that are no pinholes; their pictures are undistorted when read.
        frame_splits: What each frame is for [T], where a dataset holds out frames; else empty.
        load_flame: Reads the FLAME parameters that came with it.
    """

    name: str
    source: Path
    cameras: tuple[CaptureCamera, ...]
    times: NDArray[np.float64]
    frame_names: tuple[str, ...]
    world: World
    views: Views
    lenses: Mapping[str, Distortion] = field(default_factory=dict[str, Distortion])
    attributes: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])
    background: NDArray[np.uint8] | None = None
    tracking: Tracking | None = None
    frame_splits: tuple[Split, ...] = ()
    load_flame: Callable[[], FlameParameters] | None = None

    def __post_init__(self) -> None:
        if not len(self.times):
            raise FileError(self.source, f"{self.name} has no frames")
        self._by_name = {held.name: held.camera for held in self.cameras}
        self._closed = False

    @property
    def head_from_world(self) -> NDArray[np.float64]:
        """The similarity [4, 4] that took the dataset's world and units into Mien's."""
        return self.world.head_from_world

    @property
    def aligned(self) -> bool:
        """Whether the head is known to stand where templates stand, or was only guessed to."""
        return self.world.known

    @cached_property
    def flame(self) -> FlameParameters | None:
        """FLAME's parameters in the dataset's world, where it has them, read when first asked for.

        Raises:
            FileError: They are damaged.
        """
        return self.load_flame() if self.load_flame is not None else None

    def present(self, camera: str, frame: int) -> bool:
        """Say cheaply, without decoding, whether there is such a picture.

        Raises:
            KeyError: The rig has no such camera.
        """
        self._camera(camera)
        return 0 <= frame < len(self.times) and self.views.present(camera, frame)

    def view(self, camera: str, frame: int) -> View:
        """Read what a camera saw in a frame, free of lens distortion.

        Raises:
            KeyError: The rig has no such camera.
            IndexError: There is no such frame.
            ViewMissing: The capture lacks this picture.
            FileError: It is damaged, with the reason.
            ValueError: The capture is closed.
        """
        pinhole = self._camera(camera)
        if not 0 <= frame < len(self.times):
            raise IndexError(f"{self.name} has no frame {frame}, it has {len(self.times)}")
        if self._closed:
            raise ValueError(f"{self.name} is closed")
        try:
            view = self.views.read(camera, frame)
        except OSError as error:
            raise FileError(self.source, f"cannot be read ({error.strerror or error})") from error
        height, width = view.image.shape[:2]
        if (width, height) != pinhole.size:
            want = "x".join(map(str, pinhole.size))
            where = f"camera {camera}, frame {self.frame_names[frame]}"
            raise FileError(self.source, f"{where} is {width}x{height}, calibrated for {want}")
        return undistorted(view, pinhole.intrinsics, self.lenses.get(camera, Distortion()))

    def close(self) -> None:
        """Free files; it reads no more. Safe twice."""
        self._closed = True
        self.views.close()

    def _camera(self, name: str) -> Camera:
        if name not in self._by_name:
            names = ", ".join(self._by_name)
            raise KeyError(f"{self.name} has no camera {name!r}; it has {names}")
        return self._by_name[name]


@dataclass(frozen=True)
class PictureFiles:
    """Views that are files of their own, found by one rule.

    Args:
        read_view: Reads the view of a camera in a frame.
        path_of: Tells the file of its picture, or None where there never was one.
    """

    read_view: Callable[[str, int, Path], View]
    path_of: Callable[[str, int], Path | None]

    def present(self, camera: str, frame: int) -> bool:
        """Say whether the file is there."""
        path = self.path_of(camera, frame)
        return path is not None and path.is_file()

    def read(self, camera: str, frame: int) -> View:
        """Read it.

        Raises:
            ViewMissing: There is none.
            FileError: It is damaged.
        """
        path = self.path_of(camera, frame)
        if path is None:
            raise ViewMissing(Path(camera), f"has no picture of frame number {frame}")
        return self.read_view(camera, frame, path)

    def close(self) -> None:
        """Nothing stays open."""
