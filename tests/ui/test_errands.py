"""Errands: done on other threads, told on the main one, to windows that are still there."""

from __future__ import annotations

import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from dictation.errors import DictationError, NoMicrophone
from dictation.ui.errands import Errands


class Window(QObject):
    """Who sent for something, and what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []
        self.crashes: list[Exception] = []
        self.errands = Errands(self, self.crashes.append)


@pytest.fixture
def window(qapp: object) -> Window:
    return Window()


def test_the_job_runs_elsewhere_and_its_result_is_told_here(window: Window, qtbot: QtBot) -> None:
    here = threading.current_thread()

    def done(there: threading.Thread) -> None:
        window.told += [there is here, threading.current_thread() is here]

    window.errands.run("job", threading.current_thread, done, window.told.append)
    qtbot.waitUntil(lambda: bool(window.told))
    assert window.told == [False, True]


def test_an_error_of_ours_is_told_and_any_other_is_a_crash(window: Window, qtbot: QtBot) -> None:
    def fail(error: Exception) -> None:
        raise error

    ours = NoMicrophone("none")
    for error in (ours, ZeroDivisionError()):
        window.errands.run(
            type(error).__name__, lambda error=error: fail(error), print, window.told.append
        )
    qtbot.waitUntil(lambda: bool(window.told and window.crashes))
    assert window.told == [ours]
    assert [type(crash) for crash in window.crashes] == [ZeroDivisionError]


def test_what_was_dropped_is_not_told(window: Window, qtbot: QtBot) -> None:
    dropped, go = threading.Event(), threading.Event()
    failed: list[DictationError] = []
    window.errands.run("dropped", lambda: go.wait(10), window.told.append, failed.append, dropped)
    dropped.set()
    go.set()
    window.errands.run("kept", lambda: "kept", window.told.append, failed.append)
    qtbot.waitUntil(lambda: bool(window.told))
    assert (window.told, failed) == (["kept"], [])


def test_of_two_alike_the_newer_is_told(window: Window, qtbot: QtBot) -> None:
    go, over = threading.Event(), threading.Event()

    def slow() -> str:
        assert go.wait(10)
        return "older"

    window.errands.run("same", slow, window.told.append, window.told.append)
    window.errands.run("same", lambda: "newer", window.told.append, window.told.append)
    qtbot.waitUntil(lambda: bool(window.told))
    go.set()
    qtbot.waitUntil(lambda: not any(t.name == "same" for t in threading.enumerate()))
    window.errands.post(over.set)
    qtbot.waitUntil(over.is_set)
    assert window.told == ["newer"]


def test_a_window_that_is_gone_is_not_told(window: Window, qtbot: QtBot) -> None:
    errands, told = window.errands, []
    living = Window()
    shiboken6.delete(window)
    errands.post(lambda: told.append("gone"))
    living.errands.post(lambda: told.append("living"))
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["living"]
