"""Render: by what and how the picture is drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QCheckBox, QColorDialog, QLabel, QVBoxLayout, QWidget

from mien.avatar.protocol import Surfaced
from mien.editing.commands import SetUpFixes
from mien.gaussians.shading import SHADINGS
from mien.gaussians.transform import UP_FIXES
from mien.rendering import renderers
from mien.session.view_state import ViewState
from mien_studio.bridge.studio import Studio
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.chips import Chip, ChipRow
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.rows import Row, RowList
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section
from mien_studio.widgets.slider_row import SliderRow

MODES = {"color": "Colour", "depth": "Depth", "alpha": "Alpha"} | {
    name: shading.label for name, shading in SHADINGS.items()
}
BACKGROUNDS = {
    "studio": tokens.VIEWPORT,
    "black": "#000000",
    "grey": "#808080",
    "white": "#ffffff",
}
CUSTOM = "other…"
EXPOSURE = NumberKind(-5.0, 5.0, 0.0, 1, " EV", signed=True, step=0.1)
FIELD = NumberKind(8.0, 90.0, 24.0, 0, "°", step=1.0)
UPRIGHT = "y"


@panel
class RenderPanel(QWidget):
    """Choose the renderer, what is shown and from how wide an angle."""

    name: ClassVar[str] = "render"
    title: ClassVar[str] = "Render"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 3

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._reasons: dict[str, str] | None = None
        column = ScrollColumn()
        for section in (
            self._make_renderers(),
            self._make_modes(),
            self._make_picture(),
            self._make_upright(),
        ):
            column.add(section)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._shown_look: tuple[object, ...] = ()
        studio.view_changed.connect(self._on_view)
        for changed in (studio.document_changed, studio.asset_changed):
            changed.connect(self._show_upright)
            changed.connect(self._show_mesh)
        studio.frames.renderer_changed.connect(self._show_renderers)
        self._show_view(studio.session.view.state)
        self._show_upright()
        self._show_mesh()
        self._show_renderers()

    # Making

    def _make_renderers(self) -> Section:
        section = Section("Renderer")
        section.content.setSpacing(tokens.SPACE_XS)
        self.renderers = RowList()
        self.renderers.setAccessibleName("Renderers")
        self.renderers.activated.connect(self._choose_renderer)
        self._why = QLabel()
        self._why.setProperty("role", "note")
        self._why.setWordWrap(True)
        section.add(self.renderers)
        section.add(self._why)
        return section

    def _make_modes(self) -> Section:
        section = Section("Show")
        self.modes = ChipRow()
        for mode, label in MODES.items():
            self.modes.add(mode, Chip(label))
        self.modes.toggled.connect(lambda mode, _on: self._studio.update_view(shading=mode))
        section.content.setSpacing(tokens.SPACE_XS)
        self.mesh = SliderRow("Mesh")
        self.mesh.set_label_width(104)
        self.mesh.setToolTip("The surface that moves the Gaussians, as lines over them")
        self.mesh.changed.connect(lambda opacity: self._studio.update_view(mesh_opacity=opacity))
        self._no_mesh = QLabel()
        self._no_mesh.setProperty("role", "note")
        self._no_mesh.setWordWrap(True)
        for widget in (self.modes, self.mesh, self._no_mesh):
            section.add(widget)
        return section

    def _make_picture(self) -> Section:
        section = Section("Picture")
        section.content.setSpacing(tokens.SPACE_XS)
        self.exposure = SliderRow("Exposure", EXPOSURE)
        self.exposure.changed.connect(lambda stops: self._studio.update_view(exposure=stops))
        self.field = SliderRow("Field of view", FIELD)
        self.field.setToolTip("How wide the camera sees; the head keeps its size")
        self.field.changed.connect(self._set_field)
        self.antialiased = QCheckBox("Anti-aliased")
        self.antialiased.setToolTip("Keep thin Gaussians from growing when seen from afar")
        self.antialiased.clicked.connect(lambda on: self._studio.update_view(antialiased=on))
        self.backgrounds = ChipRow()
        for name, color in BACKGROUNDS.items():
            self.backgrounds.add(name, Chip(name, color=color))
        self.backgrounds.add(CUSTOM, Chip(CUSTOM))
        self.backgrounds.toggled.connect(self._choose_background)
        label = QLabel("Background")
        label.setProperty("role", "label")
        label.setFixedHeight(tokens.ROW)
        for slider in (self.exposure, self.field):
            slider.set_label_width(104)
        for widget in (self.exposure, self.field, self.antialiased, label, self.backgrounds):
            section.add(widget)
        return section

    def _make_upright(self) -> Section:
        section = self._upright = Section("Which axis points up")
        self.up = ChipRow()
        for axis in UP_FIXES:
            self.up.add(axis, Chip(axis.upper()))
        self.up.toggled.connect(self._set_up)
        self._up_note = QLabel()
        self._up_note.setProperty("role", "note")
        self._up_note.setWordWrap(True)
        section.content.setSpacing(tokens.SPACE_XS)
        section.add(self._up_note)
        section.add(self.up)
        return section

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the renderers once whether they can run: some start a driver to know."""
        super().showEvent(event)
        if self._reasons is None:
            self._reasons = {}
            self._studio.run(
                "Looking for renderers", lambda _task: _reasons(), done=self._on_reasons
            )

    def _on_reasons(self, reasons: dict[str, str]) -> None:
        self._reasons = reasons
        self._show_renderers()

    def _show_renderers(self, _name: str = "") -> None:
        reasons, current = self._reasons or {}, self._studio.frames.renderer
        self.renderers.set_rows(
            [
                Row(
                    name,
                    name,
                    detail="not here" if reasons.get(name) else "",
                    icon="check" if name == current else "settings",
                    chosen=name == current,
                    tip=reasons.get(name, ""),
                    removable=False,
                )
                for name in renderers.names()
            ]
        )
        lines = [f"{name}: {why}" for name, why in reasons.items() if why]
        self._why.setText("\n".join(lines))
        self._why.setVisible(bool(lines))

    def _on_view(self, view: ViewState) -> None:
        # The camera moves a hundred times a second; what is shown here does not.
        fov = view.orbit.fov_y
        picture = (view.exposure, fov, view.antialiased, view.background)
        shown = (view.shading, view.mesh_opacity, *picture)
        if shown != self._shown_look:
            self._shown_look = shown
            self._show_view(view)

    def _show_view(self, view: ViewState) -> None:
        self.modes.set_on((view.shading,))
        self.mesh.set_number(view.mesh_opacity)
        self.exposure.set_number(view.exposure)
        self.field.set_number(math.degrees(view.orbit.fov_y))
        self.antialiased.setChecked(view.antialiased)
        name = QColor.fromRgbF(*view.background).name()
        known = next((key for key, color in BACKGROUNDS.items() if color == name), CUSTOM)
        self.backgrounds.set_on((known,))

    def _show_mesh(self, _what: object = None) -> None:
        found = (self._studio.session.avatar(slot) for slot in ("A", "B"))
        shown = [avatar for avatar in found if avatar is not None]
        has_mesh = any(isinstance(avatar, Surfaced) for avatar in shown)
        self.mesh.setEnabled(has_mesh)
        self._no_mesh.setVisible(bool(shown) and not has_mesh)
        if shown:
            self._no_mesh.setText(f"No mesh lies under {shown[0].name}, only Gaussians.")

    def _show_upright(self, _what: object = None) -> None:
        document = self._studio.session.document
        look, avatar = document.look("A"), self._studio.session.avatar("A")
        # Avatars with a template stand upright by construction; plain splat files may not.
        foreign = avatar is not None and avatar.template is None and look is not None
        self._upright.setVisible(foreign)
        if foreign and look is not None and avatar is not None:
            self._up_note.setText(f"{avatar.name} comes from a file that does not say.")
            self.up.set_on((document.up_fixes.get(look.asset_ids[0], UPRIGHT),))

    # Changing it

    def _choose_renderer(self, name: str, _shift: bool) -> None:
        why = (self._reasons or {}).get(name, "")
        if why:
            self._studio.notice("warning", f"The {name} renderer cannot run here", why)
        else:
            self._studio.frames.set_renderer(name)

    def _set_field(self, degrees: float) -> None:
        orbit = self._studio.session.view.state.orbit
        fov_y = math.radians(degrees)
        # The distance changes along, so that the head keeps its size and only perspective changes.
        distance = orbit.distance * math.tan(orbit.fov_y / 2) / math.tan(fov_y / 2)
        self._studio.update_view(orbit=replace(orbit, fov_y=fov_y, distance=distance))

    def _choose_background(self, name: str, _on: bool) -> None:
        if name == CUSTOM:
            held = QColor.fromRgbF(*self._studio.session.view.state.background)
            color = QColorDialog.getColor(held, self, "Background")
            if not color.isValid():
                self._show_view(self._studio.session.view.state)
                return
        else:
            color = QColor(BACKGROUNDS[name])
        self._studio.update_view(background=(color.redF(), color.greenF(), color.blueF()))
        self._show_view(self._studio.session.view.state)

    def _set_up(self, axis: str, _on: bool) -> None:
        document = self._studio.session.document
        look = document.look("A")
        if look is None:
            return
        fixes = {key: held for key, held in document.up_fixes.items() if key != look.asset_ids[0]}
        if axis != UPRIGHT:
            fixes[look.asset_ids[0]] = axis
        self._studio.push(SetUpFixes(fixes))
        self._show_upright()


def _reasons() -> dict[str, str]:
    return {name: renderers.get(name).unavailable() for name in renderers.names()}
