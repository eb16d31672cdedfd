"""The status line: what draws, how large, how fast, and how safe the work is."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QStatusBar, QWidget

from mien.rendering.selection import renderer_names, renderers
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens

_EVERY_MS = 500


class _Figure(QWidget):
    """A quiet name and a value beside it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        label = QLabel(name)
        label.setProperty("role", "muted")
        self._value = QLabel()
        row.addWidget(label)
        row.addWidget(self._value)
        label.setVisible(bool(name))

    def set_value(self, value: str) -> None:
        """Show a value."""
        if value != self._value.text():
            self._value.setText(value)
        self.setVisible(bool(value))


class StatusLine(QObject):
    """Figures in a status bar, brought up to date twice a second.

    Args:
        studio: What they are of.
        bar: Where they stand.
    """

    def __init__(self, studio: Studio, bar: QStatusBar) -> None:
        super().__init__(bar)
        self._studio = studio
        self._resolution = (0, 0)
        self._autosaved_at: float | None = None
        bar.setSizeGripEnabled(False)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(tokens.SPACE_M, 0, tokens.SPACE_M, 0)
        layout.setSpacing(20)
        self._renderer = QPushButton()
        self._renderer.setProperty("role", "status")
        self._renderer.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._renderer.setToolTip("Choose the renderer")
        self._renderer.clicked.connect(self._choose_renderer)
        named = QWidget()
        pair = QHBoxLayout(named)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(6)
        title = QLabel("Renderer")
        title.setProperty("role", "muted")
        pair.addWidget(title)
        pair.addWidget(self._renderer)
        layout.addWidget(named)
        names = ("", "", "Gaussians", "render", "pose", "memory", "dropped")
        keys = ("resolution", "fps", "gaussians", "render", "pose", "memory", "dropped")
        self._figures = {key: _Figure(name) for key, name in zip(keys, names, strict=True)}
        for figure in self._figures.values():
            layout.addWidget(figure)
        layout.addStretch(1)
        self._saved = QLabel()
        self._saved.setProperty("role", "muted")
        layout.addWidget(self._saved)
        bar.addWidget(row, 1)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        studio.frames.renderer_changed.connect(self.refresh)
        self.refresh()

    def set_resolution(self, size: tuple[int, int]) -> None:
        """Show the viewport's size in device pixels."""
        self._resolution = size
        self.refresh()

    def set_autosaved(self, at: float | None) -> None:
        """Show the age of the autosave, from a time of `time.time`; None for none."""
        self._autosaved_at = at
        self.refresh()

    def refresh(self, _value: object = None) -> None:
        """Bring all figures up to date."""
        frames = self._studio.frames
        self._renderer.setText(frames.renderer or "starting")
        last, stats = frames.stats.last, frames.stats
        width, height = self._resolution
        scale = f" at {frames.scale:.0%}" if last is not None and frames.scale < 1 else ""
        fps = stats.fps()
        drawn = last is not None
        values = {
            "resolution": f"{width}×{height}{scale}",
            "fps": f"{fps:.0f} fps" if fps else ("still" if drawn else ""),
            "gaussians": f"{last.num_gaussians:,}" if last is not None else "",
            "render": f"{last.render_secs * 1000:.1f} ms" if last is not None else "",
            "pose": f"{last.pose_secs * 1000:.1f} ms" if last is not None else "",
            "memory": f"{resident_bytes() / (1 << 20):.0f} MB",
            "dropped": f"{stats.num_dropped}" if drawn else "",
        }
        for key, value in values.items():
            self._figures[key].set_value(value)
        self._saved.setText(self._safety())

    def _safety(self) -> str:
        if not self._studio.session.history.modified:
            return ""
        if self._autosaved_at is None:
            return "not saved yet"
        return f"autosaved {_ago(time.time() - self._autosaved_at)}"

    def _choose_renderer(self) -> None:
        menu = QMenu(self._renderer)
        for name in renderer_names():
            entry = menu.addAction(name)
            entry.setCheckable(True)
            entry.setChecked(name == self._studio.frames.renderer)
            why = renderers.get(name).unavailable()
            entry.setEnabled(not why)
            entry.setToolTip(why)
            entry.triggered.connect(partial(self._use, name))
        menu.setToolTipsVisible(True)
        menu.exec(self._renderer.mapToGlobal(self._renderer.rect().topLeft()))
        menu.deleteLater()

    def _use(self, name: str, _checked: bool = False) -> None:
        self._studio.frames.set_renderer(name)


def _ago(secs: float) -> str:
    if secs < 60:
        return f"{max(secs, 0):.0f} s ago"
    return f"{secs / 60:.0f} min ago"


def resident_bytes() -> int:
    """Return the memory this process holds, or its peak where the system tells only that."""
    if sys.platform.startswith("linux"):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
