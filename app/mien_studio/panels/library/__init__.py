"""Library: the avatars, presets and sources of the session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QPoint, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QVBoxLayout, QWidget

from mien.editing.commands import (
    DeletePreset,
    RelinkAsset,
    RemoveAsset,
    RenameAsset,
    SetDrive,
    SetLook,
)
from mien.editing.document import Asset, Look, Slot
from mien.session.library import asset_path
from mien.session.request import Blend
from mien_studio.bridge.studio import Studio
from mien_studio.panels.library.captures import CaptureRows
from mien_studio.panels.registry import Area, panel
from mien_studio.theme.icons import icon
from mien_studio.widgets.buttons import icon_button, push_button
from mien_studio.widgets.cards import Card, CardGrid
from mien_studio.widgets.empty_state import EmptyState
from mien_studio.widgets.liveness import while_alive
from mien_studio.widgets.rows import Row, RowList
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section

THUMBNAIL = 128


@panel
class LibraryPanel(QWidget):
    """Everything the session knows, to show, compare, blend or be driven by."""

    name: ClassVar[str] = "library"
    title: ClassVar[str] = "Library"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 0

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.cards = CardGrid()
        self.cards.setAccessibleName("Avatars")
        self.presets = RowList()
        self.presets.setAccessibleName("Presets")
        self.captures = CaptureRows(studio, self._add_repairs, self._add_common)
        self.sources = RowList()
        self.sources.setAccessibleName("Videos and tracks")
        self._empty = EmptyState(
            "avatar",
            "No avatars yet",
            "Drop files anywhere on the window: avatars, splats, captures, videos, tracks.",
            button=push_button("Open files…", self.open_files, primary=True),
        )
        self._avatars = Section("Avatars")
        self._avatars.add_action(icon_button("plus", "Open files", self.open_files))
        self._avatars.add(self.cards)
        self._avatars.add(self._empty)
        self._captures = Section("Captures")
        self._captures.add(self.captures)
        self._presets = Section("Presets")
        self._presets.add(self.presets)
        self._sources = Section("Videos and tracks")
        self._sources.add(self.sources)
        column = ScrollColumn()
        for section in (self._avatars, self._captures, self._presets, self._sources):
            column.add(section)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self.cards.activated.connect(self._show)
        self.cards.menu_wanted.connect(self._avatar_menu)
        self.cards.removed.connect(self._remove)
        self.presets.activated.connect(self._show_preset)
        self.presets.removed.connect(lambda name: studio.push(DeletePreset(name)))
        self.captures.removed.connect(self._remove)
        self.sources.activated.connect(lambda asset_id, _shift: self._drive_by(asset_id))
        self.sources.menu_wanted.connect(self._source_menu)
        self.sources.removed.connect(self._remove)
        studio.document_changed.connect(self._refresh)
        studio.asset_changed.connect(self._refresh)
        self._refresh()

    # What is shown

    def _refresh(self, _what: object = None) -> None:
        document = self._studio.session.document
        avatars = document.assets_of("avatar")
        self.cards.set_cards([self._card(asset) for asset in avatars])
        self.cards.setVisible(bool(avatars))
        self._empty.setVisible(not avatars)
        look = document.look("A")
        self.presets.set_rows(
            [
                Row(p.name, p.name, icon="preset", chosen=p.look == look, tip=self._names(p.look))
                for p in document.presets
            ]
        )
        self._presets.setVisible(bool(document.presets))
        self._captures.setVisible(self.captures.refresh() > 0)
        sources = document.assets_of("video", "track")
        self.sources.set_rows([self._source_row(asset) for asset in sources])
        self._sources.setVisible(bool(sources))
        for asset in avatars:
            avatar = self._studio.session.library.avatar(asset.id)
            if avatar is not None and not self.cards.has_pixmap(asset.id):
                deliver = while_alive(
                    self.cards,
                    lambda pixmap, key=asset.id: self.cards.set_pixmap(key, pixmap),
                )
                key = ("asset", asset.id)
                self._studio.thumbnails.request(key, Blend.of(avatar), THUMBNAIL, deliver)

    def _card(self, asset: Asset) -> Card:
        library, document = self._studio.session.library, self._studio.session.document
        shown = {slot: document.look(slot) for slot in ("A", "B")}
        badges = "".join(s for s, look in shown.items() if look and asset.id in look.asset_ids)
        error, avatar = library.error(asset.id), library.avatar(asset.id)
        if error is not None:
            return Card(
                asset.id, asset.name, "failed", badges, f"{error}\nClick to retry or locate."
            )
        if avatar is None:
            return Card(asset.id, asset.name, "loading", badges, f"Opening {asset.path}")
        tip = f"{asset.name}: {avatar.kind}, {avatar.num_gaussians:,} Gaussians\n{asset.path}"
        tip += "\nClick shows it in A, Shift+click in B."
        return Card(asset.id, asset.name, "ready", badges, tip)

    def _source_row(self, asset: Asset) -> Row:
        session = self._studio.session
        error, track = session.library.error(asset.id), session.library.track(asset.id)
        task = session.library.task(asset.id)
        detail, fraction, tip = "", None, asset.path
        if error is not None:
            detail, tip = "failed", f"{error}\nClick to retry or locate."
        elif track is not None:
            detail = f"{int(track.seen.sum())}/{track.num_frames}"
            tip = f"{asset.path}\n{track.num_frames} frames, {track.duration:.1f} s"
        elif task is not None:
            fraction = task.fraction or 0.0
            detail = f"{fraction:.0%}"
        return Row(
            asset.id,
            asset.name,
            detail,
            asset.kind,
            chosen=session.document.drive.source == asset.id,
            warning=error is not None,
            fraction=fraction,
            tip=tip,
        )

    def _names(self, look: Look) -> str:
        document = self._studio.session.document
        return ", ".join(f"{w:.0%} {document.asset(i).name}" for i, w in look.weights.items())

    # What can be done

    def open_files(self) -> None:
        """Let the user choose files and put them into the library."""
        paths, _chosen = QFileDialog.getOpenFileNames(
            self, "Open avatars, captures, videos or tracks"
        )
        if paths:
            self._studio.session.add_files(paths)

    def _show(self, asset_id: str, in_b: bool) -> None:
        if self._studio.session.library.error(asset_id) is not None:
            place = self.cards.mapToGlobal(QPoint(self.cards.width() // 2, 24))
            self._avatar_menu(asset_id, place)
            return
        self._show_look(Look.of(asset_id), "B" if in_b else "A")

    def _show_preset(self, name: str, in_b: bool) -> None:
        presets = self._studio.session.document.presets
        look = next(preset.look for preset in presets if preset.name == name)
        self._show_look(look, "B" if in_b else "A")

    def _show_look(self, look: Look, slot: Slot) -> None:
        self._studio.push(SetLook(slot, look, label=f"Show in {slot}"))
        if slot == "B" and self._studio.session.view.state.compare == "single":
            self._studio.update_view(compare="wipe")

    def _drive_by(self, asset_id: str) -> None:
        if self._studio.session.library.error(asset_id) is not None:
            place = self.sources.mapToGlobal(QPoint(self.sources.width() // 2, 0))
            self._source_menu(asset_id, place)
            return
        drive = self._studio.session.document.drive
        # A second click on what drives lets go of it.
        source = None if drive.source == asset_id else asset_id
        self._studio.push(SetDrive(replace(drive, source=source), label="Driving source"))

    def _remove(self, asset_id: str) -> None:
        self._studio.push(RemoveAsset(asset_id))

    def add_to_blend(self, asset_id: str) -> None:
        """Give an avatar an equal share in what A shows."""
        look = self._studio.session.document.look("A")
        if look is None:
            self._show_look(Look.of(asset_id), "A")
            return
        taking_part = sum(weight > 0 for weight in look.weights.values())
        share = 1 / (taking_part + 1)
        self._studio.push(SetLook("A", look.with_weight(asset_id, share), label="Add to blend"))

    def _can_blend(self, asset_id: str) -> bool:
        session = self._studio.session
        avatar, shown = session.library.avatar(asset_id), session.avatar("A")
        if avatar is None or shown is None or avatar is shown:
            return False
        return avatar.template is not None and avatar.template == shown.template

    # Menus

    def avatar_menu(self, asset_id: str) -> QMenu:
        """Return the menu of an avatar."""
        asset = self._studio.session.document.asset(asset_id)
        menu = QMenu(self)
        failed = self._studio.session.library.error(asset_id) is not None
        if failed:
            self._add_repairs(menu, asset)
        else:
            look = Look.of(asset_id)
            menu.addAction("Show in A", lambda: self._show_look(look, "A"))
            menu.addAction("Show in B", lambda: self._show_look(look, "B"))
            blending = menu.addAction("Add to blend", lambda: self.add_to_blend(asset_id))
            blending.setEnabled(self._can_blend(asset_id))
        menu.addSeparator()
        self._add_common(menu, asset)
        return menu

    def source_menu(self, asset_id: str) -> QMenu:
        """Return the menu of a video or track."""
        asset = self._studio.session.document.asset(asset_id)
        menu = QMenu(self)
        if self._studio.session.library.error(asset_id) is not None:
            self._add_repairs(menu, asset)
        else:
            drives = self._studio.session.document.drive.source == asset_id
            text = "Stop driving" if drives else "Drive the avatar"
            menu.addAction(text, lambda: self._drive_by(asset_id))
        menu.addSeparator()
        self._add_common(menu, asset)
        return menu

    def _add_repairs(self, menu: QMenu, asset: Asset) -> None:
        menu.addAction(icon("reset"), "Retry", lambda: self.retry(asset.id))
        menu.addAction(icon("search"), "Locate…", lambda: self._locate(asset))

    def _add_common(self, menu: QMenu, asset: Asset) -> None:
        menu.addAction("Rename…", lambda: self._rename(asset))
        reveal = menu.addAction(icon("folder"), "Show in folder", lambda: _reveal(asset))
        reveal.setEnabled(asset_path_exists(asset))
        menu.addAction(icon("trash"), "Remove from library", lambda: self._remove(asset.id))

    def _avatar_menu(self, asset_id: str, place: QPoint) -> None:
        self.avatar_menu(asset_id).popup(place)

    def _source_menu(self, asset_id: str, place: QPoint) -> None:
        self.source_menu(asset_id).popup(place)

    def retry(self, asset_id: str) -> None:
        """Load an asset again that failed."""
        session = self._studio.session
        session.library.forget(asset_id)
        session.library.sync(session.document)
        self._refresh()

    def _locate(self, asset: Asset) -> None:
        folder = str(Path(asset.path).parent)
        path, _chosen = QFileDialog.getOpenFileName(self, f"Where is {asset.name}?", folder)
        if path:
            self._studio.push(RelinkAsset(asset.id, path))

    def _rename(self, asset: Asset) -> None:
        text, accepted = QInputDialog.getText(self, "Rename", "Name", text=asset.name)
        if accepted and text.strip():
            self._studio.push(RenameAsset(asset.id, text.strip()))


def asset_path_exists(asset: Asset) -> bool:
    """Return whether an asset's file is where it is said to be."""
    try:
        return asset_path(asset).exists()
    except FileNotFoundError:
        return False


def _reveal(asset: Asset) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(asset_path(asset).parent)))
