"""Review: how near what A shows comes to the photographs, in figures, pictures and notes."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from mien_studio.bridge.actions import Action
from mien_studio.bridge.studio import Studio
from mien_studio.panels.registry import Area, panel
from mien_studio.panels.review.figures import Figures
from mien_studio.panels.review.notes import NotesView
from mien_studio.panels.review.recipe import RecipeEditor, told
from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button, push_button
from mien_studio.widgets.progress_row import ProgressRow
from mien_studio.widgets.scrolling import ScrollColumn
from mien_studio.widgets.section import Section

NO_CAPTURE = "Drop a capture on the window: its photographs are what avatars are measured against."
NOT_MEASURED = "Nothing measured yet. Figures and curves come in while it goes on."
STALE = "A, the capture or the recipe changed since: measure again"


@panel
class ReviewPanel(QWidget):
    """Measure against ground truth, find what is worst, write about it."""

    name: ClassVar[str] = "review"
    title: ClassVar[str] = "Review"
    area: ClassVar[Area] = "right"
    order: ClassVar[int] = 4

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._reviewer = studio.reviewer
        self.figures = Figures(studio)
        column = ScrollColumn()
        for section in (self._make_head(), self.figures, self._make_notes()):
            column.add(section)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._add_actions()
        self._reviewer.changed.connect(self.refresh)
        studio.document_changed.connect(self.refresh)
        studio.asset_changed.connect(self.refresh)
        self.refresh()

    # Making

    def _make_head(self) -> Section:
        section = Section("Ground truth")
        section.content.setSpacing(tokens.SPACE_S)
        self._more = icon_button("export", "Export the review", self._open_menu)
        section.add_action(self._more)
        self._line = _note("")
        self._edit = link_button("edit", self._toggle_editor, tip="Change what is measured")
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self._line, 1)
        row.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignTop)
        self.editor = RecipeEditor()
        self.editor.hide()
        self.editor.changed.connect(self._reviewer.set_scope)
        self.button = push_button("Measure", self._reviewer.measure, primary=True)
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._reviewer.cancel)
        self.empty = _note(NO_CAPTURE)
        self.stale = _note(STALE, role="warning")
        section.content.addLayout(row)
        for widget in (self.editor, self.empty, self.button, self.progress, self.stale):
            section.add(widget)
        return section

    def _make_notes(self) -> Section:
        section = Section("Notes")
        section.content.setSpacing(tokens.SPACE_XS)
        self.notes = NotesView(self._studio)
        section.add_action(icon_button("plus", "Add a note here", self._add_note))
        section.add(self.notes)
        return section

    def _add_actions(self) -> None:
        add, reviewer = self._studio.actions.add, self._reviewer
        menu = "View/Review"

        def has_review() -> bool:
            return reviewer.review is not None

        def nothing_under_way() -> bool:
            return reviewer.can_measure

        def is_drawing() -> bool:
            return self._studio.notebook.drawing

        add(Action("review.evaluate", "Measure against Ground Truth", reviewer.measure, "", menu,
                   enabled=nothing_under_way, icon="review"))  # fmt: skip
        add(Action("review.note", "Add a Note", self._add_note, "N", menu, group=1, icon="note"))
        add(Action("review.draw", "Draw on the Note", self._toggle_pen, "Shift+N", menu, group=1,
                   enabled=lambda: self._studio.notebook.open_note is not None, checkable=True,
                   checked=is_drawing, icon="pen"))  # fmt: skip
        add(Action("review.export_page", "Export Review as a Page…",
                   lambda: self._export("html"), "", menu, group=2, enabled=has_review,
                   icon="export"))  # fmt: skip
        add(Action("review.export_table", "Export Review as a Table…",
                   lambda: self._export("csv"), "", menu, group=2, enabled=has_review))  # fmt: skip
        add(Action("review.command", "Copy the Command that Measures", self._copy_command, "", menu,
                   group=2, enabled=lambda: bool(reviewer.command()), icon="terminal"))  # fmt: skip

    # What is shown

    def refresh(self, _what: object = None) -> None:
        """Show what is measured, how far it is, and what was found."""
        reviewer = self._reviewer
        asset, review, task = reviewer.capture, reviewer.review, reviewer.task
        capture = self._studio.session.library.capture(asset.id) if asset is not None else None
        self.editor.show_scope(reviewer.scope, capture)
        self._line.setText(told(reviewer.scope, capture))
        for widget in (self._line, self._edit):
            widget.setVisible(asset is not None)
        if asset is None:
            self.editor.hide()
        self.empty.setText(NO_CAPTURE if asset is None else NOT_MEASURED)
        self.empty.setVisible(asset is None or (review is None and task is None))
        self.button.setVisible(task is None and asset is not None)
        self.button.setEnabled(reviewer.can_measure)
        self._show_button(
            "Measure" if review is None else "Measure again",
            primary=review is None or reviewer.stale or not review.whole,
        )
        self.progress.setVisible(task is not None)
        if task is not None:
            self.progress.show_progress(task.message or "starting", task.fraction)
        self.stale.setVisible(task is None and reviewer.stale)
        self.figures.show_review(review)

    def _show_button(self, text: str, *, primary: bool) -> None:
        """Let the button be loud only where measuring is what comes next."""
        self.button.setText(text)
        role = "primary" if primary else ""
        if self.button.property("role") != role:
            self.button.setProperty("role", role)
            self.button.style().polish(self.button)

    # Changing it

    def _toggle_editor(self) -> None:
        self.editor.setHidden(not self.editor.isHidden())
        self._edit.setText("edit" if self.editor.isHidden() else "done")

    def _add_note(self) -> None:
        self.notes.add()

    def _toggle_pen(self) -> None:
        self._studio.notebook.set_drawing(not self._studio.notebook.drawing)

    # Writing it

    def _open_menu(self) -> None:
        actions = self._studio.actions
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action_id in ("review.export_page", "review.export_table", "review.command"):
            action = actions.get(action_id)
            menu.addAction(action.title, action.run).setEnabled(action.can_run)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _export(self, suffix: str) -> None:
        review = self._reviewer.review
        if review is None:
            return
        folder = self._studio.settings.text("folder", str(Path.home()))
        name = f"{review.evaluation.subject} against {review.evaluation.capture}.{suffix}"
        kind = "Pages (*.html)" if suffix == "html" else "Tables (*.csv)"
        path, _ = QFileDialog.getSaveFileName(
            self, "Export review", str(Path(folder) / name.replace("/", "-")), kind
        )
        if path:
            self.export(Path(path).with_suffix(f".{suffix}"))

    def export(self, path: Path) -> None:
        """Write the review to a page or a table beside everything else, and say so."""

        def done(written: Path) -> None:
            self._studio.notice("info", f"Wrote {written.name}", self._reviewer.command(written))

        self.notes.keep()
        self._reviewer.export(path, done=done)

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._reviewer.command())
        self._studio.notice("info", "Copied the command that measures", self._reviewer.command())


def _note(text: str, role: str = "note") -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
