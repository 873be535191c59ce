"""Whose desktop is in front, and whether a window's program has more rights than this one.

Windows lets no program press keys in, or hear keys of, one that has more (UIPI).
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any, ClassVar

from dictation.win32.calls import declared

_QUERY_LIMITED, _TOKEN_QUERY, _INTEGRITY, _NAME = 0x1000, 0x0008, 25, 2
_SWITCH = 0x0100  # DESKTOP_SWITCHDESKTOP


class _Label(ctypes.Structure):
    _fields_: ClassVar[Any] = [("sid", ctypes.c_void_p), ("attributes", wintypes.DWORD)]


def is_our_desktop() -> bool:
    """Whether the desktop that gets the keys is not the lock screen's, nor that of a question for
    the administrator's consent."""
    opened = declared(
        *("user32", "OpenInputDesktop", wintypes.HANDLE),
        *(wintypes.DWORD, wintypes.BOOL, wintypes.DWORD),
    )
    close = declared("user32", "CloseDesktop", wintypes.BOOL, wintypes.HANDLE)
    handle = opened(0, False, _SWITCH)
    if not handle:
        return False
    try:
        return _desktop_name(handle) == _desktop_name(_own_desktop())
    finally:
        close(handle)


def front_is_above_us() -> bool:
    """Whether the window in front belongs to a program with more rights."""
    front = declared("user32", "GetForegroundWindow", wintypes.HWND)()
    return bool(front) and is_above_us(process_of(front))


def process_of(window: int) -> int:
    """The process that a window belongs to; 0 where it is gone."""
    ask = declared(
        *("user32", "GetWindowThreadProcessId", wintypes.DWORD),
        *(wintypes.HWND, ctypes.POINTER(wintypes.DWORD)),
    )
    process = wintypes.DWORD()
    ask(window, ctypes.byref(process))
    return process.value


def is_above_us(process: int) -> bool:
    """Whether a process has a higher integrity level; one that can't be asked has."""
    if not process:
        return False
    theirs = _integrity(process)
    ours = _integrity(declared("kernel32", "GetCurrentProcessId", wintypes.DWORD)())
    return theirs is None or (ours is not None and theirs > ours)


def _own_desktop() -> int:
    thread = declared("kernel32", "GetCurrentThreadId", wintypes.DWORD)()
    ask = declared("user32", "GetThreadDesktop", wintypes.HANDLE, wintypes.DWORD)
    found: int = ask(thread)
    return found


def _desktop_name(desktop: int) -> str:
    ask = declared(
        *("user32", "GetUserObjectInformationW", wintypes.BOOL),
        *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p),
    )
    name = ctypes.create_unicode_buffer(256)
    return name.value if ask(desktop, _NAME, name, ctypes.sizeof(name), None) else ""


def _integrity(process: int) -> int | None:
    """The last number of the label that a process carries; None where it may not be asked."""
    handle = wintypes.HANDLE
    opened = declared(
        "kernel32", "OpenProcess", handle, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD
    )
    close = declared("kernel32", "CloseHandle", wintypes.BOOL, handle)
    token_of = declared(
        "advapi32",
        "OpenProcessToken",
        wintypes.BOOL,
        handle,
        wintypes.DWORD,
        ctypes.POINTER(handle),
    )
    ask = declared(
        *("advapi32", "GetTokenInformation", wintypes.BOOL, handle, ctypes.c_int),
        *(ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD)),
    )
    count = declared(
        "advapi32", "GetSidSubAuthorityCount", ctypes.POINTER(ctypes.c_ubyte), ctypes.c_void_p
    )
    part = declared(
        *("advapi32", "GetSidSubAuthority", ctypes.POINTER(wintypes.DWORD)),
        *(ctypes.c_void_p, wintypes.DWORD),
    )
    opened_process = opened(_QUERY_LIMITED, False, process)
    if not opened_process:
        return None
    token = handle()
    try:
        if not token_of(opened_process, _TOKEN_QUERY, ctypes.byref(token)):
            return None
        room, used = ctypes.create_string_buffer(256), wintypes.DWORD()
        if not ask(token, _INTEGRITY, room, ctypes.sizeof(room), ctypes.byref(used)):
            return None
        sid = _Label.from_buffer(room).sid
        return int(part(sid, count(sid)[0] - 1)[0])
    finally:
        if token:
            close(token)
        close(opened_process)
