"""A window that nobody sees: Windows tells of much by messages to a window."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from ctypes import wintypes
from typing import Any, ClassVar

from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.win32.calls import callback, declared, last_error

_LRESULT = ctypes.c_ssize_t
_WAKE = 0x8000  # WM_APP
_DESTROY = 0x0002
_ALL_INPUT, _INPUT_AVAILABLE, _REMOVE = 0x04FF, 0x0004, 0x0001
_POPUP, _NO_ACTIVATE, _TOOL = 0x80000000, 0x08000000, 0x00000080
_numbers = itertools.count()

# A message, its two numbers; the answer, or None where it means nothing to us.
Told = Callable[[int, int, int], int | None]


class _WindowClass(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("style", wintypes.UINT),
        ("procedure", ctypes.c_void_p),
        ("class_extra", ctypes.c_int),
        ("window_extra", ctypes.c_int),
        ("instance", wintypes.HINSTANCE),
        ("icon", wintypes.HICON),
        ("cursor", wintypes.HANDLE),
        ("background", wintypes.HBRUSH),
        ("menu", wintypes.LPCWSTR),
        ("name", wintypes.LPCWSTR),
    ]


class Window:
    """Belongs to the thread that makes it, which has to `wait` for what is told."""

    def __init__(self, told: Told) -> None:
        """MissingPart where Windows gives none."""
        self._told = told
        pointer = ctypes.c_void_p
        arguments = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
        self._default = declared("user32", "DefWindowProcW", _LRESULT, *arguments)
        self._post = declared("user32", "PostMessageW", wintypes.BOOL, *arguments)
        self._wait = declared(
            "user32",
            "MsgWaitForMultipleObjectsEx",
            wintypes.DWORD,
            *(wintypes.DWORD, pointer, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD),
        )
        message = ctypes.POINTER(wintypes.MSG)
        self._peek = declared(
            "user32",
            "PeekMessageW",
            wintypes.BOOL,
            *(message, wintypes.HWND, wintypes.UINT, wintypes.UINT, wintypes.UINT),
        )
        self._dispatch = declared("user32", "DispatchMessageW", _LRESULT, message)
        self._destroy = declared("user32", "DestroyWindow", wintypes.BOOL, wintypes.HWND)
        self._unregister = declared(
            "user32", "UnregisterClassW", wintypes.BOOL, wintypes.LPCWSTR, wintypes.HINSTANCE
        )
        register = declared("user32", "RegisterClassW", wintypes.ATOM, ctypes.POINTER(_WindowClass))
        create = declared(
            "user32",
            "CreateWindowExW",
            wintypes.HWND,
            *(wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD),
            *(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int),
            *(wintypes.HWND, wintypes.HMENU, wintypes.HINSTANCE, pointer),
        )
        module = declared("kernel32", "GetModuleHandleW", wintypes.HMODULE, wintypes.LPCWSTR)
        self._instance = module(None)
        self._name = f"DictationWindow{next(_numbers)}"
        self._procedure = callback(_LRESULT, *arguments)(self._hear)
        made = _WindowClass(
            procedure=ctypes.cast(self._procedure, pointer).value,
            instance=self._instance,
            name=self._name,
        )
        # A message-only window would miss what is told to all, such as a sleep.
        handle = register(ctypes.byref(made)) and create(
            _NO_ACTIVATE | _TOOL,
            self._name,
            None,
            _POPUP,
            0,
            0,
            0,
            0,
            None,
            None,
            made.instance,
            None,
        )
        if not handle:
            raise MissingPart(_("Windows makes no window (error {n}).").format(n=last_error()))
        self.handle: int = handle

    def wait(self, seconds: float) -> None:
        """Lets messages come until some did, for so long at most; hooked keys come meanwhile."""
        self._wait(0, None, int(1000 * seconds), _ALL_INPUT, _INPUT_AVAILABLE)
        message = wintypes.MSG()
        while self._peek(ctypes.byref(message), None, 0, 0, _REMOVE):
            self._dispatch(ctypes.byref(message))

    def wake(self) -> None:
        """Ends a wait, or the next one; on any thread."""
        self._post(self.handle, _WAKE, 0, 0)

    def close(self) -> None:
        """On the window's own thread."""
        self._destroy(self.handle)
        self._unregister(self._name, self._instance)

    def _hear(self, handle: int, message: int, first: int, second: int) -> int:
        answer = None if message == _WAKE else self._told(message, first, second)
        if answer is not None:
            return answer
        result: int = self._default(handle, message, first, second)
        return result
