"""Chrome: everything that floats on the viewport, kept in its places and up to date."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from mien.editing.document import Slot
from mien_studio.bridge.frames import Failure
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.viewport.names import look_name, photo_name
from mien_studio.viewport.overlays import (
    Banner,
    CompareBar,
    DropOverlay,
    EmptyState,
    PixelReadout,
    SlotName,
    TextOverlay,
    Waiting,
)
from mien_studio.viewport.toasts import Toasts

_MARGIN = tokens.SPACE_M


class Chrome(QObject):
    """The cards on a viewport.

    Args:
        studio: What they speak of.
        viewport: What they lie on.
    """

    def __init__(self, studio: Studio, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._studio = studio
        self._viewport = viewport
        self._peeking = False
        self.compare_bar = CompareBar(viewport)
        self.compare_bar.chosen.connect(lambda mode: studio.update_view(compare=mode))
        self.name_a = SlotName("A", viewport)
        self.name_b = SlotName("B", viewport)
        self.readout = PixelReadout(viewport)
        self.banner = Banner(viewport)
        self.waiting = Waiting(viewport)
        self.empty_state = EmptyState(
            viewport,
            [
                ("Open files…", lambda: self._trigger("file.open")),
                ("Open the demo", lambda: self._trigger("file.demo")),
            ],
        )
        self.station = TextOverlay(viewport)
        self.toasts = Toasts(studio, viewport)
        self.drop_overlay = DropOverlay(viewport)
        self.toasts.changed.connect(self.lay_out)
        studio.document_changed.connect(self.refresh)
        studio.asset_changed.connect(self.refresh)
        studio.view_changed.connect(self._on_view)
        studio.frames.failed.connect(self._on_failed)
        studio.frames.drawn.connect(self._on_drawn)
        self._has_picture = False
        self._shown: tuple[object, ...] = ()
        studio.frames.emptied.connect(self._on_emptied)
        self.refresh()

    @property
    def cards(self) -> list[QWidget]:
        """What is seen on the viewport besides the pictures, the lowest first."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        found = self._viewport.findChildren(QWidget, options=direct)
        return [card for card in found if card.isVisible() and not hasattr(card, "show_drawn")]

    def set_peeking(self, peeking: bool) -> None:
        """Show that B is seen alone."""
        self._peeking = peeking
        self.refresh()

    def show_readout(self, text: str) -> None:
        """Show the pixel inspector's line; none hides it."""
        if text or self.readout.isVisible():
            self.readout.show_text(text)
            self._place_readout()

    def refresh(self, _change: object = None) -> None:
        """Bring all cards up to date with document and view."""
        document = self._studio.session.document
        view = self._studio.session.view.state
        room = self._viewport.width() // 2 - 2 * _MARGIN
        alone = view.compare == "single"
        self._shown = self._what_is_shown()
        slots: tuple[tuple[Slot, SlotName], ...] = (("A", self.name_a), ("B", self.name_b))
        for slot, card in slots:
            name = self._name(slot)
            if name:
                card.set_name(name, max_width=room)
            only_b = self._peeking or not document.shows("A")
            seen = (slot == "B") == only_b if alone else True
            card.setVisible(bool(name) and seen)
        self.compare_bar.show_mode(view.compare, has_b=document.shows("B"))
        self.compare_bar.setVisible(document.shows("A") or document.shows("B"))
        self._show_station()
        loading = [a for a in document.assets if self._studio.session.library.task(a.id)]
        nobody = not document.looks and not document.photos and not loading
        self.empty_state.setVisible(nobody)
        waiting = bool(loading) and not self._has_picture
        self.waiting.show_text(f"Opening {loading[0].name}…" if waiting else "")
        self.lay_out()

    def _name(self, slot: Slot) -> str:
        """Return what a slot shows, in words; empty for nothing."""
        session = self._studio.session
        document = session.document
        photo, look = document.photo(slot), document.look(slot)
        if photo is not None:
            time = session.view.state.time
            return photo_name(session.photo_station(slot), document, photo, time)
        return look_name(document, look) if look is not None else ""

    def _what_is_shown(self) -> tuple[object, ...]:
        view = self._studio.session.view.state
        return (view.compare, view.standing, view.station_camera, self._name("A"), self._name("B"))

    def _show_station(self) -> None:
        station = self._studio.session.station
        if station is None or not self._studio.session.view.state.standing:
            self.station.show_text("")
            return
        names = [held.name for held in station.capture.cameras]
        at, held = names.index(station.camera.name) + 1, station.camera
        self.station.show_text(
            f"Camera {held.name}  ·  {held.split}  ·  {at} of {len(names)}    ↑ ↓ next    C leave"
        )

    def lay_out(self) -> None:
        """Put every card in its place."""
        width, height = self._viewport.width(), self._viewport.height()
        self.compare_bar.adjustSize()
        self.compare_bar.move(max((width - self.compare_bar.width()) // 2, 0), _MARGIN)
        bottom = height - _MARGIN
        self.name_a.move(_MARGIN, bottom - self.name_a.height())
        self.name_b.move(width - self.name_b.width() - _MARGIN, bottom - self.name_b.height())
        top = self.compare_bar.geometry().bottom() + _MARGIN
        self.station.adjustSize()
        self.station.move((width - self.station.width()) // 2, top - _MARGIN // 2)
        if self.station.isVisible():
            top = self.station.geometry().bottom() + _MARGIN
        self.banner.move((width - self.banner.width()) // 2, top)
        for card in (self.empty_state, self.waiting):
            card.adjustSize()
            card.move((width - card.width()) // 2, (height - card.height()) // 2)
        self.toasts.place(width - _MARGIN, bottom - self.name_b.height() - tokens.SPACE_S)
        self._place_readout()
        self.drop_overlay.setGeometry(self._viewport.rect())
        self.drop_overlay.raise_()

    def _place_readout(self) -> None:
        card, area = self.readout, self._viewport
        card.move((area.width() - card.width()) // 2, area.height() - card.height() - _MARGIN)

    def _trigger(self, action_id: str) -> None:
        self._studio.actions.trigger(action_id)

    def _on_view(self, _view: object) -> None:
        # The camera moves a hundred times a second; names and modes do not.
        if self._what_is_shown() != self._shown:
            self.refresh()

    def _on_failed(self, failure: Failure) -> None:
        room = self._viewport.width() - 2 * _MARGIN
        self.banner.show_failure(failure.text, failure.hint, max_width=room)
        self.lay_out()

    def _on_drawn(self, _drawn: object) -> None:
        self.banner.hide()
        if not self._has_picture:
            self._has_picture = True
            self.refresh()

    def _on_emptied(self) -> None:
        self.banner.hide()
        self._has_picture = False
        self.refresh()
