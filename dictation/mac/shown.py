"""How macOS shows windows: kept out of shared screens, with or without movement."""

from __future__ import annotations

import ctypes
from typing import Any

from dictation.mac import framework

_SHARED_BY_NONE = 0  # NSWindowSharingNone; programs on macOS 15 and later may ignore it


def keep_unshared(view: int) -> bool:
    """Keeps the window of this view, a pointer, out of screenshots and shared screens."""
    found: Any = framework("objc").objc_object(c_void_p=ctypes.c_void_p(view))
    window = found.window()
    if window is None:
        return False
    window.setSharingType_(_SHARED_BY_NONE)
    return True


def is_still() -> bool:
    """Whether the user wants less movement."""
    space = framework("AppKit").NSWorkspace.sharedWorkspace()
    return bool(space.accessibilityDisplayShouldReduceMotion())
