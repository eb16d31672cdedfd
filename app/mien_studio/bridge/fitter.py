"""Fitter: fits an avatar to a capture in another process and lets one watch it in slot A."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from mien.editing.commands import AddAssets, SetLook, SetPhoto
from mien.editing.document import Asset, Look, Photo
from mien.errors import MienError
from mien.resources import user_folder
from mien.session.command_line import fit_command
from mien.session.fitting import (
    FitOrder,
    FitProcess,
    FitSettings,
    Heard,
    free_path,
    latest_begun,
    writable_folder,
)
from mien.session.library import asset_for
from mien.session.review import reviewed_capture
from mien.training.fit.events import FitDone, FitPreview, FitProgress, FitStage, Fitted

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio


@dataclass(frozen=True, eq=False)
class FitRun:
    """One fit as far as it is known.

    Args:
        order: What was asked.
        stage: What it prepares; empty once it optimises.
        curve: What it has reported, in order.
        shown: Whether it has been seen in slot A.
        stopping: Whether it was asked to end.
        done: How it ended, once it has.
        failed: Why it did not, where it failed.
    """

    order: FitOrder
    stage: str = "starting"
    curve: tuple[FitProgress, ...] = ()
    shown: bool = False
    stopping: bool = False
    done: FitDone | None = None
    failed: MienError | None = None

    @property
    def last(self) -> FitProgress | None:
        """Its newest figures."""
        return self.curve[-1] if self.curve else None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.done is not None or self.failed is not None


class Fitter(QObject):
    """What the fit panel shows and does.

    Args:
        studio: Whose captures are fitted.
    """

    changed = Signal()
    """Settings changed, or the fit began, went on or ended."""

    _heard = Signal(object, object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._settings = FitSettings()
        self._folder: Path | None = None
        self._process: FitProcess | None = None
        self._run: FitRun | None = None
        self._heard.connect(self._on_heard, Qt.ConnectionType.QueuedConnection)

    # What is asked

    @property
    def settings(self) -> FitSettings:
        """How the next one is fitted."""
        return self._settings

    def set_settings(self, settings: FitSettings) -> None:
        """Fit otherwise from now on."""
        if settings != self._settings:
            self._settings = settings
            self.changed.emit()

    @property
    def capture(self) -> Asset | None:
        """Whom the next one is fitted to; None while no capture is open."""
        return reviewed_capture(self._studio.session)

    @property
    def out(self) -> Path | None:
        """The avatar the next one writes."""
        capture = self.capture
        return None if capture is None else free_path(capture, self._folder_of(capture))

    def set_folder(self, folder: Path) -> None:
        """Write avatars to another folder than that of the capture."""
        self._folder = folder
        self.changed.emit()

    @property
    def resumable(self) -> Path | None:
        """The avatar of an earlier fit of the capture that can be taken up again, or None."""
        capture = self.capture
        return None if capture is None else latest_begun(capture, self._folder_of(capture))

    def command(self) -> str:
        """Return the command that does the same without a window; empty without a capture."""
        capture, out = self.capture, self.out
        opened = self._studio.session.library.capture(capture.id) if capture is not None else None
        if capture is None or out is None or opened is None:
            return ""
        return fit_command(capture, out, self._settings, len(opened.times))

    def _folder_of(self, capture: Asset) -> Path:
        return self._folder or writable_folder(capture, user_folder("data"))

    # Work

    @property
    def run(self) -> FitRun | None:
        """The fit under way, or the last one."""
        return self._run

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return self._run is not None and not self._run.ended

    @property
    def can_fit(self) -> bool:
        """Whether one can be begun."""
        return self.capture is not None and not self.running

    def begin(self) -> None:
        """Fit the capture anew, into a file of its own."""
        out = self.out
        if out is not None:
            self._start(out, resume=False)

    def resume(self) -> None:
        """Go on with the newest fit that was stopped."""
        out = self.resumable
        if out is not None:
            self._start(out, resume=True)

    def stop(self) -> None:
        """End the fit with the best so far."""
        if self._process is not None and self._run is not None and self.running:
            self._process.stop()
            self._run = replace(self._run, stopping=True)
            self.changed.emit()

    def close(self) -> None:
        """Stop in order: the checkpoint is kept."""
        if self._process is not None:
            self._process.close()

    def _start(self, out: Path, *, resume: bool) -> None:
        capture = self.capture
        if capture is None or self.running:
            return
        opened = self._studio.session.library.capture(capture.id)
        assert opened is not None
        order = FitOrder(capture, self._settings.config(len(opened.times)), out, resume)
        self._run = FitRun(order)
        self._process = FitProcess(order, lambda said: self._heard.emit(order, said))
        self.changed.emit()

    # What it says

    def _on_heard(self, order: FitOrder, said: Heard) -> None:
        run = self._run
        if run is None or run.order is not order:
            return
        if isinstance(said, FitStage):
            self._run = replace(run, stage=said.message)
        elif isinstance(said, FitProgress):
            self._run = replace(run, stage="", curve=(*run.curve, said))
        elif isinstance(said, FitPreview):
            self._show(run, said.avatar)
            self._run = replace(run, shown=True)
        elif isinstance(said, FitDone):
            self._show(run, said.avatar)
            self._run = replace(run, stage="", shown=True, done=said)
            self._studio.notice("info", told(order, said), str(order.out))
        else:
            self._run = replace(run, failed=said)
            self._studio.report(said)
        self.changed.emit()

    def _show(self, run: FitRun, avatar: Fitted) -> None:
        """Put the avatar as it is now where it is seen, without a step of undo after the first."""
        asset, session = asset_for(run.order.out), self._studio.session
        known = any(held.id == asset.id for held in session.document.assets)
        if run.shown and not known:
            # Whoever took it out of the library does not want it back.
            return
        session.library.offer(asset, avatar)
        if not run.shown:
            self._watch(asset, run.order)

    def _watch(self, asset: Asset, order: FitOrder) -> None:
        """Show an avatar in A beside the photographs of a camera it is not fitted to."""
        studio, capture = self._studio, order.capture
        studio.begin_gesture(f"Fit {asset.name}")
        studio.push(AddAssets((asset,)))
        studio.push(SetLook("A", Look.of(asset.id), label="Show"))
        if studio.session.document.photo("B") is None:
            studio.push(SetPhoto("B", Photo(capture.id)))
        studio.end_gesture()
        view, changes = studio.session.view.state, dict[str, object]()
        if view.compare == "single":
            changes["compare"] = "wipe"
        if not view.standing:
            changes |= {"station_asset": capture.id, "standing": True}
        if len(order.config.frames) == 1:
            changes |= {"time": 0.0, "playing": False}
        studio.update_view(**changes)


def told(order: FitOrder, done: FitDone) -> str:
    """Return how a fit ended, in one line."""
    report = done.report
    how = "Stopped fitting" if done.cancelled else "Fitted"
    if report.psnr is None:
        return f"{how} {order.name}: {report.num_gaussians:,} Gaussians, no camera held out"
    count = len(report.scores)
    pictures = f"{count} held-out picture{'s' if count != 1 else ''}"
    return f"{how} {order.name}: {report.psnr:.2f} dB on {pictures}"
