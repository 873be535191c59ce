"""What is said of a key that another program has."""

from __future__ import annotations

from dictation.errors import HotkeyError, HotkeyTaken
from dictation.hotkeys.binding import Binding
from dictation.i18n import _


def taken(binding: Binding) -> HotkeyTaken:
    """That another program has the key."""
    return HotkeyTaken(_("{key} is taken by another program.").format(key=binding))


def with_offer(error: HotkeyError, free: Binding | None) -> HotkeyError:
    """The error, where the key is taken with one that is free."""
    if free is None or not isinstance(error, HotkeyTaken):
        return error
    offer = HotkeyTaken(
        error.message,
        hint=_("{key} is free: `dictation settings set hotkey {key}`.").format(key=free),
    )
    offer.free = str(free)
    return offer
