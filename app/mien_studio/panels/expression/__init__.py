"""Expression: 52 ARKit sliders and the pose of head, neck, jaw and eyes."""

from __future__ import annotations

from typing import ClassVar, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mien.avatar.protocol import Avatar
from mien.editing.commands import SetState
from mien.template.arkit import ARKIT_NAMES, FACE_GROUPS, mirrored_name
from mien_studio.bridge.studio import Studio
from mien_studio.panels.expression.channels import CHANNELS, Channel, read, reset, write
from mien_studio.panels.expression.pose import POSE_AXES, PoseAxis, twin
from mien_studio.panels.expression.wording import matches, missing_note, spoken
from mien_studio.panels.registry import Area, panel
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button
from mien_studio.widgets.empty_state import EmptyState
from mien_studio.widgets.fields import SearchField
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section
from mien_studio.widgets.segments import Segments
from mien_studio.widgets.slider_row import SliderRow

GHOST_MS = 33
"""Ticks follow a playing source at most this often."""
GHOST_STEPS = 200
"""Moves of a tick too small to be seen draw nothing."""


@panel
class ExpressionPanel(QWidget):
    """Move the face by hand, on top of whatever drives it."""

    name: ClassVar[str] = "expression"
    title: ClassVar[str] = "Expression"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 1

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.sliders: dict[str, SliderRow] = {}
        self.pose_sliders: dict[PoseAxis, SliderRow] = {}
        self._groups: dict[str, Section] = {}
        self._note = QLabel()
        self._note.setProperty("role", "warning")
        self._note.setWordWrap(True)
        self._nothing = EmptyState("search", "No expression of that name", "Escape shows all.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head())
        column = ScrollColumn()
        for group, names in FACE_GROUPS.items():
            column.add(self._make_group(group, names))
        for title, axes in POSE_AXES.items():
            column.add(self._make_pose(title, axes))
        column.add(self._nothing)
        layout.addWidget(column, 1)
        self._ghosts = QTimer(self)
        self._ghosts.setSingleShot(True)
        self._ghosts.setInterval(GHOST_MS)
        self._ghosts.timeout.connect(self._show_ghosts)
        studio.document_changed.connect(self._refresh)
        studio.asset_changed.connect(self._refresh)
        studio.view_changed.connect(self._on_view)
        self._filter("")
        self._refresh()

    # Making

    def _make_head(self) -> QWidget:
        self.search = SearchField("Search expressions")
        self.search.textChanged.connect(self._filter)
        self.mirror = icon_button("mirror", "Move left and right together", checkable=True, side=28)
        self.mirror.setChecked(True)
        self._reset = icon_button("reset", "Neutral: reset all", self.reset_all, side=28)
        self.channel = Segments((("value", "Value"), ("gain", "Gain"), ("offset", "Offset")))
        self.channel.setAccessibleName("What the sliders edit")
        self.channel.setToolTip(
            "Value moves the face; gain and offset change how the driving source moves it"
        )
        self.channel.chosen.connect(self._on_channel)
        head = QWidget()
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_XS)
        row.addWidget(self.search, 1)
        row.addWidget(self.mirror)
        row.addWidget(self._reset)
        column = QVBoxLayout(head)
        column.setContentsMargins(tokens.SPACE_M, tokens.SPACE_M, tokens.SPACE_M, tokens.SPACE_XS)
        column.setSpacing(tokens.SPACE_S)
        column.addLayout(row)
        column.addWidget(self.channel)
        column.addWidget(self._note)
        return head

    def _make_group(self, group: str, names: tuple[str, ...]) -> Section:
        section = self._groups[group] = Section(group, collapsible=True)
        for name in names:
            slider = self.sliders[name] = SliderRow(spoken(name, group), CHANNELS["value"])
            slider.setAccessibleName(name)
            slider.setToolTip(name)
            slider.started.connect(lambda name=name: self._studio.begin_gesture(spoken(name)))
            slider.finished.connect(self._studio.end_gesture)
            slider.changed.connect(lambda value, name=name: self._set(name, value))
            section.add(slider)
        return section

    def _make_pose(self, title: str, axes: tuple[PoseAxis, ...]) -> Section:
        section = self._groups[title] = Section(title, collapsible=True)
        for axis in axes:
            slider = self.pose_sliders[axis] = SliderRow(axis.name, axis.kind)
            slider.setToolTip(axis.tip)
            slider.started.connect(lambda axis=axis: self._studio.begin_gesture(axis.name))
            slider.finished.connect(self._studio.end_gesture)
            slider.changed.connect(lambda degrees, axis=axis: self._turn(axis, degrees))
            section.add(slider)
        return section

    # What is shown

    @property
    def _channel(self) -> Channel:
        return cast(Channel, self.channel.current)

    @property
    def note(self) -> str:
        """What is said of the avatar's limits; empty for nothing."""
        return self._note.text()

    def _refresh(self, _what: object = None) -> None:
        document, avatar = self._studio.session.document, self._studio.session.avatar("A")
        for name, slider in self.sliders.items():
            slider.set_number(read(document, self._channel, name))
        for axis, slider in self.pose_sliders.items():
            slider.set_number(axis.read(document.state))
        self._show_limits(avatar)
        self._show_ghosts()

    def _show_limits(self, avatar: Avatar | None) -> None:
        obeyed = avatar.expression_names if avatar is not None else ARKIT_NAMES
        joints = avatar.joints if avatar is not None else ()
        for name, slider in self.sliders.items():
            slider.setEnabled(avatar is not None and name in obeyed)
        for axis, slider in self.pose_sliders.items():
            slider.setEnabled(axis.joint in joints)
        track = self._studio.session.track
        note = missing_note(avatar, track) if avatar is not None else "Open an avatar to move it."
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _on_view(self, _state: object) -> None:
        if self.isVisible() and not self._ghosts.isActive():
            self._ghosts.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what drives."""
        super().showEvent(event)
        self._show_ghosts()

    def _show_ghosts(self) -> None:
        session = self._studio.session
        if session.track is None or self._channel != "value":
            for slider in (*self.sliders.values(), *self.pose_sliders.values()):
                slider.set_ghost(None)
            return
        state = session.state_at(session.view.state.time)
        for name, weight in zip(ARKIT_NAMES, state.expression, strict=True):
            self.sliders[name].set_ghost(round(float(weight) * GHOST_STEPS) / GHOST_STEPS)
        for axis, slider in self.pose_sliders.items():
            slider.set_ghost(float(round(axis.read(state))))

    def _filter(self, query: str) -> None:
        found = False
        for group, names in FACE_GROUPS.items():
            shown = [name for name in names if matches(name, group, query)]
            for name in names:
                self.sliders[name].setHidden(name not in shown)
            self._groups[group].setHidden(not shown)
            found = found or bool(shown)
        words = query.lower().split()
        for title, axes in POSE_AXES.items():
            # Gains and offsets are of expressions only; the pose has one gain, where one drives.
            fits = self._channel == "value"
            shown_axes = [a for a in axes if fits and all(w in a.name.lower() for w in words)]
            for axis in axes:
                self.pose_sliders[axis].setHidden(axis not in shown_axes)
            self._groups[title].setHidden(not shown_axes)
            found = found or bool(shown_axes)
        if query:
            for section in self._groups.values():
                section.set_collapsed(False)
        self._nothing.setHidden(found)

    def _on_channel(self, _channel: str) -> None:
        for slider in self.sliders.values():
            slider.set_kind(CHANNELS[self._channel])
        tips = {
            "value": "Neutral: reset all",
            "gain": "Reset all gains",
            "offset": "Reset all offsets",
        }
        self._reset.setToolTip(tips[self._channel])
        self._reset.setAccessibleName(tips[self._channel])
        self._filter(self.search.text())
        self._refresh()

    # Changing it

    def _set(self, name: str, value: float) -> None:
        values = {name: value}
        other = mirrored_name(name)
        if self.mirror.isChecked() and self._may_mirror(name, other):
            values[other] = value
        self._studio.push(write(self._studio.session.document, self._channel, values))

    def _may_mirror(self, name: str, other: str) -> bool:
        # Jaw and mouth move sideways as one: their left is not the other side of their right.
        sideways = {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}
        return other != name and name not in sideways and self.sliders[other].isEnabled()

    def _turn(self, axis: PoseAxis, degrees: float) -> None:
        state = axis.write(self._studio.session.document.state, degrees)
        other = twin(axis)
        if self.mirror.isChecked() and other is not None:
            state = other.write(state, degrees)
        self._studio.push(SetState(state, label=axis.name))

    def reset_all(self) -> None:
        """Set everything of the channel back: neutral, gains of one, no offsets."""
        self._studio.push(reset(self._studio.session.document, self._channel))
        self.setFocus(Qt.FocusReason.OtherFocusReason)
