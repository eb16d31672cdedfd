"""Identity: who is seen, as a blend of people who share a template."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QVBoxLayout, QWidget

from mien.avatar.state import NEUTRAL
from mien.editing.commands import SetLook, SwapLooks
from mien.editing.document import Document, Look, Slot
from mien.editing.history import Change
from mien.session.people import shown_person
from mien.session.request import Blend
from mien.session.timeline import look_at
from mien_studio.bridge.studio import Studio
from mien_studio.panels.identity.attributes import AttributeSection
from mien_studio.panels.identity.blending import evened, randomised, snapped
from mien_studio.panels.identity.keeping import MorphSection, PresetSection
from mien_studio.panels.identity.members import REASON, REASONS, Members, members_of, named
from mien_studio.panels.identity.opening import OpeningRow
from mien_studio.panels.identity.people import PeopleSection
from mien_studio.panels.identity.regions import RegionEditor
from mien_studio.panels.identity.rig import RigRow
from mien_studio.panels.identity.shape import ShapeSection
from mien_studio.panels.identity.sitter import Sitter
from mien_studio.panels.identity.strangers import StrangerSection
from mien_studio.panels.identity.weights import WeightEditor
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button, push_button
from mien_studio.widgets.elided_label import ElidedLabel
from mien_studio.widgets.empty_state import EmptyState
from mien_studio.widgets.liveness import while_alive
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section
from mien_studio.widgets.segments import Segments

THUMBNAIL = 128


@panel
class IdentityPanel(QWidget):
    """Blend people by weights and regions, keep looks, and let one become another over time."""

    name: ClassVar[str] = "identity"
    title: ClassVar[str] = "Identity"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 0

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._members = Members((), (), None)
        self._sitter = Sitter(self._look, self._edit)
        self.weights = WeightEditor()
        self.regions = RegionEditor()
        self.presets = PresetSection(studio)
        self.presets.recalled.connect(self._edit)
        self.morph = MorphSection(studio)
        self._empty = EmptyState("blend", "")
        column = ScrollColumn()
        column.add(self._empty)
        self.people = PeopleSection(studio)
        self.opening = OpeningRow(studio)
        self.rig = RigRow(studio, self._look, self._edit)
        self.attributes = AttributeSection(studio, self._sitter)
        self.shape = ShapeSection(studio, self._sitter)
        self.strangers = StrangerSection(
            studio, self._sitter, lambda: self.attributes.locked, self.shape.locked
        )
        self._head = self._make_head()
        blending, regions = self._make_blend(), self._make_regions()
        self._export_button = push_button("Export avatar…", self._export, icon_name="export")
        for section in (
            self._head, self.people, self.opening, self.rig, self.strangers, self.attributes,
            self.shape, blending, regions, self.presets, self.morph, self._export_button,
        ):  # fmt: skip
            column.add(section)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        studio.document_changed.connect(self._on_document)
        studio.asset_changed.connect(self._refresh)
        studio.view_changed.connect(self._on_view)
        self._shown_time = studio.session.view.state.time
        self._refresh()

    # Making

    def _make_head(self) -> QWidget:
        self.slots = Segments((("A", "A"), ("B", "B")))
        self.slots.setAccessibleName("Which of A and B is edited")
        self.slots.setToolTip("Which of the two is edited here")
        self.slots.chosen.connect(self._refresh)
        self._what = ElidedLabel()
        self._what.setProperty("role", "secondary")
        self._swap = icon_button("swap", "Swap A and B", lambda: self._studio.push(SwapLooks()))
        self._copy = icon_button("copy", "Copy A to B", self._copy_to_b)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        row.addWidget(self.slots)
        row.addSpacing(tokens.SPACE_XS)
        row.addWidget(self._what, 1)
        row.addWidget(self._copy)
        row.addWidget(self._swap)
        return head

    def _make_blend(self) -> QWidget:
        section = self._blend_section = Section("Blend")
        self.seed = link_button("", self._ask_seed, tip="Seed of the next random blend")
        section.add_action(self.seed)
        self._seed = 0
        self._show_seed(0)
        for icon_name, tip, run in (
            ("random", "Draw a random blend", self.randomise),
            ("snap", "Snap to whom it is nearest", self.snap),
            ("reset", "Equal shares, no regions", self.reset),
        ):
            section.add_action(icon_button(icon_name, tip, run))
        section.content.setSpacing(tokens.SPACE_XS)
        self._keyed = QLabel()
        self._keyed.setProperty("role", "note")
        self._keyed.setWordWrap(True)
        section.add(self._keyed)
        section.add(self.weights)
        self.weights.started.connect(lambda: self._studio.begin_gesture("Blend"))
        self.weights.finished.connect(self._studio.end_gesture)
        self.weights.weight_changed.connect(self._set_weight)
        self.weights.weights_changed.connect(self._set_weights)
        return section

    def _make_regions(self) -> QWidget:
        section = self._regions_section = Section("Regions")
        section.add_action(link_button("clear", self._clear_regions, tip="Take all from the blend"))
        section.add(self.regions)
        self.regions.started.connect(lambda: self._studio.begin_gesture("Softness"))
        self.regions.finished.connect(self._studio.end_gesture)
        self.regions.region_chosen.connect(self._set_region)
        self.regions.softness_changed.connect(
            lambda softness: self._edit(replace(self._look(), softness=softness), "Softness")
        )
        return section

    # What is shown

    @property
    def slot(self) -> Slot:
        """Which of A and B is edited."""
        return "B" if self.slots.current == "B" else "A"

    def _held_look(self) -> Look | None:
        session = self._studio.session
        return look_at(session.document, self.slot, session.view.state.time)

    def _look(self) -> Look:
        return self._held_look() or Look()

    def _on_view(self, _state: object) -> None:
        # Only a morph makes time matter here.
        time = self._studio.session.view.state.time
        if self._studio.session.document.keyframes and time != self._shown_time:
            self._shown_time = time
            look = self._look()
            self.weights.set_weights(look.weights)
            self._sitter.avatar = shown_person(self._studio.session, look, self._members.leading)
            self._show_sitter()

    def _on_document(self, change: Change | None) -> None:
        # A slider is dragged far more often than anything else changes.
        if change is not None and _still(change.before) == _still(change.after):
            self._show_sitter()
            self.presets.show_look(self._held_look())
        else:
            self._refresh()

    def _show_sitter(self) -> None:
        for section in (self.strangers, self.attributes, self.shape):
            section.show_sitter()

    def _show_person(self) -> None:
        for section in (self.people, self.opening, self.rig):
            section.show_avatar(self._sitter.avatar)
        self._show_sitter()

    def _refresh(self, _what: object = None) -> None:
        document = self._studio.session.document
        if self.slot == "B" and document.look("B") is None:
            self.slots.set_current("A")
        look = self._held_look()
        self._members = members_of(self._studio.session, look)
        if self._members.leading is None and self._coming(look):
            # What is seen now is seen until they are there: nothing flickers.
            return
        self._show_reasons(look)
        self._sitter.avatar = shown_person(self._studio.session, look, self._members.leading)
        self._show_person()
        names = [(asset.id, asset.name) for asset in self._members.compatible]
        shown = self._look()
        self.weights.set_members(names)
        self.weights.set_weights(shown.weights)
        self.weights.set_excluded([f"{a.name}: {why}" for a, why in self._members.excluded])
        self.regions.show_regions(names, shown.regions, shown.softness)
        self._show_lists()
        for asset in self._members.compatible:
            avatar = self._studio.session.library.avatar(asset.id)
            if avatar is not None and not self.weights.pad.has_pixmap(asset.id):
                deliver = while_alive(
                    self.weights, lambda pixmap, k=asset.id: self.weights.set_pixmap(k, pixmap)
                )
                key = ("asset", asset.id)
                self._studio.thumbnails.request(key, Blend.of(avatar), THUMBNAIL, deliver)

    def _coming(self, look: Look | None) -> bool:
        """Return whether somebody of a look is being loaded."""
        library = self._studio.session.library
        return look is not None and any(library.task(key) for key in look.asset_ids)

    def _show_reasons(self, look: Look | None) -> None:
        leading = self._members.leading
        blendable = look is not None and leading is not None and leading.template is not None
        if look is None or leading is None:
            self._empty.set_text(
                "Nobody to blend yet", "Open two or more avatars that share a template."
            )
        elif not blendable:
            self._empty.set_text(
                f"{leading.name} cannot be blended",
                f"{REASONS.get(leading.kind, REASON)} Show a drivable avatar "
                "(.avatar or LAM .zip) to blend it with others of its kind.",
            )
        shaped = leading is not None and leading.latent_space is not None
        self._empty.setVisible(not blendable and not shaped)
        for section in (self._head, self.presets, self.morph, self._export_button):
            section.setVisible(blendable or shaped)
        for section in (self._blend_section, self._regions_section):
            section.setVisible(blendable)
        if leading is None:
            return
        self.regions.set_note(
            "Open another avatar on the same template to mix regions."
            if len(self._members.compatible) < 2
            else ""
            if leading.region_weights is not None
            else f"{leading.name} has no face regions to mix."
        )

    def _show_lists(self) -> None:
        document = self._studio.session.document
        a, b = document.look("A"), document.look("B")
        look = self._held_look()
        self.presets.show_look(look)
        self.morph.show_keyframes()
        self._keyed.setVisible(self.slot == "A" and bool(document.keyframes))
        self._keyed.setText("A morphs between keyframes: changes key the look at the playhead.")
        self._what.setText(named(document, look) if look is not None else "")
        self._copy.setEnabled(a is not None)
        self._swap.setEnabled(a is not None and b is not None)
        self.slots.setEnabled(b is not None)

    # Changing it

    def _edit(self, look: Look, label: str) -> None:
        if self.slot == "A" and self._studio.session.document.keyframes:
            self.morph.key(look.normalized(), label)
        else:
            self._studio.push(SetLook(self.slot, look, label=label))

    def _set_weight(self, key: str, weight: float) -> None:
        look = self._look().with_weight(key, weight, locked=self.weights.locked)
        self._edit(look, "Blend")
        # The sum may have held the weight back: the slider shows what became of it.
        self.weights.set_weights(self._look().weights)

    def _set_weights(self, weights: dict[str, float]) -> None:
        self._edit(replace(self._look(), weights=weights), "Blend")

    def _set_region(self, region: str, key: str) -> None:
        regions = {name: held for name, held in self._look().regions.items() if name != region}
        if key:
            regions[region] = key
        self._edit(replace(self._look(), regions=regions), f"Mix {region}")

    def _clear_regions(self) -> None:
        self._edit(replace(self._look(), regions={}), "Clear regions")

    def _keys(self) -> list[str]:
        return [asset.id for asset in self._members.compatible]

    def randomise(self) -> None:
        """Draw a random blend with the seed shown, and go on to the next seed."""
        look = randomised(self._look(), self._keys(), seed=self._seed, locked=self.weights.locked)
        self._edit(look, "Randomise")
        self._show_seed(self._seed + 1)

    def _show_seed(self, seed: int) -> None:
        self._seed = seed
        self.seed.setText(f"seed {seed}")

    def _ask_seed(self) -> None:
        seed, accepted = QInputDialog.getInt(
            self, "Seed", "The same number draws the same blend:", self._seed, 0, 999_999
        )
        if accepted:
            self._show_seed(seed)

    def snap(self) -> None:
        """Show the person alone who weighs most."""
        self._edit(snapped(self._look()), "Snap")

    def reset(self) -> None:
        """Give everybody an equal share."""
        self._edit(evened(self._look(), self._keys()), "Reset blend")

    def _copy_to_b(self) -> None:
        look = look_at(self._studio.session.document, "A", self._studio.session.view.state.time)
        if look is not None:
            self._studio.push(SetLook("B", look, label="Copy A to B"))

    def _export(self) -> None:
        self._studio.actions.trigger("file.export_avatar")


def _still(document: Document) -> Document:
    """Return a document without what sliders say of people and of their faces."""
    looks = {slot: replace(look, identity=()) for slot, look in document.looks.items()}
    return document.replace(looks=looks, state=NEUTRAL)
