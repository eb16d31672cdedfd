"""Reconstructing beside everything else: a process that holds a network, and what it says.

The process stays: whoever reconstructs once does it again with other cameras, and a network that
is loaded already answers in about a second. It is told apart from fits because there is nothing to
resume; what it makes goes through its file, so that what is shown is what was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.open import open_avatar
from mien.avatar.rig import BoundGaussians
from mien.editing.document import Asset
from mien.errors import MienError
from mien.session.telling_process import TellingProcess

MOST_VIEWS = 40

END = "end"
"""The last order."""


@dataclass(frozen=True)
class ReconstructOrder:
    """Who is to be reconstructed, from what, and where it goes.

    Args:
        capture: Asset of the person.
        out: Avatar that is written (.avatar).
        frame: Which frame is looked at.
        views: How many cameras' pictures go in, where it may choose.
        cameras: Names of those wanted instead; empty to let it choose.
    """

    capture: Asset
    out: Path
    frame: int = 0
    views: int = 8
    cameras: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefineOrder:
    """That the last reconstruction is to be optimised.

    Args:
        steps: Each looks at one view.
    """

    steps: int


@dataclass(frozen=True)
class Stage:
    """It prepares.

    Args:
        message: For people.
    """

    message: str


@dataclass(frozen=True)
class Account:
    """How somebody was reconstructed.

    Args:
        frame: That was looked at.
        views: Names of the cameras whose pictures went in.
        overlaps: How much of each view's mask and the head agree, 0..1; None without a mask.
        notes: What their user may want to know.
        warnings: What is wrong with the capture, for people.
        secs: From pictures in memory to an avatar, refinement included.
        steps: Of the refinement; 0 for one pass alone.
        cancelled: Whether a refinement was stopped early, with the best so far.
    """

    frame: int
    views: tuple[str, ...]
    overlaps: Mapping[str, float | None]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    secs: float
    steps: int = 0
    cancelled: bool = False


@dataclass(frozen=True, eq=False)
class Reconstructed:
    """Somebody is there, in one pass or refined.

    Args:
        avatar: As their file holds them.
        account: How they were made.
    """

    avatar: RiggedAvatar
    account: Account


@dataclass(frozen=True)
class Measured:
    """How near the pictures of cameras come that did not go in.

    Args:
        psnr: Mean, dB, in the box of the photographs' masks; None where all cameras went in.
        num_pictures: Of so many.
    """

    psnr: float | None
    num_pictures: int


@dataclass(frozen=True)
class Refining:
    """It optimises.

    Args:
        step: Steps done.
        steps: Of so many.
        psnr: Of the last view, dB.
    """

    step: int
    steps: int
    psnr: float


@dataclass(frozen=True, eq=False)
class Previewed:
    """How somebody looks on the way.

    Args:
        avatar: As they would be kept now.
    """

    avatar: RiggedAvatar


Word = Stage | Reconstructed | Measured | Refining | Previewed
Heard = Word | MienError
"""What it says. After an order comes a `Reconstructed` and a `Measured`, or why there is none."""


@dataclass(frozen=True)
class Kept:
    """On the way: a `Reconstructed` whose avatar is in its file.

    Args:
        out: The file.
        account: How they were made.
    """

    out: Path
    account: Account


@dataclass(frozen=True, eq=False)
class Moved:
    """On the way: what of a `Previewed` differs from the avatar before.

    Args:
        rest: The surface [V, 3].
        joint_positions: [J, 3].
        gaussians: What is bound to it.
    """

    rest: NDArray[np.float32]
    joint_positions: NDArray[np.float32]
    gaussians: BoundGaussians


class ReconstructionProcess(TellingProcess[Word]):
    """A network at work in a process of its own, from one order to the next.

    Args:
        network: Its file.
        tell: Called with everything it says, on a thread of its own.
    """

    def __init__(self, network: Path, tell: Callable[[Heard], object]) -> None:
        # Not at the top: it knows what is said here.
        from mien.session.reconstruction_work import work

        self.network = network
        self._last: RiggedAvatar | None = None
        super().__init__("reconstructing", work, (network,), tell)

    def ask(self, order: ReconstructOrder | RefineOrder) -> None:
        """Give an order; one at a time. `stop` ends a refinement, not the process."""
        self._send(order)

    def close(self, timeout_secs: float = 5.0) -> None:
        """End it without a further word, by force where that takes too long."""
        self._tell = lambda _: None
        self._send(END)
        self._end(timeout_secs)

    def _understood(self, said: Heard | Kept | Moved) -> Heard:
        if isinstance(said, Kept):
            avatar = open_avatar(said.out)
            assert isinstance(avatar, RiggedAvatar)
            self._last = avatar
            return Reconstructed(avatar, said.account)
        if isinstance(said, Moved):
            return Previewed(self._hung(said))
        return said

    def _is_last(self, said: Heard) -> bool:
        # It stays, whatever became of an order.
        del said
        return False

    def _hung(self, moved: Moved) -> RiggedAvatar:
        before = self._last
        assert before is not None
        rig = before.rig.replace(rest=moved.rest, joint_positions=moved.joint_positions)
        return replace(before, rig=rig, gaussians=moved.gaussians, sibling=before.deformer)

    def _death(self) -> MienError:
        return MienError(
            f"the process that reconstructs ended {self._how_it_ended()}",
            hint="Nothing was lost: ask it again",
        )
