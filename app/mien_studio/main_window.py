"""The main window: the viewport in the middle, panels around it, menus above, figures below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QTabWidget,
    QWidget,
)

from mien_studio.bridge.autosaver import Autosaver
from mien_studio.bridge.studio import Studio
from mien_studio.dialogs.about import AboutDialog
from mien_studio.dialogs.export import add_export_actions
from mien_studio.dialogs.palette import CommandPalette
from mien_studio.dialogs.recovery import RecoveryDialog
from mien_studio.dialogs.shortcuts import ShortcutsDialog
from mien_studio.panels.registry import Panel, panel_classes
from mien_studio.panels.training import TrainingPanel
from mien_studio.viewport.view import Viewport
from mien_studio.window import actions
from mien_studio.window.capture_actions import (
    add_capture_actions,
    add_making_actions,
    add_training_action,
)
from mien_studio.window.docks import AREAS, PanelDock
from mien_studio.window.files import SUFFIX, Files
from mien_studio.window.menus import Menus
from mien_studio.window.status import StatusLine

LAYOUT_VERSION = 2
"""Raised when docks come or go, so that an older layout is not forced on them."""


class MainWindow(QMainWindow):
    """The studio's window.

    Args:
        studio: What it shows; the window closes it with itself.
        autosave_folder: Where unsaved work is kept; by default in the user's data folder.
    """

    def __init__(self, studio: Studio, *, autosave_folder: Path | None = None) -> None:
        super().__init__()
        self.studio = studio
        self.bare = False
        self.resize(1440, 900)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setDocumentMode(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.viewport = Viewport(studio, self)
        self.setCentralWidget(self.viewport)
        self.autosaver = Autosaver(studio, folder=autosave_folder)
        self.files = Files(studio, self.autosaver, self)
        self.status = StatusLine(studio, self.statusBar())
        self.docks = [self._dock(panel_class) for panel_class in panel_classes()]
        self._default_layout()
        self._add_actions()
        self._name = QLabel()
        self._name.setProperty("role", "secondary")
        # The menu bar does not keep it alive.
        self._corner = self._make_corner()
        self.menuBar().setCornerWidget(self._corner, Qt.Corner.TopRightCorner)
        self.menus = Menus(studio.actions, self, {"File/Open Recent": self.files.fill_recent})
        self._palette = CommandPalette(studio.actions, self)
        self._held: set[str] = set()
        self.viewport.resolution_changed.connect(self.status.set_resolution)
        self.autosaver.saved.connect(self.status.set_autosaved)
        self.files.changed.connect(self._show_name)
        self._show_name()
        self._restore_layout()
        self.viewport.setFocus()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.applicationStateChanged.connect(self._on_application_state)

    # Docks

    def toggle_dock(self, dock: PanelDock) -> None:
        """Show a panel, or hide it where it is seen already."""
        if dock.isHidden():
            dock.show()
            dock.raise_()
        else:
            dock.hide()

    def toggle_all_docks(self) -> None:
        """Give the whole window to the picture, or bring the panels back."""
        self.bare = not self.bare
        if self.bare:
            self._shown = [dock for dock in self.docks if not dock.isHidden()]
            for dock in self._shown:
                dock.hide()
        else:
            for dock in self._shown:
                dock.show()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop doing so."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def reset_layout(self) -> None:
        """Put every panel where it stands at first."""
        self.bare = False
        for dock in self.docks:
            dock.setFloating(False)
            dock.show()
        self._default_layout()

    def set_viewport_size(self, size: tuple[int, int]) -> None:
        """Make the window as large as it takes for a viewport of some device pixels."""
        ratio = self.viewport.devicePixelRatioF()
        wanted = (round(size[0] / ratio), round(size[1] / ratio))
        self.viewport.setFixedSize(*wanted)
        self.adjustSize()

    def grab_all(self) -> QPixmap:
        """Return a picture of the window as it is on the screen, OpenGL included."""
        picture = self.grab()
        # Grabbing a window leaves out what OpenGL drew in it on some systems.
        painter = QPainter(picture)
        place = self.viewport.mapTo(self, self.viewport.rect().topLeft())
        pixels = self.viewport.pixels()
        pixels.setDevicePixelRatio(self.viewport.devicePixelRatioF())
        painter.drawImage(place, pixels)
        for card in self.viewport.chrome.cards:
            # Not grabbed: what lies on the picture must not bring a background of its own.
            flags = QWidget.RenderFlag.DrawChildren
            card.render(painter, card.mapTo(self, QPoint()), QRegion(), flags)
        painter.end()
        return picture

    def _dock(self, panel_class: type[Panel]) -> PanelDock:
        panel = panel_class(self.studio)
        assert isinstance(panel, QWidget)
        return PanelDock(panel, panel_class, self)

    def _default_layout(self) -> None:
        first: dict[str, PanelDock] = {}
        for dock in self.docks:
            self.addDockWidget(AREAS[dock.area], dock)
            if dock.area in first:
                self.tabifyDockWidget(first[dock.area], dock)
            else:
                first[dock.area] = dock
        for dock in first.values():
            dock.raise_()
        sides = [first[area] for area in ("left", "right") if area in first]
        self.resizeDocks(sides, [232, 352][: len(sides)], Qt.Orientation.Horizontal)
        if "bottom" in first:
            self.resizeDocks([first["bottom"]], [236], Qt.Orientation.Vertical)

    def _restore_layout(self) -> None:
        settings = self.studio.settings
        geometry, state = settings.blob("window/geometry"), settings.blob("window/layout")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        if not state.isEmpty():
            self.restoreState(state, LAYOUT_VERSION)

    def _save_layout(self) -> None:
        if self.bare:
            self.toggle_all_docks()
        self.studio.settings.set("window/geometry", self.saveGeometry())
        self.studio.settings.set("window/layout", self.saveState(LAYOUT_VERSION))

    # Actions and dialogs

    def show_palette(self) -> None:
        """Open the command palette."""
        self._palette.open_at_top_of(self)

    def show_shortcuts(self) -> None:
        """List the shortcuts and let them be changed."""
        dialog = ShortcutsDialog(self.studio.actions, self)
        dialog.exec()
        dialog.deleteLater()

    def show_about(self) -> None:
        """Say what this is."""
        dialog = AboutDialog(self)
        dialog.exec()
        dialog.deleteLater()

    def offer_recovery(self) -> None:
        """Ask about work that an earlier studio did not get to save, if there is any."""
        items = self.autosaver.left_behind()
        if not items:
            return
        dialog = RecoveryDialog(items, self)
        dialog.exec()
        if dialog.choice == "recover":
            self.files.recover(dialog.item)
        elif dialog.choice == "discard":
            self.files.forget(dialog.item)
        dialog.deleteLater()

    def _add_actions(self) -> None:
        actions.add_file_actions(self.studio, self.files, self)
        actions.add_edit_actions(self.studio)
        actions.add_camera_actions(self.studio, self.viewport)
        add_capture_actions(self.studio, self.viewport)
        named = {dock.objectName().removeprefix("dock."): dock for dock in self.docks}
        add_making_actions(self.studio, named)
        training = named["training"].widget()
        assert isinstance(training, TrainingPanel)
        add_training_action(self.studio, named["training"], training.choose)
        actions.add_compare_actions(self.studio, self.viewport)
        actions.add_play_actions(self.studio)
        actions.add_window_actions(self.studio, self)
        add_export_actions(self.studio, self)

    def _make_corner(self) -> QWidget:
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 2, 12, 2)
        row.setSpacing(16)
        keys = self.studio.actions.shortcut("help.palette")
        search = QPushButton(f"Search commands…  {keys}")
        search.setProperty("role", "search")
        search.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        search.clicked.connect(self.show_palette)
        row.addWidget(search)
        row.addWidget(self._name)
        return corner

    def _show_name(self, _change: object = None) -> None:
        dot = " •" if self.studio.session.history.modified else ""
        if self._name.text() != f"{self.files.name}{dot}":
            self._name.setText(f"{self.files.name}{dot}")
            # The menu bar gives its corner another width only when it is told again.
            self._corner.adjustSize()
            self.menuBar().setCornerWidget(self._corner, Qt.Corner.TopRightCorner)
        self.setWindowTitle(f"{self.files.name}{dot} — Mien")

    # Dropped files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what dropping would do."""
        paths = _dropped(event)
        if not paths:
            return
        event.acceptProposedAction()
        overlay = self.viewport.chrome.drop_overlay
        session = any(path.endswith(SUFFIX) for path in paths)
        count = f"{len(paths)} files" if len(paths) > 1 else Path(paths[0]).name
        overlay.set_text(f"Drop to open {count}" if session else f"Drop to add {count}")
        overlay.show()
        overlay.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take it back."""
        self.viewport.chrome.drop_overlay.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.viewport.chrome.drop_overlay.hide()
        event.acceptProposedAction()
        self.files.open(_dropped(event))

    # Keys that last as long as they are held

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Begin what lasts as long as a key is held, where nothing in the window wanted the key."""
        if event.isAutoRepeat() or not self._hold(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End it. Going up, modifiers may be others than going down: any key ends everything."""
        if not event.isAutoRepeat() and self._held:
            self._let_go()
        else:
            super().keyReleaseEvent(event)

    def _hold(self, event: QKeyEvent) -> bool:
        portable = QKeySequence.SequenceFormat.PortableText
        keys = QKeySequence(event.keyCombination()).toString(portable)
        for action in self.studio.actions:
            wanted = action.held is not None and self.studio.actions.shortcut(action.id) == keys
            if wanted and action.held is not None and action.can_run:
                self._held.add(action.id)
                action.held(True)
                return True
        return False

    def _on_application_state(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            self._let_go()

    def _let_go(self) -> None:
        for action_id in self._held:
            held = self.studio.actions.get(action_id).held
            if held is not None:
                held(False)
        self._held.clear()

    # The end

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, remember the layout and stop everything."""
        if not self.files.may_leave():
            event.ignore()
            return
        self._save_layout()
        self.shut_down()
        event.accept()

    def shut_down(self) -> None:
        """Stop all work and free the graphics card, without asking."""
        # While panels can still hear of it: Qt hides what it finds on the screen at the very end,
        # when Python is half gone.
        self.hide()
        self.viewport.shut_down()
        self.autosaver.close()
        self.studio.close()


def _dropped(event: QDropEvent) -> Sequence[str]:
    urls = event.mimeData().urls()
    return [url.toLocalFile() for url in urls if url.isLocalFile()]
