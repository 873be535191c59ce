"""A large button above all windows: one click starts a dictation and one stops it.

For who clicks by dwelling, by a pedal or by looking. It never takes the focus; it is dragged, or
moved by clicks alone.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout

from dictation.i18n import _
from dictation.session import State
from dictation.ui.above import Above
from dictation.ui.icons import icon
from dictation.ui.pill import TARGET

SIZES = {"large": 5, "huge": 9}  # lines of text that it is high
MARGIN = 16  # pixels to the screen's edge
# Where a click on Move takes it, one after the other, as parts of the room there is.
PLACES = ((1.0, 1.0), (1.0, 0.5), (1.0, 0.0), (0.5, 0.0), (0.0, 0.0), (0.0, 0.5), (0.0, 1.0))
Spot = tuple[float, float]


class BigButton(Above):
    """Shows the state; `keep` hears where the user has put it, as parts of the room there is."""

    def __init__(
        self, toggle: Callable[[], object], spot: Spot | None, keep: Callable[[Spot], object]
    ) -> None:
        super().__init__(_("Dictation button"))
        self._keep, self._spot = keep, spot or PLACES[0]
        self._grip: QPointF | None = None  # where in it the mouse took hold
        self._dragged = False
        self.button, self.move_button = QPushButton(), QPushButton(_("Move"))
        self.move_button.setAccessibleName(_("Move the dictation button"))
        for button in (self.button, self.move_button):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.move_button.setMinimumHeight(TARGET)
        self.button.clicked.connect(lambda _checked=False: toggle())
        self.move_button.clicked.connect(lambda _checked=False: self._to_next())
        self.button.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addWidget(self.button, 1)
        layout.addWidget(self.move_button)
        self.tell(State())

    def tell(self, state: State) -> None:
        """Shows what a click would do."""
        recording = state.recording is not None
        self.button.setIcon(icon("recording" if recording else "idle"))
        words = _("Stop dictation") if recording else _("Start dictation")
        self.button.setAccessibleName(words)
        self.button.setToolTip(words)

    def appear(self, size: str) -> None:
        """Comes up, or grows."""
        side = self.fontMetrics().lineSpacing() * SIZES[size]
        self.button.setFixedSize(max(side, self.move_button.sizeHint().width()), side)
        self.button.setIconSize(QSize(side, side) * 0.6)
        self.adjustSize()
        self.lift()
        self.place()
        self.show()

    def place(self) -> None:
        """Where it was put last; the screens may be others than a moment ago."""
        room = self._room
        free = room.size() - self.size()
        at = QPoint(round(self._spot[0] * free.width()), round(self._spot[1] * free.height()))
        self.lay(QRect(room.topLeft() + at, self.size()), room)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """A drag moves it, and is no click."""
        if not isinstance(event, QMouseEvent):
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._grip, self._dragged = event.position(), False
            case QEvent.Type.MouseMove if self._grip is not None:
                way = (event.position() - self._grip).toPoint()
                self._dragged |= way.manhattanLength() >= QApplication.startDragDistance()
                if self._dragged:
                    self.button.setDown(False)
                    self._move_by(way)
                    return True
            case QEvent.Type.MouseButtonRelease:
                self._grip = None
                if self._dragged:
                    self._keep(self._spot)
                    return True
        return False

    @property
    def _room(self) -> QRect:
        edges = (MARGIN, MARGIN, -MARGIN, -MARGIN)
        return self.screen().availableGeometry().adjusted(*edges)

    def _move_by(self, way: QPoint) -> None:
        room, free = self._room, self._room.size() - self.size()
        at = self.laid.topLeft() + way - room.topLeft()
        wide, high = max(1, free.width()), max(1, free.height())
        self._spot = min(1.0, max(0.0, at.x() / wide)), min(1.0, max(0.0, at.y() / high))
        self.place()

    def _to_next(self) -> None:
        known = [spot for spot in PLACES if spot == self._spot]
        after = PLACES.index(known[0]) + 1 if known else 0
        self._spot = PLACES[after % len(PLACES)]
        self.place()
        self._keep(self._spot)
