"""Nearest: who of those the network learnt from is most like the one shown."""

from __future__ import annotations

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from mien.avatar.protocol import Avatar
from mien.models.headsup.library import IdentityLibrary
from mien.session.people import known_person, library_of
from mien.session.request import Blend
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.sitter import Sitter
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button
from mien_studio.widgets.liveness import while_alive

_SIDE = 56


class NearestRow(QWidget):
    """Who the network learnt from is nearest to the one shown: copying would be seen here."""

    def __init__(self, studio: Studio, sitter: Sitter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._sitter = sitter
        self._shown = ""
        self.nearest: tuple[str, float] | None = None
        self.picture = QLabel()
        self.picture.setFixedSize(_SIDE, _SIDE)
        self.text = QLabel(wordWrap=True)
        self.text.setProperty("role", "note")
        self.snap = icon_button("snap", "Become the nearest person", self.snap_to_it)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self.picture)
        row.addWidget(self.text, 1)
        row.addWidget(self.snap)

    def show_sitter(self) -> None:
        """Show who is nearest to the one who sits."""
        avatar = self._sitter.avatar
        library = library_of(avatar)
        self.setVisible(library is not None and bool(library.known_names))
        if avatar is None or library is None or not library.known_names:
            self.nearest = None
            return
        self.nearest = library.nearest(self._sitter.coefficients)[0]
        name, apart = self.nearest
        self.text.setText(
            f"Nearest of {len(library.known_names)} the network learnt from: {name},"
            f" {apart:.2f} of what lies between two people"
        )
        if name != self._shown:
            self._shown = name
            self._ask_picture(avatar, library, name)

    def snap_to_it(self) -> None:
        """Become that person, as the latent space knows them."""
        library = library_of(self._sitter.avatar)
        if library is None or self.nearest is None:
            return
        name = self.nearest[0]
        self._sitter.move(library.known[library.known_names.index(name)], f"Snap to {name}")

    def _ask_picture(self, avatar: Avatar, library: IdentityLibrary, name: str) -> None:
        self.picture.clear()
        deliver = while_alive(self, lambda pixmap, name=name: self._take(name, pixmap))
        person = known_person(avatar, library, name)
        key = ("known", library.model, name)
        self._studio.thumbnails.request(key, Blend.of(person), _SIDE, deliver)

    def _take(self, name: str, pixmap: QPixmap) -> None:
        if name == self._shown:
            self.picture.setPixmap(pixmap)
