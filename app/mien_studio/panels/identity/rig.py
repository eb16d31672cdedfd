"""Rig: by what expressions move somebody whose network learned that, and how the two compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from mien.avatar.protocol import Avatar, Expressive
from mien.editing.commands import SetLook, SetPhoto
from mien.editing.document import Look
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button
from mien_studio.widgets.segments import Segments

LEARNED, TEMPLATE = "learned", "template"
_LABEL = 104


class RigRow(QWidget):
    """Choose the rig that the network learned or the template's alone; or see both.

    Args:
        studio: Whose document is changed.
        look: Gives the look that is edited.
        edit: Changes it.
    """

    def __init__(
        self,
        studio: Studio,
        look: Callable[[], Look],
        edit: Callable[[Look, str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._studio, self._look, self._edit = studio, look, edit
        label = QLabel("Rig")
        label.setProperty("role", "label")
        label.setFixedWidth(_LABEL)
        self.rigs = Segments(((LEARNED, "Learned"), (TEMPLATE, "Template")))
        self.rigs.setAccessibleName("What expressions move")
        self.rigs.setToolTip(
            "Learned: expressions also move the latent, so that teeth, folds and lids are drawn as "
            "the network saw them. Template: its morph targets alone move what is drawn."
        )
        self.rigs.chosen.connect(self._choose)
        self.both = link_button(
            "both", self.compare, tip="The learned rig in A beside the template's in B"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(label)
        row.addWidget(self.rigs)
        row.addStretch(1)
        row.addWidget(self.both)

    def show_avatar(self, avatar: Avatar | None) -> None:
        """Show by which of its rigs an avatar is moved, where it has two."""
        two = isinstance(avatar, Expressive) and avatar.has_learned_rig
        self.setVisible(two)
        self.rigs.set_current(LEARNED if self._look().learned else TEMPLATE)

    def compare(self) -> None:
        """Show A by the learned rig, B as the same person by the template's, side by side."""
        look = self._studio.session.document.look("A")
        if look is None:
            return
        self._studio.begin_gesture("Compare rigs")
        self._studio.push(SetLook("A", replace(look, learned=True)))
        self._studio.push(SetLook("B", replace(look, learned=False)))
        self._studio.push(SetPhoto("B", None))
        self._studio.end_gesture()
        if self._studio.session.view.state.compare == "single":
            self._studio.update_view(compare="side")

    def _choose(self, rig: str) -> None:
        learned = rig == LEARNED
        if learned != self._look().learned:
            self._edit(replace(self._look(), learned=learned), f"{rig.capitalize()} rig")
