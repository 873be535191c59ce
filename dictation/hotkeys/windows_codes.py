"""Windows' names of keys: the virtual-key codes of those that a hotkey can have."""

from __future__ import annotations

from collections.abc import Callable

from dictation.hotkeys.binding import FUNCTION_KEYS, PUNCTUATION
from dictation.hotkeys.chords import Codes

# Winuser.h. Letters and digits are their own code, on layouts without them by their place.
_KEYS = {
    "Mouse4": 0x05,
    "Mouse5": 0x06,
    "Backspace": 0x08,
    "Tab": 0x09,
    "Return": 0x0D,
    "Pause": 0x13,
    "Escape": 0x1B,
    "Space": 0x20,
    "PageUp": 0x21,
    "PageDown": 0x22,
    "End": 0x23,
    "Home": 0x24,
    "Left": 0x25,
    "Up": 0x26,
    "Right": 0x27,
    "Down": 0x28,
    "Print": 0x2C,
    "Insert": 0x2D,
    "Delete": 0x2E,
    "Menu": 0x5D,
    "ScrollLock": 0x91,
    "Search": 0xAA,
    "AudioMute": 0xAD,
    "AudioNext": 0xB0,
    "AudioPrev": 0xB1,
    "AudioStop": 0xB2,
    "AudioPlay": 0xB3,
    "Mail": 0xB4,
    "Launch1": 0xB6,
    "Calculator": 0xB7,
}
_KEYS |= {name: 0x70 + number for number, name in enumerate(FUNCTION_KEYS)}
_KEYS |= {sign: ord(sign) for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}

MODIFIERS = {
    "LeftSuper": 0x5B,
    "RightSuper": 0x5C,
    "LeftShift": 0xA0,
    "RightShift": 0xA1,
    "LeftCtrl": 0xA2,
    "RightCtrl": 0xA3,
    "LeftAlt": 0xA4,
    "RightAlt": 0xA5,
}
LEFT_CTRL, RIGHT_ALT = MODIFIERS["LeftCtrl"], MODIFIERS["RightAlt"]
MOUSE = (_KEYS["Mouse4"], _KEYS["Mouse5"])
WITH_CTRL = {0x03: _KEYS["Pause"]}  # what Windows calls a key while Ctrl is down

# Of RegisterHotKey.
FLAGS = {"alt": 1, "ctrl": 2, "shift": 4, "super": 8}


def codes(code_of: Callable[[str], int]) -> Codes:
    """All codes; `code_of` tells that of a sign on the layout in force, 0 where it has none."""
    signs = {name: code for name, sign in PUNCTUATION.items() if (code := code_of(sign))}
    return Codes(_KEYS | signs, MODIFIERS)
