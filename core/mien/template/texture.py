"""Pictures on a surface, as scans and other people's meshes bring them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.image import Image8

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class SurfaceTexture:
    """What colours the triangles of a surface, by coordinates of their own.

    They need not be those of an atlas: pictures may be used twice, and there may be several.

    Args:
        pictures: sRGB bytes [H, W, 3] each, the first row at v = 1.
        face_pictures: Which of them is on each triangle [F]; -1 for none.
        corner_uv: Coordinates in it [F, 3, 2], v upward; beyond 0..1 the picture repeats.
        face_colors: sRGB colours [F, 3], 0..1, of triangles without a picture.

    Raises:
        ValueError: Shapes do not belong together, or there is no such picture.
    """

    pictures: tuple[Image8, ...]
    face_pictures: Int32
    corner_uv: Float32
    face_colors: Float32

    def __post_init__(self) -> None:
        faces = len(self.face_pictures)
        if self.corner_uv.shape != (faces, 3, 2) or self.face_colors.shape != (faces, 3):
            raise ValueError("a texture needs coordinates and a colour for each triangle")
        if faces and not -1 <= self.face_pictures.min() <= self.face_pictures.max() < len(
            self.pictures
        ):
            raise ValueError("a texture refers to a picture that is not there")

    def colors(self, triangles: Int32, barycentric: Float32, *, side: int = 0) -> Float32:
        """Return sRGB colours [N, 3], 0..1, of places on triangles [N] with weights [N, 3].

        Args:
            triangles: Where.
            barycentric: Where on them.
            side: About how many places there are along a picture's side: finer pictures are
                averaged first, so that they do not shimmer; 0 takes them as they are.
        """
        found = self.face_colors[triangles].copy()
        uv = np.einsum("nk,nkc->nc", barycentric, self.corner_uv[triangles])
        of = self.face_pictures[triangles]
        for index, picture in enumerate(self.pictures):
            mine = of == index
            if mine.any():
                found[mine] = sample(halved(picture, side) if side else picture, uv[mine])
        return found


def sample(picture: Image8, uv: ArrayLike) -> Float32:
    """Return a picture's colours [P, 3], sRGB 0..1, at coordinates [P, 2], bilinearly."""
    height, width = picture.shape[:2]
    places = np.asarray(uv, np.float64)
    within = np.where((places < 0) | (places > 1), places - np.floor(places), places)
    x = np.clip(within[:, 0] * width - 0.5, 0, width - 1)
    y = np.clip((1 - within[:, 1]) * height - 0.5, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = (x - left)[:, None], (y - top)[:, None]
    upper = picture[top, left] * (1 - u) + picture[top, right] * u
    lower = picture[bottom, left] * (1 - u) + picture[bottom, right] * u
    return ((upper * (1 - v) + lower * v) / 255).astype(np.float32)


def halved(picture: Image8, side: int) -> Image8:
    """Return a picture whose sides were halved as often as they stay longer than `side`."""
    held = picture
    while min(held.shape[:2]) >= 2 * side:
        rows, columns = held.shape[0] // 2, held.shape[1] // 2
        blocks = held[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2, 3)
        held = np.rint(blocks.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)
    return held
