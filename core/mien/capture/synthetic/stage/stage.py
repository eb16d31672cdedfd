"""The stage itself: figures enter, take poses and are photographed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mien.avatar.deformer import Deformer
from mien.avatar.state import NEUTRAL, AvatarState
from mien.camera import Camera
from mien.capture.synthetic.backdrops import Backdrop
from mien.capture.synthetic.figure import Figure
from mien.capture.synthetic.lights import Light
from mien.capture.synthetic.stage.casting import Caster
from mien.capture.synthetic.stage.gathering import PosedFigure, gather
from mien.capture.synthetic.stage.shadow import SharpShadow
from mien.capture.synthetic.stage.sight import Sight
from mien.capture.synthetic.stage.surfaces import SHADOW_UNIT, SurfacePrograms, Surfaces
from mien.capture.synthetic.stage.target import StageTarget
from mien.capture.synthetic.stage.tresses import Tresses, shuffled
from mien.capture.synthetic.stage.uniforms import (
    camera_values,
    depth_range,
    light_values,
    write,
)
from mien.capture.synthetic.strands.following import StrandMotion
from mien.errors import RenderError
from mien.image import Image8, linear_from_srgb
from mien.rendering.opengl.programs import compile_program
from mien.template.normals import vertex_normals

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Shot:
    """What a camera took.

    Args:
        rgb: The picture [H, W, 3], sRGB bytes.
        mask: How much of each pixel is the person [H, W], 0..255.
        depth: Metres along the view axis [H, W]; 0 where nothing is.
    """

    rgb: Image8
    mask: NDArray[np.uint8]
    depth: Float32


@dataclass(eq=False)
class _Cast:
    """Who is on the stage, and what of them is kept from shot to shot."""

    figure: Figure
    deformer: Deformer
    casters: NDArray[np.intp]
    surfaces: Surfaces
    tresses: list[Tresses]
    motions: list[StrandMotion]
    posed: PosedFigure | None = None
    lit: Light | None = None
    shadow: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())


class Stage:
    """Photographs figures.

    Args:
        context: An OpenGL 3.3 context, current on the calling thread at every call; it outlives
            the stage.
        supersampling: Samples per pixel and axis.

    Raises:
        RenderError: The driver refuses the shaders.
    """

    def __init__(self, context: moderngl.Context, *, supersampling: int = 2) -> None:
        self._context, self._supersampling = context, supersampling
        self._caster = Caster()
        self._cast: _Cast | None = None
        self._target: StageTarget | None = None
        with ExitStack() as made:

            def kept(resource: Any) -> Any:
                made.callback(resource.release)
                return resource

            self._paints: SurfacePrograms = kept(SurfacePrograms(context))
            self._ribbons: moderngl.Program = kept(
                compile_program(context, "stage_strands.vert", "stage_strands.frag")
            )
            self._depths: moderngl.Program = kept(
                compile_program(context, "stage_shadow.vert", "stage_shadow.frag")
            )
            # Software drivers run both sides of a branch: a program each.
            self._develops: dict[bool, moderngl.VertexArray] = {}
            for room in (False, True):
                flags = (f"SUPERSAMPLING {supersampling}", *(("ROOM",) if room else ()))
                program = kept(
                    compile_program(context, "screen.vert", "stage_resolve.frag", flags=flags)
                )
                self._develops[room] = kept(context.vertex_array(program, []))
            self._shadow: SharpShadow = kept(SharpShadow(context, self._depths))
            self._made = made.pop_all()

    def enter(self, figure: Figure) -> None:
        """Put a figure on the stage, in the neutral pose; whoever was there leaves."""
        self._leave()
        surfaces = Surfaces(self._context, self._paints, self._depths, figure)
        strands = [shuffled(held) for held in figure.strands if len(held.triangles)]
        self._cast = _Cast(
            figure,
            Deformer.of(figure.rig),
            np.flatnonzero(_casting(figure)),
            surfaces,
            [Tresses(self._context, self._ribbons, self._depths, held) for held in strands],
            [StrandMotion.of(held, figure.rig) for held in strands],
        )
        self._strands = strands
        self.pose(NEUTRAL)

    def pose(self, state: AvatarState) -> None:
        """Let the figure take a pose; cameras after this see it.

        Raises:
            RenderError: Nobody is on the stage.
        """
        cast = self._on_stage()
        rig = cast.figure.rig
        moved = cast.deformer.points(state)
        surface = rig.rest if moved is None else moved
        normals = vertex_normals(surface, rig.faces).astype(np.float32)
        points = [motion.points(surface, state) for motion in cast.motions]
        cast.surfaces.shape(surface, normals)
        for tresses, places in zip(cast.tresses, points, strict=True):
            tresses.shape(places)
        cast.posed = PosedFigure(rig.faces, cast.casters, surface, normals, self._strands, points)
        cast.lit = None

    @property
    def surface(self) -> Float32:
        """The vertices [V, 3] of the figure as it is posed."""
        return self._posed().surface

    def shoot(self, camera: Camera, light: Light, backdrop: Backdrop) -> Shot:
        """Take a picture.

        Raises:
            RenderError: Nobody is on the stage, the picture is larger than the driver allows, or
                the driver fails.
        """
        cast = self._on_stage()
        target = self._target_of(camera.size)
        try:
            self._light(cast, light)
            self._draw(cast, target, camera, light)
            self._develop(target, camera, backdrop)
            return Shot(*target.read())
        except moderngl.Error as error:
            raise RenderError(f"the OpenGL driver fails to draw a figure: {error}") from error

    def close(self) -> None:
        """Free every OpenGL object of the stage. Safe twice."""
        self._leave()
        if self._target is not None:
            self._target.release()
            self._target = None
        self._made.close()

    def _leave(self) -> None:
        if self._cast is not None:
            self._cast.surfaces.release()
            for tresses in self._cast.tresses:
                tresses.release()
            self._cast = None

    def _on_stage(self) -> _Cast:
        if self._cast is None:
            raise RenderError("nobody is on the stage")
        return self._cast

    def _posed(self) -> PosedFigure:
        posed = self._on_stage().posed
        assert posed is not None
        return posed

    def _light(self, cast: _Cast, light: Light) -> None:
        """Gather the light of a pose once for all cameras."""
        if cast.lit == light:
            return
        posed = self._posed()
        skin, locks = gather(posed, light, self._caster)
        cast.surfaces.light(skin.packed())
        for tresses, lit in zip(cast.tresses, locks, strict=True):
            tresses.light(lit)
        cast.shadow = self._shadow.draw(light, cast.surfaces, cast.tresses, posed.surface)
        cast.lit = light

    def _middle(self) -> NDArray[np.float64]:
        surface = self._posed().surface
        return 0.5 * (surface.min(axis=0) + surface.max(axis=0)).astype(np.float64)

    def _draw(self, cast: _Cast, target: StageTarget, camera: Camera, light: Light) -> None:
        """Draw hair first, which hides much skin; then skin; then what is sparse over it."""
        away = camera.camera_from_world[2, :3] @ self._middle() + camera.camera_from_world[2, 3]
        metres_per_pixel = float(away / camera.intrinsics[0, 0])
        values = camera_values(camera, self._middle()) | light_values(light)
        write(self._ribbons, **values)
        posed = self._posed()
        sight = Sight.of(camera, posed.surface, posed.faces[posed.casters], posed.fog)
        self._shadow.texture.use(SHADOW_UNIT)
        with target.drawing:
            target.samples.clear(depth=1.0)
            for tresses in cast.tresses:
                if tresses.is_hair:
                    tresses.draw(metres_per_pixel, sight, supersampling=self._supersampling)
            cast.surfaces.draw(sharp=light.lamps[0].is_small, **values, **cast.shadow)
            # In the same scope: a software driver stores and loads the whole target between two.
            self._context.enable(moderngl.BLEND)
            self._context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
            for tresses in cast.tresses:
                if not tresses.is_hair:
                    tresses.draw(metres_per_pixel, sight, supersampling=self._supersampling)

    def _develop(self, target: StageTarget, camera: Camera, backdrop: Backdrop) -> None:
        near, far = depth_range(camera, self._middle())
        color = np.array(backdrop.color or (0, 0, 0)) / 255
        target.color.use(0)
        target.depth.use(1)
        k = camera.intrinsics
        screen = self._develops[backdrop.color is None]
        write(
            screen.program,
            samples=0,
            depths=1,
            near=near,
            far=far,
            backdrop=tuple(linear_from_srgb(color).tolist()),
            camera_place=tuple(camera.position.tolist()),
            world_from_camera=camera.world_from_camera[:3, :3].T,
            lens=(k[0, 0], k[1, 1], k[0, 2], k[1, 2]),
        )
        with target.developing:
            screen.render(moderngl.TRIANGLES, vertices=3)

    def _target_of(self, size: tuple[int, int]) -> StageTarget:
        limit = int(self._context.info["GL_MAX_TEXTURE_SIZE"])
        if max(size) * self._supersampling > limit:
            raise RenderError(
                f"{size[0]}x{size[1]} with {self._supersampling} samples a side is larger than"
                f" this OpenGL driver draws ({limit} pixels a side)"
            )
        if self._target is None or self._target.size != size:
            if self._target is not None:
                self._target.release()
            self._target = None
            self._target = StageTarget(self._context, size, self._supersampling)
        return self._target


def _casting(figure: Figure) -> NDArray[np.bool_]:
    """Return which triangles [F] of the rig belong to a part: nothing else is there to see."""
    rows = figure.rig.faces
    painted = {face.tobytes() for part in figure.parts for face in part.faces}
    return np.fromiter((face.tobytes() in painted for face in rows), bool, len(rows))
