"""Keys on Windows: a hook hears press and release, and keeps hotkeys from the programs below.

Untried on a real Windows so far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.hotkeys.actions import Action
from dictation.hotkeys.binding import MOUSE_BUTTONS, Binding, parse
from dictation.hotkeys.chords import Codes, possible
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.taken import with_offer
from dictation.hotkeys.tap_listener import TapListener
from dictation.hotkeys.windows_codes import codes
from dictation.hotkeys.windows_registered import RegisteredTap, flags
from dictation.hotkeys.windows_tap import HookTap, Keyboard, NoHook
from dictation.i18n import _

NAME = "windows"
TELLS_RELEASE = True
CANDIDATES = tuple(
    map(parse, ("Ctrl+Shift+Space", "Ctrl+Alt+Space", "Ctrl+Shift+D", "F9", "F8", "Pause"))
)

TRIED = 0xBFFF  # the highest number that an application may give a hotkey


def probe(desktop: Desktop) -> Verdict:
    """Whether Windows answers."""
    if desktop.system != "windows":
        return Verdict(False, _("this is not Windows"))
    try:
        real()
    except MissingPart as error:
        return Verdict(False, error.message)
    return Verdict(True)


def real() -> Keyboard:
    """Windows' own; MissingPart elsewhere."""
    from dictation.win32.keyboard import RealKeyboard

    return RealKeyboard()


def listen(
    actions: Sequence[Action],
    *,
    desktop: Desktop,
    hearer: Hearer,
    keyboard: Callable[[], Keyboard] = real,
) -> TapListener:
    """Takes the keys; where the first action can have none, HotkeyTaken names the next free one."""
    asked = keyboard()
    known = codes(asked.code_of)
    kept, failed = possible(actions, known, partial(_is_free, asked, known))
    if failed.keys() >= set(actions[0].bindings):
        free = next((key for key in CANDIDATES if _is_free(asked, known, key)), None)
        raise with_offer(failed[actions[0].bindings[0]], free)
    bindings = [binding for action in kept for binding in action.bindings]
    mouse = any(binding.is_lone or binding.key in MOUSE_BUTTONS for binding in bindings)
    try:
        tap = HookTap(asked, mouse=mouse)
        listener = TapListener(kept, known, tap, hearer=hearer)
    except NoHook:
        registered = RegisteredTap(keyboard(), kept, known)
        listener = TapListener(kept, known, registered, hearer=hearer)
    for error in failed.values():
        hearer.lost(error)
    return listener


def _is_free(keyboard: Keyboard, known: Codes, binding: Binding) -> bool:
    """Whether no program has asked Windows for the key, found by asking for it.

    Windows' own keys, such as Win+H, count as free: whoever sets one wants it.
    """
    if binding.is_lone or binding.key in MOUSE_BUTTONS or "super" in binding.modifiers:
        return True
    if not keyboard.register(TRIED, flags(binding), known.of(binding)):
        return False
    keyboard.unregister(TRIED)
    return True
