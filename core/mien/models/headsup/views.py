"""Views as the network takes them: a picture and the ray of each of its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from mien.camera import Camera

PLANES = 10
"""Numbers of a pixel that networks take: colour, mask and ray."""
_COLORS = 3


@dataclass(frozen=True, eq=False)
class Views:
    """Views of B people, V of each, all of one size.

    Args:
        images: sRGB, and how much of a pixel is the person, all 0..1 [B, V, 4, H, W]. Where nobody
            can tell the person from what is behind, all is: ones.
        rays: Plücker coordinates [B, V, 6, H, W] of each pixel's ray: its unit direction and its
            moment, position x direction, in the head's frame, metres.
    """

    images: Tensor
    rays: Tensor

    @staticmethod
    def of(image: ArrayLike, camera: Camera, *, side: int) -> Views:
        """Return one view of one person, its longer side scaled to `side` pixels.

        Args:
            image: sRGB bytes or 0..1 [H, W, 3], or with the person's mask [H, W, 4].
            camera: What took it; its world is the head's frame.
            side: Pixels.
        """
        scaled, seen = scaled_view(image, camera, side=side)
        if scaled.shape[2] == _COLORS:
            scaled = np.concatenate([scaled, np.ones_like(scaled[..., :1])], axis=2)
        pixels = torch.from_numpy(np.ascontiguousarray(scaled.transpose(2, 0, 1)))
        return Views(pixels[None, None], torch.from_numpy(plucker(seen))[None, None])

    @property
    def colors(self) -> Tensor:
        """What is seen without the mask [B, V, 3, H, W]."""
        return self.images[:, :, :_COLORS]

    @property
    def planes(self) -> Tensor:
        """All that networks are told of a pixel [B, V, 10, H, W], around zero."""
        return torch.cat([self.images - 0.5, self.rays], dim=2)

    def to(self, device: torch.device | str) -> Views:
        """Return the same views on another device."""
        return Views(self.images.to(device), self.rays.to(device))


def scaled_view(
    image: ArrayLike, camera: Camera, *, side: int
) -> tuple[NDArray[np.float32], Camera]:
    """Return a picture, 0..1 [h, w, C], and its camera, with a longer side of `side` pixels.

    Pictures are averaged over the pixels that become one, so that hair does not turn into noise.
    """
    held = np.asarray(image)
    pixels = held.astype(np.float32)
    if held.dtype == np.uint8:
        pixels /= np.float32(255)
    width, height = camera.size
    scale = side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return pixels, camera
    planes = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
    smaller = torch.nn.functional.interpolate(
        planes, size[::-1], mode="bilinear", antialias=True, align_corners=False
    )
    return smaller[0].permute(1, 2, 0).contiguous().numpy(), camera.resized(size)


def plucker(camera: Camera) -> NDArray[np.float32]:
    """Return the Plücker coordinates [6, H, W] of a camera's pixels."""
    width, height = camera.size
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    k = camera.intrinsics
    across = (columns - k[0, 2] - k[0, 1] * (rows - k[1, 2]) / k[1, 1]) / k[0, 0]
    down = (rows - k[1, 2]) / k[1, 1]
    local = np.stack([across, down, np.ones_like(across)])
    directions = np.einsum("ij,jhw->ihw", camera.world_from_camera[:3, :3], local)
    directions /= np.linalg.norm(directions, axis=0)
    moments = np.cross(camera.position[:, None, None], directions, axis=0)
    return np.concatenate([directions, moments]).astype(np.float32)
