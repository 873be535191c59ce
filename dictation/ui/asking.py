"""The history as a window asks it: answers come on the main thread, to windows that are there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject

from dictation.errors import DictationError
from dictation.ui.errands import Errands

T = TypeVar("T")
Failed = Callable[[DictationError], None]


class Asking:
    """Waits for futures without anybody waiting."""

    def __init__(self, window: QObject, failed: Failed, crash: Callable[[Exception], None]) -> None:
        self._errands = Errands(window, crash)
        self._failed, self._crash = failed, crash

    def then(
        self, future: Future[T], done: Callable[[T], None], failed: Failed | None = None
    ) -> None:
        """Goes on with what the future brings, or with its error."""

        def ended(future: Future[T]) -> None:
            error = future.exception()
            if error is None:
                self._errands.post(lambda: done(future.result()))
            elif isinstance(error, DictationError):
                self._errands.post(partial(failed or self._failed, error))
            else:
                self._crash(error if isinstance(error, Exception) else RuntimeError(repr(error)))

        future.add_done_callback(ended)
