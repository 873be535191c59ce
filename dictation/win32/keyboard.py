"""Windows' keyboard and mouse: hooks, single hotkeys, the state of keys, and keys pressed by us."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from ctypes import wintypes
from typing import Any, ClassVar

from dictation.win32.calls import callback, declared
from dictation.win32.news import RealNews
from dictation.win32.rights import front_is_above_us, is_our_desktop
from dictation.win32.values import NOTHING, Key, Stroke

_KEYBOARD_LL, _MOUSE_LL = 13, 14
_KEY_DOWNS, _RELEASE = (0x0100, 0x0104), 0x0002  # WM_KEYDOWN, WM_SYSKEYDOWN; KEYEVENTF_KEYUP
_BUTTON_DOWNS, _X_DOWN, _X_UP = (0x0201, 0x0204, 0x0207), 0x020B, 0x020C
_FAKE_CTRL = 0x200  # of the scan code that AltGr's left Ctrl has
_OURS = 0x44494354  # what our own keys carry, so that we know them again
_UNICODE, _EXTENDED = 0x0004, 0x0001
# Without the mark Windows takes Insert, the arrows and their like for those on the number block.
_EXTENDED_KEYS = (*range(0x21, 0x29), 0x2D, 0x2E, 0x5B, 0x5C, 0xA3, 0xA5)


class _KeyStroke(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("code", wintypes.DWORD),
        ("scan", wintypes.DWORD),
        ("flags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("extra", ctypes.c_size_t),
    ]


class _MouseStroke(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("where", wintypes.POINT),
        ("data", wintypes.DWORD),
        ("flags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("extra", ctypes.c_size_t),
    ]


class _KeyInput(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("code", wintypes.WORD),
        ("scan", wintypes.WORD),
        ("flags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("extra", ctypes.c_size_t),
    ]


class _MouseInput(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("x", wintypes.LONG),
        ("y", wintypes.LONG),
        ("data", wintypes.DWORD),
        ("flags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("extra", ctypes.c_size_t),
    ]


class _Either(ctypes.Union):  # the larger one gives the size that Windows checks
    _fields_: ClassVar[Any] = [("key", _KeyInput), ("mouse", _MouseInput)]


class _Input(ctypes.Structure):
    _fields_: ClassVar[Any] = [("kind", wintypes.DWORD), ("either", _Either)]


class _LastInput(ctypes.Structure):
    _fields_: ClassVar[Any] = [("size", wintypes.UINT), ("time", wintypes.DWORD)]


def send(keys: Iterable[Key]) -> bool:
    """Presses and releases keys in one go; False where Windows took not all of them."""
    made = [
        _Input(
            kind=1,
            either=_Either(
                key=_KeyInput(
                    code=key.code,
                    scan=key.unit or _map(key.code) & 0xFF,
                    flags=(0 if key.down else _RELEASE)
                    | (_UNICODE if key.unit else 0)
                    | (_EXTENDED if key.code in _EXTENDED_KEYS else 0),
                    extra=_OURS,
                )
            ),
        )
        for key in keys
    ]
    give = declared(
        "user32", "SendInput", wintypes.UINT, wintypes.UINT, ctypes.c_void_p, ctypes.c_int
    )
    all_of_them = (_Input * len(made))(*made)
    taken: int = give(len(made), all_of_them, ctypes.sizeof(_Input))
    return taken == len(made)


def _map(code: int) -> int:
    scan = declared("user32", "MapVirtualKeyW", wintypes.UINT, wintypes.UINT, wintypes.UINT)
    found: int = scan(code, 0)
    return found


def is_down(code: int) -> bool:
    """Whether a key is down now, by what has come past all hooks."""
    state = declared("user32", "GetAsyncKeyState", wintypes.SHORT, ctypes.c_int)
    return bool(state(code) & 0x8000)


class RealKeyboard(RealNews):
    """What hotkeys want of Windows: `hotkeys.windows_tap.Keyboard`."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        super().__init__()
        handle, pointer = wintypes.HANDLE, ctypes.c_void_p
        numbers = (ctypes.c_int, wintypes.WPARAM, wintypes.LPARAM)
        self._procedure = callback(ctypes.c_ssize_t, *numbers)
        self._next = declared("user32", "CallNextHookEx", ctypes.c_ssize_t, handle, *numbers)
        self._state = declared("user32", "GetAsyncKeyState", wintypes.SHORT, ctypes.c_int)
        self._set = declared(
            *("user32", "SetWindowsHookExW", handle),
            *(ctypes.c_int, pointer, wintypes.HINSTANCE, wintypes.DWORD),
        )
        self._unset = declared("user32", "UnhookWindowsHookEx", wintypes.BOOL, handle)
        self._register = declared(
            *("user32", "RegisterHotKey", wintypes.BOOL),
            *(wintypes.HWND, ctypes.c_int, wintypes.UINT, wintypes.UINT),
        )
        self._unregister = declared(
            "user32", "UnregisterHotKey", wintypes.BOOL, wintypes.HWND, ctypes.c_int
        )
        self._hooks: list[tuple[int, Any]] = []  # and the function, which has to live as long

    def hook(self, heard: Callable[[Stroke], bool], *, mouse: bool) -> bool:
        def key(code: int, message: int, where: int) -> int:
            if code == 0:
                stroke = _KeyStroke.from_address(where)
                down = message in _KEY_DOWNS
                fake = stroke.code == 0xA2 and bool(stroke.scan & _FAKE_CTRL)
                if heard(Stroke(stroke.code, down, stroke.time, stroke.extra == _OURS, fake)):
                    return 1
            return int(self._next(None, code, message, where))

        def button(code: int, message: int, where: int) -> int:
            if code == 0 and (message in _BUTTON_DOWNS or message in (_X_DOWN, _X_UP)):
                stroke = _MouseStroke.from_address(where)
                # The side buttons are numbered 1 and 2, their keys' codes are 5 and 6.
                which = 0 if message in _BUTTON_DOWNS else 4 + (stroke.data >> 16)
                if heard(Stroke(which, message != _X_UP, stroke.time, stroke.extra == _OURS)):
                    return 1
            return int(self._next(None, code, message, where))

        wanted = [(_KEYBOARD_LL, key), *([(_MOUSE_LL, button)] if mouse else [])]
        for kind, function in wanted:
            made = self._procedure(function)
            if handle := self._set(kind, made, None, 0):
                self._hooks.append((handle, made))
        return len(self._hooks) == len(wanted)

    def unhook(self) -> None:
        for handle, _function in self._hooks:
            self._unset(handle)
        self._hooks.clear()

    def register(self, number: int, flags: int, code: int) -> bool:
        return bool(self._register(self.handle, number, flags, code))

    def unregister(self, number: int) -> None:
        self._unregister(self.handle, number)

    def is_down(self, code: int) -> bool:
        return bool(self._state(code) & 0x8000)

    def tap_nothing(self) -> None:
        send([Key(NOTHING), Key(NOTHING, down=False)])

    def reaches_us(self) -> bool:
        return is_our_desktop() and not front_is_above_us()

    def newest_input(self) -> int:
        ask = declared("user32", "GetLastInputInfo", wintypes.BOOL, ctypes.POINTER(_LastInput))
        found = _LastInput(size=ctypes.sizeof(_LastInput))
        ask(ctypes.byref(found))
        return int(found.time)

    def code_of(self, sign: str) -> int:
        """That of the key that writes it, with Shift if need be; 0 where none does."""
        ask = declared("user32", "VkKeyScanW", wintypes.SHORT, wintypes.WCHAR)
        found: int = ask(sign)
        return found & 0xFF if found >= 0 else 0
