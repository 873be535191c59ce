"""Errands: what a window wants of the keyring, the network or a device, fetched meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

from dictation.errors import DictationError
from dictation.lanes import spawn
from dictation.ui.bridge import Bridge, Posted

T = TypeVar("T")


class Errands:
    """Runs jobs on threads of their own; the window gets each result on the main thread."""

    def __init__(self, window: QObject, crash: Callable[[Exception], None]) -> None:
        self._window, self._crash = window, crash
        self._bridge = Bridge(self._call)
        self._newest: dict[str, threading.Event] = {}

    def run(
        self,
        name: str,
        job: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[DictationError], None],
        dropped: threading.Event | None = None,
    ) -> None:
        """Does the job, then `done` or `failed`; neither once `dropped` is set.

        A newer errand of the same name drops the older. Main thread.
        """
        mine = dropped or threading.Event()
        if older := self._newest.get(name):
            older.set()
        self._newest[name] = mine

        def tell(call: Callable[[], None]) -> None:
            self.post(lambda: None if mine.is_set() else call())

        def fetch() -> None:
            try:
                found = job()
            except DictationError as error:
                failure = error
                tell(lambda: failed(failure))
                return
            tell(lambda: done(found))

        spawn(name, fetch, self._crash)

    def post(self, call: Callable[[], None]) -> None:
        """Calls on the main thread, unless the window is gone by then; any thread."""
        self._bridge.post(call)

    def _call(self, call: Posted) -> None:
        if isValid(self._window) and callable(call):
            call()
