"""People: those of a network's library to look at and to blend."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from mien.avatar.protocol import Avatar
from mien.editing.commands import AddAssets, SetLook
from mien.editing.document import Asset, Look, Slot
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.session.people import library_of, person_asset
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button
from mien_studio.widgets.cards import Card, CardGrid
from mien_studio.widgets.section import Section

FIRST = 8
"""How many are shown before anybody asks for more: the sliders come below."""


class PeopleSection(Section):
    """The people of a library: a click shows one, with Shift in B; a menu adds one to the blend."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__("People", parent=parent)
        self._studio = studio
        self._library: IdentityLibrary | None = None
        self._assets: dict[str, Asset] = {}
        self._all = False
        self.more = link_button("", self.toggle_more)
        self.grid = CardGrid(least=60)
        self.grid.setAccessibleName("People of the library")
        self.grid.activated.connect(
            lambda name, shift: self.show_person(name, "B" if shift else "A")
        )
        self.grid.menu_wanted.connect(self._menu)
        self.content.setSpacing(tokens.SPACE_XS)
        self.add(self.grid)
        self.add(self.more)

    def show_avatar(self, avatar: Avatar | None) -> None:
        """Show the people of an avatar's library."""
        library = library_of(avatar)
        if library is not self._library:
            self._library, self._all = library, False
            people = () if library is None else library.people
            held = {each.name: person_asset(library, each) for each in people if library}
            self._assets = {name: asset for name, asset in held.items() if asset is not None}
        self.setVisible(bool(self._assets))
        self._show_cards()

    def toggle_more(self) -> None:
        """Show everybody, or the first ones only."""
        self._all = not self._all
        self._show_cards()

    def _show_cards(self) -> None:
        people = () if self._library is None else self._library.people
        shown = people if self._all else people[:FIRST]
        self.grid.set_cards([self._card(person) for person in shown])
        for person in shown:
            picture = QPixmap()
            if (
                person.thumbnail
                and not self.grid.has_pixmap(person.name)
                and picture.loadFromData(person.thumbnail)
            ):
                self.grid.set_pixmap(person.name, picture)
        hidden = len(people) - FIRST
        self.more.setVisible(hidden > 0)
        self.more.setText("fewer" if self._all else f"{hidden} more")

    def _card(self, person: Identity) -> Card:
        asset, document = self._assets.get(person.name), self._studio.session.document
        badges = "".join(
            slot
            for slot in ("A", "B")
            if asset is not None
            and (look := document.look(slot)) is not None
            and asset.id in look.asset_ids
        )
        seen = "the network learnt from them" if person.training else "the network never saw them"
        told = [f"{key.replace('_', ' ')}: {value}" for key, value in person.attributes.items()]
        return Card(
            person.name,
            person.name,
            badges=badges,
            tip="\n".join([f"{person.name}: {seen}", *told[:8]]),
            corner="" if person.training else "new",
        )

    def show_person(self, name: str, slot: Slot = "A") -> None:
        """Show somebody in a slot."""
        asset = self._assets.get(name)
        if asset is None:
            return
        self._studio.begin_gesture(f"Show {name}")
        self._studio.push(AddAssets((asset,)))
        self._studio.push(SetLook(slot, Look.of(asset.id), label=f"Show {name}"))
        self._studio.end_gesture()

    def add_to_blend(self, name: str) -> None:
        """Let somebody take part in the blend of A, with an equal share."""
        asset = self._assets.get(name)
        look = self._studio.session.document.look("A")
        if asset is None or look is None:
            return
        share = 1 / (len(look.asset_ids) + (asset.id not in look.asset_ids))
        self._studio.begin_gesture(f"Blend with {name}")
        self._studio.push(AddAssets((asset,)))
        self._studio.push(SetLook("A", look.with_weight(asset.id, share), label="Add to blend"))
        self._studio.end_gesture()

    def _menu(self, name: str, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction("Show in A", lambda: self.show_person(name, "A"))
        menu.addAction("Show in B", lambda: self.show_person(name, "B"))
        menu.addAction("Add to the Blend", lambda: self.add_to_blend(name))
        menu.exec(place)
