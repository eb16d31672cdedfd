"""Shape: sliders over the identities that an avatar can take."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QInputDialog, QWidget

from mien.avatar.kinds.mien_file import SUFFIX
from mien.avatar.protocol import Avatar, LatentSpace, Mixable
from mien.editing.commands import AddAssets, SetState
from mien.resources import user_folder
from mien.session.fitting import free_file
from mien.session.people import (
    coefficients_in,
    keep_person,
    library_of,
    own_coefficients,
    state_with,
)
from mien.workers import Task
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.people import NearestRow
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button
from mien_studio.widgets.lockable_slider import LockableSlider
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.section import Section
from mien_studio.widgets.segments import Segments
from mien_studio.widgets.slider_row import SliderRow

FIRST = 12
"""How many are shown before anybody asks for more: the strongest."""
_AT_ONCE = 24
"""Rows made in one turn of the event loop: hundreds at once would hold up the window."""
_MOST_SEED = 999_999
DEVIATIONS = NumberKind(lower=-3.0, upper=3.0, signed=True)
TRUNCATION = NumberKind(lower=0.0, upper=1.5, default=0.7)


class ShapeSection(Section):
    """Sliders for the dimensions of an avatar's latent space, in standard deviations.

    It sets the identity of the document's state; an avatar that takes none hides it.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__("Shape", parent=parent)
        self._studio = studio
        self._avatar: Avatar | None = None
        self._space: LatentSpace | None = None
        self._names: tuple[str, ...] = ()
        self._wanted = FIRST
        self._seed = 0
        self.rows: list[LockableSlider] = []
        self.seed = link_button("", self._ask_seed, tip="Seed of the next random shape")
        self.add_action(self.seed)
        self.keep = icon_button("save", "Keep this person as an avatar", self.keep_shown)
        self.add_action(self.keep)
        self.add_action(icon_button("random", "Draw a random shape", self.randomise))
        self.add_action(icon_button("reset", "The person as they are", self.reset))
        self.truncation = SliderRow("Variety", TRUNCATION)
        self.truncation.set_label_width(104)
        self.truncation.setToolTip("How far random shapes stray from the average")
        self.truncation.set_number(TRUNCATION.default)
        self.prior = Segments((("gaussian", "Gaussian"), ("flow", "Flow")))
        self.prior.setAccessibleName("What random people are drawn from")
        self.prior.setToolTip(
            "What random people are drawn from: the Gaussian that people's coefficients have, or "
            "the flow that learned more than that"
        )
        self.prior.chosen.connect(self.prior.set_current)
        self.nearest = NearestRow(studio)
        self.more = link_button("", self.toggle_more)
        self.content.setSpacing(tokens.SPACE_XS)
        self.add(self.nearest)
        self.add(self.prior)
        self.add(self.truncation)
        self.add(self.more)
        self._show_seed(0)

    # What is shown

    def show_avatar(self, avatar: Avatar | None) -> None:
        """Show the identities of an avatar and where among them the document's state is."""
        self._avatar = avatar
        self._space = None if avatar is None else avatar.latent_space
        names = () if self._space is None else self._space.names
        if names != self._names:
            self._names, self._wanted = names, FIRST
            self._drop_rows(0)
        self.setVisible(bool(names))
        self.keep.setVisible(isinstance(avatar, Mixable))
        library = library_of(avatar)
        self.prior.setVisible(library is not None and library.prior is not None)
        self.nearest.show_avatar(avatar)
        self._make_rows()
        self._show_values()

    @property
    def coefficients(self) -> NDArray[np.float32]:
        """The identity of the document's state in the shown space [D]."""
        if self._avatar is None:
            return np.zeros(0, np.float32)
        return coefficients_in(self._avatar, self._studio.session.document.state)

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
        values = self.coefficients / self._space.standard_deviations
        for row, value in zip(self.rows, values, strict=False):
            row.slider.set_number(float(value))

    # Changing it

    def toggle_more(self) -> None:
        """Show all dimensions, or the strongest only."""
        self._wanted = FIRST if self._wanted > FIRST else len(self._names)
        self._drop_rows(FIRST)
        self._make_rows()
        self._show_values()

    def randomise(self) -> None:
        """Draw a shape, leaving what is locked as it is; the seed counts on."""
        if self._space is None:
            return
        seed = self._seed
        self._show_seed(seed + 1)
        library = library_of(self._avatar)
        prior = None if library is None else library.prior
        if prior is not None and self.prior.current == "flow":
            truncation = self.truncation.number

            def job(_task: Task) -> NDArray[np.float32]:
                rng = np.random.default_rng(seed)
                return prior.people(rng, 1, truncation=truncation)[0]

            self._studio.run("Drawing a person", job, done=self._take_drawn)
            return
        deviations = drawn(
            self.coefficients / self._space.standard_deviations,
            seed=seed,
            truncation=self.truncation.number,
            locked=self._locked,
        )
        self._push(deviations * self._space.standard_deviations, "Random shape")

    @property
    def _locked(self) -> list[int]:
        return [index for index, row in enumerate(self.rows) if row.locked]

    def _take_drawn(self, values: NDArray[np.float32]) -> None:
        held = self.coefficients
        if len(held) != len(values):
            # Somebody of another space is shown by now.
            return
        kept = self._locked
        values[kept] = held[kept]
        self._push(values, "Random person")

    def keep_shown(self) -> None:
        """Write the one who is shown to a file of their own, and have them in the library."""
        avatar, state = self._avatar, self._studio.session.document.state
        if avatar is None:
            return
        path = free_file(user_folder("data"), f"{avatar.name} kept", SUFFIX)
        self._studio.run(
            f"Keeping {path.stem}",
            lambda _task: keep_person(avatar, state, path),
            done=lambda asset: self._studio.push(AddAssets((asset,), label="Keep the person")),
        )

    def reset(self) -> None:
        """Return to the shape that the avatar has by itself."""
        if self._avatar is not None:
            self._push(own_coefficients(self._avatar), "The person as they are")

    def _set(self, index: int, deviations: float) -> None:
        assert self._space is not None
        values = self.coefficients
        values[index] = deviations * self._space.standard_deviations[index]
        self._push(values, self._names[index].capitalize())

    def _push(self, values: NDArray[np.float32], label: str) -> None:
        assert self._avatar is not None
        state = self._studio.session.document.state
        self._studio.push(SetState(state_with(self._avatar, state, values), label=label))

    def _show_seed(self, seed: int) -> None:
        self._seed = seed
        self.seed.setText(f"seed {seed}")

    def _ask_seed(self) -> None:
        seed, chosen = QInputDialog.getInt(self, "Random shape", "Seed:", self._seed, 0, _MOST_SEED)
        if chosen:
            self._show_seed(seed)


def drawn(
    deviations: NDArray[np.float32], *, seed: int, truncation: float, locked: Collection[int] = ()
) -> NDArray[np.float32]:
    """Return a random shape in standard deviations [D], with the locked ones as they are.

    Args:
        deviations: The present shape [D].
        seed: The same draws the same shape.
        truncation: A factor on how far shapes stray; nothing strays beyond two of it.
        locked: Which stay.
    """
    found = truncation * np.clip(
        np.random.default_rng(seed).standard_normal(len(deviations)), -2, 2
    )
    kept = list(locked)
    found[kept] = deviations[kept]
    return found.astype(np.float32)
