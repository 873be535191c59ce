"""Keys by the names that X and Wayland have for them: what desktops' settings are written with."""

from __future__ import annotations

from dictation.hotkeys.binding import LONE_MODIFIERS, MODIFIERS, Binding

# Where the name in the X and Wayland headers is not simply the key's own in lower case.
_NAMES = {
    "Backspace": "BackSpace",
    "BracketLeft": "bracketleft",
    "BracketRight": "bracketright",
    "PageUp": "Page_Up",
    "PageDown": "Page_Down",
    "ScrollLock": "Scroll_Lock",
}
# Most layouts give these of the kernel's other meanings than F13, F14 and so on.
_NAMES |= {"F13": "XF86Tools"} | {
    f"F{9 + number}": f"XF86Launch{number}" for number in range(5, 10)
}
_NAMES |= {"F20": "XF86AudioMicMute", "F21": "XF86TouchpadToggle"}
_NAMES |= {"F22": "XF86TouchpadOn", "F23": "XF86TouchpadOff"}
_CAPITALISED = (
    *("Delete", "Down", "End", "Escape", "Home", "Insert", "Left"),
    *("Menu", "Pause", "Print", "Return", "Right", "Tab", "Up"),
)
_XF86 = ("Audio", "Calculator", "Launch", "Mail", "Search")


def name(key: str) -> str:
    """The keysym's name of one out of KEYS that is no mouse button."""
    if key in _NAMES:
        return _NAMES[key]
    if key in LONE_MODIFIERS:  # Left or Right, then which
        side = "Left" if key.startswith("Left") else "Right"
        return key.removeprefix(side).replace("Ctrl", "Control") + f"_{side[0]}"
    if key.startswith(_XF86):
        return "XF86" + key
    if key in _CAPITALISED or (key[0] == "F" and key[1:].isdigit()):
        return key
    return key.lower()


def modifiers(binding: Binding, names: tuple[str, ...]) -> str:
    """The binding's modifiers, written with these names for MODIFIERS."""
    written = zip(MODIFIERS, names, strict=True)
    return "".join(name for modifier, name in written if modifier in binding.modifiers)
