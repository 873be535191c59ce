"""A window gone through with Tab: what is reached, in which order, and whether it shows where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QRadioButton, QWidget

from tests.ui.contrast import pixels
from tests.ui.looks import controls, told

MOST = 200  # steps; no window has so many controls


@dataclass(frozen=True)
class Stop:
    """A control that Tab came to; `place` was where it is in the window at that moment."""

    widget: QWidget
    place: QRect
    came_from: QRect  # the one before, at the same moment
    changed: int  # pixels that are different while it has the focus


def walk(window: QWidget) -> list[Stop]:
    """From where the focus is, with Tab, until it is there again; not ended by then in a trap."""
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    stops: list[Stop] = []
    for _ in range(MOST):
        before = QApplication.focusWidget()
        lit = pixels(before.grab().toImage()) if before else None
        QTest.keyClick(before or window, Qt.Key.Key_Tab)
        QApplication.processEvents()
        now = _focus(window)
        if before is not None and lit is not None and stops:
            dark = pixels(before.grab().toImage())
            same = dark.shape == lit.shape
            changed = int((np.abs(dark.astype(int) - lit) > 32).any(axis=2).sum()) if same else -1
            stops[-1] = Stop(stops[-1].widget, stops[-1].place, stops[-1].came_from, changed)
        if stops and now is stops[0].widget:
            return stops
        stops.append(Stop(now, _place(now, window), _place(before, window), 0))
    raise AssertionError(f"Tab does not come round: {[told(stop.widget) for stop in stops]}")


def unreached(window: QWidget, stops: Sequence[Stop]) -> list[str]:
    """Controls that Tab does not lead to; of radio buttons, the arrows lead on from the one."""
    reached = {stop.widget for stop in stops}
    groups = {one.parentWidget() for one in reached if isinstance(one, QRadioButton)}
    return [
        told(control)
        for control in controls(window)
        if control not in reached
        if not (isinstance(control, QRadioButton) and control.parentWidget() in groups)
    ]


def backwards(stops: Sequence[Stop]) -> list[str]:
    """Steps against the order of reading; one of them goes back to the top."""
    steps = [
        f"to {told(stop.widget)} {stop.place.getRect()} from {stop.came_from.getRect()}"
        for stop in stops
        if _is_back(stop.came_from, stop.place)
    ]
    return steps if len(steps) > 1 else []


def unlit(stops: Sequence[Stop], least: int) -> list[str]:
    """Those that look no different while they have the focus."""
    return [f"{told(s.widget)}: {s.changed} px" for s in stops if 0 <= s.changed < least]


def _is_back(one: QRect, other: QRect) -> bool:
    above = other.bottom() < one.top() and other.left() <= one.right()
    beside = other.top() <= one.bottom() and other.bottom() >= one.top()
    return above or (beside and other.right() < one.left())


def _focus(window: QWidget) -> QWidget:
    return QApplication.focusWidget() or window


def _place(widget: QWidget | None, window: QWidget) -> QRect:
    if widget is None or widget is window:
        return QRect()
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
