"""Presets and keyframes: looks that are kept under a name, or at an instant."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from mien.editing.commands import DeletePreset, SavePreset, SetKeyframes, SetLook
from mien.editing.document import Keyframe, Look, Preset
from mien.session.timeline import look_at
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.blending import keyed
from mien_studio.panels.identity.members import named
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button
from mien_studio.widgets.rows import Row, RowList
from mien_studio.widgets.section import Section

MORPH_SECS = 4.0
"""Length of a morph where nothing else gives the timeline a length."""


class PresetSection(Section):
    """Looks under names: who is blended, their regions, and what sliders made of them.

    `recalled` gives the look that was clicked on.
    """

    recalled = Signal(object, str)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__("Presets", parent=parent)
        self._studio = studio
        self._look: Look | None = None
        self.rows = RowList()
        self.rows.setAccessibleName("Presets")
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name this look, Enter keeps it")
        self.name.setAccessibleName("Name of the preset")
        self.name.returnPressed.connect(self._save)
        self.content.setSpacing(tokens.SPACE_XS)
        self.add(self.rows)
        self.add(self.name)
        self.rows.activated.connect(self._recall)
        self.rows.removed.connect(lambda name: studio.push(DeletePreset(name)))

    def show_look(self, look: Look | None) -> None:
        """Show the presets, and which of them a look is."""
        self._look = look
        self.rows.set_rows(
            [
                Row(held.name, held.name, icon="preset", chosen=held.look == look)
                for held in self._studio.session.document.presets
            ]
        )

    def _save(self) -> None:
        name = self.name.text().strip()
        if name and self._look is not None:
            self._studio.push(SavePreset(Preset(name, self._look)))
            self.name.clear()

    def _recall(self, name: str, in_b: bool) -> None:
        presets = self._studio.session.document.presets
        look = next(preset.look for preset in presets if preset.name == name)
        if in_b:
            self._studio.push(SetLook("B", look, label=f"Show {name}"))
        else:
            self.recalled.emit(look, f"Show {name}")


class MorphSection(Section):
    """Looks at instants: A morphs from one to the next."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__("Morph", parent=parent)
        self._studio = studio
        self.rows = RowList()
        self.rows.setAccessibleName("Morph keyframes")
        self.a_to_b = link_button("A to B", self.morph_a_to_b, tip="Morph A into B over time")
        self.add_action(self.a_to_b)
        self.add_action(link_button("clear", lambda: self.set_keyframes(()), tip="No morph"))
        self.add_action(icon_button("keyframe-add", "Add a keyframe here", self.add_keyframe))
        self._none = QLabel("Add keyframes on the timeline and A morphs between them.")
        self._none.setProperty("role", "note")
        self._none.setWordWrap(True)
        self.add(self._none)
        self.add(self.rows)
        self.rows.activated.connect(
            lambda key, _shift: studio.update_view(time=float(key), playing=False)
        )
        self.rows.removed.connect(self._remove)

    def show_keyframes(self) -> None:
        """Show those of the document."""
        document = self._studio.session.document
        self.rows.set_rows(
            [
                Row(str(k.time), named(document, k.look), f"{k.time:.2f} s", icon="keyframe")
                for k in document.keyframes
            ]
        )
        self._none.setVisible(not document.keyframes)
        self.a_to_b.setEnabled(None not in (document.look("A"), document.look("B")))

    def set_keyframes(self, keyframes: tuple[Keyframe, ...], label: str = "Keyframes") -> None:
        """Let A morph between others."""
        self._studio.push(SetKeyframes(keyframes, label=label))

    def key(self, look: Look, label: str) -> None:
        """Let a look be the one at the playhead."""
        session = self._studio.session
        time = session.view.state.time
        self.set_keyframes(keyed(session.document.keyframes, time, look), label)

    def add_keyframe(self) -> None:
        """Keep what A shows now as a keyframe at the playhead."""
        session = self._studio.session
        look = look_at(session.document, "A", session.view.state.time)
        if look is not None:
            self.key(look, "Add keyframe")

    def morph_a_to_b(self) -> None:
        """Let A become B over the whole timeline."""
        session = self._studio.session
        a, b = session.document.look("A"), session.document.look("B")
        if a is None or b is None:
            return
        end = session.span.end or MORPH_SECS
        self.set_keyframes((Keyframe(0.0, a), Keyframe(end, b)), "Morph A to B")

    def _remove(self, key: str) -> None:
        kept = tuple(k for k in self._studio.session.document.keyframes if str(k.time) != key)
        self.set_keyframes(kept, "Delete keyframe")
