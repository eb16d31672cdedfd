"""Buttons of three weights: a bare icon, a quiet word, and one filled with the accent."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from mien_studio.theme import tokens
from mien_studio.theme.icons import icon


def icon_button(
    name: str,
    tip: str,
    run: Callable[[], object] | None = None,
    *,
    checkable: bool = False,
    side: int = 24,
    parent: QWidget | None = None,
) -> QToolButton:
    """Return a button that is only an icon; its tip is its name to screen readers."""
    button = QToolButton(parent)
    button.setProperty("role", "icon")
    button.setIcon(icon(name))
    button.setIconSize(QSize(side - 8, side - 8))
    button.setFixedSize(side, side)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(checkable)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if run is not None:
        button.clicked.connect(lambda _on=False: run())
    return button


def link_button(
    text: str,
    run: Callable[[], object] | None = None,
    *,
    tip: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """Return a quiet word that can be clicked, such as `reset` at the right of a title."""
    button = QPushButton(text, parent)
    button.setProperty("role", "link")
    button.setToolTip(tip)
    button.setAccessibleName(tip or text)
    button.setAutoDefault(False)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if run is not None:
        button.clicked.connect(lambda _on=False: run())
    return button


def push_button(
    text: str,
    run: Callable[[], object] | None = None,
    *,
    primary: bool = False,
    icon_name: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """Return an ordinary button, filled with the accent where it is what one came for."""
    button = QPushButton(text, parent)
    button.setProperty("role", "primary" if primary else "")
    button.setMinimumHeight(tokens.CONTROL)
    button.setAutoDefault(False)
    if icon_name:
        button.setIcon(icon(icon_name))
    if run is not None:
        button.clicked.connect(lambda _on=False: run())
    return button
