"""COLMAP's sparse models: `cameras`, `images` (.bin or .txt) and the pictures they are of.

    <root>/sparse/0/cameras.bin, images.bin     or in sparse/, colmap/sparse/0/, or at the top
    <root>/images/<name>                        and, where there are some, masks/<name>[.png]

Each registered picture is a camera that saw one instant. Poses are world to camera in OpenCV's
axes; COLMAP's pixel centres lie at half integers, as Mien's. Lenses are undone; the models read are
SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL and OPENCV.

A model has no unit and no up: the head is guessed to be where all cameras look, and the cameras to
stand one metre from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.alignment import guessed_alignment
from mien.capture.opening import Choice, capture_formats, chosen_part
from mien.capture.protocol import View
from mien.capture.reading.calibration import intrinsic_matrix, pinhole
from mien.capture.reading.colmap_files import ModelCamera, ModelImage, read_cameras, read_images
from mien.capture.reading.distortion import Distortion
from mien.capture.reading.folders import first_existing, natural
from mien.capture.reading.pictures import has_alpha, over, read_mask, read_picture
from mien.capture.reading.recording import PictureFiles, Recording, Rig, World
from mien.errors import FileError
from mien.transforms import apply, matrix_from_quat, rigid, rigid_inverse

_MODEL_FOLDERS = ("sparse/0", "sparse", "colmap/sparse/0", ".")
_FILES = ("cameras", "images")
_WHITE = np.full(3, 255, np.uint8)

# Of each model that is read: how its parameters become fx, fy, cx, cy and the lens.
_MODELS: Mapping[str, tuple[tuple[int, int, int, int], tuple[str, ...]]] = {
    "SIMPLE_PINHOLE": ((0, 0, 1, 2), ()),
    "PINHOLE": ((0, 1, 2, 3), ()),
    "SIMPLE_RADIAL": ((0, 0, 1, 2), ("k1",)),
    "RADIAL": ((0, 0, 1, 2), ("k1", "k2")),
    "OPENCV": ((0, 1, 2, 3), ("k1", "k2", "p1", "p2")),
}


@capture_formats.register("colmap")
class Colmap:
    """Reads COLMAP's sparse models."""

    name = "COLMAP"
    rank = 30

    def probe(self, path: Path) -> bool:
        """Look for the files of a model."""
        return _model(path) is not None

    def parts(self, path: Path) -> tuple[str, ...]:
        """Return the one capture it is."""
        return (_root(_found(path)).name,)

    def open(self, path: Path, choice: Choice) -> Recording:
        """Open it."""
        model = _found(path)
        part = chosen_part(path, self.parts(path), choice)
        lenses = read_cameras(model)
        images = sorted(read_images(model), key=lambda image: natural(image.name))
        names = _names(model, images)
        place = _Place(_root(model), dict(zip(names, images, strict=True)))
        pinholes = {name: _camera(model, image, lenses) for name, image in place.images.items()}
        bent = {name: _lens(lenses[image.camera_id]) for name, image in place.images.items()}
        rig = Rig(model, pinholes, lenses={name: lens for name, lens in bent.items() if lens})
        world = _world(rig)
        sizes = {name: camera.size for name, camera in pinholes.items()}
        return Recording(
            name=part,
            source=path,
            cameras=rig.chosen(choice, world),
            lenses=rig.lenses,
            times=np.zeros(1),
            frame_names=("0",),
            world=world,
            background=place.background(),
            views=PictureFiles(partial(_view, place, sizes), place.picture),
            attributes={"dataset": self.name},
        )


@dataclass(frozen=True)
class _Place:
    """Where the pictures of a model lie."""

    root: Path
    images: Mapping[str, ModelImage]

    def picture(self, camera: str, frame: int) -> Path:
        return self.root / "images" / self.images[camera].name

    def mask(self, camera: str) -> Path | None:
        name = Path(self.images[camera].name)
        masks = self.root / "masks"
        return first_existing(
            [masks / name, masks / f"{name}.png", masks / name.with_suffix(".png")]
        )

    def background(self) -> NDArray[np.uint8] | None:
        """White where pictures are laid over it, as far as the first one tells."""
        first = first_existing(self.picture(name, 0) for name in self.images)
        return _WHITE if first is not None and has_alpha(first) else None


def _model(path: Path) -> Path | None:
    place = path.absolute()
    top = place.parent if place.stem in _FILES and place.is_file() else place
    for folder in (top / name for name in _MODEL_FOLDERS):
        for ending in (".bin", ".txt"):
            if all((folder / f"{name}{ending}").is_file() for name in _FILES):
                return folder
    return None


def _found(path: Path) -> Path:
    model = _model(path)
    if model is None:
        raise FileError(path, "has no COLMAP model")
    return model


def _root(model: Path) -> Path:
    """Return the nearest folder above a model that has pictures, else the model's own."""
    model = model.resolve()
    around = (model, *list(model.parents)[:3])
    return next((folder for folder in around if (folder / "images").is_dir()), model)


def _names(model: Path, images: list[ModelImage]) -> list[str]:
    """Return names without endings, or with them where that would make two the same."""
    short = [Path(image.name).with_suffix("").as_posix() for image in images]
    names = short if len(set(short)) == len(short) else [image.name for image in images]
    if len(set(names)) < len(names):
        raise FileError(model, "registers one picture twice")
    return names


def _camera(model: Path, image: ModelImage, cameras: Mapping[int, ModelCamera]) -> Camera:
    if image.camera_id not in cameras:
        raise FileError(model, f"{image.name} is of camera {image.camera_id}, which is missing")
    camera = cameras[image.camera_id]
    if camera.model not in _MODELS:
        raise FileError(
            model,
            f"has lenses of the kind {camera.model}",
            hint="Undistort it first: colmap image_undistorter",
        )
    places, coefficients = _MODELS[camera.model]
    if len(camera.parameters) != max(places) + 1 + len(coefficients):
        raise FileError(model, f"camera {image.camera_id} has too few or too many parameters")
    fx, fy, cx, cy = (camera.parameters[place] for place in places)
    if not np.linalg.norm(image.quat) > 0.1:
        raise FileError(model, f"{image.name} has no rotation")
    return pinhole(
        model,
        image.name,
        intrinsics=intrinsic_matrix(fx, fy, cx, cy),
        world_from_camera=rigid_inverse(rigid(matrix_from_quat(image.quat), image.translation)),
        size=camera.size,
    )


def _lens(camera: ModelCamera) -> Distortion:
    places, coefficients = _MODELS[camera.model]
    bent = camera.parameters[max(places) + 1 :]
    return Distortion(**dict(zip(coefficients, bent, strict=True)))


def _world(rig: Rig) -> World:
    cameras = list(rig.cameras.values())
    centred = guessed_alignment(cameras) if cameras else np.eye(4)
    distances = [np.linalg.norm(apply(centred, camera.position[None])) for camera in cameras]
    mean = float(np.mean(distances)) if distances else 1.0
    scale = 1 / mean if mean > 0 else 1.0
    return World(np.diag([scale, scale, scale, 1.0]) @ np.asarray(centred, np.float64), False)


def _view(
    place: _Place, sizes: Mapping[str, tuple[int, int]], camera: str, frame: int, path: Path
) -> View:
    picture = read_picture(path, sizes[camera])
    mask = place.mask(camera)
    return View(over(picture, _WHITE), read_mask(mask, sizes[camera]) if mask else picture.alpha)
