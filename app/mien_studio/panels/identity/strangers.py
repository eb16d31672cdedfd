"""Strangers: people who never lived, drawn by chance, with what is locked in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QInputDialog, QWidget

from mien.session.people import library_of
from mien.session.strangers import StrangerWish, draw_stranger
from mien.workers import Task
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.nearest import NearestRow
from mien_studio.panels.identity.sitter import Sitter
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button, push_button
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.section import Section
from mien_studio.widgets.segments import Segments
from mien_studio.widgets.slider_row import SliderRow

_MOST_SEED = 999_999
TRUNCATION = NumberKind(lower=0.0, upper=1.5, default=0.7)


class StrangerSection(Section):
    """A new person with every press, and who of those the network learnt from is nearest.

    Args:
        studio: Whose worker draws them.
        sitter: Who becomes them.
        attributes: Gives what they are to have, by name.
        kept: Gives the coefficients that stay, by index.
    """

    def __init__(
        self,
        studio: Studio,
        sitter: Sitter,
        attributes: Callable[[], Mapping[str, float]],
        kept: Callable[[], Mapping[int, float]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Somebody new", parent=parent)
        self._studio, self._sitter = studio, sitter
        self._attributes, self._kept = attributes, kept
        self._seed = 0
        self.seed = link_button("", self._ask_seed, tip="Seed of the next person")
        self.add_action(self.seed)
        self.draw = push_button("Randomise", self.randomise, icon_name="random")
        self.draw.setToolTip("Somebody who never lived; what is locked stays")
        self.prior = Segments((("gaussian", "Gaussian"), ("flow", "Flow")))
        self.prior.setAccessibleName("What strangers are drawn from")
        self.prior.setToolTip(
            "What strangers are drawn from: the Gaussian that people's coefficients have, or the "
            "flow that learned more than that"
        )
        self.truncation = SliderRow("Variety", TRUNCATION)
        self.truncation.set_label_width(104)
        self.truncation.setToolTip("How far strangers stray from the average")
        self.truncation.set_number(TRUNCATION.default)
        self.nearest = NearestRow(studio, sitter)
        self.content.setSpacing(tokens.SPACE_XS)
        for widget in (self.draw, self.prior, self.truncation, self.nearest):
            self.add(widget)
        self.show_seed(0)

    def show_sitter(self) -> None:
        """Show what the one who sits can be drawn from, and who is near."""
        avatar = self._sitter.avatar
        library = library_of(avatar)
        self.setVisible(avatar is not None and avatar.latent_space is not None)
        self.prior.setVisible(library is not None and library.prior is not None)
        self.nearest.show_sitter()

    @property
    def wish(self) -> StrangerWish:
        """What the next one is to be like."""
        flow = self.prior.current == "flow" and not self.prior.isHidden()
        attributes, kept = dict(self._attributes()), dict(self._kept())
        return StrangerWish(self._seed, self.truncation.number, flow, attributes, kept)

    def randomise(self) -> None:
        """Draw somebody with the seed shown, and go on to the next seed."""
        avatar, wish = self._sitter.avatar, self.wish
        if avatar is None or avatar.latent_space is None:
            return
        self.show_seed(self._seed + 1)
        if wish.flow:

            def job(_task: Task) -> NDArray[np.float32]:
                return draw_stranger(avatar, wish)

            self._studio.run("Drawing a person", job, done=self._take)
        else:
            self._take(draw_stranger(avatar, wish))

    def _take(self, values: NDArray[np.float32]) -> None:
        # Somebody of another space may be shown by now.
        if len(self._sitter.coefficients) == len(values):
            self._sitter.move(values, "Random person")

    def show_seed(self, seed: int) -> None:
        """Draw the next one with a seed."""
        self._seed = seed
        self.seed.setText(f"seed {seed}")

    def _ask_seed(self) -> None:
        seed, chosen = QInputDialog.getInt(self, "Somebody new", "Seed:", self._seed, 0, _MOST_SEED)
        if chosen:
            self.show_seed(seed)
