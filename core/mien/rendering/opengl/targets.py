"""The framebuffers a picture is drawn into and read from, made for one size and kept."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.camera import Camera
from mien.rendering.protocol import Frame, RenderOptions


@dataclass(frozen=True)
class TargetKind:
    """What decides the formats of a target's textures."""

    size: tuple[int, int]
    depth: bool
    eight_bit: bool

    @staticmethod
    def of(camera: Camera, options: RenderOptions) -> TargetKind:
        """Return the kind a request needs."""
        return TargetKind(camera.size, options.depth, options.eight_bit)


class RenderTarget:
    """Two framebuffers: where splats are blended, and the finished frame that is read back.

    Colours are blended as halves: their rounding stays 60 dB below the picture, at half the
    memory traffic of floats. Depth sums are floats: a head's relief is a fraction of a percent of
    its distance.

    Args:
        context: Current on the calling thread.
        kind: Size and formats.
    """

    def __init__(self, context: moderngl.Context, kind: TargetKind) -> None:
        self.kind = kind
        with ExitStack() as made:

            def texture(components: int, dtype: str) -> moderngl.Texture:
                new = context.texture(kind.size, components, dtype=dtype)
                made.callback(new.release)
                new.filter = (moderngl.NEAREST, moderngl.NEAREST)
                return new

            def framebuffer(textures: list[moderngl.Texture]) -> moderngl.Framebuffer:
                new = context.framebuffer(textures)
                made.callback(new.release)
                return new

            def scope(target: moderngl.Framebuffer, enable: int) -> moderngl.Scope:
                new = context.scope(target, enable)
                made.callback(new.release)
                return new

            self.sums = [texture(4, "f2")] + ([texture(2, "f4")] if kind.depth else [])
            picture = texture(4, "f1" if kind.eight_bit else "f4")
            planes = [texture(1, "f4") for _ in range(2 if kind.depth else 1)]
            self._finished = framebuffer([picture, *planes])
            self.blending = framebuffer(self.sums)
            self.blending_scope = scope(self.blending, moderngl.BLEND)
            self.finished_scope = scope(self._finished, moderngl.NOTHING)
            self._made = made.pop_all()

    def read(self, camera: Camera) -> Frame:
        """Return the finished frame, copied to the CPU."""
        width, height = self.kind.size
        rgb = np.empty((height, width, 3), np.uint8 if self.kind.eight_bit else np.float32)
        self._finished.read_into(rgb, components=3, dtype="f1" if self.kind.eight_bit else "f4")
        depth = self._read_plane(2) if self.kind.depth else None
        return Frame(rgb, self._read_plane(1), depth, camera)

    def _read_plane(self, attachment: int) -> NDArray[np.float32]:
        width, height = self.kind.size
        plane = np.empty((height, width), np.float32)
        self._finished.read_into(plane, components=1, attachment=attachment, dtype="f4")
        return plane

    def release(self) -> None:
        """Free the framebuffers and their textures."""
        self._made.close()
