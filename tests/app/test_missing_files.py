from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mien.editing.document import Asset
from mien.resources import resource
from mien_studio.dialogs.missing import MissingFilesDialog, found_beside


def asset(path: Path) -> Asset:
    return Asset(path.name, "avatar", path.stem, str(path))


def test_files_beside_one_that_was_found_are_found_with_it(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for name in ("a.ply", "b.ply", "deep/c.ply"):
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).touch()
    missing = [asset(old / name) for name in ("a.ply", "b.ply", "deep/c.ply", "gone.ply")]
    found = found_beside(missing, missing[0], new / "a.ply")
    assert found == {"b.ply": new / "b.ply", "c.ply": new / "deep" / "c.ply"}


def test_a_renamed_file_still_leads_to_those_beside_it(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.ply").touch()
    missing = [asset(tmp_path / "old" / name) for name in ("a.ply", "b.ply")]
    found = found_beside(missing, missing[0], tmp_path / "new" / "renamed.ply")
    assert found == {"b.ply": tmp_path / "new" / "b.ply"}


def test_the_dialog_can_only_be_accepted_with_something_found(qtbot, tmp_path):
    (tmp_path / "new").mkdir()
    for name in ("a.ply", "b.ply"):
        (tmp_path / "new" / name).touch()
    missing = tuple(asset(tmp_path / "old" / name) for name in ("a.ply", "b.ply"))
    dialog = MissingFilesDialog(missing)
    qtbot.addWidget(dialog)
    assert not dialog._accept.isEnabled()
    dialog.locate(missing[0], tmp_path / "new" / "a.ply")
    assert dialog._accept.isEnabled()
    assert set(dialog.found) == {"a.ply", "b.ply"}


def test_a_session_whose_files_moved_asks_and_goes_on(window, tmp_path, wait_for):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    for name in ("ada", "kofi"):
        source = resource(f"demo/{name}.avatar")
        (before / source.name).write_bytes(source.read_bytes())
    session = window.studio.session
    window.files.open([before / "ada.avatar", before / "kofi.avatar"])
    wait_for(lambda: session.avatar() is not None)
    saved = tmp_path / "elsewhere" / "work.mien"
    saved.parent.mkdir()
    session.save(saved)
    before.rename(after)
    window.files.new()
    assert not session.document.assets

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, MissingFilesDialog)
        dialog.locate(dialog._missing[0], after / "ada.avatar")
        dialog.accept()

    QTimer.singleShot(0, window, answer)
    assert window.files.open_session(saved)
    assert [Path(held.path).parent for held in session.document.assets] == [after, after]
    wait_for(lambda: session.avatar() is not None)
    assert session.history.modified, "the new places are worth saving"
    window.studio.undo()
    assert [Path(held.path).parent for held in session.document.assets] == [before, before]
    session.history.mark_saved()
