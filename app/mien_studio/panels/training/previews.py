"""Previews of a training: what people held out look like by now, and how they did before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mien_studio.theme import tokens
from mien_studio.widgets.buttons import icon_button, link_button


class Picture(QWidget):
    """A picture as wide as there is room, and as high as it then is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_pixmap(self, pixmap: QPixmap) -> None:
        """Show another one."""
        self._pixmap = pixmap
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Return that narrower means lower."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at a width."""
        if self._pixmap.isNull():
            return 0
        wide = min(width, self._pixmap.width())
        return round(wide * self._pixmap.height() / self._pixmap.width())

    def sizeHint(self) -> QSize:
        """Return the size at the width there is."""
        return QSize(240, self.heightForWidth(max(self.width(), 240)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it, with the corners of everything else."""
        del event
        if self._pixmap.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = min(self.width(), self._pixmap.width())
        place = QRectF(0, 0, wide, self.heightForWidth(self.width()))
        outline = QPainterPath()
        outline.addRoundedRect(place, tokens.RADIUS, tokens.RADIUS)
        painter.fillPath(outline, QColor(tokens.VIEWPORT))
        painter.setClipPath(outline)
        painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))


class PreviewViewer(QWidget):
    """Show previews, the newest first, and walk back through them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._previews: dict[int, Path] = {}
        self._shown: tuple[int, Path, float] | None = None
        self._held: int | None = None
        self.caption = QLabel()
        self.caption.setProperty("role", "note")
        self.back = icon_button("step-back", "Earlier preview", lambda: self.step(-1))
        self.forth = icon_button("step-forward", "Later preview", lambda: self.step(1))
        self.newest = link_button("newest", self.follow, tip="Follow the training again")
        self.picture = Picture()
        self.picture.setAccessibleName("Preview")
        columns = QLabel("goes in  ·  photograph  ·  drawn")
        columns.setProperty("role", "note")
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_XS)
        head.addWidget(self.caption, 1)
        for button in (self.newest, self.back, self.forth):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(head)
        column.addWidget(self.picture)
        column.addWidget(columns)

    @property
    def step_shown(self) -> int | None:
        """The step whose preview is seen."""
        return None if self._shown is None else self._shown[0]

    def set_previews(self, previews: Mapping[int, Path]) -> None:
        """Show others; whoever looks at an earlier one goes on looking at it."""
        self._previews = dict(sorted(previews.items()))
        if self._held is not None and self._held not in self._previews:
            self._held = None
        self.setVisible(bool(self._previews))
        self._show()

    def step(self, by: int) -> None:
        """Look at an earlier or a later one."""
        steps = list(self._previews)
        if not steps:
            return
        at = steps.index(self._held) if self._held is not None else len(steps) - 1
        at = min(max(at + by, 0), len(steps) - 1)
        self._held = None if at == len(steps) - 1 else steps[at]
        self._show()

    def follow(self) -> None:
        """Look at the newest one, now and from now on."""
        self._held = None
        self._show()

    def _show(self) -> None:
        steps = list(self._previews)
        if not steps:
            self._shown = None
            return
        step = self._held if self._held is not None else steps[-1]
        path = self._previews[step]
        stamp = path.stat().st_mtime if path.exists() else 0.0
        if self._shown != (step, path, stamp):
            pixmap = QPixmap(str(path))
            # One that is being written is shown the next time.
            if not pixmap.isNull():
                self._shown = step, path, stamp
                self.picture.set_pixmap(pixmap)
        place = steps.index(step)
        self.caption.setText(f"Step {step:,}  ·  {place + 1} of {len(steps)}")
        self.back.setEnabled(place > 0)
        self.forth.setEnabled(place < len(steps) - 1)
        self.newest.setVisible(self._held is not None)
