"""Opening a latent space: somebody who was reconstructed may then become anybody."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mien.avatar.protocol import Avatar
from mien.editing.document import Asset
from mien.session.people import keeps_latent, with_latent_space
from mien.workers import Task
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import push_button


class OpeningRow(QWidget):
    """Offer what a reconstructed person still lacks: the network that knows who is near.

    It is asked for and not done by itself: it loads a network into the studio.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._avatar: Avatar | None = None
        self._task: Task | None = None
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("role", "note")
        self.button = push_button("Open the latent space", self.open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_S)
        column.addWidget(self.told)
        column.addWidget(self.button)

    def show_avatar(self, avatar: Avatar | None) -> None:
        """Offer it for an avatar that keeps a latent."""
        self._avatar = avatar
        network = self._studio.reconstructor.network
        self.setVisible(keeps_latent(avatar) and network is not None)
        if avatar is not None:
            self.told.setText(f"A network made {avatar.name}: with it they have sliders, too.")
        asset = self._asset()
        coming = asset is not None and self._studio.session.library.coming(asset.id)
        busy = coming or (self._task is not None and not self._task.finished)
        self.button.setText("Opening…" if busy else "Open the latent space")
        self.button.setEnabled(not busy)

    def open(self) -> None:
        """Load the network and let the avatar keep it."""
        avatar, network = self._avatar, self._studio.reconstructor.network
        session, asset = self._studio.session, self._asset()
        if avatar is None or network is None or asset is None:
            return

        def failed(error: Exception) -> None:
            self._studio.report(error)
            self.show_avatar(self._avatar)

        self._task = self._studio.run(
            "Opening the latent space",
            lambda _task: with_latent_space(avatar, network),
            done=lambda made: session.library.offer(asset, made),
            failed=failed,
        )
        self.show_avatar(avatar)

    def _asset(self) -> Asset | None:
        """Return the asset that the avatar shown is of."""
        session = self._studio.session
        held = session.document.assets
        return next((a for a in held if session.library.avatar(a.id) is self._avatar), None)
