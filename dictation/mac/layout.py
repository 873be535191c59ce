"""Which key writes which sign on the keyboard layout in force."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.mac import on_main_thread

_CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"
_FOUNDATION = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
_DISPLAY, _NO_DEAD_KEYS, _COMMAND = 3, 1, 1  # kUCKeyActionDisplay …; cmdKey >> 8
_CODES = range(128)
# Where the signs are on a US keyboard, should macOS not tell.
_US = dict(
    zip(
        "asdfhgzxcvbqweryt123465=97-80]ou[ip lj'k;\\,/nm.`",
        (
            *(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23),
            *(24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 49, 37, 38, 39, 40, 41, 42, 43),
            *(44, 45, 46, 47, 50),
        ),
        strict=True,
    )
)


def latin() -> Mapping[str, int]:
    """The key code of each sign on the newest layout with Latin letters."""
    return _signs("TISCopyCurrentASCIICapableKeyboardLayoutInputSource", 0)


def with_command() -> Mapping[str, int]:
    """The key code of each sign while Command is down, which some layouts make others."""
    return _signs("TISCopyCurrentKeyboardLayoutInputSource", _COMMAND)


def _signs(source: str, modifiers: int) -> Mapping[str, int]:
    try:
        # Off the main thread macOS ends the program (github.com/moses-palmer/pynput/pull/512).
        found = on_main_thread(lambda: _read(source, modifiers))
    except TimeoutError:
        return _US
    return found or _US


def _read(source: str, modifiers: int) -> dict[str, int]:
    carbon, foundation = _load(_CARBON), _load(_FOUNDATION)
    pointer = ctypes.c_void_p
    copy = _typed(getattr(carbon, source), pointer)
    release = _typed(foundation.CFRelease, None, pointer)
    data_of = _typed(carbon.TISGetInputSourceProperty, pointer, pointer, pointer)
    bytes_of = _typed(foundation.CFDataGetBytePtr, pointer, pointer)
    kind = _typed(carbon.LMGetKbdType, ctypes.c_uint8)
    key = pointer.in_dll(carbon, "kTISPropertyUnicodeKeyLayoutData")
    layout = copy()
    if not layout:
        return {}
    try:
        data = data_of(layout, key)
        if not data:
            return {}
        translate = carbon.UCKeyTranslate
        return {
            sign: code
            for code in reversed(_CODES)  # the first key that has a sign is the usual one
            if (sign := _sign(translate, bytes_of(data), code, modifiers, kind()))
        }
    finally:
        release(layout)


def _sign(translate: Any, layout: int, code: int, modifiers: int, kind: int) -> str:
    dead, length = ctypes.c_uint32(), ctypes.c_ulong()
    written = (ctypes.c_uint16 * 4)()
    failed = translate(
        *(ctypes.c_void_p(layout), ctypes.c_uint16(code), ctypes.c_uint16(_DISPLAY)),
        *(ctypes.c_uint32(modifiers), ctypes.c_uint32(kind), ctypes.c_uint32(_NO_DEAD_KEYS)),
        *(ctypes.byref(dead), ctypes.c_ulong(4), ctypes.byref(length), written),
    )
    return "" if failed else "".join(map(chr, written[: length.value]))


def _load(path: str) -> Any:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise MissingPart(_("This is not macOS.")) from error


def _typed(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    function.restype, function.argtypes = result, arguments
    made: Callable[..., Any] = function
    return made
