"""Reconstructor: a capture's views to a head in slot A, through a network in another process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from mien.editing.commands import AddAssets, SetLook, SetPhoto
from mien.editing.document import Asset, Look, Photo
from mien.errors import MienError
from mien.models.headsup.shipped import shipped_network
from mien.resources import user_folder
from mien.session.command_line import reconstruct_command
from mien.session.fitting import free_path, writable_folder
from mien.session.library import asset_for
from mien.session.reconstructing import (
    MOST_VIEWS,
    Account,
    Heard,
    Measured,
    Previewed,
    Reconstructed,
    ReconstructionProcess,
    ReconstructOrder,
    RefineOrder,
    Refining,
    Stage,
)
from mien.session.review import reviewed_capture
from mien.session.stations import frame_at

if TYPE_CHECKING:
    from mien.avatar.protocol import Avatar
    from mien.capture.protocol import Capture
    from mien_studio.bridge.studio import Studio

_NETWORK = "headsup/network"
DEFAULT_VIEWS = 8
DEFAULT_STEPS = 60


@dataclass(frozen=True, eq=False)
class Reconstructing:
    """One reconstruction as far as it is known.

    Args:
        order: What was asked.
        stage: What it does; empty once it is done or refines.
        refining: How far a refinement is.
        stopping: Whether the refinement was asked to end.
        account: How the person was made, once they are there.
        measured: How near the unused cameras come, once that is known.
        before: Likewise of the one pass, where it was refined since.
        failed: Why it did not go on.
    """

    order: ReconstructOrder
    stage: str = "starting"
    refining: Refining | None = None
    stopping: bool = False
    account: Account | None = None
    measured: Measured | None = None
    before: Measured | None = None
    failed: MienError | None = None

    @property
    def busy(self) -> bool:
        """Whether more will come before anything is asked."""
        return self.failed is None and (bool(self.stage) or self.refining is not None)


class Reconstructor(QObject):
    """What the panel shows and does.

    Args:
        studio: Whose captures are reconstructed.
    """

    changed = Signal()
    """What is asked changed, or a reconstruction began, went on or ended."""

    _heard = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._views = DEFAULT_VIEWS
        self._steps = DEFAULT_STEPS
        self._choosing = False
        self._chosen: dict[str, tuple[str, ...]] = {}
        self._process: ReconstructionProcess | None = None
        self._run: Reconstructing | None = None
        self._heard.connect(self._on_heard, Qt.ConnectionType.QueuedConnection)

    # With what

    @property
    def network(self) -> Path | None:
        """The network's file: the one that was chosen, else the one that ships; None for none."""
        chosen = self._studio.settings.text(_NETWORK)
        if chosen and Path(chosen).is_file():
            return Path(chosen)
        try:
            return shipped_network()
        except MienError:
            return None

    def set_network(self, path: Path | None) -> None:
        """Reconstruct with another network, from now on and after a restart; None for the shipped
        one."""
        if path is None:
            self._studio.settings.remove(_NETWORK)
        else:
            self._studio.settings.set(_NETWORK, str(path))
        process = self._taken()
        if process is not None:
            # One that is still loading takes a while to hear of it, and nobody is to wait.
            threading.Thread(target=process.close, name="ending", daemon=True).start()
        self.warm()
        self.changed.emit()

    def warm(self) -> None:
        """Load the network, so that the first head takes no longer than the second."""
        network = self.network
        if network is None or self.capture is None:
            return
        if self._process is not None and self._process.alive:
            return
        self._process = ReconstructionProcess(network, self._heard.emit)

    # What is asked

    @property
    def capture(self) -> Asset | None:
        """Who would be reconstructed; None while no capture is open."""
        return reviewed_capture(self._studio.session)

    @property
    def opened(self) -> Capture | None:
        """Their capture, open."""
        asset = self.capture
        return None if asset is None else self._studio.session.library.capture(asset.id)

    @property
    def views(self) -> int:
        """How many cameras' pictures go in, where it may choose."""
        return self._views

    @property
    def most_views(self) -> int:
        """As many as there are, within reason."""
        opened = self.opened
        return MOST_VIEWS if opened is None else max(min(len(opened.cameras), MOST_VIEWS), 1)

    def set_views(self, views: int) -> None:
        """Let so many cameras' pictures go in."""
        views = min(max(views, 1), MOST_VIEWS)
        if views != self._views:
            self._views = views
            self.changed.emit()

    @property
    def steps(self) -> int:
        """Steps of a refinement."""
        return self._steps

    def set_steps(self, steps: int) -> None:
        """Refine longer or shorter."""
        if steps != self._steps:
            self._steps = max(steps, 1)
            self.changed.emit()

    @property
    def choosing(self) -> bool:
        """Whether the user chooses the cameras; a click on the rig takes one in or out."""
        return self._choosing and self.capture is not None

    def set_choosing(self, choosing: bool) -> None:
        """Let the user choose, beginning with what went in last, or let it choose."""
        if choosing == self._choosing:
            return
        self._choosing = choosing
        asset, run = self.capture, self._run
        if choosing and asset is not None and asset.id not in self._chosen:
            account = None if run is None or run.order.capture.id != asset.id else run.account
            self._chosen[asset.id] = () if account is None else account.views
        if choosing:
            self._studio.update_view(show_cameras=True, standing=False)
        self.changed.emit()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The cameras that the user chose, in the rig's order."""
        asset = self.capture
        return self._chosen.get(asset.id, ()) if asset is not None else ()

    def set_chosen(self, cameras: Sequence[str]) -> None:
        """Choose cameras; of more than can go in, the first."""
        asset, opened = self.capture, self.opened
        if asset is None or opened is None:
            return
        wanted = set(cameras)
        held = tuple(each.name for each in opened.cameras if each.name in wanted)[:MOST_VIEWS]
        if held != self.chosen:
            self._chosen[asset.id] = held
            self.changed.emit()

    def toggle(self, camera: str) -> None:
        """Take a camera in, or out."""
        held = self.chosen
        self.set_chosen([c for c in held if c != camera] if camera in held else [*held, camera])

    @property
    def inputs(self) -> tuple[str, ...]:
        """The cameras to point out on the rig: those chosen, else those whose pictures went in."""
        if self.choosing:
            return self.chosen
        run, asset = self._run, self.capture
        if run is None or run.account is None or asset is None or run.order.capture.id != asset.id:
            return ()
        return run.account.views

    # Work

    @property
    def run(self) -> Reconstructing | None:
        """The reconstruction under way, or the last one."""
        return self._run

    @property
    def busy(self) -> bool:
        """Whether one is under way."""
        return self._run is not None and self._run.busy

    @property
    def can_reconstruct(self) -> bool:
        """Whether one can be begun."""
        ready = self.capture is not None and self.network is not None and not self.busy
        return ready and (not self.choosing or bool(self.chosen))

    @property
    def can_refine(self) -> bool:
        """Whether the last one can be refined."""
        run, process = self._run, self._process
        there = run is not None and run.account is not None and not run.busy
        return there and process is not None and process.alive

    @property
    def order(self) -> ReconstructOrder | None:
        """What would be asked now, of the frame that is shown; None without a capture."""
        asset, opened = self.capture, self.opened
        if asset is None or opened is None:
            return None
        cameras = self.chosen if self.choosing else ()
        count = len(cameras) or min(self._views, self.most_views)
        folder = writable_folder(asset, user_folder("data"))
        return ReconstructOrder(
            asset,
            free_path(asset, folder, f"{count} view{'s' if count != 1 else ''}"),
            frame_at(opened, self._studio.session.view.state.time),
            count,
            cameras,
        )

    def command(self) -> str:
        """Return the command that does the same without a window; empty where nothing can be."""
        order, network = self.order, self.network
        return "" if order is None or network is None else reconstruct_command(order, network)

    def begin(self) -> None:
        """Reconstruct the capture's person from the frame that is shown."""
        order = self.order
        if order is None or not self.can_reconstruct:
            return
        self.warm()
        assert self._process is not None
        self._run = Reconstructing(order)
        self._process.ask(order)
        self.changed.emit()

    def refine(self) -> None:
        """Optimise the last one to the views that went in."""
        if not self.can_refine or self._run is None or self._process is None:
            return
        before = self._run.before or self._run.measured
        started = Refining(0, self._steps, 0.0)
        self._run = replace(self._run, refining=started, before=before, failed=None)
        self._process.ask(RefineOrder(self._steps))
        self.changed.emit()

    def stop(self) -> None:
        """End a refinement with the best so far."""
        if self._process is not None and self._run is not None and self._run.refining is not None:
            self._process.stop()
            self._run = replace(self._run, stopping=True)
            self.changed.emit()

    def close(self) -> None:
        """End the process: whatever it has made is in a file."""
        process = self._taken()
        if process is not None:
            process.close(timeout_secs=1.0)

    def _taken(self) -> ReconstructionProcess | None:
        """Take the process away; what it was doing is not done any more."""
        process, self._process = self._process, None
        if self._run is not None and self._run.busy:
            self._run = replace(self._run, failed=MienError("it was ended"), refining=None)
        return process

    # What it says

    def _on_heard(self, said: Heard) -> None:
        run = self._run
        if run is None:
            return
        if isinstance(said, Stage):
            self._run = replace(run, stage=said.message)
        elif isinstance(said, Refining):
            self._run = replace(run, refining=said)
        elif isinstance(said, Previewed):
            self._offer(run, said.avatar)
        elif isinstance(said, Reconstructed):
            self._show(run, said)
            done = replace(run, stage="", refining=None, stopping=False, measured=None)
            self._run = replace(done, account=said.account)
        elif isinstance(said, Measured):
            self._run = replace(run, measured=said)
            self._studio.notice("info", told(self._run), str(run.order.out))
        else:
            self._run = replace(run, stage="", refining=None, stopping=False, failed=said)
            self._studio.report(said)
        self.changed.emit()

    def _offer(self, run: Reconstructing, avatar: Avatar) -> None:
        """Put a person where they are seen already; whoever was taken out does not come back."""
        asset = asset_for(run.order.out)
        if any(held.id == asset.id for held in self._studio.session.document.assets):
            self._studio.session.library.offer(asset, avatar)

    def _show(self, run: Reconstructing, said: Reconstructed) -> None:
        """Show a person in A beside the photographs of a camera that did not go in."""
        asset, studio = asset_for(run.order.out), self._studio
        if run.account is not None:
            self._offer(run, said.avatar)
            return
        studio.session.library.offer(asset, said.avatar)
        studio.begin_gesture(f"Reconstruct {asset.name}")
        studio.push(AddAssets((asset,)))
        studio.push(SetLook("A", Look.of(asset.id), label="Show"))
        if studio.session.document.photo("B") is None:
            studio.push(SetPhoto("B", Photo(run.order.capture.id)))
        studio.end_gesture()
        changes: dict[str, object] = {"playing": False}
        view = studio.session.view.state
        if view.compare == "single":
            changes["compare"] = "wipe"
        unused = self._unused(said.account)
        if unused and view.station_camera not in unused:
            changes |= {"station_asset": run.order.capture.id, "station_camera": unused[0]}
        studio.update_view(**changes, standing=True)

    def _unused(self, account: Account) -> list[str]:
        """Return the cameras whose pictures did not go in, those held out first."""
        opened = self.opened
        others = (
            [] if opened is None else [c for c in opened.cameras if c.name not in account.views]
        )
        return [c.name for c in sorted(others, key=lambda held: held.split == "train")]


def told(run: Reconstructing) -> str:
    """Return how a reconstruction ended, in one line."""
    account, measured = run.account, run.measured
    if account is None:
        return ""
    views = f"{len(account.views)} view{'s' if len(account.views) != 1 else ''}"
    text = f"Reconstructed {run.order.out.stem} from {views} in {account.secs:.1f} s"
    if measured is None or measured.psnr is None:
        return text
    cameras = f"{measured.num_pictures} unused camera{'s' if measured.num_pictures != 1 else ''}"
    return f"{text}: {measured.psnr:.2f} dB on {cameras}"
