"""RenderRequest: everything a picture depends on, as one comparable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mien.avatar.kinds.blended import blend
from mien.avatar.protocol import DEFAULT_SOFTNESS, Avatar, Expressive
from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.editing.document import Look, Slot
from mien.errors import MienError
from mien.gaussians.marks import Marks
from mien.rendering.protocol import Frame, RenderOptions

if TYPE_CHECKING:
    from mien.capture.protocol import Capture


@dataclass(frozen=True)
class Blend:
    """Avatars with their weights and the regions taken from single ones, ready to be blended.

    Args:
        avatars: Those that take part; compared by identity.
        weights: One each, summing to one.
        regions: Pairs of region name and index into `avatars`.
        softness: Border width in metres.
        identity: How far they are moved in their latent space; see `Look`.
        learned: Whether by the learned rig, where there is one; see `Look`.
    """

    avatars: tuple[Avatar, ...]
    weights: tuple[float, ...]
    regions: tuple[tuple[str, int], ...] = ()
    softness: float = DEFAULT_SOFTNESS
    identity: tuple[float, ...] = ()
    learned: bool = True

    @staticmethod
    def of(avatar: Avatar) -> Blend:
        """Return one avatar as it is."""
        return Blend((avatar,), (1.0,))

    @staticmethod
    def of_look(look: Look, avatars: Mapping[str, Avatar]) -> Blend | None:
        """Return the blend of a look of those that are there, by asset id; None of nobody."""
        weights = {asset: look.weights.get(asset, 0.0) for asset in avatars}
        total = sum(weights.values())
        if total <= 0:
            return None
        order = list(avatars)
        regions = tuple(
            (region, order.index(asset))
            for region, asset in sorted(look.regions.items())
            if asset in avatars
        )
        shares = tuple(weights[asset] / total for asset in order)
        return Blend(
            tuple(avatars.values()), shares, regions, look.softness, look.identity, look.learned
        )

    def blended(self) -> Avatar:
        """Return the avatar that it makes; one alone is itself.

        Where they are moved in their latent space is the state's to say; see `state`.

        Raises:
            IncompatibleAvatars: They cannot be blended.
        """
        if len(self.avatars) == 1 and not self.regions:
            made = self.avatars[0]
        else:
            taken = dict(self.regions)
            made = blend(self.avatars, self.weights, regions=taken, softness=self.softness)
        if isinstance(made, Expressive) and not self.learned:
            return made.with_learned(False)
        return made

    def state(self, state: AvatarState) -> AvatarState:
        """Return a state in which what `blended` gives is who was meant."""
        if not self.identity:
            return state
        return state.replace(identity=np.array(self.identity, np.float32))


@dataclass(frozen=True)
class Shot:
    """One picture to take: who, in which state, from where."""

    blend: Blend
    state: AvatarState
    camera: Camera
    marks: Marks | None = None
    up_fix: str = ""
    slot: Slot = "A"


@dataclass(frozen=True)
class PhotoShot:
    """One photograph to show: what a camera of a capture saw in a frame.

    Args:
        capture: Compared by identity.
        station: The name of its camera.
        frame: Index of the frame.
        camera: Stands where that camera does, with the photograph somewhere in its picture.
        masked: Whether the person is cut out and laid on the background.
        slot: Whose picture it is.
    """

    capture: Capture
    station: str
    frame: int
    camera: Camera
    masked: bool = False
    slot: Slot = "B"


AnyShot = Shot | PhotoShot


@dataclass(frozen=True)
class RenderRequest:
    """The picture of A and, while comparing, of B.

    Args:
        shots: One or two.
        options: For all of them.
        shading: Name of a view mode.
        full_pixels: What one picture would have at full resolution.
        mesh_opacity: Of the lines of the avatars' surfaces over the pictures; 0 for none.
        compare: `flip` where the map of perceived differences is wanted too; else empty.
    """

    shots: tuple[AnyShot, ...]
    options: RenderOptions
    shading: str = "color"
    full_pixels: int = 0
    mesh_opacity: float = 0.0
    compare: str = ""

    @property
    def num_pixels(self) -> int:
        """Of all pictures together."""
        return sum(shot.camera.width * shot.camera.height for shot in self.shots)


@dataclass(frozen=True, eq=False)
class Picture:
    """The answer to a request.

    Args:
        frames: One for each shot.
        render_secs: What drawing took.
        pose_secs: What blending and posing took.
        num_gaussians: Of the first shot of an avatar.
        renderer: Name of the renderer that drew it.
        problem: Why the mesh or the photograph that was asked for is not on it, or None.
    """

    frames: tuple[Frame, ...]
    render_secs: float
    pose_secs: float
    num_gaussians: int
    renderer: str
    problem: MienError | None = None
