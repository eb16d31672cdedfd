"""Reconstructing beside everything else: a process that holds a network, and what it says.

The process stays: whoever reconstructs once does it again with other cameras, and a network that
is loaded already answers in about a second. It is told apart from fits because there is nothing to
resume; what it makes goes through its file, so that what is shown is what was kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.open import open_avatar
from mien.avatar.rig import BoundGaussians
from mien.editing.document import Asset
from mien.errors import MienError

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


Heard = Stage | Reconstructed | Measured | Refining | Previewed | MienError
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


class ReconstructionProcess:
    """A network at work in a process of its own, from one order to the next.

    Args:
        network: Its file.
        tell: Called with everything it says, on a thread of its own.
    """

    def __init__(self, network: Path, tell: Callable[[Heard], object]) -> None:
        import multiprocessing

        # Not at the top: it knows what is said here.
        from mien.session.reconstruction_work import work

        self.network = network
        self._tell = tell
        self._last: RiggedAvatar | None = None
        self._closing = False
        # Not forked: OpenMP does not survive it.
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(theirs, network), daemon=True)
        self._process.start()
        # Or the end of the process would not be the end of the pipe.
        theirs.close()
        self._thread = threading.Thread(target=self._listen, name="reconstructing", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it takes orders."""
        return self._thread.is_alive()

    def ask(self, order: ReconstructOrder | RefineOrder) -> None:
        """Give an order; one at a time."""
        with suppress(OSError):
            self._pipe.send(order)

    def stop(self) -> None:
        """Ask it to end a refinement with the best so far. Safe at any time."""
        with suppress(OSError):
            self._pipe.send(None)

    def close(self, timeout_secs: float = 5.0) -> None:
        """End it, by force where that takes too long."""
        self._closing = True
        with suppress(OSError):
            self._pipe.send(END)
        self._thread.join(timeout_secs)
        if self._process.is_alive():
            self._process.terminate()
        self._process.join(timeout_secs)
        self._thread.join(timeout_secs)

    def _listen(self) -> None:
        while True:
            try:
                said = self._understood(self._pipe.recv())
            except (EOFError, OSError):
                break
            except MienError as error:
                said = error
            if not self._closing:
                self._tell(said)
        self._process.join(10)
        self._pipe.close()
        if not self._closing:
            self._tell(self._death())

    def _understood(self, said: Heard | Kept | Moved) -> Heard:
        if isinstance(said, Kept):
            avatar = open_avatar(said.out)
            assert isinstance(avatar, RiggedAvatar)
            self._last = avatar
            return Reconstructed(avatar, said.account)
        if isinstance(said, Moved):
            return Previewed(self._hung(said))
        return said

    def _hung(self, moved: Moved) -> RiggedAvatar:
        before = self._last
        assert before is not None
        rig = before.rig.replace(rest=moved.rest, joint_positions=moved.joint_positions)
        return replace(before, rig=rig, gaussians=moved.gaussians, sibling=before.deformer)

    def _death(self) -> MienError:
        code = self._process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        return MienError(
            f"the process that reconstructs ended {how}", hint="Nothing was lost: ask it again"
        )
