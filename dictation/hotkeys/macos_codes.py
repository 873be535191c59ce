"""macOS' numbers of keys: the virtual key codes of those that a hotkey can have."""

from __future__ import annotations

from collections.abc import Mapping

from dictation.hotkeys.binding import PUNCTUATION
from dictation.hotkeys.chords import Codes
from dictation.mac.values import BUTTON, KEY

# HIToolbox's Events.h. F13 to F15 are what a PC's keyboard calls Print, ScrollLock and Pause.
_KEYS = {
    "Return": 36,
    "Tab": 48,
    "Space": 49,
    "Backspace": 51,
    "Escape": 53,
    "Print": 105,
    "ScrollLock": 107,
    "Menu": 110,
    "Pause": 113,
    "Insert": 114,
    "Home": 115,
    "PageUp": 116,
    "Delete": 117,
    "End": 119,
    "PageDown": 121,
    "Left": 123,
    "Right": 124,
    "Down": 125,
    "Up": 126,
}
_FUNCTION_KEYS = (
    *(122, 120, 99, 118, 96, 97, 98, 100, 101, 109, 103, 111),
    *(105, 107, 113, 106, 64, 79, 80, 90),  # to F20, the last that macOS knows
)
_KEYS |= {f"F{1 + number}": code for number, code in enumerate(_FUNCTION_KEYS)}
_ALL = {name: KEY + code for name, code in _KEYS.items()}
_ALL |= {"Mouse4": BUTTON + 3, "Mouse5": BUTTON + 4}

MODIFIERS = {
    "RightSuper": KEY + 54,
    "LeftSuper": KEY + 55,
    "LeftShift": KEY + 56,
    "LeftAlt": KEY + 58,
    "LeftCtrl": KEY + 59,
    "RightShift": KEY + 60,
    "RightAlt": KEY + 61,
    "RightCtrl": KEY + 62,
}


def codes(signs: Mapping[str, int]) -> Codes:
    """All codes, with those of letters and signs on the layout in force."""
    names = {sign.upper(): sign for sign in "abcdefghijklmnopqrstuvwxyz0123456789"} | PUNCTUATION
    written = {name: signs[sign] for name, sign in names.items() if sign in signs}
    return Codes(_ALL | written, MODIFIERS)
