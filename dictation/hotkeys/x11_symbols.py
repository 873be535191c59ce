"""X11's names and places of keys: the keysyms of those that a hotkey can have."""

from __future__ import annotations

from dictation.hotkeys.binding import FUNCTION_KEYS, PUNCTUATION

# X11/keysymdef.h and XF86keysym.h. Latin letters, digits and signs are their own code.
_SYMBOLS = {
    "Space": 0x20,
    "Backspace": 0xFF08,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Pause": 0xFF13,
    "ScrollLock": 0xFF14,
    "Escape": 0xFF1B,
    "Home": 0xFF50,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "PageUp": 0xFF55,
    "PageDown": 0xFF56,
    "End": 0xFF57,
    "Print": 0xFF61,
    "Insert": 0xFF63,
    "Menu": 0xFF67,
    "Delete": 0xFFFF,
    "AudioMute": 0x1008FF12,
    "AudioPlay": 0x1008FF14,
    "AudioStop": 0x1008FF15,
    "AudioPrev": 0x1008FF16,
    "AudioNext": 0x1008FF17,
    "Mail": 0x1008FF19,
    "Search": 0x1008FF1B,
    "AudioRecord": 0x1008FF1C,
    "Calculator": 0x1008FF1D,
    "Launch1": 0x1008FF41,
    "Launch2": 0x1008FF42,
    "AudioMicMute": 0x1008FFB2,
}
_SYMBOLS |= {name: 0xFFBE + number for number, name in enumerate(FUNCTION_KEYS)}
_SYMBOLS |= {name: ord(sign) for name, sign in PUNCTUATION.items()}
_SYMBOLS |= {"LeftShift": 0xFFE1, "RightShift": 0xFFE2, "LeftCtrl": 0xFFE3, "RightCtrl": 0xFFE4}
_SYMBOLS |= {"LeftAlt": 0xFFE9, "RightAlt": 0xFFEA, "LeftSuper": 0xFFEB, "RightSuper": 0xFFEC}

BUTTONS = {"Mouse4": 8, "Mouse5": 9}  # 4 to 7 are the wheel's
# Where the kernel's F13 to F24 are, by evdev's rules. Most layouts give them other meanings, yet
# foot pedals and programmable keyboards send them.
PLACES = {f"F{13 + number}": 191 + number for number in range(12)}
ALT_GR = 0xFE03  # what the right Alt is on most layouts


def symbol(key: str) -> int:
    """The X keysym of a name out of KEYS; 0 for a mouse button."""
    if key in BUTTONS:
        return 0
    return _SYMBOLS[key] if key in _SYMBOLS else ord(key.lower())
