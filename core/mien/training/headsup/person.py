"""A person of a training: their capture, and their surface in each frame, in the head's frame."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mien.avatar.deformer import Deformer, PosedSurface
from mien.avatar.head_frame import head_from_posed
from mien.avatar.rig import Rig
from mien.avatar.state import AvatarState
from mien.avatar.template_rig import reshaped, rig_from_template
from mien.camera import Camera
from mien.capture.alignment import moved_camera
from mien.capture.protocol import CaptureCamera, cameras_of
from mien.capture.store.reading import StoredCapture
from mien.capture.tracking import Tracking
from mien.models.headsup.canvas import Canvas
from mien.template.head import HeadTemplate
from mien.template.normals import vertex_normals
from mien.template.selection import open_template
from mien.transforms import Array, apply, normalize, quat_from_matrix, quat_multiply

Float32 = NDArray[np.float32]

_FEWEST_CAMERAS = 4
"""With fewer training cameras than these, those kept for testing are learnt from, too."""
_NEUTRAL = 0.3
"""The largest sum of expression weights and of the jaw's turn that still is a neutral face."""
_KEPT = 96
"""People whose captures stay open."""


@dataclass(frozen=True, eq=False)
class Texels:
    """Where the texels of a canvas are on a person.

    Args:
        points: In the head's frame [P, 3], metres.
        normals: Of the surface there [P, 3].
        vertices: Of the whole surface [V, 3].
        outer: Whether hair or clothes may cover it [P].
        features: Whether it is of an eye or the lips [P].
    """

    points: Float32
    normals: Float32
    vertices: Float32
    outer: NDArray[np.bool_]
    features: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Motion:
    """How a frame's expression carries what is bound to texels, from rest, in the head's frame.

    Args:
        expression: ARKit weights [52].
        shifts: Of the texels [P, 3], metres.
        quats: How the surface turned there [P, 4], wxyz.
        stretches: And how it was stretched before, minus the identity, xx xy xz yy yz zz [P, 6].
    """

    expression: Float32
    shifts: Float32
    quats: Float32
    stretches: Float32


class Person:
    """A capture made ready to be learnt from.

    Args:
        capture: Opened; closing it is the owner's.
        canvas: Whose texels are looked up; None where nobody asks for texels.
        rigs: That are shared between people.
    """

    def __init__(self, capture: StoredCapture, canvas: Canvas | None, rigs: Rigs) -> None:
        self.capture = capture
        self._canvas = canvas
        self._rigs = rigs
        training = cameras_of(capture, "train")
        self.cameras = training if len(training) >= _FEWEST_CAMERAS else capture.cameras
        self._in_head: dict[int, dict[str, Camera]] = {}

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.capture.times)

    @cached_property
    def neutral(self) -> int | None:
        """The frame with the calmest face, None where no face is calm or nobody tracked it."""
        tracking = self.capture.tracking
        if tracking is None or self._tracked is None:
            return None
        effort = np.abs(tracking.expression).sum(axis=1)
        effort = effort + np.linalg.norm(tracking.jaw_rotation, axis=1)
        calmest = int(np.argmin(effort))
        return calmest if effort[calmest] < _NEUTRAL else None

    def camera(self, held: CaptureCamera, frame: int) -> Camera:
        """Return a camera in the world that the head of a frame stands still in."""
        known = self._in_head.setdefault(frame, {})
        if held.name not in known:
            motion = self._head_from_world(frame)
            known[held.name] = held.camera if motion is None else moved_camera(held.camera, motion)
        return known[held.name]

    def texels(self, frame: int) -> Texels | None:
        """Return where the texels are in a frame; None where nobody knows."""
        canvas = self._tracked
        if canvas is None:
            return None
        posed = self._surface(frame)
        motion = self._head_from_world(frame)
        vertices = self._rig.rest if posed is None else posed.points
        if motion is not None:
            vertices = apply(motion, vertices).astype(np.float32)
        faces, binding = self._rig.faces, canvas.binding
        normals = vertex_normals(vertices, faces).astype(np.float32)
        return Texels(
            binding.points(vertices, faces),
            normalize(binding.points(normals, faces)).astype(np.float32),
            vertices,
            canvas.outer,
            canvas.features,
        )

    def motion(self, frame: int) -> Motion | None:
        """Return how a frame's state carries the texels from rest; None where it does not."""
        canvas, posed = self._tracked, self._surface(frame)
        if canvas is None or posed is None:
            return None
        binding, faces = canvas.binding, self._rig.faces
        points, quats, stretches = _under(posed, faces[binding.triangles], binding.barycentric)
        motion = self._head_from_world(frame)
        if motion is not None:
            points = apply(motion, points)
            quats = quat_multiply(quat_from_matrix(motion[:3, :3]), quats)
        return Motion(
            self._tracking.expression[frame],
            (points - binding.points(self._rig.rest, faces)).astype(np.float32),
            np.asarray(quats, np.float32),
            stretches,
        )

    @property
    def _tracked(self) -> Canvas | None:
        """The canvas, where the person was tracked with its own template."""
        tracking, canvas = self.capture.tracking, self._canvas
        if tracking is None or canvas is None or tracking.template != canvas.template.name:
            return None
        return canvas

    @property
    def _tracking(self) -> Tracking:
        tracking = self.capture.tracking
        assert tracking is not None
        return tracking

    @cached_property
    def _rig(self) -> Rig:
        return self._rigs.rig(self._tracking)

    @cached_property
    def _deformer(self) -> Deformer:
        return self._rigs.deformer(self._rig, self._tracking.template)

    def _state(self, frame: int) -> AvatarState | None:
        tracking = self.capture.tracking
        if tracking is None:
            return None
        state = tracking.state(frame)
        return None if state == AvatarState() else state

    def _surface(self, frame: int) -> PosedSurface | None:
        state = self._state(frame)
        return None if state is None else self._deformer.surface(state)

    def _head_from_world(self, frame: int) -> Array | None:
        """Return what undoes the head's own motion [4, 4]; None where it stands still."""
        state = self._state(frame)
        if state is None or not (
            state.head_rotation.any() or state.head_translation.any() or state.neck_rotation.any()
        ):
            return None
        return head_from_posed(self._rig, state)


def _under(
    posed: PosedSurface, corners: NDArray[np.int32], shares: Float32
) -> tuple[Float32, Float32, Float32]:
    """Return place, turn and stretch of a posed surface under texels, as its kernels mix them."""
    weights = shares[..., None]
    quats = posed.quats[corners]
    # Quaternions of either sign are the same rotation: sum those on the heaviest corner's side.
    leading = np.take_along_axis(quats, shares.argmax(axis=1)[:, None, None], axis=1)
    quats = np.where((quats * leading).sum(axis=2, keepdims=True) < 0, -quats, quats)
    return (
        (posed.points[corners] * weights).sum(axis=1),
        normalize((quats * weights).sum(axis=1)).astype(np.float32),
        (posed.stretches[corners] * weights).sum(axis=1),
    )


class Rigs:
    """Makes people's rigs; what only depends on the template is made once."""

    def __init__(self) -> None:
        self._templates: dict[str, tuple[HeadTemplate, Rig]] = {}
        self._deformers: dict[str, Deformer] = {}

    def rig(self, tracking: Tracking) -> Rig:
        """Return the rig that a tracking describes.

        Raises:
            MienError: Its template is not here.
            ValueError: Its shape does not fit the template.
        """
        template, base = self._of(tracking.template)
        return reshaped(base, template, tracking.surface(template))

    def deformer(self, rig: Rig, template: str) -> Deformer:
        """Return what poses a rig of a template."""
        if template not in self._deformers:
            self._deformers[template] = Deformer.of(self._of(template)[1])
        return Deformer.of(rig, sibling=self._deformers[template])

    def _of(self, name: str) -> tuple[HeadTemplate, Rig]:
        if name not in self._templates:
            template = open_template(name)
            self._templates[name] = template, rig_from_template(template)
        return self._templates[name]


class Visitors:
    """The people that were asked for last, with their captures open."""

    def __init__(self, canvas: Canvas | None) -> None:
        self._canvas = canvas
        self._rigs = Rigs()
        self._held: OrderedDict[str, Person] = OrderedDict()

    def person(self, path: str) -> Person:
        """Return a person by the file of their capture.

        Raises:
            MienError: It cannot be opened, or its template is not here.
        """
        if path in self._held:
            self._held.move_to_end(path)
            return self._held[path]
        made = Person(StoredCapture(path), self._canvas, self._rigs)
        self._held[path] = made
        if len(self._held) > _KEPT:
            self._held.popitem(last=False)[1].capture.close()
        return made

    def close(self) -> None:
        """Close all captures."""
        for person in self._held.values():
            person.capture.close()
        self._held.clear()
