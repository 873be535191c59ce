"""Keys as Linux has them: a name and a number for each place on the keyboard, whatever its layout.

From linux/input-event-codes.h; a letter's place is the one that it has on a US keyboard.
"""

from __future__ import annotations

from dictation.hotkeys.binding import FUNCTION_KEYS

_ROWS = {  # the number of the first key, then one by one
    2: "1234567890",
    16: "QWERTYUIOP",
    30: "ASDFGHJKL",
    44: "ZXCVBNM",
}
_KEYS = {key: (key, first + n) for first, row in _ROWS.items() for n, key in enumerate(row)}
_KEYS |= {
    "Escape": ("ESC", 1),
    "Minus": ("MINUS", 12),
    "Equal": ("EQUAL", 13),
    "Plus": ("EQUAL", 13),  # beside Shift
    "Backspace": ("BACKSPACE", 14),
    "Tab": ("TAB", 15),
    "BracketLeft": ("LEFTBRACE", 26),
    "BracketRight": ("RIGHTBRACE", 27),
    "Return": ("ENTER", 28),
    "LeftCtrl": ("LEFTCTRL", 29),
    "Semicolon": ("SEMICOLON", 39),
    "Apostrophe": ("APOSTROPHE", 40),
    "Grave": ("GRAVE", 41),
    "LeftShift": ("LEFTSHIFT", 42),
    "Backslash": ("BACKSLASH", 43),
    "Comma": ("COMMA", 51),
    "Period": ("DOT", 52),
    "Slash": ("SLASH", 53),
    "RightShift": ("RIGHTSHIFT", 54),
    "LeftAlt": ("LEFTALT", 56),
    "Space": ("SPACE", 57),
    "ScrollLock": ("SCROLLLOCK", 70),
    "RightCtrl": ("RIGHTCTRL", 97),
    "Print": ("SYSRQ", 99),
    "RightAlt": ("RIGHTALT", 100),
    "Home": ("HOME", 102),
    "Up": ("UP", 103),
    "PageUp": ("PAGEUP", 104),
    "Left": ("LEFT", 105),
    "Right": ("RIGHT", 106),
    "End": ("END", 107),
    "Down": ("DOWN", 108),
    "PageDown": ("PAGEDOWN", 109),
    "Insert": ("INSERT", 110),
    "Delete": ("DELETE", 111),
    "AudioMute": ("MUTE", 113),
    "Pause": ("PAUSE", 119),
    "LeftSuper": ("LEFTMETA", 125),
    "RightSuper": ("RIGHTMETA", 126),
    "Menu": ("COMPOSE", 127),
    "Calculator": ("CALC", 140),
    "Launch1": ("PROG1", 148),
    "Launch2": ("PROG2", 149),
    "Mail": ("MAIL", 155),
    "AudioNext": ("NEXTSONG", 163),
    "AudioPlay": ("PLAYPAUSE", 164),
    "AudioPrev": ("PREVIOUSSONG", 165),
    "AudioStop": ("STOPCD", 166),
    "AudioRecord": ("RECORD", 167),
    "Search": ("SEARCH", 217),
    "AudioMicMute": ("MICMUTE", 248),
}
_FUNCTIONS = (*range(59, 69), 87, 88, *range(183, 195))
_KEYS |= {name: (name, code) for name, code in zip(FUNCTION_KEYS, _FUNCTIONS, strict=True)}
_BUTTONS = {"Mouse4": ("BTN_SIDE", 0x113), "Mouse5": ("BTN_EXTRA", 0x114)}


def kernel_name(key: str) -> str:
    """What the kernel calls one out of KEYS, such as KEY_SPACE."""
    return _BUTTONS[key][0] if key in _BUTTONS else f"KEY_{_KEYS[key][0]}"


def code(key: str) -> int:
    """The number with which the kernel reports it."""
    return (_BUTTONS.get(key) or _KEYS[key])[1]
