"""Other programs' windows on Windows: which is in front, whose it is, and bringing one there."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from pathlib import PureWindowsPath

from dictation.win32.calls import declared
from dictation.win32.keyboard import is_down, send
from dictation.win32.rights import is_above_us, process_of
from dictation.win32.values import NOTHING, Key

_QUERY_LIMITED = 0x1000


class RealScreen:
    """What a delivery wants of Windows: `output.windows.System`."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        self._front = declared("user32", "GetForegroundWindow", wintypes.HWND)

    def front(self) -> int:
        return self._front() or 0

    def is_shown(self, window: int) -> bool:
        asks = (
            declared("user32", name, wintypes.BOOL, wintypes.HWND)
            for name in ("IsWindow", "IsWindowVisible", "IsIconic")
        )
        there, visible, minimised = (bool(ask(window)) for ask in asks)
        return there and visible and not minimised

    def process_of(self, window: int) -> int:
        return process_of(window)

    def program_of(self, process: int) -> str:
        """The file's name without its end; empty where it may not be asked."""
        handle = wintypes.HANDLE
        opened = declared(
            "kernel32", "OpenProcess", handle, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD
        )
        ask = declared(
            *("kernel32", "QueryFullProcessImageNameW", wintypes.BOOL, handle),
            *(wintypes.DWORD, wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD)),
        )
        close = declared("kernel32", "CloseHandle", wintypes.BOOL, handle)
        found = opened(_QUERY_LIMITED, False, process)
        if not found:
            return ""
        name, room = ctypes.create_unicode_buffer(1024), wintypes.DWORD(1024)
        try:
            return PureWindowsPath(name.value).stem if ask(found, 0, name, room) else ""
        finally:
            close(found)

    def class_of(self, window: int) -> str:
        ask = declared(
            *("user32", "GetClassNameW", ctypes.c_int),
            *(wintypes.HWND, wintypes.LPWSTR, ctypes.c_int),
        )
        name = ctypes.create_unicode_buffer(256)
        return name.value if ask(window, name, 256) else ""

    def is_above_us(self, process: int) -> bool:
        return is_above_us(process)

    def bring(self, window: int) -> None:
        """Only who got the newest input may do that: a key that means nothing is such an input."""
        send([Key(NOTHING), Key(NOTHING, down=False)])
        declared("user32", "SetForegroundWindow", wintypes.BOOL, wintypes.HWND)(window)

    def is_down(self, code: int) -> bool:
        return is_down(code)

    def send(self, keys: list[Key]) -> bool:
        return send(keys)
