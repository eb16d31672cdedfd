"""Fitting beside everything else: one fit in a process of its own, and what it says.

Not on a thread: an optimiser's many small steps hold the interpreter's lock so often that a user
interface in the same process stutters. What comes back goes through a pipe: a preview of 43,000
Gaussians is 3 MB and takes 1 ms to pack and 1 ms to unpack, so there is nothing to share memory
for. Only the first preview brings the rig; those that follow are hung on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mien.avatar.kinds.mien_file import SUFFIX, save_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.open import open_avatar
from mien.avatar.rig import BoundGaussians
from mien.editing.document import Asset
from mien.errors import Cancelled, MienError
from mien.session.library import asset_path
from mien.session.telling_process import (
    TellingProcess,
    step_aside,
    take_few_threads,
    telling,
)
from mien.training.fit.config import FitConfig
from mien.training.fit.events import FitDone, FitEvent, FitPreview, FitStage, Fitted

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CHECKPOINT_SUFFIX = ".checkpoint"

PREVIEW_SECS = 2.5

Heard = FitEvent | MienError
"""What a fit says; the last is a FitDone, or why there is none (Cancelled where it was stopped
before there was anything to keep)."""


@dataclass(frozen=True)
class FitOrder:
    """What is to be fitted, how, and where it goes.

    Args:
        capture: Asset of the person.
        config: What is asked.
        out: Avatar that is written at the end (.avatar); its checkpoint lies beside it.
        resume: Whether to go on from that checkpoint, with its settings.
    """

    capture: Asset
    config: FitConfig
    out: Path
    resume: bool = False

    @property
    def checkpoint(self) -> Path:
        """Where the fit can be taken up again from."""
        return self.out.with_suffix(CHECKPOINT_SUFFIX)

    @property
    def name(self) -> str:
        """What the avatar is called."""
        return self.out.stem


FrameChoice = Literal["neutral", "ten", "all"]
"""Which frames of a capture are fitted: its first, ten spread over it, or every one."""


@dataclass(frozen=True)
class FitSettings:
    """What people choose of a fit; the rest follows from it.

    Args:
        minutes: Wall time it may take.
        texels: Side of the UV map that carries a Gaussian on each texel.
        frames: Which frames of the capture.
    """

    minutes: float = 5.0
    texels: int = 128
    frames: FrameChoice = "neutral"

    def frames_in(self, count: int) -> tuple[int, ...]:
        """Return the frames it means of a capture with so many."""
        wanted = {"neutral": 1, "ten": 10, "all": count}[self.frames]
        return tuple(dict.fromkeys(int(at) for at in np.linspace(0, count - 1, min(wanted, count))))

    def config(self, count: int) -> FitConfig:
        """Return what is asked of a capture with so many frames, with previews to watch."""
        secs = 60 * self.minutes
        return FitConfig(
            minutes=self.minutes,
            texels=self.texels,
            frames=self.frames_in(count),
            preview_secs=PREVIEW_SECS,
            # A curve of some forty places; measuring costs a picture of every held-out camera.
            measure_secs=min(max(secs / 40, 2.0), 20.0),
            checkpoint_secs=min(max(secs / 10, 5.0), 60.0),
        )


def latest_begun(capture: Asset, folder: Path) -> Path | None:
    """Return the newest avatar of a capture that can be fitted further; None for none."""
    named = re.compile(rf"{re.escape(_file_name(capture))}( \d+)?{re.escape(CHECKPOINT_SUFFIX)}")
    begun = [path for path in folder.glob(f"*{CHECKPOINT_SUFFIX}") if named.fullmatch(path.name)]
    newest = max(begun, key=lambda path: path.stat().st_mtime_ns, default=None)
    return None if newest is None else newest.with_suffix(SUFFIX)


def _file_name(capture: Asset) -> str:
    return capture.name.replace("/", "-")


def free_path(capture: Asset, folder: Path, made: str = "") -> Path:
    """Return where an avatar of a capture may be written without replacing an earlier one.

    Args:
        capture: Of the person.
        folder: Where to.
        made: How, in a word or two, for its name.
    """
    return free_file(folder, f"{_file_name(capture)} {made}".rstrip(), SUFFIX)


def free_file(folder: Path, stem: str, suffix: str) -> Path:
    """Return a file of a folder that is neither there nor being made, numbered where it has to."""
    number = 1
    while True:
        path = folder / f"{stem}{f' {number}' if number > 1 else ''}{suffix}"
        if not path.exists() and not path.with_suffix(CHECKPOINT_SUFFIX).exists():
            return path
        number += 1


def writable_folder(capture: Asset, otherwise: Path) -> Path:
    """Return the folder beside a capture where that can be written to, else another one."""
    beside = asset_path(capture).parent
    return beside if os.access(beside, os.W_OK) else otherwise


@dataclass(frozen=True, eq=False)
class _Moved:
    """A preview without the rig, which has been sent before."""

    step: int
    gaussians: BoundGaussians
    region_weights: NDArray[np.float32] | None


class FitProcess(TellingProcess[FitEvent]):
    """A fit under way.

    Its process keeps to what processor the screen leaves it, and stops in order when told to, or
    when whoever began it is gone.

    Args:
        order: What is to be done.
        tell: Called with everything it says, on a thread of its own.
    """

    def __init__(self, order: FitOrder, tell: Callable[[Heard], object]) -> None:
        self.order = order
        self._last: Fitted | None = None
        super().__init__("fitting", _work, (order,), tell)

    def close(self, timeout_secs: float = 10.0) -> None:
        """Stop it, wait for its checkpoint, and end it by force where that takes too long."""
        self.stop()
        self._end(timeout_secs)

    def _understood(self, said: Heard | _Moved) -> Heard:
        if isinstance(said, _Moved):
            said = FitPreview(said.step, self._hung(said))
        if isinstance(said, FitPreview):
            self._last = said.avatar
        if isinstance(said, FitDone):
            # What is shown in the end is what the file holds, to the bit.
            return replace(said, avatar=self._reopened(said.avatar))
        return said

    def _is_last(self, said: Heard) -> bool:
        return isinstance(said, FitDone | MienError)

    def _hung(self, moved: _Moved) -> RiggedAvatar:
        before = self._last
        assert isinstance(before, RiggedAvatar)
        return replace(
            before,
            gaussians=moved.gaussians,
            region_weights=moved.region_weights,
            sibling=before.deformer,
        )

    def _reopened(self, avatar: Fitted) -> Fitted:
        opened = open_avatar(self.order.out)
        return opened if isinstance(opened, type(avatar)) else avatar

    def _death(self) -> MienError:
        """Return what to say of a process that died, after keeping what it last showed."""
        how = self._how_it_ended()
        kept = "Nothing was lost but this fit"
        if self._last is not None:
            with suppress(MienError):
                save_avatar(self.order.out, self._last)
                kept = f"What it showed last is in {self.order.out}"
        if self.order.checkpoint.exists():
            kept += "; it can be resumed"
        return MienError(f"the process that fitted {self.order.name} ended {how}", hint=kept)


def _work(pipe: Connection, order: FitOrder) -> None:
    """Fit and say what happens: the life of the process."""
    step_aside()
    with suppress(EOFError, OSError), telling(pipe, "fitting", sparing="Try fewer texels."):
        _fit(pipe, order)


def _fit(pipe: Connection, order: FitOrder) -> None:
    from mien.capture.opening import Choice, open_capture

    pipe.send(FitStage("opening the capture"))
    choice = Choice(order.capture.part, corrected=order.capture.corrected)
    with open_capture(asset_path(order.capture), choice) as capture:
        if pipe.poll():
            raise Cancelled
        # Not before: torch takes seconds, and a capture that cannot be opened is known at once.
        take_few_threads()
        from mien.training.fit.loop import fit
        from mien.training.fit.resuming import as_begun

        config = as_begun(order.checkpoint, order.config) if order.resume else order.config
        sent: Fitted | None = None
        # A word from the other end means stop, and so does its end.
        for event in fit(
            capture,
            config,
            name=order.name,
            checkpoint=order.checkpoint,
            resume=order.resume,
            cancel=pipe.poll,
        ):
            if isinstance(event, FitDone):
                save_avatar(order.out, event.avatar)
            if isinstance(event, FitStage) and pipe.poll():
                raise Cancelled
            if isinstance(event, FitPreview):
                pipe.send(_shortened(event, sent))
                sent = event.avatar
            else:
                pipe.send(event)


def _shortened(preview: FitPreview, sent: Fitted | None) -> FitPreview | _Moved:
    """Return a preview without the rig where that has been sent with an earlier one."""
    avatar = preview.avatar
    if isinstance(avatar, RiggedAvatar) and isinstance(sent, RiggedAvatar):
        same = sent.rig is avatar.rig and sent.num_gaussians == avatar.num_gaussians
        return _Moved(preview.step, avatar.gaussians, avatar.region_weights) if same else preview
    return preview
