"""Keys on Windows through a low-level hook: all of them, before any program has them.

Windows takes a hook away without a word: from who once was slow, and over a lock or a sleep
(github.com/microsoft/PowerToys/pull/49654). It is set anew then, and when a key got past it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dictation.errors import HotkeyError
from dictation.hotkeys.tap_listener import Heard
from dictation.hotkeys.windows_codes import LEFT_CTRL, RIGHT_ALT, WITH_CTRL
from dictation.i18n import _
from dictation.win32.values import CONNECTED, POWER, RESUMED, SESSION, UNLOCKED, Stroke

HOTKEY = 0x0312  # WM_HOTKEY
_AFTER = {POWER: RESUMED, SESSION: (*CONNECTED, UNLOCKED)}
MISSED = 1000  # milliseconds by which the newest input is newer than the newest that came by

_AROUND = 1 << 32  # Windows' milliseconds begin anew after 49 days


class Keyboard(Protocol):
    """What Windows is asked and told; but for `wake` on one thread."""

    def open(self, told: Callable[[int, int], None]) -> None:
        """Makes a window that nobody sees; `told` hears its messages and their first number."""
        ...

    def close(self) -> None: ...
    def wait(self, seconds: float) -> None:
        """Lets messages and hooked keys come, until some did, for so long at most."""
        ...

    def wake(self) -> None: ...
    def hook(self, heard: Callable[[Stroke], bool], *, mouse: bool) -> bool:
        """Whether Windows shows all keys from now on; `heard` says whether to keep one."""
        ...

    def unhook(self) -> None: ...
    def register(self, number: int, flags: int, code: int) -> bool:
        """Whether Windows tells of this one key from now on; another program may have it."""
        ...

    def unregister(self, number: int) -> None: ...
    def is_down(self, code: int) -> bool: ...
    def tap_nothing(self) -> None:
        """Presses and releases a key that no keyboard has."""
        ...

    def reaches_us(self) -> bool:
        """Whether the desktop in front is ours, and its front window of no more rights."""
        ...

    def newest_input(self) -> int:
        """When the user last touched a key or the mouse, in Windows' milliseconds."""
        ...

    def code_of(self, sign: str) -> int: ...


class NoHook(HotkeyError):
    """Windows shows no keys here."""


class HookTap:
    """All keys, and with `mouse` its buttons."""

    SEES_KEPT = False  # GetAsyncKeyState learns of no key that a hook kept
    MEND_EVERY = 20.0

    def __init__(self, keyboard: Keyboard, *, mouse: bool) -> None:
        self._keyboard, self._mouse = keyboard, mouse
        self._heard: Heard = lambda _code, _down, _repeat: False
        self._newest = 0  # Windows' milliseconds of the newest input that came by
        self._alt_gr = self._again = False

    def start(self, heard: Heard, trouble: Callable[[HotkeyError], None]) -> None:
        """NoHook where Windows allows none."""
        self._heard = heard
        self._keyboard.open(self._told)
        self._hook()

    def wait(self, seconds: float) -> None:
        self._keyboard.wait(seconds)
        if self._again:
            self._hook()

    def wake(self) -> None:
        self._keyboard.wake()

    def is_down(self, code: int) -> bool:
        """AltGr, which Windows tells as the left Ctrl and the right Alt, is neither."""
        if code in (LEFT_CTRL, RIGHT_ALT) and self._alt_gr:
            self._alt_gr = self._keyboard.is_down(RIGHT_ALT)  # its release may have got lost
            if self._alt_gr:
                return False
        return self._keyboard.is_down(code)

    def hears(self) -> bool:
        return self._keyboard.reaches_us()

    def mask(self) -> None:
        """A lone Alt would open a menu at its release, Win the start menu; Ctrl+Shift alone would
        change the layout."""
        self._keyboard.tap_nothing()

    def follow(self, recording: bool) -> None:
        """The cancel key comes by in any case."""

    def mend(self) -> None:
        """Where input got past the hook it may be gone; one more setting costs nothing."""
        newest = self._keyboard.newest_input()
        if MISSED < (newest - self._newest) % _AROUND < _AROUND // 2:
            self._newest = newest
            self._hook()

    def stop(self) -> None:
        self._keyboard.unhook()
        self._keyboard.close()

    def _hook(self) -> None:
        self._again = False
        self._keyboard.unhook()
        if not self._keyboard.hook(self._stroke, mouse=self._mouse):
            raise NoHook(_("Windows does not let this program hear the keyboard."))

    def _told(self, message: int, detail: int) -> None:
        if detail in _AFTER.get(message, ()):
            self._again = True

    def _stroke(self, stroke: Stroke) -> bool:
        self._newest = stroke.time
        if stroke.ours:
            return False
        if stroke.fake_ctrl:  # AltGr's left Ctrl, which nobody pressed
            self._alt_gr = stroke.down
            return False
        code = WITH_CTRL.get(stroke.code, stroke.code)
        # Asked before the system counts this stroke: what is down already repeats.
        repeat = bool(code) and stroke.down and self._keyboard.is_down(code)
        return self._heard(code, stroke.down, repeat)
