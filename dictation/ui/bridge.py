"""The only road from other threads to the main one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dictation.session import Event

Posted = Event | Callable[[], None]


class Bridge(QObject):
    """`post` from any thread; `handle` is called on the main thread, in order."""

    _posted = Signal()

    def __init__(self, handle: Callable[[Posted], None]) -> None:
        super().__init__()
        self._handle = handle
        self._queue: deque[Posted] = deque()
        self._posted.connect(self._next, Qt.ConnectionType.QueuedConnection)

    def post(self, event: Posted) -> None:
        """Handles the event on the main thread, after those before it."""
        self._queue.append(event)
        self._posted.emit()

    @Slot()
    def _next(self) -> None:
        self._handle(self._queue.popleft())
