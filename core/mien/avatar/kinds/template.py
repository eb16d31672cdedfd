"""The template avatar: a head template to look at, to move and to shape.

Its Gaussians lie on the surface and ride on the ordinary rig. A template that corrects its shape
by its pose, as FLAME does, is posed by its own equations instead.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.clay import Clay
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.opening import avatar_kinds
from mien.avatar.protocol import LatentSpace
from mien.avatar.rig import BoundGaussians, Float32, Int32, Rig
from mien.avatar.state import NEUTRAL, AvatarState
from mien.avatar.surface_layout import SurfaceLayout, normals_of
from mien.avatar.template_rig import reshaped, rig_from_template
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.template.head import HeadTemplate
from mien.template.selection import open_template, template_format_of, template_formats
from mien.template.skinning import skinned
from mien.transforms import axis_angle_from_matrix, matrix_from_axis_angle

_CLAY_GAUSSIANS, _PICTURE_GAUSSIANS = 90_000, 200_000
_LOGIT_OPACITY = 4.0
_PEOPLE = 4
"""How many identities are kept ready to be posed."""


@dataclass(frozen=True, eq=False)
class ShapeSpace:
    """The identities of a template: coefficients with unit variance over people."""

    num_shapes: int

    @property
    def names(self) -> tuple[str, ...]:
        """`shape 1`, `shape 2`, ... [D]."""
        return tuple(f"shape {number + 1}" for number in range(self.num_shapes))

    @property
    def standard_deviations(self) -> NDArray[np.float32]:
        """One, for each [D]."""
        return np.ones(self.num_shapes, np.float32)


@dataclass(frozen=True, eq=False)
class TemplateAvatar:
    """A head template that obeys expressions and joints, and takes any of its identities.

    Args:
        name: What people call it.
        head: The head template.
        source: The file it came from.
    """

    name: str
    head: HeadTemplate
    source: Path | None = None
    kind: str = field(default="template", init=False)
    template: str | None = field(default=None, init=False)
    region_weights: NDArray[np.float32] | None = field(default=None, init=False)
    _people: dict[bytes, RiggedAvatar] = field(
        default_factory=lambda: dict[bytes, RiggedAvatar](), init=False, repr=False
    )
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def num_gaussians(self) -> int:
        """N; every pose has as many."""
        return len(self._layout.binding.triangles)

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The ARKit expressions it obeys."""
        return self._rig.expression_names

    @property
    def joints(self) -> tuple[str, ...]:
        """Which of `head`, `neck`, `jaw`, `eyes` it obeys."""
        return self.person().joints

    @property
    def latent_space(self) -> LatentSpace | None:
        """The template's identities; None where it has but one."""
        return ShapeSpace(self.head.num_identity) if self.head.num_identity else None

    @property
    def faces(self) -> Int32:
        """The triangles [F, 3] of the surface."""
        return self.head.faces

    @cached_property
    def _rig(self) -> Rig:
        return rig_from_template(self.head)

    @cached_property
    def _layout(self) -> SurfaceLayout:
        count = _CLAY_GAUSSIANS if self.head.texture is None else _PICTURE_GAUSSIANS
        # Lashes are cards to be cut out by a picture that nobody has.
        return SurfaceLayout.of(self.head, count, without=("lashes",))

    @cached_property
    def _clay(self) -> Clay:
        return Clay.of(self._layout)

    def person(self, identity: NDArray[np.float32] | None = None) -> RiggedAvatar:
        """Return somebody of the template's, as an avatar of their own.

        Args:
            identity: Coefficients [d]; those that are too many for the template are left out, for
                a state may have been made for another. The average person without.
        """
        given = np.zeros(0, np.float32) if identity is None else np.asarray(identity, np.float32)
        used = np.trim_zeros(np.nan_to_num(given[: self.head.num_identity]), "b")
        key = used.tobytes()
        with self._lock:
            if key not in self._people:
                average = self._people.get(b"")
                made = self._made(used, average)
                # The average person stays: whoever comes shares their tables.
                self._people[key] = made
                for old in [held for held in self._people if held][: 1 - _PEOPLE]:
                    del self._people[old]
            return self._people[key]

    def _made(self, identity: NDArray[np.float32], average: RiggedAvatar | None) -> RiggedAvatar:
        surface = self.head.identity(identity)
        rig = reshaped(self._rig, self.head, surface)
        laid = self._layout.laid(surface)
        count = len(laid.points)
        bound = BoundGaussians(
            self._layout.binding,
            np.zeros((count, 3), np.float32),
            laid.quats,
            laid.log_scales,
            np.full(count, _LOGIT_OPACITY, np.float32),
            self._harmonics(laid.quats),
        )
        sibling = None if average is None else average.deformer
        return RiggedAvatar(self.name, rig, bound, source=self.source, sibling=sibling)

    def _harmonics(self, quats: Float32) -> Float32:
        colors = self._clay.colors(normals_of(quats))
        return ((colors - 0.5) / SH_C0)[:, None].astype(np.float32)

    def pose(self, state: AvatarState = NEUTRAL) -> GaussianCloud:
        """Return the Gaussians of a state, in metres; light stays where it is."""
        person = self.person(state.identity)
        if self.head.pose_offsets is not None:
            still = state.replace(identity=None, time=NEUTRAL.time) == NEUTRAL
            return person.neutral if still else self._laid_anew(person, state)
        cloud = person.pose(state)
        if cloud is person.neutral:
            return cloud
        return cloud.replace(sh=self._harmonics(cloud.quats))

    def surface(self, state: AvatarState = NEUTRAL) -> Float32:
        """Return the posed vertices [V, 3]."""
        person = self.person(state.identity)
        if self.head.pose_offsets is None:
            return person.surface(state)
        shaped = person.surface(AvatarState(expression=state.expression))
        rotations = np.zeros((len(self.head.joint_names), 3))
        for joint, name in enumerate(self.head.joint_names):
            rotations[joint] = _turn(state, name)
        return skinned(self.head, shaped, rotations, state.head_translation)

    def _laid_anew(self, person: RiggedAvatar, state: AvatarState) -> GaussianCloud:
        laid = self._layout.laid(self.surface(state))
        return person.neutral.replace(
            means=laid.points,
            quats=laid.quats,
            log_scales=laid.log_scales,
            sh=self._harmonics(laid.quats),
        )


def _turn(state: AvatarState, joint: str) -> NDArray[np.floating]:
    """Return the axis-angle [3] of a joint of a template whose neck carries the head alone."""
    if joint == "head":
        neck = matrix_from_axis_angle(state.neck_rotation)
        return axis_angle_from_matrix(neck @ matrix_from_axis_angle(state.head_rotation))
    turns = {
        "jaw": state.jaw_rotation,
        "eye_left": state.eye_rotations[0],
        "eye_right": state.eye_rotations[1],
    }
    return turns.get(joint, np.zeros(3, np.float32))


def template_avatar(name: str | Path) -> TemplateAvatar:
    """Return a template as an avatar, by its name or file.

    Raises:
        MienError: There is no such template here, or its files are damaged.
    """
    head = open_template(name)
    path = Path(name)
    return TemplateAvatar(path.stem or head.name, head, path if path.exists() else None)


@avatar_kinds.register("template")
class TemplateOpener:
    """Opens head templates: FLAME's and ICT-FaceKit's files, meshes, and our own."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the files."""
        return tuple(suffix for entry in template_formats for suffix in entry.suffixes)

    def probe(self, path: Path) -> bool:
        """Claim what a template layout claims."""
        return template_format_of(path) is not None

    def open(self, path: Path) -> TemplateAvatar:
        """Open a file or folder.

        Raises:
            FileError: It is broken.
        """
        return template_avatar(path)
