"""Painter: from a request to a picture, on the thread that owns the renderer."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mien.avatar.protocol import Avatar, Surfaced
from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.errors import MienError, RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.marks import SELECTED, Marks
from mien.gaussians.shading import SHADINGS, highlight
from mien.gaussians.transform import fixed_up, up_fix
from mien.rendering.mesh_overlay import MeshOverlay
from mien.rendering.protocol import Frame, Renderer
from mien.session.frame_modes import FRAME_MODES
from mien.session.request import AnyShot, Blend, PhotoShot, Picture, RenderRequest, Shot

if TYPE_CHECKING:
    from mien.session.photographs import Photographs

Surface = tuple[NDArray[np.float32], NDArray[np.int32]]
"""Vertices [V, 3] and triangles [F, 3]."""

K = TypeVar("K")
V = TypeVar("V")


class _Recent(Generic[K, V]):
    """The last few results of a function, by key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        value = make()
        self._held[key] = value
        while len(self._held) > self._size:
            self._held.popitem(last=False)
        return value


class Painter:
    """Blend, pose, shade and draw; belongs to the thread it paints on.

    Blends and posed clouds of the last few requests are kept, so that orbiting a still head poses
    nothing and a renderer that uploads sees the same cloud again.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self._blends: _Recent[Blend, Avatar] = _Recent(4)
        self._clouds: _Recent[tuple[Blend, AvatarState, str], GaussianCloud] = _Recent(4)
        # Keyed by the identity of a cloud that is held with the value, so that no id is used again.
        self._shaded: _Recent[tuple[int, str], tuple[GaussianCloud, GaussianCloud]] = _Recent(4)
        self._shown: _Recent[tuple[int, Marks], tuple[GaussianCloud, GaussianCloud]] = _Recent(4)
        self._surfaces: _Recent[tuple[Blend, AvatarState, str], Surface | None] = _Recent(4)
        self._overlay = MeshOverlay()
        self._photographs: Photographs | None = None

    def paint(self, request: RenderRequest) -> Picture:
        """Draw all shots of a request.

        A mesh that cannot be drawn is left out, and the picture says why.

        Raises:
            MienError: A blend or a picture cannot be made.
        """
        started = time.perf_counter()
        clouds = [
            None if isinstance(shot, PhotoShot) else self._cloud(shot) for shot in request.shots
        ]
        posed = time.perf_counter()
        drawn = [
            self._frame_of(shot, cloud, request)
            for shot, cloud in zip(request.shots, clouds, strict=True)
        ]
        frames = tuple(frame for frame, _ in drawn)
        problem = next((reason for _, reason in drawn if reason is not None), None)
        if request.mesh_opacity > 0:
            try:
                frames = tuple(map(partial(self._meshed, request), request.shots, frames))
            except RenderError as error:
                problem = error
        return Picture(
            frames,
            render_secs=time.perf_counter() - posed,
            pose_secs=posed - started,
            num_gaussians=next((cloud.num_gaussians for cloud in clouds if cloud is not None), 0),
            renderer=self.renderer.name,
            problem=problem,
        )

    def close(self) -> None:
        """Free what it draws with but the renderer, which is its owner's to close. Safe twice."""
        self._overlay.close()
        if self._photographs is not None:
            self._photographs.close()

    @property
    def photographs(self) -> Photographs | None:
        """What is held of captures' pictures; None while none was asked for."""
        return self._photographs

    def _frame_of(
        self, shot: AnyShot, cloud: GaussianCloud | None, request: RenderRequest
    ) -> tuple[Frame, MienError | None]:
        if cloud is not None:
            return self._draw(cloud, shot.camera, request), None
        assert isinstance(shot, PhotoShot)
        # Nothing of captures is on the way to the first picture.
        from mien.session.photographs import Photographs

        if self._photographs is None:
            self._photographs = Photographs()
        return self._photographs.frame(shot, request.options.background)

    def _meshed(self, request: RenderRequest, shot: AnyShot, frame: Frame) -> Frame:
        if isinstance(shot, PhotoShot):
            return frame
        key = (shot.blend, shot.state, shot.up_fix)
        surface = self._surfaces.get(key, lambda: self._surface(shot))
        if surface is None:
            return frame
        return self._overlay.over(frame, *surface, opacity=request.mesh_opacity)

    def _surface(self, shot: Shot) -> Surface | None:
        avatar = self._blended(shot.blend)
        if not isinstance(avatar, Surfaced):
            return None
        vertices = avatar.surface(shot.blend.state(shot.state))
        if shot.up_fix:
            axes, scale = up_fix(shot.up_fix)
            vertices = (scale * (vertices @ axes.T)).astype(np.float32)
        return vertices, avatar.faces

    def _blended(self, blend: Blend) -> Avatar:
        # While somebody is moved in the latent space, whom they are moved from stays.
        rooted = replace(blend, identity=())
        return self._blends.get(rooted, rooted.blended)

    def _draw(self, cloud: GaussianCloud, camera: Camera, request: RenderRequest) -> Frame:
        shading = SHADINGS.get(request.shading)
        if shading is None:
            frame = self.renderer.render(cloud, camera, request.options)
            mode = FRAME_MODES.get(request.shading)
            return frame if mode is None else mode(frame, request.options.background)
        if shading.follows_camera:
            shaded = shading.apply(cloud, camera)
        else:
            key = (id(cloud), request.shading)
            shaded = self._shaded.get(key, lambda: (cloud, shading.apply(cloud, camera)))[1]
        options = replace(request.options, opacity_gain=shading.opacity_gain)
        return self.renderer.render(shaded, camera, options)

    def _cloud(self, shot: Shot) -> GaussianCloud:
        blended = self._blended(shot.blend)

        def pose() -> GaussianCloud:
            cloud = blended.pose(shot.blend.state(shot.state))
            return fixed_up(cloud, shot.up_fix) if shot.up_fix else cloud

        cloud = self._clouds.get((shot.blend, shot.state, shot.up_fix), pose)
        if shot.marks is None:
            return cloud
        marks = shot.marks
        key = (id(cloud), marks)
        return self._shown.get(key, lambda: (cloud, _marked(cloud, marks)))[1]


def _marked(cloud: GaussianCloud, marks: Marks) -> GaussianCloud:
    if len(marks.bits) != cloud.num_gaussians:
        return cloud
    selected = marks.has(SELECTED)
    shown = highlight(cloud, selected) if selected.any() else cloud
    return shown if marks.visible.all() else shown.take(marks.visible)
