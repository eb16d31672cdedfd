"""Transport: play, step, loop, and where time stands."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from mien.session.view_state import LoopMode, ViewState
from mien_studio.bridge.player import frame_at
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.theme.icons import icon, icon_pixmap
from mien_studio.widgets.buttons import icon_button
from mien_studio.widgets.chips import Chip
from mien_studio.widgets.counter import Counter
from mien_studio.widgets.time_axis import clock

LOOPS: tuple[tuple[LoopMode, str], ...] = (
    ("loop", "Loop"),
    ("ping-pong", "Ping-pong"),
    ("once", "Play once"),
)
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


class Transport(QWidget):
    """The row of buttons and counters above the curves."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        player = studio.player
        self.play = icon_button("play", "Play or pause", player.toggle, side=28)
        self.play.setProperty("role", "play")
        self.play.setFixedWidth(40)
        self.play.setIconSize(QSize(20, 20))
        self.play.setIcon(_white("play"))
        self.loop = icon_button("loop", "Loop", self._next_loop)
        self.clock = Counter("00:00.00")
        self.frame = Counter("0000 / 0000", tokens.TEXT_MUTED)
        self.clock.setAccessibleName("Time")
        self.frame.setAccessibleName("Frame")
        self.frame.setToolTip("Frame of the source")
        self.in_chip = Chip("in")
        self.out_chip = Chip("out")
        self.in_chip.setToolTip("Begin the played range at the playhead; again to clear")
        self.out_chip.setToolTip("End the played range at the playhead; again to clear")
        self.in_chip.clicked.connect(self._toggle_in)
        self.out_chip.clicked.connect(self._toggle_out)
        self.speed = QToolButton()
        self.speed.setProperty("role", "menu")
        self.speed.setToolTip("Speed")
        self.speed.setAccessibleName("Speed")
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed.setMenu(self._speed_menu())
        self.dropped = QLabel()
        self.dropped.setProperty("role", "warning")
        self.dropped.setToolTip("Frames of the source that were not drawn in time while playing")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_XS)
        row.addWidget(icon_button("to-start", "Go to start", player.go_to_start))
        row.addWidget(icon_button("step-back", "Frame back", lambda: player.step(-1)))
        row.addWidget(self.play)
        row.addWidget(icon_button("step-forward", "Frame forward", lambda: player.step(1)))
        row.addWidget(icon_button("to-end", "Go to end", player.go_to_end))
        row.addSpacing(tokens.SPACE_S)
        row.addWidget(self.clock)
        row.addSpacing(tokens.SPACE_S)
        row.addWidget(self.frame)
        row.addWidget(self.loop)
        row.addWidget(self.in_chip)
        row.addWidget(self.out_chip)
        row.addWidget(self.speed)
        row.addWidget(self.dropped)
        self.setFixedHeight(28)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_state(self, view: ViewState) -> None:
        """Show where time stands and how it runs."""
        times = self._studio.player.frame_times
        count = len(times)
        index = frame_at(times, view.time)
        self.clock.set_text(clock(view.time))
        self.frame.set_text(f"{index + 1} / {count}" if count else "")
        name = "pause" if view.playing else "play"
        if self.play.accessibleDescription() != name:
            self.play.setAccessibleDescription(name)
            self.play.setIcon(_white(name))
        title = dict(LOOPS)[view.loop]
        if self.loop.toolTip() != title:
            self.loop.setIcon(icon(view.loop))
            self.loop.setToolTip(title)
            self.loop.setAccessibleName(title)
        for chip, instant in ((self.in_chip, view.in_time), (self.out_chip, view.out_time)):
            chip.setChecked(instant is not None)
            chip.set_detail("" if instant is None else str(frame_at(times, instant) + 1))
        self.speed.setText(f"{abs(view.speed):g}×")

    def show_dropped(self, count: int) -> None:
        """Show how many frames were not drawn in time, or nothing."""
        self.dropped.setText(f"{count} dropped" if count else "")

    def _speed_menu(self) -> QMenu:
        menu = QMenu(self)
        for speed in SPEEDS:
            menu.addAction(f"{speed:g}×", lambda speed=speed: self._set_speed(speed))
        return menu

    def _set_speed(self, speed: float) -> None:
        backwards = self._studio.session.view.state.speed < 0
        self._studio.update_view(speed=-speed if backwards else speed)

    def _next_loop(self) -> None:
        modes = [mode for mode, _title in LOOPS]
        now = modes.index(self._studio.session.view.state.loop)
        self._studio.update_view(loop=modes[(now + 1) % len(modes)])

    def _toggle_in(self, on: bool) -> None:
        if on:
            self._studio.player.set_in()
        else:
            self._studio.update_view(in_time=None)

    def _toggle_out(self, on: bool) -> None:
        if on:
            self._studio.player.set_out()
        else:
            self._studio.update_view(out_time=None)


def _white(name: str) -> QIcon:
    return QIcon(icon_pixmap(name, tokens.TEXT_ON_ACCENT, 20, 2.0))
