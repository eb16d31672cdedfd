"""The export dialog: what, how large, where to, and the command that does the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mien.editing.document import Slot
from mien.errors import MienError
from mien.workers import Task
from mien_studio.bridge.actions import Action
from mien_studio.bridge.studio import Studio
from mien_studio.dialogs.export_jobs import (
    SUFFIXES,
    Export,
    What,
    command_for,
    job_for,
    with_suffix,
)
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, push_button
from mien_studio.widgets.progress_row import ProgressRow
from mien_studio.widgets.segments import Segments

KINDS: tuple[tuple[What, str], ...] = (
    ("picture", "Picture"),
    ("timeline", "Timeline"),
    ("turntable", "Turntable"),
    ("avatar", "Avatar"),
    ("track", "Track"),
    ("trajectory", "Cameras"),
)
SIZES = (
    ("1080 × 1080", (1080, 1080)),
    ("1920 × 1080", (1920, 1080)),
    ("1080 × 1920", (1080, 1920)),
    ("3840 × 2160", (3840, 2160)),
    ("4096 × 4096", (4096, 4096)),
)
MAX_SIDE = 16384


class ExportDialog(QDialog):
    """Choose what to write and follow how it is written."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._task: Task | None = None
        self.setWindowTitle("Export")
        self.setMinimumWidth(560)
        self.kind = Segments(KINDS)
        self.kind.setAccessibleName("What to export")
        self.kind.chosen.connect(self._on_kind)
        self.slot = Segments((("A", "A"), ("B", "B")))
        self.slot.setAccessibleName("Which of A and B")
        self.slot.setEnabled(studio.session.document.look("B") is not None)
        self.slot.chosen.connect(self._refresh)
        self._make_fields()
        self.path = QLineEdit(str(Path.home() / self._suggested("picture")))
        self.path.setAccessibleName("File to write")
        self.path.textChanged.connect(self._refresh)
        self.command = QPlainTextEdit()
        self.command.setReadOnly(True)
        self.command.setFixedHeight(72)
        self.command.setAccessibleName("The same as a command")
        self.command.setProperty("role", "code")
        self._no_command = QLabel("There is no command for this yet.")
        self._no_command.setProperty("role", "note")
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._cancel)
        self.progress.hide()
        self.problem = QLabel()
        self.problem.setProperty("role", "warning")
        self.problem.setWordWrap(True)
        self.go = push_button("Export", self.start, primary=True)
        self.go.setDefault(True)
        self._lay_out()
        studio.task_changed.connect(self._on_task)
        self._on_kind(self.kind.current)

    # Making

    def _make_fields(self) -> None:
        self.preset = QComboBox()
        for text, size in SIZES:
            self.preset.addItem(text, size)
        self.preset.setAccessibleName("Size")
        self.preset.setMinimumWidth(148)
        self.preset.activated.connect(self._take_size)
        self.width_field, self.height_field = QSpinBox(), QSpinBox()
        for field, name, value in (
            (self.width_field, "Width", 1080),
            (self.height_field, "Height", 1080),
        ):
            field.setRange(16, MAX_SIDE)
            field.setValue(value)
            field.setSuffix(" px")
            field.setMinimumWidth(104)
            field.setAccessibleName(name)
            field.valueChanged.connect(self._refresh)
        self.transparent = QCheckBox("Transparent background")
        self.beside = QCheckBox("Driving video beside it")
        self.beside.setChecked(True)
        self.posed = QCheckBox("In the expression shown now")
        self.posed.setChecked(True)
        for box in (self.transparent, self.beside, self.posed):
            box.toggled.connect(self._refresh)
        self.turn_secs = QDoubleSpinBox()
        self.turn_secs.setRange(0.5, 120)
        self.turn_secs.setValue(6)
        self.turn_secs.setSuffix(" s")
        self.turn_secs.setAccessibleName("Length of the turn")
        self.turn_secs.valueChanged.connect(self._refresh)
        self.rate = QDoubleSpinBox()
        self.rate.setRange(0, 120)
        self.rate.setDecimals(2)
        self.rate.setSpecialValueText("as the source")
        self.rate.setSuffix(" fps")
        self.rate.setAccessibleName("Frames per second")
        self.rate.valueChanged.connect(self._refresh)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        margin = tokens.SPACE_L
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.kind)
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.SPACE_M)
        grid.setVerticalSpacing(tokens.SPACE_S)
        grid.setColumnMinimumWidth(0, 96)
        grid.setColumnStretch(1, 1)
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        sizes = _side_by_side(self.preset, self.width_field, self.height_field)
        browse = icon_button("folder", "Choose the file", self._browse, side=28)
        for name, text, widget in (
            ("slot", "Of", _side_by_side(self.slot)),
            ("size", "Size", sizes),
            ("transparent", "", self.transparent),
            ("beside", "", self.beside),
            ("posed", "", self.posed),
            ("turn", "Turn", _side_by_side(self.turn_secs)),
            ("rate", "Rate", _side_by_side(self.rate)),
            ("path", "File", _side_by_side(self.path, browse, stretch=self.path)),
        ):
            label = QLabel(text)
            label.setProperty("role", "label")
            row = len(self._rows)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(widget, row, 1)
            self._rows[name] = (label, widget)
        column.addLayout(grid)
        caption = QLabel("The same without a window")
        caption.setProperty("role", "note")
        copy = icon_button("copy", "Copy the command", self.copy_command)
        column.addWidget(_side_by_side(caption, copy, stretch=caption))
        column.addWidget(self.command)
        column.addWidget(self._no_command)
        column.addWidget(self.problem)
        column.addWidget(self.progress)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(push_button("Close", self.close))
        buttons.addWidget(self.go)
        column.addLayout(buttons)
        for box in (self.width_field, self.height_field, self.turn_secs, self.rate):
            box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)

    # What is shown

    @property
    def wish(self) -> Export:
        """What the fields say."""
        return with_suffix(
            Export(
                what=cast(What, self.kind.current),
                path=Path(self.path.text() or self._suggested(self.kind.current)),
                slot=cast(Slot, self.slot.current),
                size=(self.width_field.value(), self.height_field.value()),
                transparent=self.transparent.isChecked(),
                beside=self.beside.isChecked(),
                rate=self.rate.value() or None,
                turn_secs=self.turn_secs.value(),
                posed=self.posed.isChecked(),
                renderer=self._studio.frames.renderer or "cpu",
            )
        )

    def _suggested(self, what: str) -> str:
        avatar = self._studio.session.avatar("A")
        stem = avatar.name if avatar is not None else "mien"
        return f"{stem}{SUFFIXES[cast(What, what)][0]}"

    def _on_kind(self, what: str) -> None:
        video = what in ("timeline", "turntable")
        drawn = video or what in ("picture", "trajectory")
        shown = {
            "slot": what != "track",
            "size": drawn,
            "transparent": what == "picture",
            "beside": what == "timeline",
            "posed": what == "avatar",
            "turn": what in ("turntable", "trajectory"),
            "rate": video or what == "trajectory",
            "path": True,
        }
        for name, widgets in self._rows.items():
            for widget in widgets:
                widget.setVisible(shown[name])
        path = Path(self.path.text())
        self.path.setText(str(path.with_name(self._suggested(what))))
        self._refresh()

    def _take_size(self, index: int) -> None:
        width, height = self.preset.itemData(index)
        self.width_field.setValue(width)
        self.height_field.setValue(height)

    def _refresh(self, _what: object = None) -> None:
        session = self._studio.session
        command = command_for(session, self.wish)
        self.command.setPlainText(command)
        self.command.setVisible(bool(command))
        self._no_command.setVisible(not command)
        reason = self._reason()
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))
        busy = self._task is not None
        self.go.setEnabled(not reason and not busy)
        self.kind.setEnabled(not busy)
        self.resize(self.width(), self.minimumSizeHint().height())

    def _reason(self) -> str:
        session, what = self._studio.session, self.kind.current
        if what == "track":
            return "" if session.track is not None else "Choose a driving video or track first."
        if session.blend(cast(Slot, self.slot.current), session.view.state.time) is None:
            return f"There is nothing in {self.slot.current} to export: open an avatar first."
        if what == "timeline" and session.span.length <= 0:
            return "The timeline is empty: choose a driving source or add keyframes."
        if not self.wish.path.absolute().parent.is_dir():
            return f"There is no folder {self.wish.path.absolute().parent}."
        return ""

    # What can be done

    def choose(self, what: What) -> None:
        """Show the page of a kind of thing."""
        self.kind.set_current(what)
        self._on_kind(what)

    def copy_command(self) -> None:
        """Put the command on the clipboard."""
        QGuiApplication.clipboard().setText(self.command.toPlainText())

    def _browse(self) -> None:
        what = cast(What, self.kind.current)
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES[what])
        path, _chosen = QFileDialog.getSaveFileName(
            self, "Export to", self.path.text(), f"{dict(KINDS)[what]} ({kinds})"
        )
        if path:
            self.path.setText(path)

    def start(self) -> None:
        """Write it, beside everything else."""
        wish = self.wish
        try:
            job = job_for(self._studio.session, wish)
        except MienError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.path.setText(str(wish.path))
        self.progress.show_progress(f"Exporting {wish.path.name}", None)
        self.progress.show()
        self._task = self._studio.run(
            f"Exporting {wish.path.name}", job, done=self._on_done, failed=self._on_failed
        )
        self._refresh()

    def _on_task(self, task: object) -> None:
        if self._task is None or task is not self._task:
            return
        message = self._task.message
        self.progress.show_progress(f"Exporting {message}", self._task.fraction)
        if self._task.finished:
            self._task = None
            self.progress.hide()
            self._refresh()

    def _on_done(self, path: object) -> None:
        self._studio.notice("info", f"Exported {path}")

    def _on_failed(self, error: Exception) -> None:
        self.problem.setText(str(error))
        self.problem.show()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


def add_export_actions(studio: Studio, window: QWidget) -> None:
    """Add what opens the dialog to the File menu."""

    def show(what: What) -> None:
        dialog = ExportDialog(studio, window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.choose(what)
        dialog.open()

    entries: tuple[tuple[str, str, What, str, str], ...] = (
        ("file.export", "Export…", "picture", "Ctrl+E", "export"),
        ("file.export_timeline", "Export Timeline…", "timeline", "Ctrl+Shift+E", ""),
        ("file.export_avatar", "Export Avatar…", "avatar", "", ""),
    )
    for action_id, title, what, keys, icon_name in entries:
        studio.actions.add(
            Action(action_id, title, partial(show, what), keys, "File", group=2, icon=icon_name)
        )


def _side_by_side(*widgets: QWidget, stretch: QWidget | None = None) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(tokens.SPACE_S)
    for widget in widgets:
        row.addWidget(widget, 1 if widget is stretch else 0)
    if stretch is None:
        row.addStretch(1)
    return holder
