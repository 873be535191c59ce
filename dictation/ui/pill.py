"""The overlay's window: a pill at the bottom of the screen that never takes the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QRegion,
    QResizeEvent,
    QScreen,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from dictation.i18n import _
from dictation.ui import aloud
from dictation.ui.above import Above
from dictation.ui.newest_words import NewestWords
from dictation.ui.scene import Scene, Showing

WORDS: dict[Showing, str] = {
    "opening": _("Opening the microphone…"),
    "recording": _("Recording"),
    "quiet": _("Recording: too quiet"),
    "silent": _("Microphone is silent"),
    "transcribing": _("Transcribing…"),
    "delivering": _("Inserting the text…"),
}
COLUMNS = 58  # characters that a line of it holds
ROUND = 10  # pixels of its corners' radius
EDGE = 14  # pixels around what it shows
MARGIN = 24  # pixels to the screen's edge
TARGET = 28  # pixels that a button is high at least
BARS = (0.5, 0.8, 1.0, 0.8, 0.5)  # how high each reaches at full level


class Pill(Above):
    """Shows scenes; its two buttons are for the mouse, as it takes no keys."""

    def __init__(self, *, stop: Callable[[], object], cancel: Callable[[], object]) -> None:
        super().__init__(_("Dictation"))
        self.meter, self.time, self.state = Meter(), _line(), _line()
        self.cancel, self.stop = _button(_("Cancel"), cancel), _button(_("Stop"), stop)
        self.destination, self.text = _line(), NewestWords()
        self._where: tuple[int, int] | None = None
        top = QHBoxLayout()
        for widget in (self.meter, self.time, self.state):
            top.addWidget(widget)
        top.addStretch()
        top.addWidget(self.stop)
        top.addWidget(self.cancel)  # stays in its place where Stop goes: it takes no second click
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(EDGE, EDGE // 2, EDGE, EDGE // 2)
        self._lines.addLayout(top)
        self._lines.addWidget(self.destination)
        self._lines.addWidget(self.text)

    def tell(self, scene: Scene) -> None:
        """Shows the scene; what is the same is not drawn again."""
        self.meter.tell(scene.level, live=scene.showing in ("recording", "quiet", "silent"))
        _tell(self.time, clock(scene.seconds))
        self.stop.setVisible(scene.showing in ("opening", "recording", "quiet", "silent"))
        self._tell_state(scene.showing)
        metrics, width = self.destination.fontMetrics(), self._width - 2 * EDGE
        middle = Qt.TextElideMode.ElideMiddle
        _tell(self.destination, metrics.elidedText(scene.destination, middle, width))
        if self.accessibleDescription() != scene.destination:
            self.setAccessibleDescription(scene.destination)
        self.text.tell(scene.text, width)
        if self.isVisible():
            self.place()

    def appear(self, where: tuple[int, int] | None) -> None:
        """Comes up on the screen that shows this pixel of the desktop, else on the primary one."""
        self._where = where
        self.lift()
        self.place()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, palette = QPainter(self), self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.setBrush(palette.color(QPalette.ColorRole.Window))
        painter.drawPath(self._outline(0.5))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        if not self.layered:  # there what is outside is clear by itself
            self.setMask(QRegion(self._outline(0).toFillPolygon().toPolygon()))

    def _outline(self, inset: float) -> QPainterPath:
        path, room = QPainterPath(), QRectF(self.rect())
        path.addRoundedRect(room.adjusted(inset, inset, -inset, -inset), ROUND, ROUND)
        return path

    def _tell_state(self, showing: Showing) -> None:
        if self.state.text() == (words := WORDS[showing]):
            return
        self.state.setText(words)
        self.setAccessibleName(_("Dictation: {state}").format(state=words))
        if showing == "transcribing":  # the others come while the microphone is open
            aloud.say(self, words)

    @property
    def _width(self) -> int:
        """As wide as so many characters; never wider than the screen."""
        room = screen_at(self._where).availableGeometry().width() - 2 * MARGIN
        return min(room, self.fontMetrics().averageCharWidth() * COLUMNS + 2 * EDGE)

    def place(self) -> None:
        """At the bottom, in the middle; the screens may be others than a moment ago."""
        self._lines.activate()
        room = screen_at(self._where).availableGeometry()
        least = self._lines.totalMinimumSize().width()
        width = max(self._width, min(least, room.width()))  # its words may be longer elsewhere
        size = QSize(width, self._lines.totalSizeHint().height())
        corner = QPoint(room.center().x() - size.width() // 2, room.bottom() - MARGIN)
        self.lay(QRect(corner - QPoint(0, size.height()), size), room)


class Meter(QWidget):
    """Bars as high as the sound is loud; a line while nothing is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self._heights: tuple[int, ...] = ()
        height = self.fontMetrics().height()
        self._bar = max(2, height // 5)
        self.setFixedSize((self._bar + 1) * len(BARS), height)

    def tell(self, level: float, *, live: bool) -> None:
        """The level, 0 to 1; drawn where it makes a difference that can be seen."""
        least = max(2, self.height() // 6)
        heights = tuple(max(least, round(self.height() * level * part)) for part in BARS)
        heights = heights if live else ()
        if heights != self._heights:
            self._heights = heights
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, palette = QPainter(self), self.palette()
        dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
        idle = palette.color(QPalette.ColorRole.PlaceholderText)
        live = QColor("#ff6b6b" if dark else "#c62828")
        for at, height in enumerate(self._heights or [2] * len(BARS)):
            top = (self.height() - height) // 2
            bar = QRect(at * (self._bar + 1), top, self._bar, height)
            painter.fillRect(bar, live if self._heights else idle)


def screen_at(where: tuple[int, int] | None) -> QScreen:
    """The screen that shows this pixel of the desktop, else the primary one."""
    if where is not None:
        for screen in QGuiApplication.screens():
            # Screens begin at their true pixel but count scaled ones from there.
            begin, size = screen.geometry().topLeft(), screen.geometry().size()
            if QRect(begin, size * screen.devicePixelRatio()).contains(QPoint(where[0], where[1])):
                return screen
    return QGuiApplication.primaryScreen()


def clock(seconds: float) -> str:
    """0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _line() -> QLabel:
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    # Its words come and go; the pill's own width holds.
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return made


def _button(text: str, do: Callable[[], object]) -> QPushButton:
    made = QPushButton(text)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setMinimumHeight(TARGET)
    made.clicked.connect(lambda _checked=False: do())
    return made


def _tell(line: QLabel, text: str) -> None:
    if line.text() != text:
        line.setText(text)
