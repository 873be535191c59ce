"""How Windows shows windows: kept out of shared screens, with or without movement."""

from __future__ import annotations

import ctypes
from ctypes import wintypes

from dictation.win32.calls import declared

_EXCLUDE = 0x11  # WDA_EXCLUDEFROMCAPTURE, since Windows 10 2004
_ANIMATION = 0x1042  # SPI_GETCLIENTAREAANIMATION


def keep_unshared(window: int) -> bool:
    """Keeps a window of ours out of screenshots and shared screens; False where Windows can't."""
    arguments = (wintypes.HWND, wintypes.DWORD)
    exclude = declared("user32", "SetWindowDisplayAffinity", wintypes.BOOL, *arguments)
    return bool(exclude(window, _EXCLUDE))


def is_still() -> bool:
    """Whether the user wants no animation."""
    arguments = (wintypes.UINT, wintypes.UINT, ctypes.c_void_p, wintypes.UINT)
    ask = declared("user32", "SystemParametersInfoW", wintypes.BOOL, *arguments)
    moves = wintypes.BOOL(True)
    return bool(ask(_ANIMATION, 0, ctypes.byref(moves), 0)) and not moves.value
