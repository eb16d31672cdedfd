"""Files: opening, dropping, saving, what was opened lately, and what has gone missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from mien.editing.commands import RelinkAsset
from mien.editing.document import Document
from mien.errors import MienError
from mien.session.demo import demo_document, first_document
from mien.session.library import template_asset
from mien.session.recovery import Recoverable, forget
from mien.session.store import load_session, missing_assets
from mien.session.view_state import ViewState
from mien_studio.bridge.autosaver import Autosaver
from mien_studio.bridge.studio import Studio
from mien_studio.dialogs.missing import MissingFilesDialog

SUFFIX = ".mien"
_SESSIONS = f"Mien sessions (*{SUFFIX})"
_EVERYTHING = "All files (*)"

Answer = Literal["save", "discard", "cancel"]


class Files(QObject):
    """What the File menu does.

    Args:
        studio: Whose session it is.
        autosaver: Is told when work is safe.
        window: The parent of dialogs.
    """

    changed = Signal()
    """Name or modified state of the session may be another."""

    def __init__(self, studio: Studio, autosaver: Autosaver, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._autosaver = autosaver
        self._window = window
        self._name = ""
        studio.document_changed.connect(self.changed)

    @property
    def name(self) -> str:
        """What the session is called."""
        path = self._studio.session.path
        return path.name if path is not None else self._name or "Untitled"

    # Opening

    def open_dialog(self) -> None:
        """Ask for files and open them."""
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, "Open", self._folder(), f"{_EVERYTHING};;{_SESSIONS}"
        )
        self.open(paths)

    def open(self, paths: Sequence[str | Path]) -> None:
        """Open a session, or add avatars, videos and tracks to this one."""
        given = [Path(path) for path in paths]
        sessions = [path for path in given if path.suffix.lower() == SUFFIX]
        others = [path for path in given if path not in sessions]
        if sessions:
            if len(sessions) > 1:
                self._studio.notice("warning", "One session at a time: the first one was opened")
            self.open_session(sessions[0])
        absent = [path for path in others if not path.exists()]
        for path in absent:
            self._studio.notice("error", f"{path}: no such file")
        present = [path for path in others if path.exists()]
        if present:
            if self._name == "Demo" and not self._studio.session.history.modified:
                self._leave_demo()
            self._studio.session.add_files(present)
            for path in present:
                self._remember(path)

    def choose_template(self) -> None:
        """Offer the head templates there are."""
        menu = self.template_menu()
        menu.popup(self._window.mapToGlobal(self._window.rect().center()))

    def template_menu(self) -> QMenu:
        """Return a menu of the head templates: ours, and those that may be put in place."""
        from mien.template.selection import template_names, template_title

        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        for name in template_names():
            menu.addAction(template_title(name)).triggered.connect(
                lambda _checked=False, name=name: self.open_template(name)
            )
        menu.addSeparator()
        menu.addAction("From a File…").triggered.connect(lambda _checked=False: self.open_dialog())
        return menu

    def open_template(self, name: str) -> None:
        """Show a head template, or say how to get it."""
        try:
            asset = template_asset(name)
        except MienError as error:
            self._studio.report(error)
            return
        if self._name == "Demo" and not self._studio.session.history.modified:
            self._leave_demo()
        self._studio.session.add_assets((asset,))

    def open_session(self, path: str | Path) -> bool:
        """Open a session instead of this one; return whether it was."""
        try:
            load_session(path)
        except MienError as error:
            self._studio.report(error)
            return False
        if not self.may_leave():
            return False
        try:
            self._studio.session.open(path)
        except MienError as error:
            self._studio.report(error)
            return False
        self._name = ""
        self._autosaver.discard()
        self._remember(Path(path))
        self.changed.emit()
        self.ask_for_missing()
        return True

    def new(self) -> None:
        """Begin with nothing."""
        if not self.may_leave():
            return
        self._clear()
        self.changed.emit()

    def open_demo(self, *, silently: bool = False) -> bool:
        """Show the demo, moving; return whether it ships with this Mien."""
        return self._show_demo(first_document, silently=silently)

    def open_painted(self) -> bool:
        """Show the painted people, who take no network; return whether they ship."""
        return self._show_demo(demo_document, silently=False)

    def _show_demo(self, made: Callable[[], Document | None], *, silently: bool) -> bool:
        try:
            document = made()
        except MienError as error:
            self._studio.report(error)
            return False
        if document is None:
            if not silently:
                self._studio.notice("info", "This installation has no demo people")
            return False
        if not self.may_leave():
            return False
        self._clear()
        self._name = "Demo"
        self._studio.session.show(document)
        self._studio.player.play()
        self.changed.emit()
        return True

    def fill_recent(self, menu: QMenu) -> None:
        """Put the files opened lately into a menu."""
        menu.clear()
        recent = self._studio.settings.recent_files
        for path in recent:
            entry = menu.addAction(Path(path).name)
            entry.setToolTip(path)
            entry.setEnabled(Path(path).exists())
            entry.triggered.connect(lambda _checked=False, path=path: self.open([path]))
        if not recent:
            menu.addAction("Nothing opened yet").setEnabled(False)
        menu.setToolTipsVisible(True)

    # Saving

    def save(self) -> bool:
        """Save where the session came from, or ask; return whether it is saved."""
        path = self._studio.session.path
        return self.save_as() if path is None else self._save_to(path)

    def save_as(self) -> bool:
        """Ask where to save; return whether it is saved."""
        name = str(Path(self._folder()) / Path(self.name).with_suffix(SUFFIX))
        path, _ = QFileDialog.getSaveFileName(self._window, "Save session", name, _SESSIONS)
        if not path:
            return False
        target = Path(path)
        return self._save_to(target if target.suffix else target.with_suffix(SUFFIX))

    def may_leave(self) -> bool:
        """Ask about unsaved work, if there is any; return whether it may go."""
        if not self._studio.session.history.modified:
            return True
        answer = self._ask()
        if answer == "save":
            return self.save()
        return answer == "discard"

    def _save_to(self, path: Path) -> bool:
        try:
            self._studio.session.save(path)
        except MienError as error:
            self._studio.report(error)
            return False
        self._autosaver.discard()
        self._remember(path)
        self._studio.notice("info", f"Saved {path.name}")
        self.changed.emit()
        return True

    def _ask(self) -> Answer:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(f"Save the changes to {self.name}?")
        box.setInformativeText("They are lost otherwise.")
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        chosen = box.exec()
        box.deleteLater()
        answers: dict[int, Answer] = {button.Save.value: "save", button.Discard.value: "discard"}
        return answers.get(chosen, "cancel")

    # After a crash, after a move

    def recover(self, item: Recoverable) -> bool:
        """Go on with work that was left behind; return whether it could be read."""
        try:
            document, view = load_session(item.autosave)
        except MienError as error:
            self._studio.report(error)
            return False
        session = self._studio.session
        session.path = item.original
        session.restore(document, view)
        # What was recovered is saved nowhere but in the copy that goes now.
        session.history.mark_unsaved()
        self._name = "Recovered"
        self._autosaver.save_now()
        forget(item)
        self.changed.emit()
        self.ask_for_missing()
        return True

    def forget(self, item: Recoverable) -> None:
        """Delete work that was left behind."""
        forget(item)

    def ask_for_missing(self) -> None:
        """Ask where files have gone that the session refers to."""
        missing = missing_assets(self._studio.session.document)
        if not missing:
            return
        dialog = MissingFilesDialog(missing, self._window)
        if dialog.exec():
            self.relink(dialog.found)
        dialog.deleteLater()

    def relink(self, found: dict[str, Path]) -> None:
        """Point assets at the places their files moved to, as one step."""
        if not found:
            return
        self._studio.begin_gesture("Locate files")
        for asset_id, path in found.items():
            self._studio.push(RelinkAsset(asset_id, str(path)))
        self._studio.end_gesture()

    def _clear(self) -> None:
        session = self._studio.session
        session.path, self._name = None, ""
        session.restore(Document(), ViewState())
        self._autosaver.discard()

    def _leave_demo(self) -> None:
        # Whoever brings files of their own wants to see these, still and alone.
        self._clear()

    def _remember(self, path: Path) -> None:
        self._studio.settings.add_recent(path)
        self._studio.settings.set("folder", str(path.resolve().parent))

    def _folder(self) -> str:
        return self._studio.settings.text("folder", str(Path.home()))
