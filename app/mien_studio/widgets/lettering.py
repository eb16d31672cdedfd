"""Fonts of the few kinds of text there are: captions, labels and numbers that stay in column."""

from __future__ import annotations

from PySide6.QtGui import QFont, QGuiApplication

from mien_studio.theme import tokens


def _font(pixels: int) -> QFont:
    font = QFont(QGuiApplication.font())
    font.setPixelSize(pixels)
    return font


def label_font() -> QFont:
    """Return the font of names and sentences."""
    return _font(tokens.FONT_SIZE_SMALL)


def number_font() -> QFont:
    """Return the font of values: all digits of one width, so that nothing dances."""
    font = _font(tokens.FONT_SIZE_SMALL)
    # Qt before 6.7 has no font features; most interface fonts have tabular digits anyway.
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def caption_font() -> QFont:
    """Return the font of section titles: small, bold, letter-spaced capitals."""
    font = _font(tokens.FONT_SIZE_CAPTION)
    font.setBold(True)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
    return font
