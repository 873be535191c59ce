"""Windows above all others that never take the focus, on whichever window system this is."""

from __future__ import annotations

import logging
import math
from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import (
    QGuiApplication,
    QHideEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QRegion,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from dictation.desktop import detect
from dictation.errors import MissingPart, NotDelivered
from dictation.layer_shell import BOTTOM, LEFT, RIGHT, TOP, LayerSurface, Motion, Picture, Place
from dictation.shown import keep_unshared

log = logging.getLogger(__name__)

_DRAWN = (QEvent.Type.UpdateRequest, QEvent.Type.LayoutRequest)


class Above(QWidget):
    """A frameless window; `lay` puts it somewhere. On Wayland it is a layer's surface.

    There Qt's own windows would take the focus, and with it the text: the widget is drawn out of
    sight, and the surface shows the picture and passes the mouse on.
    """

    def __init__(self, title: str) -> None:
        flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint
        flags |= Qt.WindowType.WindowStaysOnTopHint | Qt.WindowType.WindowDoesNotAcceptFocus
        super().__init__(None, flags)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_X11NetWmWindowTypeNotification)
        self.setWindowTitle(title)
        self._sheet = Sheet(self) if is_layered() else None
        self._laid = QRect()
        for changed in (self._app.screenAdded, self._app.screenRemoved):
            changed.connect(lambda _screen: QTimer.singleShot(0, self, self._replace))

    @property
    def _app(self) -> QGuiApplication:
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        return app

    def _replace(self) -> None:
        if self.isVisible():
            self.lift()
            self.place()

    @property
    def layered(self) -> bool:
        """Whether it is a layer's surface."""
        return self._sheet is not None

    @property
    def laid(self) -> QRect:
        """Where it was put last."""
        return self._laid

    @abstractmethod
    def place(self) -> None:
        """Puts it where it belongs on the screens that there are now."""

    def lay(self, wanted: QRect, room: QRect) -> None:
        """To this place within the screen's room, of which the nearest edges are held on to."""
        if wanted == self._laid:  # what Qt takes for its place is wrong at first under openbox
            return
        self._laid = wanted
        if self._sheet:
            self.resize(wanted.size())
            self._sheet.lay(_place(wanted, room))
        else:
            self.setGeometry(wanted)

    def lift(self) -> None:
        """The next `lay` counts, wherever the window is."""
        self._laid = QRect()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if event.spontaneous():
            return
        if self._sheet:
            self._sheet.show()
        else:
            keep_unshared(detect().system, int(self.winId()))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        if self._sheet and not event.spontaneous():
            self._sheet.hide()


class Sheet(QObject):
    """The layer's surface that shows what a widget draws."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        widget.installEventFilter(self)
        self._widget = widget
        self._place: Place | None = None
        self._surface: LayerSurface | None = None
        self._notifier: QSocketNotifier | None = None
        self._pressed: QWidget | None = None  # the mouse's, until its button is up
        self._over: QWidget | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(lambda: self._do(LayerSurface.show))

    def lay(self, place: Place) -> None:
        """Where it is; the compositor is told, now or once it is shown."""
        self._place = place
        self._do(lambda surface: surface.move(place))

    def show(self) -> None:
        """Puts it on the screen; where there is no layer any more, it stays away."""
        if self._place is None or self._surface:
            return
        try:
            self._surface = LayerSurface(self._place, self._picture, self._mouse, self.hide)
        except (MissingPart, NotDelivered) as error:
            log.info("no overlay: %s", error.message)
            return
        self._notifier = QSocketNotifier(self._surface.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self._do(LayerSurface.read))

    def hide(self) -> None:
        """Takes it off the screen."""
        if self._notifier:
            self._notifier.setEnabled(False)
        if self._surface:
            self._surface.close()
        self._surface = self._notifier = self._pressed = self._over = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """What the widget draws anew is drawn here, too."""
        if event.type() in _DRAWN:
            self._soon.start(0)
        return False

    def _do(self, deed: Callable[[LayerSurface], None]) -> None:
        if self._surface:
            try:
                deed(self._surface)
            except NotDelivered as error:
                log.info("the overlay is gone: %s", error.message)
                self.hide()

    def _picture(self) -> Picture:
        # Whichever screen the compositor chose: sharp on all of them.
        scale = math.ceil(max(screen.devicePixelRatio() for screen in QGuiApplication.screens()))
        size = self._widget.size() * scale
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(scale)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self._widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        painter.end()
        return Picture(bytes(image.constBits()), size.width(), size.height(), scale)

    def _mouse(self, motion: Motion, x: float, y: float) -> None:
        point = QPointF(x, y)
        under = self._widget.childAt(point.toPoint()) or self._widget
        if motion == "leave" or under is not self._over:
            if self._over:
                QApplication.sendEvent(self._over, QEvent(QEvent.Type.Leave))
            self._over = None if motion == "leave" else under
            if self._over:
                QApplication.sendEvent(self._over, QEvent(QEvent.Type.Enter))
        kind, button = _MOUSE.get(motion, (None, Qt.MouseButton.NoButton))
        if kind is None:
            return
        target = self._pressed or under
        self._pressed = under if motion == "press" else None if motion == "release" else target
        held = Qt.MouseButton.LeftButton if self._pressed else Qt.MouseButton.NoButton
        local = target.mapFrom(self._widget, point)
        none = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(target, QMouseEvent(kind, local, point, button, held, none))
        self._soon.start(0)


_MOUSE = {
    "move": (QEvent.Type.MouseMove, Qt.MouseButton.NoButton),
    "press": (QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton),
    "release": (QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton),
}


def is_layered() -> bool:
    """Whether windows of ours would take the focus here, so that a layer has to be used."""
    return QGuiApplication.platformName().startswith("wayland")


def _place(wanted: QRect, room: QRect) -> Place:
    left, right = wanted.left() - room.left(), room.right() - wanted.right()
    top, bottom = wanted.top() - room.top(), room.bottom() - wanted.bottom()
    vertical = TOP if top < bottom else BOTTOM
    # In the middle of a screen that may be another than Qt thinks: by no edge.
    sideways = 0 if abs(left - right) <= 2 else LEFT if left < right else RIGHT
    return Place(wanted.width(), wanted.height(), vertical | sideways, (top, right, bottom, left))
