"""Which hotkey a key event of Qt's is, for the field that records what is pressed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

from dictation.hotkeys.binding import MODIFIERS, PUNCTUATION, Binding

_HELD = dict(
    zip(
        MODIFIERS,
        (
            Qt.KeyboardModifier.ControlModifier,
            Qt.KeyboardModifier.AltModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.MetaModifier,
        ),
        strict=True,
    )
)
LONE = {Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Shift, Qt.Key.Key_Meta, Qt.Key.Key_Super_L}
LONE |= {Qt.Key.Key_Super_R, Qt.Key.Key_AltGr}
# X11's keysyms, which tell a modifier's side.
_SIDES = {
    0xFFE1: "LeftShift",
    0xFFE2: "RightShift",
    0xFFE3: "LeftCtrl",
    0xFFE4: "RightCtrl",
    0xFFE9: "LeftAlt",
    0xFFEA: "RightAlt",
    0xFE03: "RightAlt",
    0xFFEB: "LeftSuper",
    0xFFEC: "RightSuper",
}
_NAMES: dict[int, str] = {getattr(Qt.Key, f"Key_F{n}"): f"F{n}" for n in range(1, 25)}
_NAMES |= {ord(sign): sign for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
_NAMES |= {ord(sign): name for name, sign in PUNCTUATION.items()}
_NAMES |= {
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Insert: "Insert",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_PageUp: "PageUp",
    Qt.Key.Key_PageDown: "PageDown",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_Menu: "Menu",
    Qt.Key.Key_Pause: "Pause",
    Qt.Key.Key_Print: "Print",
    Qt.Key.Key_ScrollLock: "ScrollLock",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_MediaPlay: "AudioPlay",
    Qt.Key.Key_MediaTogglePlayPause: "AudioPlay",
    Qt.Key.Key_MediaStop: "AudioStop",
    Qt.Key.Key_MediaNext: "AudioNext",
    Qt.Key.Key_MediaPrevious: "AudioPrev",
    Qt.Key.Key_MediaRecord: "AudioRecord",
    Qt.Key.Key_VolumeMute: "AudioMute",
    Qt.Key.Key_MicMute: "AudioMicMute",
    Qt.Key.Key_Search: "Search",
    Qt.Key.Key_Calculator: "Calculator",
    Qt.Key.Key_LaunchMail: "Mail",
}
# What Shift makes of a key hides which key it is; by evdev's rules its place tells.
_PLACES = dict(enumerate("1234567890", 10)) | {191 + n: f"F{13 + n}" for n in range(12)}
# The same by Windows' virtual keys, and its scan codes, which tell a modifier's side.
_WINDOWS = {ord(sign): sign for sign in "0123456789"} | {0x7C + n: f"F{13 + n}" for n in range(12)}
_WINDOWS_SIDES = {
    0x1D: "LeftCtrl",
    0x2A: "LeftShift",
    0x36: "RightShift",
    0x38: "LeftAlt",
    0x11D: "RightCtrl",
    0x138: "RightAlt",
    0x15B: "LeftSuper",
    0x15C: "RightSuper",
}
# The same by macOS' key codes.
_MAC = dict(zip((29, 18, 19, 20, 21, 23, 22, 26, 28, 25), "0123456789", strict=True))
_MAC_SIDES = {
    54: "RightSuper",
    55: "LeftSuper",
    56: "LeftShift",
    58: "LeftAlt",
    59: "LeftCtrl",
    60: "RightShift",
    61: "RightAlt",
    62: "RightCtrl",
}
BUTTONS = {Qt.MouseButton.BackButton: "Mouse4", Qt.MouseButton.ForwardButton: "Mouse5"}


def held(modifiers: Qt.KeyboardModifier, platform: str = "") -> frozenset[str]:
    """The modifiers as a binding names them; `platform` is Qt's, by itself the one in use."""
    names = frozenset(name for name, flag in _HELD.items() if modifiers & flag)
    if (platform or QGuiApplication.platformName()) == "cocoa":  # there Qt calls Command Control
        swapped = {"ctrl": "super", "super": "ctrl"}
        return frozenset(swapped.get(name, name) for name in names)
    return names


def binding(event: QKeyEvent, platform: str = "") -> Binding | None:
    """The keys that are pressed; None for a modifier so far, or a key that can be no hotkey."""
    if event.key() in LONE:
        return None
    match platform or QGuiApplication.platformName():
        case "windows":
            name = _WINDOWS.get(event.nativeVirtualKey())
        case "cocoa":
            name = _MAC.get(event.nativeVirtualKey())
        case _:
            name = _PLACES.get(event.nativeScanCode()) if event.nativeScanCode() else None
    name = name or _NAMES.get(event.key())
    return Binding(held(event.modifiers(), platform), name) if name else None


def lone(event: QKeyEvent, platform: str = "") -> Binding | None:
    """The modifier whose release this is; None where its side is not known."""
    match platform or QGuiApplication.platformName():
        case "windows":
            name = _WINDOWS_SIDES.get(event.nativeScanCode())
        case "cocoa":
            name = _MAC_SIDES.get(event.nativeVirtualKey())
        case _:
            name = _SIDES.get(event.nativeVirtualKey())
    return Binding(frozenset(), name) if name else None
