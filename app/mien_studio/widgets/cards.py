"""Cards: pictures with a name under them, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mien_studio.theme import tokens
from mien_studio.theme.icons import icon_pixmap
from mien_studio.widgets.lettering import label_font, number_font

CARD = 72
CAPTION = 24
GAP = 8

CardState = Literal["ready", "loading", "failed"]


@dataclass(frozen=True)
class Card:
    """One picture.

    Args:
        key: Names it in signals.
        title: Under the picture.
        state: Whether the picture can be expected.
        badges: Letters in the corner, such as `A`.
        tip: Shown while the pointer rests on it, such as why it failed.
        dimmed: Whether it is shown but cannot be used, for the reason in `tip`.
        icon: Drawn where there is no picture.
        corner: A few words in the picture's corner, such as a figure.
    """

    key: str
    title: str
    state: CardState = "ready"
    badges: str = ""
    tip: str = ""
    dimmed: bool = False
    icon: str = "avatar"
    corner: str = ""


class CardGrid(QWidget):
    """Cards to choose from by mouse or keys.

    `activated` gives the key and whether Shift was held; `menu_wanted` the key and the place on the
    screen; `removed` the key whose card had the focus when Delete was pressed.

    Args:
        least: Side of the pictures where as many as possible stand side by side, pixels.
    """

    activated = Signal(str, bool)
    menu_wanted = Signal(str, QPoint)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, least: int = CARD) -> None:
        super().__init__(parent)
        self._least = least
        self._cards: tuple[Card, ...] = ()
        self._pixmaps: dict[str, QPixmap] = {}
        self._hovered: int | None = None
        self._current = 0
        self._turn = 0
        self._spinner = QTimer(self)
        self._spinner.setInterval(60)
        self._spinner.timeout.connect(self._spin)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Pictures")

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards in order."""
        return self._cards

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show other cards; pictures of those that stay are kept."""
        new = tuple(cards)
        if new == self._cards:
            return
        if len(new) != len(self._cards):
            self.updateGeometry()
        self._cards = new
        # What is loaded anew gets a new picture.
        present = {card.key for card in new if card.state == "ready"}
        self._pixmaps = {key: held for key, held in self._pixmaps.items() if key in present}
        self._current = min(self._current, max(len(new) - 1, 0))
        if any(card.state == "loading" for card in new):
            self._spinner.start()
        else:
            self._spinner.stop()
        self.setAccessibleDescription(", ".join(card.title for card in new))
        self.update()

    def set_pixmap(self, key: str, pixmap: QPixmap) -> None:
        """Set the picture of a card; one that left meanwhile is ignored."""
        if any(card.key == key for card in self._cards):
            self._pixmaps[key] = pixmap
            self.update()

    def has_pixmap(self, key: str) -> bool:
        """Return whether a card has its picture."""
        return key in self._pixmaps

    def _spin(self) -> None:
        self._turn = (self._turn + 20) % 360
        if not self.isVisible():
            self._spinner.stop()
        self.update()

    # Geometry

    def _columns(self, width: int) -> int:
        return max((width + GAP) // (self._least + GAP), 1)

    def _side(self) -> float:
        columns = self._columns(self.width())
        return min((self.width() - GAP * (columns - 1)) / columns, self._least * 1.75)

    def hasHeightForWidth(self) -> bool:
        """Return that narrower means higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows at a width."""
        columns = self._columns(width)
        side = min((width - GAP * (columns - 1)) / columns, self._least * 1.75)
        rows = -(-len(self._cards) // columns)
        return round(max(rows * (side + CAPTION + GAP) - GAP, 0))

    def sizeHint(self) -> QSize:
        """Return the size of two columns."""
        width = max(self.width(), 2 * self._least + GAP)
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return the size of one column."""
        return QSize(self._least, 0)

    def card_rect(self, index: int) -> QRectF:
        """Return where a card is, with its name."""
        side, columns = self._side(), self._columns(self.width())
        row, column = divmod(index, columns)
        return QRectF(column * (side + GAP), row * (side + CAPTION + GAP), side, side + CAPTION)

    def _index_at(self, place: QPoint) -> int | None:
        for index in range(len(self._cards)):
            if self.card_rect(index).contains(place):
                return index
        return None

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a card."""
        index = self._index_at(event.position().toPoint())
        if index is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._current = index
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.activated.emit(self._cards[index].key, shift)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the card under the pointer."""
        self._hover(self._index_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to rest."""
        self._hover(None)
        super().leaveEvent(event)

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            if index is None:
                self.unsetCursor()
            else:
                self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the card under the pointer or, by the menu key, the current one."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._current if by_key and self._cards else self._index_at(event.pos())
        if index is None:
            event.ignore()
            return
        place = self.mapToGlobal(self.card_rect(index).center().toPoint())
        self.menu_wanted.emit(self._cards[index].key, place if by_key else event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk by the arrow keys, choose by Enter, remove by Delete."""
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns(self.width()),
            Qt.Key.Key_Down: self._columns(self.width()),
        }  # fmt: skip
        move = next((step for key, step in moves.items() if key == event.key()), None)
        if not self._cards:
            event.ignore()
        elif move is not None:
            self._current = min(max(self._current + move, 0), len(self._cards) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.activated.emit(self._cards[self._current].key, shift)
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit(self._cards[self._current].key)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Show the tip of the card under the pointer; keep the arrow keys from the timeline."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(event.pos())
            tip = self._cards[index].tip or self._cards[index].title if index is not None else ""
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        override = event.type() == QEvent.Type.ShortcutOverride
        if (
            override
            and isinstance(event, QKeyEvent)
            and event.key() in (*arrows, Qt.Key.Key_Delete)
        ):
            event.accept()
            return True
        return super().event(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cards."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for index, card in enumerate(self._cards):
            rect = self.card_rect(index)
            if rect.intersects(QRectF(event.rect())):
                self._paint_card(painter, index, card, rect)

    def _paint_card(self, painter: QPainter, index: int, card: Card, rect: QRectF) -> None:
        box = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        path.addRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
        lit = index == self._hovered and not card.dimmed
        painter.fillPath(path, QColor(tokens.HOVER if lit else tokens.RAISED))
        picture = QRectF(rect.left(), rect.top(), rect.width(), rect.width())
        painter.save()
        painter.setClipPath(path)
        painter.setOpacity(0.35 if card.dimmed else 1.0)
        self._paint_picture(painter, card, picture)
        painter.restore()
        self._paint_title(painter, card, rect)
        for place, letter in enumerate(card.badges):
            _paint_badge(painter, letter, rect.left() + 4 + 20 * place, rect.top() + 4)
        if card.corner:
            _paint_corner(painter, card.corner, rect.right() - 4, rect.top() + 4)
        outline = QColor(tokens.ACCENT if card.badges else tokens.HAIRLINE)
        if self.hasFocus() and index == self._current and not card.badges:
            outline = QColor(tokens.TEXT_MUTED)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(outline, 1.5 if card.badges else 1))
        painter.drawPath(path)

    def _paint_picture(self, painter: QPainter, card: Card, picture: QRectF) -> None:
        pixmap = self._pixmaps.get(card.key)
        if card.state == "ready" and pixmap is not None:
            painter.drawPixmap(picture, pixmap, QRectF(pixmap.rect()))
            return
        middle = picture.center()
        if card.state == "loading":
            arc = QRectF(middle.x() - 10, middle.y() - 10, 20, 20)
            painter.setPen(QPen(QColor(tokens.TRACK), 2))
            painter.drawEllipse(arc)
            painter.setPen(QPen(QColor(tokens.ACCENT), 2))
            painter.drawArc(arc, -self._turn * 16, 90 * 16)
            return
        failed = card.state == "failed"
        color = tokens.AMBER if failed else tokens.TEXT_DISABLED
        name = "warning" if failed else card.icon
        drawn = icon_pixmap(name, color, 24, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(round(middle.x()) - 12, round(middle.y()) - 12), drawn)

    def _paint_title(self, painter: QPainter, card: Card, rect: QRectF) -> None:
        font = label_font()
        place = rect.adjusted(tokens.SPACE_S, rect.width(), -tokens.SPACE_S, 0)
        elide = Qt.TextElideMode.ElideMiddle
        text = QFontMetrics(font).elidedText(card.title, elide, int(place.width()))
        color = tokens.TEXT if card.badges else tokens.TEXT_SECONDARY
        painter.setFont(font)
        painter.setPen(QColor(tokens.TEXT_DISABLED if card.dimmed else color))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _paint_corner(painter: QPainter, text: str, right: float, top: float) -> None:
    painter.setFont(number_font())
    width = painter.fontMetrics().horizontalAdvance(text) + tokens.SPACE_S
    box = QRectF(right - width, top, width, 18)
    veil = QColor(tokens.WINDOW)
    veil.setAlpha(200)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
    painter.setPen(QColor(tokens.TEXT))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _paint_badge(painter: QPainter, letter: str, left: float, top: float) -> None:
    box = QRectF(left, top, 16, 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.ACCENT_STRONG if letter == "A" else tokens.PRESSED))
    painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
    font = label_font()
    font.setPixelSize(tokens.FONT_SIZE_CAPTION)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(tokens.TEXT_ON_ACCENT))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)
