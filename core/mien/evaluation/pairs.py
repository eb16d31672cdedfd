"""A photograph and a render of the same camera and frame, prepared as the recipe says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import Capture, View
from mien.errors import FileError
from mien.evaluation.recipe import Color, Recipe
from mien.gaussians.cloud import GaussianCloud
from mien.image import Image
from mien.rendering.protocol import Renderer, RenderOptions

BLACK: Color = (0.0, 0.0, 0.0)
_SEEN = 127
"""A pixel belongs to the person from here on, for the box around the mask."""


class Unmeasurable(FileError):
    """Report a picture that the capture has but the recipe cannot use, such as one without mask."""


@dataclass(frozen=True)
class Box:
    """A window of a picture in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


@dataclass(frozen=True, eq=False)
class Photograph:
    """What a render is compared with.

    Args:
        image: sRGB 0..1 [H, W, 3], with the matte behind the person where the recipe has one.
        camera: Of this very window and resolution.
        background: What the render is drawn over.
    """

    image: Image
    camera: Camera
    background: Color


def effective_recipe(recipe: Recipe, capture: Capture) -> Recipe:
    """Return the recipe that can be followed: a room behind the person needs a matte; black.

    A render has no room behind it, so there is nothing else to compare the person with.
    """
    if capture.background is None and recipe.matte is None:
        return recipe.replace(matte=BLACK)
    return recipe


def photograph(
    capture: Capture, camera: str, frame: int, *, lens: Camera, recipe: Recipe
) -> Photograph:
    """Read a picture of a capture and prepare it.

    Args:
        capture: Whose.
        camera: Its name.
        frame: Its index.
        lens: The camera's calibration, in the world the avatar is drawn in.
        recipe: An effective one.

    Raises:
        FileError: The picture is missing, damaged or without the mask that the recipe needs.
    """
    view = capture.view(camera, frame)
    where = f"camera {camera}, frame {capture.frame_names[frame]}"
    if recipe.needs_mask and view.mask is None:
        raise Unmeasurable(capture.source, f"{where}: no mask, which the recipe needs")
    image, mask, lens = _scaled(view, lens, recipe.scale)
    if recipe.crop == "mask-box":
        assert mask is not None
        box = mask_box(mask, margin=recipe.margin)
        if box is None:
            raise Unmeasurable(capture.source, f"{where}: its mask is empty")
        image, mask = _cut(image, box), _cut(mask, box)
        lens = lens.cropped(box.left, box.top, box.size)
    if recipe.matte is not None:
        assert mask is not None
        matte = np.array(recipe.matte, np.float32)
        matted = matte + mask[..., None] * (image - matte)
        return Photograph(matted.astype(np.float32, copy=False), lens, recipe.matte)
    behind = capture.background
    assert behind is not None
    red, green, blue = (float(part) / 255 for part in behind)
    return Photograph(image, lens, (red, green, blue))


def mask_box(mask: NDArray[np.floating], *, margin: float) -> Box | None:
    """Return the box around where a mask [H, W] in 0..1 is above one half; None where nowhere.

    Args:
        mask: Coverage.
        margin: Added on each side, as a share of the box's longer side, within the picture.
    """
    seen = mask > _SEEN / 255
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    extra = round(margin * max(bottom - top, right - left))
    height, width = mask.shape
    return Box(
        max(int(left) - extra, 0),
        max(int(top) - extra, 0),
        min(int(right) + extra, width),
        min(int(bottom) + extra, height),
    )


def rendered(renderer: Renderer, cloud: GaussianCloud, photo: Photograph) -> Image:
    """Return the picture [H, W, 3] of a cloud that a photograph is compared with, clipped to 0..1.

    Raises:
        RenderError: It cannot be drawn.
    """
    options = RenderOptions(background=photo.background, depth=False)
    frame = renderer.render(cloud, photo.camera, options)
    return np.clip(np.asarray(frame.rgb, np.float32), 0, 1)


def _scaled(
    view: View, lens: Camera, scale: float
) -> tuple[Image, NDArray[np.float32] | None, Camera]:
    if scale == 1:
        mask = None if view.mask is None else _unit(view.mask)
        return _unit(view.image), mask, lens
    # PIL is slow to import, and pictures are rarely scaled.
    from PIL import Image as PilImage

    size = max(round(lens.width * scale), 1), max(round(lens.height * scale), 1)

    def reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(PilImage.fromarray(pixels).resize(size, PilImage.Resampling.BOX))

    mask = None if view.mask is None else _unit(reduced(view.mask))
    return _unit(reduced(view.image)), mask, lens.resized(size)


def _unit(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pixels.astype(np.float32) * np.float32(1 / 255)


def _cut(pixels: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
    return np.ascontiguousarray(pixels[box.top : box.bottom, box.left : box.right])
