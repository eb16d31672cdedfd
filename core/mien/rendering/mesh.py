"""Triangles drawn through OpenGL: the mesh under an avatar, lit or as a wireframe."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import moderngl
import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.camera import Camera
from mien.errors import RenderError
from mien.rendering.opengl.mesh_target import MeshTarget
from mien.rendering.opengl.programs import compile_program
from mien.rendering.protocol import Frame
from mien.template.normals import vertex_normals
from mien.transforms import apply

_FLIP_ROWS = np.diag([1.0, -1.0, 1.0, 1.0])
"""Row 0 of the framebuffers is the top of the picture, as in every renderer of Mien's."""


@dataclass(frozen=True)
class MeshStyle:
    """How a mesh is drawn.

    Args:
        shading: `lit` by a lamp at the camera, `plain` in its colours as they are, or `wireframe`
            without hidden lines.
        color: sRGB, for meshes without colours of their own.
        background: sRGB colour the picture is composited over.
        line_width: Of the wireframe, in pixels.
        ink: Most of a triangle that its lines may cover; where triangles are so small that their
            lines would run together, they get fainter instead. 1 for lines of one strength.
        back_faces: Whether triangles seen from behind are drawn.
        supersampling: Samples per pixel and axis.
    """

    shading: Literal["lit", "plain", "wireframe"] = "lit"
    color: tuple[float, float, float] = (0.75, 0.75, 0.75)
    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    line_width: float = 1.0
    ink: float = 1.0
    back_faces: bool = True
    supersampling: int = 2


class MeshRenderer:
    """Draws triangle meshes.

    Args:
        context: An OpenGL 3.3 context. One given by somebody else must be current on the calling
            thread at every call, and outlives the renderer.
        owned: Whether the context is the renderer's own: made current for every call, and closed
            with it.
    """

    def __init__(self, context: moderngl.Context, *, owned: bool = False) -> None:
        self._context = context
        self._owned = owned
        self._target: MeshTarget | None = None
        self._closed = False
        with self._current(), ExitStack() as made:
            self._program = compile_program(context, "mesh.vert", "mesh.frag", geometry="mesh.geom")
            made.callback(self._program.release)
            self._composite = compile_program(context, "screen.vert", "mesh_composite.frag")
            made.callback(self._composite.release)
            self._vertices = context.buffer(reserve=4096, dynamic=True)
            made.callback(self._vertices.release)
            self._faces = context.buffer(reserve=4096, dynamic=True)
            made.callback(self._faces.release)
            layout = [(self._vertices, "3f 3f 3f", "position", "normal", "color")]
            self._triangles = context.vertex_array(self._program, layout, self._faces)
            made.callback(self._triangles.release)
            self._screen = context.vertex_array(self._composite, [])
            made.callback(self._screen.release)
            self._made = made.pop_all()

    def render(
        self,
        vertices: ArrayLike,
        faces: ArrayLike,
        camera: Camera,
        style: MeshStyle | None = None,
        *,
        colors: ArrayLike | None = None,
    ) -> Frame:
        """Draw vertices [V, 3] in metres joined by faces [F, 3], with sRGB colours [V, 3] if any.

        Raises:
            RenderError: The renderer is closed, the picture is larger than the driver allows, or
                the driver fails.
        """
        with self._drawn(vertices, faces, camera, style or MeshStyle(), colors) as target:
            return target.read(camera)

    def coverage(
        self,
        vertices: ArrayLike,
        faces: ArrayLike,
        camera: Camera,
        style: MeshStyle | None = None,
    ) -> NDArray[np.float32]:
        """Return how much of each pixel is drawn on [H, W], 0..1: the alpha of `render` alone.

        Raises:
            RenderError: As `render`.
        """
        with self._drawn(vertices, faces, camera, style or MeshStyle(), None) as target:
            return target.read_alpha()

    @contextmanager
    def _drawn(
        self,
        vertices: ArrayLike,
        faces: ArrayLike,
        camera: Camera,
        style: MeshStyle,
        colors: ArrayLike | None,
    ) -> Generator[MeshTarget]:
        if self._closed:
            raise RenderError("the mesh renderer is closed")
        positions = np.asarray(vertices, np.float32)
        triangles = np.ascontiguousarray(faces, np.int32)
        tints = np.broadcast_to(
            np.asarray(style.color if colors is None else colors, np.float32), positions.shape
        )
        packed = np.zeros((len(positions), 9), np.float32)
        packed[:, :3], packed[:, 6:] = positions, tints
        if style.shading == "lit":
            packed[:, 3:6] = vertex_normals(positions, triangles)
        with self._current():
            try:
                target = self._target_of(camera.size, style.supersampling)
                _replace(self._vertices, packed)
                _replace(self._faces, triangles)
                self._set_uniforms(positions, camera, style)
                with target.samples_scope:
                    target.samples.clear()
                    if triangles.size:
                        self._triangles.render(moderngl.TRIANGLES, vertices=triangles.size)
                self._resolve(target, style)
                yield target
            except moderngl.Error as error:
                raise RenderError(f"the OpenGL driver fails to draw a mesh: {error}") from error

    def close(self) -> None:
        """Free every OpenGL object, and the context if it is the renderer's own. Safe twice."""
        if self._closed:
            return
        self._closed = True
        with self._current():
            if self._target is not None:
                self._target.release()
            self._made.close()
        if self._owned:
            self._context.release()

    def _current(self) -> AbstractContextManager[Any]:
        return self._context if self._owned else nullcontext()

    def _target_of(self, size: tuple[int, int], supersampling: int) -> MeshTarget:
        limit = int(self._context.info["GL_MAX_TEXTURE_SIZE"])
        if max(size) * supersampling > limit:
            raise RenderError(
                f"{size[0]}x{size[1]} with {supersampling} samples a side is larger than this"
                f" OpenGL driver draws ({limit} pixels a side)"
            )
        if self._target is None or (self._target.size, self._target.supersampling) != (
            size,
            supersampling,
        ):
            if self._target is not None:
                self._target.release()
                self._target = None
            self._target = MeshTarget(self._context, size, supersampling)
        return self._target

    def _set_uniforms(
        self, positions: NDArray[np.float32], camera: Camera, style: MeshStyle
    ) -> None:
        depths = apply(camera.camera_from_world, positions)[:, 2]
        far = max(float(depths.max(initial=0.0)) * 1.01, 1e-3)
        near = max(float(depths.min(initial=far)) * 0.99, far * 1e-4)
        clip = _FLIP_ROWS @ camera.clip_from_camera(near, far) @ camera.camera_from_world
        self._program["clip_from_world"] = clip.T.ravel().tolist()
        self._program["camera_from_world"] = camera.camera_from_world.T.ravel().tolist()
        scale = style.supersampling
        self._program["image_size"] = float(camera.width * scale), float(camera.height * scale)
        self._program["wireframe"] = style.shading == "wireframe"
        self._program["plain"] = style.shading == "plain"
        self._program["line_width"] = style.line_width * scale
        self._program["ink"] = style.ink
        self._program["back_faces"] = style.back_faces

    def _resolve(self, target: MeshTarget, style: MeshStyle) -> None:
        for unit, (name, texture) in enumerate(target.sampled.items()):
            texture.use(unit)
            self._composite[name] = unit
        self._composite["background"] = style.background
        self._composite["supersampling"] = style.supersampling
        with target.finished_scope:
            self._screen.render(moderngl.TRIANGLES, vertices=3)


def _replace(buffer: moderngl.Buffer, values: NDArray[Any]) -> None:
    buffer.orphan(max(values.nbytes, 4))
    buffer.write(np.ascontiguousarray(values))
