"""The pinhole camera: OpenCV axes (x right, y down, z forward), metres and pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mien.transforms import Array, apply, look_at, rigid_inverse


def _frozen(values: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite with shape {shape}, got {array.shape}")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera with full intrinsics.

    Pixel centres lie at half integers: the top left pixel covers 0..1, its centre is (0.5, 0.5).

    Args:
        world_from_camera: Pose [4, 4], rigid, metres.
        intrinsics: K [3, 3] in pixels: focal lengths, principal point; no skew.
        size: Width and height in pixels.

    Raises:
        ValueError: A matrix has the wrong shape or is not finite, or the size is not positive.
    """

    world_from_camera: Array
    intrinsics: Array
    size: tuple[int, int]

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "world_from_camera", _frozen(self.world_from_camera, (4, 4), "pose"))
        set_field(self, "intrinsics", _frozen(self.intrinsics, (3, 3), "intrinsics"))
        width, height = int(self.size[0]), int(self.size[1])
        if width <= 0 or height <= 0:
            raise ValueError(f"image size must be positive, got {width}x{height}")
        set_field(self, "size", (width, height))

    @staticmethod
    def looking_at(
        eye: ArrayLike,
        target: ArrayLike,
        *,
        size: tuple[int, int],
        fov_y: float,
        up: ArrayLike = (0, 1, 0),
    ) -> Camera:
        """Make a centred camera with square pixels and a vertical field of view in radians."""
        width, height = size
        focal = height / (2 * np.tan(fov_y / 2))
        intrinsics = [[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]]
        return Camera(look_at(eye, target, up), np.array(intrinsics), size)

    @property
    def width(self) -> int:
        """Image width in pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Image height in pixels."""
        return self.size[1]

    @property
    def camera_from_world(self) -> Array:
        """The view matrix [4, 4]."""
        return rigid_inverse(self.world_from_camera)

    @property
    def position(self) -> Array:
        """The centre of projection [3] in the world."""
        return self.world_from_camera[:3, 3]

    @property
    def forward(self) -> Array:
        """The viewing direction [3] in the world."""
        return self.world_from_camera[:3, 2]

    @property
    def fov_y(self) -> float:
        """The vertical field of view in radians, for a centred principal point."""
        return float(2 * np.arctan(self.height / (2 * self.intrinsics[1, 1])))

    def resized(self, size: tuple[int, int]) -> Camera:
        """Return the same view at another resolution: intrinsics scale with each side."""
        scale = np.array([size[0] / self.width, size[1] / self.height, 1.0])
        return Camera(self.world_from_camera, self.intrinsics * scale[:, None], size)

    def fitted(self, size: tuple[int, int]) -> Camera:
        """Return the view from the same place in a picture of another shape.

        The whole of this camera's picture is in the middle of it, as large as it fits; what lies
        beside it is seen on to the edges.
        """
        scale = min(size[0] / self.width, size[1] / self.height)
        intrinsics = self.intrinsics * np.array([scale, scale, 1.0])[:, None]
        margins = np.subtract(size, np.multiply(self.size, scale)) / 2
        intrinsics[:2, 2] += margins
        return Camera(self.world_from_camera, intrinsics, size)

    def cropped(self, left: float, top: float, size: tuple[int, int]) -> Camera:
        """Return the camera of a window of the image whose top left corner is (left, top)."""
        intrinsics = self.intrinsics.copy()
        intrinsics[:2, 2] -= (left, top)
        return Camera(self.world_from_camera, intrinsics, size)

    def project(self, points: ArrayLike) -> tuple[Array, Array]:
        """Project world points [P, 3] to pixels [P, 2] and depths [P] along the view axis."""
        local = apply(self.camera_from_world, np.asarray(points, dtype=np.float64))
        depths = local[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            plane = local[..., :2] / depths[..., None]
        focal = np.diag(self.intrinsics)[:2]
        return plane * focal + self.intrinsics[:2, 2], depths

    def unproject(self, pixels: ArrayLike, depths: ArrayLike) -> Array:
        """Return the world points [P, 3] seen at pixels [P, 2] at depths [P]."""
        depth = np.asarray(depths, dtype=np.float64)[..., None]
        focal = np.diag(self.intrinsics)[:2]
        plane = (np.asarray(pixels, dtype=np.float64) - self.intrinsics[:2, 2]) / focal
        return apply(self.world_from_camera, np.concatenate([plane * depth, depth], axis=-1))

    def clip_from_camera(self, near: float = 0.01, far: float = 100.0) -> Array:
        """Return OpenGL's projection [4, 4] for this camera's own axes (y down, z forward).

        Image rows grow downwards and OpenGL's clip space grows upwards: the flip is in here.
        """
        fx, fy = self.intrinsics[0, 0], self.intrinsics[1, 1]
        cx, cy = self.intrinsics[0, 2], self.intrinsics[1, 2]
        w, h = self.size
        return np.array(
            [
                [2 * fx / w, 0, 2 * cx / w - 1, 0],
                [0, -2 * fy / h, 1 - 2 * cy / h, 0],
                [0, 0, (far + near) / (far - near), -2 * far * near / (far - near)],
                [0, 0, 1, 0],
            ]
        )

    def _key(self) -> tuple[bytes, bytes, tuple[int, int]]:
        return self.world_from_camera.tobytes(), self.intrinsics.tobytes(), self.size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Camera) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())
