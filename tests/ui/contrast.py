"""The contrast of texts as WCAG 2 defines it, measured in what a window has painted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from tests.ui.looks import seen, text_room, told

LEAST = 4.5  # to 1, of text (1.4.3)


@dataclass(frozen=True)
class Measured:
    what: str
    ratio: float
    colours: tuple[str, str]  # of the text and of its ground

    def __str__(self) -> str:
        return f"{self.what}: {self.ratio:.2f} ({self.colours[0]} on {self.colours[1]})"


def ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """1 to 21, of colours with parts from 0 to 255."""
    lights = [_light(colour) for colour in (one, other)]
    return (np.maximum(*lights) + 0.05) / (np.minimum(*lights) + 0.05)


def contrasts(window: QWidget) -> Iterator[Measured]:
    """Of each text of the window that is no disabled control's."""
    for widget in [window] if isinstance(window, QMenu) else seen(window):
        for what, painter, room in _texts(widget):
            if found := _measure(painter, room):
                yield Measured(f"{told(widget)} {what}".strip(), *found)


def pixels(image: QImage) -> np.ndarray:
    """Rows of columns of red, green and blue."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return flat[:, : image.width(), 2::-1].copy()


def _texts(widget: QWidget) -> Iterator[tuple[str, QWidget, QRect]]:
    if not widget.isEnabled():
        return
    room = text_room(widget)
    match widget:
        case QLabel() | QAbstractButton() if widget.text():
            yield "", widget, room
        case QComboBox() if not widget.isEditable() and widget.currentText():
            yield "", widget, room
        case QComboBox() if widget.isEditable():
            yield from _texts(widget.lineEdit())
        case QLineEdit() if widget.text() or widget.placeholderText():
            yield "" if widget.text() else "placeholder", widget, room
        case QPlainTextEdit() if widget.toPlainText() or widget.placeholderText():
            yield "", widget.viewport(), widget.viewport().rect()
        case QMenu():
            for action in widget.actions():
                if action.isVisible() and action.isEnabled() and action.text():
                    yield (
                        action.text(),
                        widget,
                        widget.actionGeometry(action).adjusted(2, 3, -2, -3),
                    )
        case QTabBar():
            for at in range(widget.count()):
                yield widget.tabText(at), widget, widget.tabRect(at).adjusted(4, 4, -4, -4)
        case QAbstractItemView():
            yield from _cells(widget)
            for header in widget.findChildren(QHeaderView):
                if header.isVisible() and header.count():
                    yield "heading", header.viewport(), header.viewport().rect()


def _cells(view: QAbstractItemView) -> Iterator[tuple[str, QWidget, QRect]]:
    model, root = view.model(), view.rootIndex()
    lists = isinstance(view, QListView)  # of whose models the columns are private
    for row in range(min(model.rowCount(root) if model else 0, 5)):
        for column in range(1 if lists else model.columnCount(root)):
            index = model.index(row, column, root)
            rect = view.visualRect(index).intersected(view.viewport().rect())
            if not rect.isEmpty() and index.data():
                chosen = view.selectionModel().isSelected(index)
                yield (
                    f"row {row}{' chosen' if chosen else ''}",
                    view.viewport(),
                    (rect.adjusted(3, 3, -3, -3)),
                )


def _measure(painter: QWidget, room: QRect) -> tuple[float, tuple[str, str]] | None:
    """The most frequent colour is the ground; what differs most from it, the text."""
    if room.isEmpty():
        return None
    seen = pixels(painter.grab(room).toImage()).reshape(-1, 3)
    packed = seen.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    each, counts = np.unique(packed, return_counts=True)
    colours = np.stack([each >> 16, each >> 8 & 255, each & 255], axis=1)
    ground = colours[int(counts.argmax())]
    ratios = ratio(colours, ground)
    text = colours[int(ratios.argmax())]
    return float(ratios.max()), (_name(text), _name(ground))


def _name(colour: np.ndarray) -> str:
    return "#{:02x}{:02x}{:02x}".format(*map(int, colour))


def _light(colour: np.ndarray) -> np.ndarray:
    parts = np.asarray(colour, float) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    light: np.ndarray = linear @ np.array([0.2126, 0.7152, 0.0722])
    return light
