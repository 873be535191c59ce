"""Colours that can be read: where the desktop's theme has two too alike, one is moved away.

Qt's own light theme writes white on a blue of 3.7 : 1, and hints in fields with 4 : 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

# To 1, as WCAG 2 counts; it asks for 4.5, and thin strokes are drawn half in their ground's colour.
ENOUGH = 5.5
STEPS = 20
GROUPS = (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive)


class Colours(QWidget):
    """Keeps the program's palette legible, whatever theme the desktop changes to; never shown."""

    def __init__(self) -> None:
        super().__init__()
        self.ensurePolished()  # else it hears of no theme
        self._mend()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._mend()

    def _mend(self) -> None:
        now = QApplication.palette()
        mended = legible(now)
        if mended != now:
            QApplication.setPalette(mended)


def legible(palette: QPalette) -> QPalette:
    """The palette with another ground of what is chosen and another hint, where it needs them."""
    mended, roles = QPalette(palette), QPalette.ColorRole
    for group in GROUPS:
        words, ground = (palette.color(group, r) for r in (roles.HighlightedText, roles.Highlight))
        away = QColor("black" if _light(words) > _light(ground) else "white")
        if contrast(words, ground) < ENOUGH:
            tried = (_mixed(ground, away, step) for step in range(1, STEPS + 1))
            mended.setColor(group, roles.Highlight, _first(words, tried, away))
        base, text = palette.color(group, roles.Base), palette.color(group, roles.Text)
        hint = _over(palette.color(group, roles.PlaceholderText), base)
        if contrast(hint, base) < ENOUGH:
            tried = (_mixed(hint, text, step) for step in range(1, STEPS + 1))
            mended.setColor(group, roles.PlaceholderText, _first(base, tried, text))
    return mended


def contrast(one: QColor, other: QColor) -> float:
    """1 to 21, of opaque colours."""
    lights = sorted((_light(one), _light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _first(against: QColor, tried: Iterator[QColor], last: QColor) -> QColor:
    return next((colour for colour in tried if contrast(colour, against) >= ENOUGH), last)


def _mixed(one: QColor, other: QColor, step: int) -> QColor:
    """So many steps of the way from one to the other."""
    return _over(QColor(other.red(), other.green(), other.blue(), 255 * step // STEPS), one)


def _over(colour: QColor, ground: QColor) -> QColor:
    """What is seen of a colour that the ground shines through."""
    share = colour.alphaF()
    parts = zip(_parts(colour), _parts(ground), strict=True)
    return QColor(*(round(share * top + (1 - share) * below) for top, below in parts))


def _light(colour: QColor) -> float:
    """The relative luminance, 0 to 1."""
    parts = (part / 255 for part in _parts(colour))
    linear = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
