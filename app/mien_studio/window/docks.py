"""Docks: each panel in a dock with a title that is only there when it is needed."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from mien_studio.panels.registry import Panel
from mien_studio.theme import tokens
from mien_studio.theme.icons import icon

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
_GRIP_HEIGHT = 8
_TITLE_HEIGHT = 32


class DockTitle(QWidget):
    """A title bar while a panel floats, a thin grip while it is docked, nothing among tabs."""

    def __init__(self, dock: PanelDock) -> None:
        super().__init__(dock)
        self._dock = dock
        self._hovered = False
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.SPACE_M, 0, tokens.SPACE_XS, 0)
        row.setSpacing(tokens.SPACE_XS)
        self._title = QLabel(dock.windowTitle())
        self._title.setProperty("role", "secondary")
        row.addWidget(self._title, 1)
        self._back = self._button("snap", "Dock again", lambda: dock.setFloating(False))
        self._close = self._button("close", "Close", dock.close)
        row.addWidget(self._back)
        row.addWidget(self._close)
        self.setToolTip("Drag to move, double-click to float")
        self.refresh()

    def refresh(self) -> None:
        """Take the form that fits where the dock is now."""
        floating = self._dock.isFloating()
        for part in (self._title, self._back, self._close):
            part.setVisible(floating)
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the height of the form it has."""
        if self._dock.isFloating():
            return QSize(120, _TITLE_HEIGHT)
        return QSize(0, 0 if self._dock.is_tabbed else _GRIP_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the same: it never gives way."""
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show where to take hold."""
        self._hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide it again."""
        self._hovered = False
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the surface, and a short bar to take hold of under the cursor."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.PANEL))
        if self._hovered and not self._dock.isFloating():
            middle = self.rect().center()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.OUTLINE))
            painter.drawRoundedRect(middle.x() - 16, middle.y() - 1, 32, 3, 1.5, 1.5)
        painter.end()

    def _button(self, icon_name: str, hint: str, run: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name))
        button.setToolTip(hint)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda _checked=False: run())
        return button


class PanelDock(QDockWidget):
    """A dock around one panel."""

    def __init__(self, panel: QWidget, panel_class: type[Panel], window: QMainWindow) -> None:
        super().__init__(panel_class.title, window)
        self._window = window
        self.area = panel_class.area
        """Where it stands at first."""
        self.setObjectName(f"dock.{panel_class.name}")
        panel.setObjectName(panel_class.name)
        self.setWidget(panel)
        self.bar = DockTitle(self)
        self.setTitleBarWidget(self.bar)
        self.topLevelChanged.connect(self._refresh)
        self.dockLocationChanged.connect(self._refresh)
        self.visibilityChanged.connect(self._refresh)

    @property
    def is_tabbed(self) -> bool:
        """Whether it shares its place with others."""
        return not self.isFloating() and any(
            dock.isVisibleTo(self._window) or not dock.isHidden()
            for dock in self._window.tabifiedDockWidgets(self)
        )

    def _refresh(self, _value: object = None) -> None:
        # A window that is being destroyed hides its docks one by one.
        if not shiboken6.isValid(self._window):
            return
        for dock in self._window.findChildren(PanelDock):
            # Tabs change for all of them at once.
            dock.bar.refresh()
