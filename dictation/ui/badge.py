"""A badge on an icon for what waits."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap

SIZES = (16, 22, 24, 32, 48, 64)  # pixels that trays ask for
COUNTED = 32  # pixels from which a number can be read on it
BADGE, NUMBER = QColor("#1b1b1b"), QColor("#ffffff")


def badged(plain: QIcon, count: int) -> QIcon:
    """The icon with a badge at its lower right; the number where there is room for it."""
    if not count:
        return plain
    made = QIcon()
    for size in SIZES:
        made.addPixmap(_badged(plain.pixmap(size, size), size, count))
    return made


def _badged(picture: QPixmap, size: int, count: int) -> QPixmap:
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wide = size * (0.6 if size >= COUNTED else 0.5)
    spot = QRectF(size - wide, size - wide, wide, wide)
    edge = size / 24
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.white)  # a rim, as the badge may lie on any colour
    painter.drawEllipse(spot)
    painter.setBrush(BADGE)
    painter.drawEllipse(spot.adjusted(edge, edge, -edge, -edge))
    if size >= COUNTED:
        font = QFont()
        font.setBold(True)
        font.setPixelSize(round(wide * 0.62))
        painter.setFont(font)
        painter.setPen(NUMBER)
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, str(count) if count < 10 else "+")
    painter.end()
    return picture
