"""What the viewport owns on the graphics card: made with the context, freed before it goes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar, Literal

import moderngl

from mien.image import Image8
from mien.resources import resource

Filter = Literal["nearest", "linear"]


class GpuResources:
    """Programs and textures of one OpenGL context.

    Nothing here is the only copy of anything: when a context is lost, another is filled from the
    last picture.

    Args:
        context: The context, current on this thread.
    """

    num_live: ClassVar[int] = 0
    """How many of these hold anything; tests watch it over a session."""

    def __init__(self, context: moderngl.Context) -> None:
        self.context = context
        self._stack = ExitStack()
        self._textures: dict[str, moderngl.Texture] = {}
        self._programs: dict[tuple[int, bool], tuple[moderngl.Program, moderngl.VertexArray]] = {}
        self._released = False
        GpuResources.num_live += 1

    @property
    def num_objects(self) -> int:
        """How many OpenGL objects are held."""
        return 2 * len(self._programs) + len(self._textures)

    def upload(self, name: str, image: Image8) -> None:
        """Put a picture [H, W, 3] on the card; memory is only asked for when its size changes."""
        size = (image.shape[1], image.shape[0])
        texture = self._textures.get(name)
        if texture is None or texture.size != size:
            if texture is not None:
                texture.release()
            texture = self.context.texture(size, 3, alignment=1)
            texture.repeat_x = texture.repeat_y = False
            self._textures[name] = texture
        texture.write(image)

    def use(self, name: str, unit: int, sampling: Filter) -> bool:
        """Bind a picture for drawing; return whether there is one."""
        texture = self._textures.get(name)
        if texture is None:
            return False
        mode = moderngl.NEAREST if sampling == "nearest" else moderngl.LINEAR
        texture.filter = (mode, mode)
        texture.use(unit)
        return True

    def size(self, name: str) -> tuple[int, int] | None:
        """Return width and height of a picture on the card."""
        texture = self._textures.get(name)
        return None if texture is None else texture.size

    def draw(self, mode: int, *, exposed: bool, uniforms: Mapping[str, Any]) -> None:
        """Fill the bound framebuffer by the shader's variant for a mode.

        Uniforms which that variant has no use for are passed over.
        """
        program, screen = self._variant(mode, exposed)
        for name, value in uniforms.items():
            if name in program:
                program[name] = value
        screen.render(vertices=3)

    def _variant(self, mode: int, exposed: bool) -> tuple[moderngl.Program, moderngl.VertexArray]:
        key = (mode, exposed)
        if key not in self._programs:
            version, rest = _shader("viewport.frag").split("\n", 1)
            defines = f"#define MODE {mode}\n#define EXPOSED {int(exposed)}\n"
            program = self.context.program(
                vertex_shader=_shader("screen.vert"), fragment_shader=f"{version}\n{defines}{rest}"
            )
            screen = self.context.vertex_array(program, [])
            self._stack.callback(program.release)
            self._stack.callback(screen.release)
            self._programs[key] = (program, screen)
        return self._programs[key]

    def forget(self, name: str) -> None:
        """Free a picture that is shown no more."""
        texture = self._textures.pop(name, None)
        if texture is not None:
            texture.release()

    def release(self) -> None:
        """Free everything; the context must be current. Safe to call twice."""
        if self._released:
            return
        for name in list(self._textures):
            self.forget(name)
        self._stack.close()
        self._programs.clear()
        self._released = True
        GpuResources.num_live -= 1


def _shader(name: str) -> str:
    return resource(f"shaders/{name}").read_text(encoding="utf-8")
