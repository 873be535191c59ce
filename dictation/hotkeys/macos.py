"""Keys on macOS: an event tap hears press and release, and keeps hotkeys from the programs below.

Untried on a real Mac so far. The key of a letter is that of the layout at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.hotkeys.actions import Action
from dictation.hotkeys.chords import possible
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.macos_codes import codes
from dictation.hotkeys.macos_tap import Keyboard, MacTap
from dictation.hotkeys.tap_listener import TapListener
from dictation.i18n import _

NAME = "macos"
TELLS_RELEASE = True


def probe(desktop: Desktop) -> Verdict:
    """Whether macOS can be asked; what the user has to allow, listening tells."""
    if desktop.system != "macos":
        return Verdict(False, _("this is not macOS"))
    try:
        real()
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    return Verdict(True)


def real() -> Keyboard:
    """macOS' own; MissingPart elsewhere."""
    from dictation.mac.keyboard import RealKeyboard

    return RealKeyboard()


def listen(
    actions: Sequence[Action],
    *,
    desktop: Desktop,
    hearer: Hearer,
    keyboard: Callable[[], Keyboard] = real,
) -> TapListener:
    """Takes the keys, whoever else has them; HotkeyError says what the user has to allow."""
    asked = keyboard()
    known = codes(asked.signs())
    kept, failed = possible(actions, known, lambda _binding: True)
    if failed.keys() >= set(actions[0].bindings):
        raise failed[actions[0].bindings[0]]
    listener = TapListener(kept, known, MacTap(asked), hearer=hearer)
    for error in failed.values():
        hearer.lost(error)
    return listener
