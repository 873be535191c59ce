"""Links of the scheme `dictation:`, such as dictation://history: each shows a window.

Any page on the web can hold one: none records, sends, pastes or changes anything.
"""

from __future__ import annotations

import re

from dictation.errors import UsageError
from dictation.i18n import _

SCHEME = "dictation"
WINDOWS = ("history", "settings", "spending", "calibrate", "models", "doctor")
_LINK = re.compile(rf"{SCHEME}:(?://)?([a-z]*)/?", re.IGNORECASE | re.ASCII)


def is_link(argument: str) -> bool:
    """Whether it is meant to be one."""
    return argument.lower().startswith(f"{SCHEME}:")


def to(window: str) -> str:
    """The link that shows a window."""
    return f"{SCHEME}://{window}"


def window(link: str) -> str:
    """The window that a link shows: one of WINDOWS, or "" for the one that `dictation` shows.

    UsageError where it names none.
    """
    found = _LINK.fullmatch(link)
    name = found[1].lower() if found else "?"
    if name and name not in WINDOWS:
        raise UsageError(
            _("{link} shows no window.").format(link=repr(link)),
            hint=_("There are: {links}.").format(links=", ".join(map(to, ("", *WINDOWS)))),
        )
    return name
