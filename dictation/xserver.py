"""Connects to an X server by python-xlib, and makes good what its version 0.33 gets wrong."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from typing import Any

from dictation.errors import MissingPart
from dictation.i18n import _

GENERIC_EVENT = 35
XINPUT = (2, 1)  # before, a grab keeps raw events from everybody else


def tells_raw_events(display: Any) -> bool:
    """Whether the server tells of all keys whoever gets them (XInput 2), during grabs, too."""
    from Xlib.ext import xinput

    if not display.has_extension(xinput.extname):
        return False
    opcode, (major, minor) = display.display.get_extension_major(xinput.extname), XINPUT
    # By hand: xinput_query_version asks for 2.0, and so gets its raw events, too.
    found = xinput.XIQueryVersion(
        display=display.display, opcode=opcode, major_version=major, minor_version=minor
    )
    return (found.major_version, found.minor_version) >= XINPUT


def warm() -> None:
    """Imports what a connection needs, 30 ms, where it is there: for a thread at the start."""
    with suppress(ImportError):  # told when something connects
        import Xlib.display  # noqa: F401


def connect(name: str) -> Any:
    """A Display; of $DISPLAY where the name is empty. MissingPart where no X server answers."""
    try:
        from Xlib import error
        from Xlib.display import Display
    except ImportError as problem:
        raise MissingPart(_("The library python-xlib is missing.")) from problem
    try:
        with redirect_stdout(sys.stderr):  # it warns there of an empty ~/.Xauthority
            display = Display(name or None)
    except (error.DisplayError, error.XauthError, error.XNoAuthError, OSError) as problem:
        raise MissingPart(
            _("The X server {name} does not answer.").format(name=name),
            hint=_("Start the app inside the desktop session."),
        ) from problem
    # It files RandR's errors under the numbers of BadRequest and BadValue, as classes that are no
    # X errors: the first of these to come would leave its lock held, and hang us for ever.
    protocol = display.display
    protocol.error_classes = {**protocol.error_classes, **error.xerror_class}
    return display
