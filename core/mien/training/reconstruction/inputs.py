"""What goes into the network: close-ups before grey, scaled, sorted by size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mien.camera import Camera
from mien.capture.protocol import CaptureCamera, View, ViewMissing
from mien.models.headsup.views import Views, plucker, scaled_view
from mien.training.headsup.close_up import CloseUp
from mien.training.headsup.pictures import Look, shown
from mien.training.reconstruction.placing import Placed

GREY = np.full(3, 0.5, np.float32)
"""What takes the place of the background where masks tell it from the person."""

_LOOK = Look(GREY, np.ones(3, np.float32))
_BLANK = 2.0
"""Spread of the bytes of a picture that shows nothing."""
_LEAST_SHARE = 0.003
"""Of a picture that the person covers, so that there is something to see."""


@dataclass(frozen=True, eq=False)
class InputView:
    """A view as it goes in.

    Args:
        name: Of its camera.
        camera: Of the scaled picture, in the head's frame.
        image: sRGB 0..1 [H, W, 3], before grey where there is a mask.
        mask: How much of each pixel is the person [H, W], 0..1; None where nobody knows.
    """

    name: str
    camera: Camera
    image: NDArray[np.float32]
    mask: NDArray[np.float32] | None


def read_inputs(
    at: Placed, cameras: Sequence[CaptureCamera], *, side: int
) -> tuple[list[InputView], list[str]]:
    """Read views; return those that show somebody, and a warning for each that does not.

    Args:
        at: The frame.
        cameras: In the head's frame.
        side: Pixels along the longer side.

    Raises:
        FileError: A picture cannot be read, or none shows anybody.
    """
    inputs: list[InputView] = []
    warnings: list[str] = []
    for held in cameras:
        view = at.capture.view(held.name, at.frame)
        fault = _fault(view)
        if fault:
            warnings.append(f"camera {held.name}: {fault}; left out")
            continue
        pixels, camera = shown(view, _LOOK, at.capture.background), held.camera
        if view.mask is not None:
            near = CloseUp.of(pixels[..., 3])
            pixels, camera = near.cut(pixels, outside=np.append(GREY, 0)), near.camera(camera)
        pixels, camera = scaled_view(pixels, camera, side=side)
        mask = None if view.mask is None else pixels[..., 3]
        inputs.append(InputView(held.name, camera, pixels[..., :3], mask))
    if not inputs:
        raise ViewMissing(
            at.capture.source,
            f"nobody is to be seen in frame {at.frame} ({'; '.join(warnings[:3])})",
            hint="Choose another frame or other cameras",
        )
    return inputs, warnings


def views_of(inputs: Sequence[InputView]) -> list[Views]:
    """Return views of one person as the network takes them, those of one size together."""
    by_size: dict[tuple[int, ...], list[InputView]] = {}
    for each in inputs:
        by_size.setdefault(each.image.shape, []).append(each)
    return [
        Views(
            torch.from_numpy(np.stack([_planes(e) for e in alike]))[None],
            torch.from_numpy(np.stack([plucker(e.camera) for e in alike]))[None],
        )
        for alike in by_size.values()
    ]


def _planes(view: InputView) -> NDArray[np.float32]:
    """Return a picture and its mask [4, H, W]; ones where there is none."""
    mask = np.ones(view.image.shape[:2], np.float32) if view.mask is None else view.mask
    return np.concatenate([view.image.transpose(2, 0, 1), mask[None]])


def _fault(view: View) -> str:
    """Say why a view has nothing to tell, or nothing."""
    if float(view.image.std()) < _BLANK:
        return "the picture is blank"
    if view.mask is not None and float((view.mask >= 128).mean()) < _LEAST_SHARE:
        return "its mask shows nobody"
    return ""
