"""What Windows tells every window: sleep and waking, and what becomes of the user's session."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import wintypes

from dictation.win32.calls import declared
from dictation.win32.window import Window

_THIS_SESSION = 0


class RealNews:
    """A window that nobody sees, to be made, waited for and closed on one thread."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        self._watch = declared(
            *("wtsapi32", "WTSRegisterSessionNotification", wintypes.BOOL),
            *(wintypes.HWND, wintypes.DWORD),
        )
        self._window: Window | None = None

    def open(self, told: Callable[[int, int], None]) -> None:
        """`told` hears each message and its first number; Windows waits until it returns."""

        def hear(message: int, first: int, _second: int) -> None:
            told(message, first)

        self._window = Window(hear)
        self._watch(self._window.handle, _THIS_SESSION)

    def close(self) -> None:
        if self._window:
            self._window.close()
            self._window = None

    def wait(self, seconds: float) -> None:
        """Lets messages come until some did, for so long at most."""
        assert self._window
        self._window.wait(seconds)

    def wake(self) -> None:
        """Ends a wait; on any thread."""
        if window := self._window:
            window.wake()

    @property
    def handle(self) -> int | None:
        """The window's; None before it is made."""
        return self._window.handle if self._window else None
