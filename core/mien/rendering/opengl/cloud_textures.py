"""Clouds on the graphics card: their arrays as textures, kept for as long as they are of use."""

from __future__ import annotations

import weakref
from contextlib import ExitStack

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.rendering.opengl.programs import TABLE_WIDTH

_FIELDS = {"means": 3, "quats": 4, "log_scales": 3, "logit_opacities": 1, "harmonics": 3}


def _rows(count: int) -> int:
    return max(1, -(-count // TABLE_WIDTH))


class CloudTextures:
    """The arrays of a cloud of N Gaussians with K bases, one float texture each.

    They are uploaded as they are: the shader does the exponentials and rotations, so that an
    avatar that moves costs the CPU no more than the copy.

    Args:
        context: Current on the calling thread.
        num_gaussians: N.
        num_bases: K.

    Raises:
        RenderError: The textures would be larger than the driver allows.
    """

    def __init__(self, context: moderngl.Context, num_gaussians: int, num_bases: int) -> None:
        self.num_gaussians = num_gaussians
        self.num_bases = num_bases
        self._cloud: weakref.ref[GaussianCloud] | None = None
        counts = dict.fromkeys(_FIELDS, num_gaussians) | {"harmonics": num_gaussians * num_bases}
        limit = int(context.info["GL_MAX_TEXTURE_SIZE"])
        if max(map(_rows, counts.values())) > limit:
            raise RenderError(
                f"{num_gaussians} Gaussians with {num_bases} harmonics do not fit the textures of"
                f" this OpenGL driver ({limit} rows of {TABLE_WIDTH})",
                hint="Use the cpu renderer",
            )
        self._textures: dict[str, moderngl.Texture] = {}
        with ExitStack() as made:
            for name, components in _FIELDS.items():
                size = (TABLE_WIDTH, _rows(counts[name]))
                texture = context.texture(size, components, dtype="f4")
                made.callback(texture.release)
                texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
                self._textures[name] = texture
            self._made = made.pop_all()

    def upload(self, cloud: GaussianCloud) -> None:
        """Fill the textures with a cloud of the same N and K."""
        _write(self._textures["means"], cloud.means)
        _write(self._textures["quats"], cloud.quats)
        _write(self._textures["log_scales"], cloud.log_scales)
        _write(self._textures["logit_opacities"], cloud.logit_opacities.reshape(-1, 1))
        _write(self._textures["harmonics"], cloud.sh.reshape(-1, 3))
        self._cloud = weakref.ref(cloud)

    def bind(self, program: moderngl.Program) -> None:
        """Bind every texture to the sampler of its name."""
        for unit, (name, texture) in enumerate(self._textures.items()):
            texture.use(unit)
            program[name] = unit

    def holds(self, cloud: GaussianCloud) -> bool:
        """Return whether this very cloud is in the textures."""
        return self._cloud is not None and self._cloud() is cloud

    @property
    def stale(self) -> bool:
        """Whether the cloud in the textures exists no more."""
        return self._cloud is None or self._cloud() is None

    def release(self) -> None:
        """Free the textures."""
        self._made.close()


class CloudCache:
    """The clouds drawn lately. Orbiting uploads nothing, an A/B comparison neither.

    Args:
        context: Current on the calling thread at every call.
        capacity: How many clouds are kept at most.
    """

    def __init__(self, context: moderngl.Context, *, capacity: int = 4) -> None:
        self._context = context
        self._capacity = capacity
        self._held: list[CloudTextures] = []  # least recently drawn first
        self.num_uploads = 0
        """Clouds uploaded so far."""

    def get(self, cloud: GaussianCloud) -> CloudTextures:
        """Return the textures of a cloud, uploading it if need be.

        Textures of a cloud that is gone are taken over by one of the same shape, which is what an
        avatar in motion brings every frame.
        """
        textures = next((held for held in self._held if held.holds(cloud)), None)
        if textures is None:
            textures = self._vacant(cloud.num_gaussians, cloud.sh.shape[1])
            textures.upload(cloud)
            self.num_uploads += 1
        else:
            self._held.remove(textures)
        self._held.append(textures)
        return textures

    def _vacant(self, num_gaussians: int, num_bases: int) -> CloudTextures:
        shape = (num_gaussians, num_bases)
        stale = [held for held in self._held if held.stale]
        match = next((h for h in stale if (h.num_gaussians, h.num_bases) == shape), None)
        for held in stale:
            self._held.remove(held)
            if held is not match:
                held.release()
        if match is not None:
            return match
        while len(self._held) >= self._capacity:
            self._held.pop(0).release()
        return CloudTextures(self._context, *shape)

    def release(self) -> None:
        """Free everything."""
        while self._held:
            self._held.pop().release()


def _write(texture: moderngl.Texture, values: NDArray[np.float32]) -> None:
    # Whole rows straight from the array, then the rest of the last one: no padded copy.
    full, rest = divmod(len(values), TABLE_WIDTH)
    if full:
        texture.write(values[: full * TABLE_WIDTH], viewport=(0, 0, TABLE_WIDTH, full))
    if rest:
        texture.write(values[full * TABLE_WIDTH :], viewport=(0, full, rest, 1))
