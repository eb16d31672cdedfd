"""Film a textured mesh, such as a scan, by a rig of cameras: a capture whose every view is exact.

The light stands still in the world and has no highlights, as in a good photogrammetry dome, so the
surface has the same colour from everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.capture.alignment import similarity
from mien.capture.protocol import Attribute, CaptureCamera, View, ViewMissing, camera_named
from mien.capture.textured_mesh import TexturedMesh
from mien.capture.tracking import Tracking
from mien.closing import Closing
from mien.image import linear_from_srgb, srgb_from_linear, to_uint8
from mien.template.normals import vertex_normals
from mien.transforms import Array, apply, normalize

Float32 = NDArray[np.float32]
Progress = Callable[[float | None, str], None]

_HEAD_HEIGHT = 0.371
"""Metres from the top of Mien's own head template to the rim of its shoulders."""
_HEAD_MIDDLE = (0.0, -0.078, -0.013)
_SAMPLES_PER_SIDE = 3
_TEXELS_PER_EDGE = 2.5

# A soft sky, a softer ground and a key light from above and in front; linear, for a white surface.
_SKY, _GROUND = 0.62, 0.38
_KEY, _KEY_FROM = 0.42, (0.35, 0.55, 0.75)


@dataclass(frozen=True, eq=False)
class MeshCapture(Closing):
    """One frame of a mesh, filmed. Everything is in memory.

    Args:
        name: What people call it.
        source: The mesh's file.
        cameras: The rig [C].
        views: What each camera saw, by its name.
        head_from_world: The similarity [4, 4] that took the mesh's units into the rig's world.
        attributes: What is known of it.
        background: The colour [3] behind it.
    """

    name: str
    source: Path
    cameras: tuple[CaptureCamera, ...]
    views: Mapping[str, View]
    head_from_world: NDArray[np.float64]
    attributes: Mapping[str, Attribute]
    background: NDArray[np.uint8]
    times: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    frame_names: tuple[str, ...] = ("0",)
    aligned: bool = False
    tracking: Tracking | None = None

    def present(self, camera: str, frame: int) -> bool:
        """Say whether there is such a picture."""
        return camera_named(self, camera).name in self.views and frame == 0

    def view(self, camera: str, frame: int) -> View:
        """Return what a camera saw.

        Raises:
            KeyError: The rig has no such camera.
            IndexError: There is no such frame.
            ViewMissing: The camera was not filmed.
        """
        if frame != 0:
            raise IndexError(f"{self.name} has one frame, not a frame {frame}")
        held = camera_named(self, camera)
        if held.name not in self.views:
            raise ViewMissing(self.source, f"camera {camera} has no picture")
        return self.views[held.name]

    def close(self) -> None:
        """Do nothing: there are no files."""


def film_mesh(
    mesh: TexturedMesh,
    cameras: Sequence[CaptureCamera],
    *,
    head_from_mesh: Array | None = None,
    background: tuple[int, int, int] = (128, 128, 128),
    progress: Progress | None = None,
) -> MeshCapture:
    """Film a mesh.

    Args:
        mesh: Y up, the face toward +Z, in any unit.
        cameras: Where from.
        head_from_mesh: The similarity [4, 4] into the rig's metres; by default the mesh is given
            the height of Mien's head template and put in its place.
        background: sRGB bytes.
        progress: Told how far it is; may raise to stop.

    Raises:
        RenderError: There is no OpenGL here.
    """
    # Not at the top: reading captures needs no OpenGL.
    from mien.rendering.mesh import MeshRenderer, MeshStyle
    from mien.rendering.opengl.context import headless_context

    motion = place_in_rig(mesh) if head_from_mesh is None else head_from_mesh
    points, faces, colors = _lit_surface(mesh)
    points = apply(motion, points).astype(np.float32)
    style = MeshStyle(
        shading="plain",
        background=(background[0] / 255, background[1] / 255, background[2] / 255),
        supersampling=_SAMPLES_PER_SIDE,
    )
    views: dict[str, View] = {}
    renderer = MeshRenderer(headless_context(), owned=True)
    try:
        for index, held in enumerate(cameras):
            if progress is not None:
                progress(index / len(cameras), f"filming {mesh.path.name} by {held.name}")
            frame = renderer.render(points, faces, held.camera, style, colors=colors)
            views[held.name] = View(frame.rgb8, to_uint8(frame.alpha), frame.depth)
    finally:
        renderer.close()
    return MeshCapture(
        mesh.path.stem,
        mesh.path,
        tuple(cameras),
        views,
        np.asarray(motion, np.float64),
        {"mesh": mesh.path.name, "lighting": "diffuse"},
        np.array(background, np.uint8),
    )


def place_in_rig(mesh: TexturedMesh) -> Array:
    """Return the similarity [4, 4] that gives a mesh the size and place of Mien's head template."""
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    scale = _HEAD_HEIGHT / max(float(high[1] - low[1]), 1e-9)
    middle = scale * (low + high) / 2
    return similarity(np.eye(3), np.array(_HEAD_MIDDLE) - middle, scale)


def _lit_surface(mesh: TexturedMesh) -> tuple[Float32, NDArray[np.int32], Float32]:
    """Return points [P, 3], faces and sRGB colours [P, 3], so fine that the texture survives."""
    pieces = mesh.pieces_per_edge(_TEXELS_PER_EDGE)
    triangles, shares, faces = subdivision(len(mesh.faces), pieces)
    corners = mesh.faces[triangles]
    normals = vertex_normals(mesh.vertices, mesh.faces)
    points, normals = (
        np.einsum("pk,pkc->pc", shares, values[corners]) for values in (mesh.vertices, normals)
    )
    uv = np.einsum("pk,pkc->pc", shares, mesh.corner_uv[triangles])
    albedo = linear_from_srgb(mesh.sample(uv))
    colors = srgb_from_linear(albedo * _light(normalize(normals))[:, None])
    return points.astype(np.float32), faces, np.clip(colors, 0, 1)


def _light(normals: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the light [P] that surfaces with unit normals [P, 3] throw back."""
    upward = 0.5 + 0.5 * normals[:, 1]
    # The lamp reaches a little round the form, as a large soft box does.
    facing = np.clip((normals @ normalize(_KEY_FROM) + 0.3) / 1.3, 0, 1)
    return _GROUND + (_SKY - _GROUND) * upward + _KEY * facing


def subdivision(num_faces: int, pieces: int) -> tuple[NDArray[np.int64], Array, NDArray[np.int32]]:
    """Cut every triangle into `pieces`² equal ones.

    Returns:
        The triangle of each new point [P], its barycentric weights [P, 3], and the new triangles
        [F * pieces², 3].
    """
    rows = [(i, j) for i in range(pieces + 1) for j in range(pieces + 1 - i)]
    index = {cell: k for k, cell in enumerate(rows)}
    shares = np.array([(pieces - i - j, i, j) for i, j in rows], np.float32) / pieces
    small = [(index[i, j], index[i + 1, j], index[i, j + 1]) for i, j in rows if i + j < pieces] + [
        (index[i + 1, j], index[i + 1, j + 1], index[i, j + 1])
        for i, j in rows
        if i + j < pieces - 1
    ]
    first = np.arange(num_faces)[:, None, None] * len(rows)
    faces = (first + np.array(small)[None]).reshape(-1, 3)
    triangles = np.repeat(np.arange(num_faces), len(rows))
    return triangles, np.tile(shares, (num_faces, 1)), faces.astype(np.int32)
