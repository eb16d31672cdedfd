"""The captures in the library: to see their photographs, their cameras, and be driven by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from mien.editing.commands import SetDrive, SetPhoto
from mien.editing.document import Asset, Photo, Slot
from mien_studio.bridge.studio import Studio
from mien_studio.widgets.rows import Row, RowList


class CaptureRows(RowList):
    """One row a capture; a click shows its photographs in B.

    Args:
        studio: Whose captures.
        add_repairs: Adds to a menu what can be done about an asset that failed.
        add_common: Adds to a menu what can be done with any asset.
    """

    def __init__(
        self,
        studio: Studio,
        add_repairs: Callable[[QMenu, Asset], object],
        add_common: Callable[[QMenu, Asset], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._studio = studio
        self._add_repairs = add_repairs
        self._add_common = add_common
        self.setAccessibleName("Captures")
        self.activated.connect(self._on_activated)
        self.menu_wanted.connect(lambda asset_id, place: self.menu(asset_id).popup(place))

    def refresh(self) -> int:
        """Bring the rows up to date; return how many there are."""
        captures = self._studio.session.document.assets_of("capture")
        self.set_rows([self._row(asset) for asset in captures])
        return len(captures)

    def menu(self, asset_id: str) -> QMenu:
        """Return the menu of a capture."""
        session = self._studio.session
        asset = session.document.asset(asset_id)
        menu = QMenu(self)
        if session.library.error(asset_id) is not None:
            self._add_repairs(menu, asset)
        else:
            menu.addAction("Photographs in B", partial(self.show_photographs, asset_id, "B"))
            menu.addAction("Photographs in A", partial(self.show_photographs, asset_id, "A"))
            driving = menu.addAction("Drive the avatar", partial(self._drive_by, asset_id))
            driving.setEnabled(session.library.track(asset_id) is not None)
            for action_id in ("capture.stand", "capture.frame", "capture.fit", "review.evaluate"):
                self._offer(menu, asset_id, action_id)
        menu.addSeparator()
        self._add_common(menu, asset)
        return menu

    def show_photographs(self, asset_id: str, slot: Slot) -> None:
        """Show the photographs of a capture in a slot, and its cameras around the head."""
        studio = self._studio
        studio.push(SetPhoto(slot, Photo(asset_id)))
        studio.update_view(station_asset=asset_id)
        if slot == "B" and studio.session.view.state.compare == "single":
            studio.update_view(compare="wipe", standing=True)

    def _offer(self, menu: QMenu, asset_id: str, action_id: str) -> None:
        if action_id not in self._studio.actions:
            return
        action = self._studio.actions.get(action_id)

        def run() -> None:
            self._studio.update_view(station_asset=asset_id)
            self._studio.actions.trigger(action_id)

        menu.addAction(action.title, run)

    def _on_activated(self, asset_id: str, shift: bool) -> None:
        if self._studio.session.library.error(asset_id) is not None:
            self.menu(asset_id).popup(self.mapToGlobal(QPoint(self.width() // 2, 0)))
            return
        self.show_photographs(asset_id, "A" if shift else "B")

    def _drive_by(self, asset_id: str) -> None:
        drive = self._studio.session.document.drive
        self._studio.push(SetDrive(replace(drive, source=asset_id), label="Driving source"))

    def _row(self, asset: Asset) -> Row:
        session = self._studio.session
        error, capture = session.library.error(asset.id), session.library.capture(asset.id)
        shown = any(photo.asset == asset.id for photo in session.document.photos.values())
        detail, tip = "opening…", asset.path
        if error is not None:
            detail, tip = "failed", f"{error}\nClick to retry or locate."
        elif capture is not None:
            cameras, frames = len(capture.cameras), len(capture.times)
            detail = f"{cameras} cam" + (f" × {frames}" if frames > 1 else "")
            tip = f"{capture.name}: {cameras} cameras, {frames} frames\n{asset.path}"
            tip += "\nClick shows its photographs in B, Shift+click in A."
        return Row(
            asset.id, asset.name, detail, "camera", chosen=shown, warning=error is not None, tip=tip
        )
