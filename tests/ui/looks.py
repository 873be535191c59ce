"""Whether a window can be read and hit as it stands: nothing cut off, nothing over another thing.

Each function takes a window that is shown and gives what is wrong, a line each; none is good.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QSlider,
    QSplitterHandle,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

TARGET = 24  # logical pixels that what is clicked is high and wide at least
# What is one thing to who uses it, whatever it is made of.
WHOLE = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView, QTabBar, QScrollBar)
MNEMONIC = Qt.TextFlag.TextShowMnemonic


def seen(window: QWidget) -> list[QWidget]:
    """All that is shown in the window, in the order that it was made, without parts of wholes."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.window() is window
        if not isinstance(widget, QScrollBar | QSplitterHandle | QHeaderView)
        if not any(isinstance(above, WHOLE) for above in _above(widget, window))
    ]


def controls(window: QWidget) -> list[QWidget]:
    """What can be acted upon now."""
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QSlider, *WHOLE)
    return [
        widget
        for widget in seen(window)
        if isinstance(widget, kinds) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if widget.isEnabled()
    ]


def told(widget: QWidget) -> str:
    """The widget as a complaint names it."""
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return f"{type(widget).__name__} “{widget.accessibleName() or text}”"


def clipped(window: QWidget) -> list[str]:
    """Texts that have less room than they take, and no tip that has all of them."""
    return [
        f"{told(widget)}: “{text}” takes {wanted.width()}×{wanted.height()}, "
        f"has {room.width()}×{room.height()}"
        for widget in seen(window)
        for text, wanted, room in _rooms(widget)
        if text != widget.toolTip() or wanted.height() > room.height()
        if wanted.width() > room.width() or wanted.height() > room.height()
    ]


def overlapping(window: QWidget) -> list[str]:
    """Things that lie on one another, or reach out of what holds them."""
    wrong = []
    for holder in [window, *seen(window)]:
        scrolls = isinstance(holder, QAbstractScrollArea) or isinstance(
            holder.parentWidget(), QAbstractScrollArea
        )
        if isinstance(holder, WHOLE) or scrolls:
            continue
        inside = [
            child
            for child in holder.findChildren(
                QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly
            )
            if child.isVisible() and not child.isWindow()
        ]
        wrong += [
            f"{told(one)} lies on {told(other)}"
            for one, other in combinations(inside, 2)
            if one.geometry().intersects(other.geometry())
        ]
        wrong += [
            f"{told(child)} reaches out of {told(holder)}: {child.geometry()} {holder.rect()}"
            for child in inside
            if not holder.rect().contains(child.geometry())
        ]
    return wrong


def too_large(window: QWidget, screen: QSize) -> list[str]:
    """What a screen of that size does not show, but by scrolling down."""
    wrong = []
    size = window.size()
    if size.width() > screen.width() or size.height() > screen.height():
        wrong.append(f"the window is {size.width()}×{size.height()}")
    wrong += [
        f"a page scrolls sideways by {area.horizontalScrollBar().maximum()} px"
        for area in window.findChildren(QScrollArea)
        if area.isVisible() and area.horizontalScrollBar().maximum()
    ]
    return wrong


def targets(window: QWidget) -> Iterator[tuple[QWidget, QSize]]:
    """What is clicked, and how large it is; of lists their rows, of tabs each."""
    if isinstance(window, QMenu):
        rows = [action for action in window.actions() if action.isVisible()]
        rows = [action for action in rows if not action.isSeparator()]
        yield from ((window, window.actionGeometry(action).size()) for action in rows)
    for widget in controls(window):
        if isinstance(widget, QAbstractItemView):
            model, root = widget.model(), widget.rootIndex()
            for row in range(min(model.rowCount(root) if model else 0, 5)):
                rect = widget.visualRect(model.index(row, 0, root))
                if not rect.isEmpty():
                    yield widget, rect.size()
        elif isinstance(widget, QTabBar):
            yield from ((widget, widget.tabRect(at).size()) for at in range(widget.count()))
        else:
            yield widget, widget.size()


def small(window: QWidget) -> list[str]:
    """Targets that are hard to hit."""
    return [
        f"{told(widget)} is {size.width()}×{size.height()}"
        for widget, size in targets(window)
        if min(size.width(), size.height()) < TARGET
    ]


def same_letter(window: QWidget) -> list[str]:
    """Letters that more than one control answers to with Alt, or in a menu by itself."""
    by_letter: dict[str, list[str]] = {}
    for text in _labels(window):
        if letter := QKeySequence.mnemonic(text).toString():
            by_letter.setdefault(letter, []).append(text)
    return [f"{letter}: {texts}" for letter, texts in by_letter.items() if len(texts) > 1]


def _labels(window: QWidget) -> Iterator[str]:
    if isinstance(window, QMenu):
        yield from (action.text() for action in window.actions() if action.isVisible())
    for widget in seen(window):
        if isinstance(widget, QTabBar):
            yield from (widget.tabText(at) for at in range(widget.count()))
        elif isinstance(widget, QAbstractButton) or (
            isinstance(widget, QLabel) and widget.buddy() is not None
        ):
            yield widget.text()


def text_room(widget: QWidget) -> QRect:
    """Where in the widget its text is."""
    style, elements = widget.style(), QStyle.SubElement
    if isinstance(widget, QPushButton | QCheckBox | QRadioButton):
        button = QStyleOptionButton()
        widget.initStyleOption(button)
        part = elements.SE_PushButtonContents
        if isinstance(widget, QCheckBox):
            part = elements.SE_CheckBoxContents
        if isinstance(widget, QRadioButton):
            part = elements.SE_RadioButtonContents
        room = style.subElementRect(part, button, widget)
        if button.features & QStyleOptionButton.ButtonFeature.HasMenu:
            arrow = style.pixelMetric(QStyle.PixelMetric.PM_MenuButtonIndicator, button, widget)
            room.setRight(room.right() - arrow)
        return room
    if isinstance(widget, QComboBox):
        box = QStyleOptionComboBox()
        widget.initStyleOption(box)
        part = QStyle.SubControl.SC_ComboBoxEditField
        return style.subControlRect(QStyle.ComplexControl.CC_ComboBox, box, part, widget)
    if isinstance(widget, QLineEdit):
        return widget.rect().adjusted(4, 2, -4, -2)  # the frame, and Qt's own margin inside
    return widget.contentsRect()


def _rooms(widget: QWidget) -> Iterator[tuple[str, QSize, QSize]]:
    """The texts of a widget, with the room each takes and has."""
    metrics, room = widget.fontMetrics(), text_room(widget).size()
    match widget:
        case QLabel() if widget.text() and widget.wordWrap():
            words = max(widget.text().split(), key=metrics.horizontalAdvance, default="")
            wide = metrics.horizontalAdvance(words)
            yield widget.text(), QSize(wide, widget.heightForWidth(widget.width())), widget.size()
        case QLabel() if widget.text():
            yield widget.text(), metrics.size(MNEMONIC, widget.text()), room
        case QAbstractButton() if widget.text():
            yield widget.text(), metrics.size(MNEMONIC, widget.text()), room
        case QComboBox() if not widget.isEditable():
            yield widget.currentText(), metrics.size(0, widget.currentText()), room
        case QLineEdit() if not widget.text():
            hint = widget.placeholderText()
            yield hint, QSize(metrics.horizontalAdvance(hint), metrics.height()), room
        case QLineEdit() | QComboBox():  # what is typed scrolls, and a line of it is seen
            yield "a line", QSize(0, metrics.height()), room
        case QTabBar():
            for at in range(widget.count()):
                yield (
                    widget.tabText(at),
                    metrics.size(MNEMONIC, widget.tabText(at)),
                    (widget.tabRect(at).size()),
                )
        case QAbstractItemView():
            for header in widget.findChildren(QHeaderView):
                if header.isVisible():
                    yield from _headings(header)


def _headings(header: QHeaderView) -> Iterator[tuple[str, QSize, QSize]]:
    model, lies = header.model(), header.orientation() == Qt.Orientation.Horizontal
    for at in range(header.count()):
        if not header.isSectionHidden(at):
            wanted = header.sectionSizeFromContents(at)
            room = QSize(header.sectionSize(at), header.height())
            if not lies:
                room = QSize(header.width(), header.sectionSize(at))
            yield str(model.headerData(at, header.orientation())), wanted, room


def _above(widget: QWidget, window: QWidget) -> Iterator[QWidget]:
    above = widget.parentWidget()
    while above is not None and above is not window:
        yield above
        above = above.parentWidget()
