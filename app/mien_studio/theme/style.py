"""Dress an application: Fusion underneath, the palette, and the style sheet made of the tokens."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from mien.resources import resource
from mien_studio.theme import tokens


def apply_theme(application: QApplication) -> None:
    """Give an application the studio's look."""
    application.setStyle("Fusion")
    application.setPalette(_palette())
    application.setFont(_font())
    application.setStyleSheet(style_sheet())


def style_sheet() -> str:
    """Return the style sheet with the tokens filled in.

    Raises:
        KeyError: The sheet names a token there is none of.
    """
    sheet = Template(resource("theme/studio.qss").read_text(encoding="utf-8"))
    names = {name: value for name, value in vars(tokens).items() if name.isupper()}
    return sheet.substitute(names, THEME=resource("theme").as_posix())


def _font() -> QFont:
    font = QFont()
    font.setFamilies(list(tokens.FONT_FAMILIES))
    font.setPixelSize(tokens.FONT_SIZE)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.WINDOW,
        role.WindowText: tokens.TEXT,
        role.Base: tokens.RAISED,
        role.AlternateBase: tokens.PANEL,
        role.Text: tokens.TEXT,
        role.PlaceholderText: tokens.TEXT_MUTED,
        role.Button: tokens.RAISED,
        role.ButtonText: tokens.TEXT,
        role.ToolTipBase: tokens.RAISED,
        role.ToolTipText: tokens.TEXT,
        role.Highlight: tokens.ACCENT_STRONG,
        role.HighlightedText: tokens.TEXT_ON_ACCENT,
        role.Link: tokens.ACCENT,
        role.Light: tokens.HOVER,
        role.Mid: tokens.OUTLINE,
        role.Dark: tokens.HAIRLINE,
    }
    for color_role, color in colors.items():
        palette.setColor(color_role, QColor(color))
    for color_role in (role.Text, role.WindowText, role.ButtonText):
        disabled = QColor(tokens.TEXT_DISABLED)
        palette.setColor(QPalette.ColorGroup.Disabled, color_role, disabled)
    return palette
