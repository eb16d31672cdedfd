"""What the viewport owns on the graphics card: made with the context, freed before it goes."""

from __future__ import annotations

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
        self.program = context.program(
            vertex_shader=_shader("screen.vert"), fragment_shader=_shader("viewport.frag")
        )
        self._stack.callback(self.program.release)
        self.screen = context.vertex_array(self.program, [])
        self._stack.callback(self.screen.release)
        self._released = False
        GpuResources.num_live += 1

    @property
    def num_objects(self) -> int:
        """How many OpenGL objects are held."""
        return 0 if self._released else 2 + len(self._textures)

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

    def set_uniform(self, name: str, value: Any) -> None:
        """Set a uniform; one that the compiler found no use for is passed over."""
        if name in self.program:
            self.program[name] = value

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
        self._released = True
        GpuResources.num_live -= 1


def _shader(name: str) -> str:
    return resource(f"shaders/{name}").read_text(encoding="utf-8")
