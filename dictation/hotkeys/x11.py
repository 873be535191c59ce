"""Keys on X11: a passive grab takes them from the focused program and tells press and release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import HotkeyError, SettingsError
from dictation.hotkeys.actions import SETTINGS, Action
from dictation.hotkeys.binding import Binding, parse, parse_all
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.taken import with_offer
from dictation.i18n import _
from dictation.settings import Settings
from dictation.values import Hotkey

if TYPE_CHECKING:
    from dictation.hotkeys.x11_listener import X11Listener

NAME = "x11"
TELLS_RELEASE = True

CANDIDATES = tuple(
    parse(text)
    for text in (
        "Ctrl+Alt+Space",
        "Ctrl+Shift+Space",
        "Super+Space",
        "Ctrl+Alt+D",
        "F9",
        "F8",
        "Pause",
        "ScrollLock",
    )
)


def symbols(settings: Settings) -> list[Hotkey]:
    """The hotkeys of these settings as an X server knows them, but for what can't be read."""
    from dictation.hotkeys.x11_symbols import symbol

    bindings: list[Binding] = []
    for setting in SETTINGS:
        with suppress(SettingsError):  # whoever listens for the keys tells
            bindings += parse_all(getattr(settings, setting))
    return [
        Hotkey(code, bool(binding.modifiers - {"shift"}))
        for binding in bindings
        if (code := symbol(binding.key))
    ]


def probe(desktop: Desktop) -> Verdict:
    """Grabs a key and frees it again."""
    if desktop.system != "linux" or desktop.session != "x11":
        return Verdict(False, _("this is no X11 session"))
    try:
        free = free_keys(CANDIDATES, desktop)
    except HotkeyError as error:
        return Verdict(False, error.message)
    if not free:
        return Verdict(False, _("other programs have taken every key that was tried"))
    return Verdict(True)


def free_keys(candidates: Iterable[Binding], desktop: Desktop) -> tuple[Binding, ...]:
    """Those of the keys that no program has taken, found by grabbing and freeing each.

    HotkeyError where the X server can't be reached. What this program listens for counts as taken.
    """
    from dictation.hotkeys.x11_keyboard import Keyboard

    keyboard = Keyboard(desktop.display)
    try:
        return tuple(binding for binding in candidates if keyboard.is_free(binding))
    finally:
        keyboard.close()


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> X11Listener:
    """Takes the keys; where the first action can have none, HotkeyTaken names the next free one."""
    from dictation.hotkeys.x11_grabs import Grabs
    from dictation.hotkeys.x11_keyboard import Keyboard
    from dictation.hotkeys.x11_listener import X11Listener

    keyboard = Keyboard(desktop.display)
    try:
        grabs = Grabs(keyboard, actions)
        failed = grabs.take()
        if failed.keys() >= set(actions[0].bindings):
            free = next((key for key in CANDIDATES if keyboard.is_free(key)), None)
            raise with_offer(failed[actions[0].bindings[0]], free)
    except HotkeyError:
        keyboard.close()
        raise
    return X11Listener(
        keyboard,
        grabs,
        failed.values(),
        hearer=hearer,
    )
