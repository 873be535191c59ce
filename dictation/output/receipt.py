"""How long each part of a confirmed paste is waited for, whoever does it."""

from __future__ import annotations

from dictation.errors import NotDelivered
from dictation.i18n import _

EARLY = 0.015  # seconds for clipboard histories to read the text before the chord
EARLY_AT_MOST = 0.06  # seconds, where one is still reading
RECEIPT_WITHIN = 1.2  # seconds from the chord; programs that stall for 0.4 s are common
QUIET = 0.2  # seconds after its last reading before the clipboard is given back
# Seconds after that until other programs are told of a change. Chromium throws away what it has
# read where it hears of one before its page has taken it, and pages stall.
NEWS_AFTER = 2.0


def not_taken(terminals: str = "Shift+Insert") -> NotDelivered:
    """What a user is told when no window has read the text; `terminals` paste by that key."""
    return NotDelivered(
        _("The window did not take the text."),
        hint=_("It is on the clipboard: press Ctrl+V, in a terminal {key}.").format(key=terminals),
    )
