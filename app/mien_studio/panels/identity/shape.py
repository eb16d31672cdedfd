"""Shape: sliders over the identities that an avatar can take."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from mien.avatar.kinds.mien_file import SUFFIX
from mien.avatar.protocol import LatentSpace, Mixable
from mien.editing.commands import AddAssets
from mien.resources import user_folder
from mien.session.fitting import free_file
from mien.session.people import keep_person
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.sitter import Sitter
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button
from mien_studio.widgets.lockable_slider import LockableSlider
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.section import Section

FIRST = 12
"""How many are shown before anybody asks for more: the strongest."""
_AT_ONCE = 24
"""Rows made in one turn of the event loop: hundreds at once would hold up the window."""
DEVIATIONS = NumberKind(lower=-3.0, upper=3.0, signed=True)


class ShapeSection(Section):
    """Sliders for the dimensions of an avatar's latent space, in standard deviations.

    They set the identity of the look; an avatar that takes none hides them.
    """

    def __init__(self, studio: Studio, sitter: Sitter, parent: QWidget | None = None) -> None:
        super().__init__("Shape", parent=parent)
        self._studio = studio
        self._sitter = sitter
        self._space: LatentSpace | None = None
        self._names: tuple[str, ...] = ()
        self._wanted = FIRST
        self.rows: list[LockableSlider] = []
        self.keep = icon_button("save", "Keep this person as an avatar", self.keep_shown)
        self.add_action(self.keep)
        self.add_action(icon_button("reset", "The person as they are", self.reset))
        self.more = link_button("", self.toggle_more)
        self.content.setSpacing(tokens.SPACE_XS)
        self.add(self.more)

    # What is shown

    def show_sitter(self) -> None:
        """Show where among the identities of an avatar the look has them."""
        avatar = self._sitter.avatar
        self._space = None if avatar is None else avatar.latent_space
        names = () if self._space is None else self._space.names
        if names != self._names:
            self._names, self._wanted = names, FIRST
            self._drop_rows(0)
        self.setVisible(bool(names))
        self.keep.setVisible(isinstance(avatar, Mixable))
        self._make_rows()
        self._show_values()

    def locked(self) -> dict[int, float]:
        """Return the coefficients that chance leaves as they are, by index."""
        held = self._sitter.coefficients
        return {index: float(held[index]) for index, row in enumerate(self.rows) if row.locked}

    def _make_rows(self) -> None:
        wanted = min(self._wanted, len(self._names))
        for index in range(len(self.rows), min(wanted, len(self.rows) + _AT_ONCE)):
            name = self._names[index].capitalize()
            row = LockableSlider(name, DEVIATIONS, f"Lock {name}: chance leaves it")
            row.slider.setToolTip("In standard deviations from the average")
            row.slider.started.connect(lambda name=name: self._studio.begin_gesture(name))
            row.slider.finished.connect(self._studio.end_gesture)
            row.slider.changed.connect(lambda value, k=index: self._set(k, value))
            self.content.insertWidget(self.content.count() - 1, row)
            self.rows.append(row)
        if len(self.rows) < wanted:
            QTimer.singleShot(0, self, self._go_on)
        hidden = len(self._names) - FIRST
        self.more.setVisible(hidden > 0)
        self.more.setText("fewer" if self._wanted > FIRST else f"{hidden} more")

    def _go_on(self) -> None:
        self._make_rows()
        self._show_values()

    def _drop_rows(self, kept: int) -> None:
        for row in self.rows[kept:]:
            self.content.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        del self.rows[kept:]

    def _show_values(self) -> None:
        if self._space is None:
            return
        values = self._sitter.coefficients / self._space.standard_deviations
        for row, value in zip(self.rows, values, strict=False):
            row.slider.set_number(float(value))

    # Changing it

    def toggle_more(self) -> None:
        """Show all dimensions, or the strongest only."""
        self._wanted = FIRST if self._wanted > FIRST else len(self._names)
        self._drop_rows(FIRST)
        self._make_rows()
        self._show_values()

    def keep_shown(self) -> None:
        """Write the one who is shown to a file of their own, and have them in the library."""
        avatar, identity = self._sitter.avatar, self._sitter.identity
        if avatar is None:
            return
        path = free_file(user_folder("data"), f"{avatar.name} kept", SUFFIX)
        self._studio.run(
            f"Keeping {path.stem}",
            lambda _task: keep_person(avatar, identity, path),
            done=lambda asset: self._studio.push(AddAssets((asset,), label="Keep the person")),
        )

    def reset(self) -> None:
        """Return to the shape that the avatar has by itself."""
        self._sitter.go_home("The person as they are")

    def _set(self, index: int, deviations: float) -> None:
        assert self._space is not None
        values = self._sitter.coefficients
        values[index] = deviations * self._space.standard_deviations[index]
        self._sitter.move(values, self._names[index].capitalize())
