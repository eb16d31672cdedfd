"""FolderPanel: what panels share that watch a folder of results."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from mien_studio.bridge.folder_watcher import FolderWatcher
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import link_button, push_button
from mien_studio.widgets.section import Section


class FolderPanel(QWidget):
    """Ask for a folder, say what is in it, and follow it while it is seen.

    Args:
        watcher: Reads the folder.
        what: It is of, as in "training".
        nothing: Said while no folder is chosen.
        tiles: Stands under what is said of the folder.
        parent: The widget that it is in.
    """

    def __init__(
        self,
        watcher: FolderWatcher,
        what: str,
        nothing: str,
        *,
        tiles: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._followed, self._what, self._nothing = watcher, what, nothing
        self._head = Section(what.capitalize())
        self._head.content.setSpacing(tokens.SPACE_S)
        self._other = link_button("other", self.choose, tip="Watch another folder")
        self._head.add_action(self._other)
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("role", "note")
        self.begin = push_button("Choose a folder…", self.choose, primary=True)
        self.again = push_button("", self._watch_recent)
        for widget in (self.told, tiles, self.begin, self.again):
            if widget is not None:
                self._head.add(widget)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow it while it is seen."""
        super().showEvent(event)
        self._followed.set_looking(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while it is not."""
        super().hideEvent(event)
        self._followed.set_looking(False)

    def choose(self) -> None:
        """Ask for a folder and watch it."""
        start = self._followed.folder or self._followed.recent or Path.home()
        chosen = QFileDialog.getExistingDirectory(self, f"Watch a {self._what}", str(start))
        if chosen:
            self._followed.watch(Path(chosen))

    def _show_folder(self, described: str | None) -> None:
        """Show which folder it is, and what is in it or why it cannot be read."""
        folder, error, recent = self._followed.folder, self._followed.error, self._followed.recent
        self._head.set_title(self._what.capitalize() if folder is None else folder.name)
        self._head.setToolTip("" if folder is None else str(folder))
        self._other.setVisible(folder is not None)
        self.begin.setVisible(folder is None)
        self.again.setVisible(folder is None and recent is not None)
        self.again.setText("" if recent is None else f"Go on watching {recent.name}")
        if error is not None:
            self.told.setText(f"{error.message}. {error.hint}".strip())
        else:
            self.told.setText(self._nothing if described is None else described)

    def _watch_recent(self) -> None:
        recent = self._followed.recent
        if recent is not None:
            self._followed.watch(recent)
