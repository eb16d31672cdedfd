"""The dialog for files that are not where a session says they are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mien.editing.document import Asset
from mien_studio.theme import tokens


def found_beside(missing: Iterable[Asset], moved: Asset, to: Path) -> dict[str, Path]:
    """Return where other missing files are, going by where one of them moved to.

    Looked for are files of the same name beside it, and in the same place relative to it as before.
    """
    found: dict[str, Path] = {}
    for asset in missing:
        if asset.id == moved.id:
            continue
        old = Path(asset.path)
        candidates = [to.parent / old.name, *_same_move(old, Path(moved.path), to)]
        place = next((path for path in candidates if path.exists()), None)
        if place is not None:
            found[asset.id] = place
    return found


def _same_move(old: Path, moved: Path, to: Path) -> list[Path]:
    # What the old and the new place of the moved file end with in common moved along with it.
    kept = 0
    while (
        kept < min(len(moved.parts), len(to.parts)) - 1
        and moved.parts[-1 - kept] == to.parts[-1 - kept]
    ):
        kept += 1
    if not kept:
        return []
    before = Path(*moved.parts[: len(moved.parts) - kept])
    after = Path(*to.parts[: len(to.parts) - kept])
    return [after / old.relative_to(before)] if old.is_relative_to(before) else []


class MissingFilesDialog(QDialog):
    """Ask for each missing file; those beside one that was found are found with it.

    Args:
        missing: What is not there.
        parent: The window.
    """

    def __init__(self, missing: tuple[Asset, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Missing files")
        self.setMinimumWidth(560)
        self._missing = missing
        self.found: dict[str, Path] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(tokens.SPACE_M)
        count = "A file is" if len(missing) == 1 else f"{len(missing)} files are"
        title = QLabel(f"{count} not where this session left them")
        title.setProperty("role", "title")
        column.addWidget(title)
        text = QLabel("Locate one; others that moved along with it are found by themselves.")
        text.setProperty("role", "muted")
        column.addWidget(text)
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.SPACE_M)
        grid.setVerticalSpacing(tokens.SPACE_S)
        grid.setColumnStretch(1, 1)
        self._places: dict[str, QLabel] = {}
        for row, asset in enumerate(missing):
            grid.addWidget(QLabel(asset.name), row, 0)
            place = QLabel(asset.path)
            place.setProperty("role", "muted")
            place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._places[asset.id] = place
            grid.addWidget(place, row, 1)
            button = QPushButton("Locate…")
            button.clicked.connect(partial(self._locate, asset))
            grid.addWidget(button, row, 2)
        column.addLayout(grid)
        column.addSpacing(tokens.SPACE_S)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.button(standard.Ok).setText("Use these")
        buttons.button(standard.Cancel).setText("Open without them")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._accept = buttons.button(standard.Ok)
        self._accept.setEnabled(False)
        column.addWidget(buttons)

    def locate(self, asset: Asset, path: Path) -> None:
        """Take a file's new place, and those of others that went with it."""
        self.found[asset.id] = path
        left = [held for held in self._missing if held.id not in self.found]
        self.found.update(found_beside(left, asset, path))
        for asset_id, place in self.found.items():
            label = self._places[asset_id]
            label.setText(str(place))
            label.setStyleSheet(f"color: {tokens.GREEN};")
        self._accept.setEnabled(True)
        if len(self.found) == len(self._missing):
            self._accept.setFocus()

    def _locate(self, asset: Asset, _checked: bool = False) -> None:
        name = Path(asset.path).name
        path, _ = QFileDialog.getOpenFileName(
            self, f"Where is {name}?", str(Path.home()), f"{name};;All files (*)"
        )
        if path:
            self.locate(asset, Path(path))
