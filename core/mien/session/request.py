"""RenderRequest: everything a picture depends on, as one comparable value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mien.avatar.protocol import DEFAULT_SOFTNESS, Avatar
from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.editing.document import Slot
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
    """

    avatars: tuple[Avatar, ...]
    weights: tuple[float, ...]
    regions: tuple[tuple[str, int], ...] = ()
    softness: float = DEFAULT_SOFTNESS

    @staticmethod
    def of(avatar: Avatar) -> Blend:
        """Return one avatar as it is."""
        return Blend((avatar,), (1.0,))


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
