"""Drawing a figure's painted surfaces."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.capture.synthetic.figure import Figure, Material, Part
from mien.capture.synthetic.stage.eyeballs import Eyeball
from mien.capture.synthetic.stage.uniforms import write
from mien.image import Image8
from mien.rendering.opengl.programs import compile_program

Float32 = NDArray[np.float32]

_FLAGS: dict[Material, str] = {
    "skin": "SKIN",
    "eye": "EYE",
    "teeth": "WET",
    "wet": "WET",
    "cloth": "CLOTH",
}

_SRGB8_ALPHA8 = 0x8C43
_MAPS = ("albedo_map", "surface_map", "normal_map")
SHADOW_UNIT = len(_MAPS)
"""Where the programs look for the shadow map."""


class SurfacePrograms:
    """The programs that paint surfaces: for each kind of material, with gathered shadows and with
    those of a shadow map, as software drivers run both sides of a branch. Compiled when first used.

    Args:
        context: Current on the calling thread at every call.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._made: dict[tuple[str, ...], moderngl.Program] = {}

    def of(self, material: Material, *, sharp: bool) -> moderngl.Program:
        """Return the program of a material.

        Raises:
            RenderError: The driver refuses it.
        """
        flags = (_FLAGS[material], "SHARP") if sharp else (_FLAGS[material],)
        if flags not in self._made:
            program = compile_program(
                self._context, "stage_surface.vert", "stage_surface.frag", flags=flags
            )
            write(program, shadow_map=SHADOW_UNIT)
            write(program, **{name: unit for unit, name in enumerate(_MAPS)})
            self._made[flags] = program
        return self._made[flags]

    def release(self) -> None:
        """Free them."""
        for program in self._made.values():
            program.release()
        self._made.clear()


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A part as it is drawn: its triangles, its textures and, of an eye, its ball."""

    part: Part
    index: moderngl.Buffer
    maps: tuple[moderngl.Texture, ...]
    ball: Eyeball | None


class Surfaces:
    """The painted surfaces of one figure on the graphics card.

    Vertices are split where the texture's seams run; what is known per vertex of the rig is spread
    to them as it is uploaded.

    Args:
        context: Current on the calling thread at every call.
        programs: What paints.
        shadow_program: What draws depth alone.
        figure: Whose surfaces.
    """

    def __init__(
        self,
        context: moderngl.Context,
        programs: SurfacePrograms,
        shadow_program: moderngl.Program,
        figure: Figure,
    ) -> None:
        self._context, self._programs = context, programs
        self._arrays: dict[tuple[str, int], moderngl.VertexArray] = {}
        with ExitStack() as made:
            self._made = made
            split = [_split(part) for part in figure.parts]
            starts = np.cumsum([0, *(len(vertices) for vertices, _, _ in split)])
            self._vertices = np.concatenate([vertices for vertices, _, _ in split])
            coordinates = np.concatenate([uv for _, uv, _ in split]).astype(np.float32)
            self._uv = self._kept(context.buffer(coordinates))
            self._shape = self._kept(context.buffer(reserve=24 * len(self._vertices)))
            self._light = self._kept(context.buffer(reserve=40 * len(self._vertices)))
            triangles = [
                (corners + start).astype(np.int32)
                for (_, _, corners), start in zip(split, starts[:-1], strict=True)
            ]
            self._parts = [
                self._drawn(part, corners, figure)
                for part, corners in zip(figure.parts, triangles, strict=True)
            ]
            everything = self._kept(context.buffer(np.concatenate(triangles)))
            self._shadow: moderngl.VertexArray = self._kept(
                context.vertex_array(
                    shadow_program, [(self._shape, "3f 12x", "position")], everything
                )
            )
            self._made = made.pop_all()

    def _kept(self, resource: Any) -> Any:
        self._made.callback(resource.release)
        return resource

    def _drawn(self, part: Part, corners: NDArray[np.int32], figure: Figure) -> _Drawn:
        paint = part.paint
        maps = [self._texture(paint.albedo, srgb=True), self._texture(paint.surface)]
        if paint.normals is not None:
            maps.append(self._texture(paint.normals))
        ball = None
        if part.material == "eye":
            ball = Eyeball.of(figure.rig.rest, np.unique(part.faces))
        return _Drawn(part, self._kept(self._context.buffer(corners)), tuple(maps), ball)

    def _array(self, drawn: _Drawn, program: moderngl.Program) -> moderngl.VertexArray:
        key = drawn.part.name, program.glo
        if key not in self._arrays:
            layout = [
                (self._shape, "3f 3f", "position", "normal"),
                (self._uv, "2f", "uv"),
                (self._light, "3f 3f 4f", "around", "lean", "lamps_seen"),
            ]
            self._arrays[key] = self._kept(
                self._context.vertex_array(program, _used(program, layout), drawn.index)
            )
        return self._arrays[key]

    def _texture(self, image: Image8, *, srgb: bool = False) -> moderngl.Texture:
        full = np.full((*image.shape[:2], 4), 255, np.uint8)
        full[..., : image.shape[2]] = image
        size = image.shape[1], image.shape[0]
        texture: moderngl.Texture = self._kept(
            self._context.texture(size, 4, full, internal_format=_SRGB8_ALPHA8)
            if srgb
            else self._context.texture(size, 4, full)
        )
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        return texture

    def shape(self, surface: Float32, normals: Float32) -> None:
        """Take a pose: vertices [V, 3] of the rig and their normals [V, 3]."""
        self._shape.write(np.concatenate([surface, normals], axis=1)[self._vertices])
        for part in self._parts:
            if part.ball is not None:
                part.ball.follow(surface)

    def light(self, gathered: Float32) -> None:
        """Take the light of a pose [V, 10]: around, lean, lamps."""
        self._light.write(np.ascontiguousarray(gathered[self._vertices]))

    def draw(self, *, sharp: bool, **values: Any) -> None:
        """Draw all parts with the uniforms of the view and the light."""
        for drawn in self._parts:
            program = self._programs.of(drawn.part.material, sharp=sharp)
            write(program, **values, rough_normals=len(drawn.maps) == len(_MAPS))
            for unit, texture in enumerate(drawn.maps):
                texture.use(unit)
            if drawn.ball is not None:
                write(program, **drawn.ball.values())
            self._array(drawn, program).render(moderngl.TRIANGLES)

    def draw_depth(self) -> None:
        """Draw all parts into a shadow map."""
        self._shadow.render(moderngl.TRIANGLES)

    def release(self) -> None:
        """Free everything of this figure."""
        self._made.close()


def _split(part: Part) -> tuple[NDArray[np.int32], Float32, NDArray[np.int64]]:
    """Return a part's vertices [N], their coordinates [N, 2] and its triangles [F, 3] into them."""
    corners = np.empty(part.faces.size, dtype=[("vertex", np.int32), ("uv", np.float32, 2)])
    corners["vertex"] = part.faces.ravel()
    corners["uv"] = part.corner_uv.reshape(-1, 2)
    # Compared as bytes, which sorts in one go.
    _, first, places = np.unique(
        corners.view(f"V{corners.itemsize}"), return_index=True, return_inverse=True
    )
    kept = corners[first]
    return kept["vertex"], kept["uv"], places.reshape(part.faces.shape)


def _used(program: moderngl.Program, layout: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Skip the attributes, all floats, that a program's compiler found no use for."""
    used: list[tuple[Any, ...]] = []
    for buffer, formats, *names in layout:
        pairs = list(zip(formats.split(), names, strict=True))
        read = [name in program for name in names]
        spelled = [
            form if known else f"{4 * int(form[0])}x"
            for (form, _), known in zip(pairs, read, strict=True)
        ]
        kept = [name for name, known in zip(names, read, strict=True) if known]
        if kept:
            used.append((buffer, " ".join(spelled), *kept))
    return used
