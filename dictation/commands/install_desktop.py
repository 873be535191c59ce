"""`dictation install-desktop`: the program in the desktop's menu and the start of the session, and
out of both again.
"""

from __future__ import annotations

import argparse
import contextlib

from dictation import autostart, menu_entry, settings
from dictation.control import ask
from dictation.desktop import detect
from dictation.errors import NotRunning, UsageError
from dictation.i18n import _
from dictation.paths import places


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--undo", action="store_true", help="take all of it out again")
    parser.add_argument(
        "--no-autostart", action="store_true", help="leave the start with the session as it is"
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0, also where there was nothing to undo."""
    if detect().system != "linux":
        raise UsageError(_("This is for the desktops of Linux; elsewhere the installer does it."))
    if not args.no_autostart:
        _start_with_the_session(not args.undo)
    if args.undo:
        print("Removed." if menu_entry.remove() else "There was none.")
        return 0
    print(f"Wrote {menu_entry.write()}, with icons, manual and completions.")
    if not args.no_autostart:
        print("Dictation starts with the session from now on.")
    print("`dictation install-desktop --undo` takes all of it out again.")
    return 0


def _start_with_the_session(wanted: bool) -> None:
    """By the setting, which a running app follows by itself; DictationError where it can't be."""
    settings.save(places().settings, autostart=True if wanted else None)
    if error := autostart.follow(wanted, autostart.entry_of("linux")):
        raise error
    with contextlib.suppress(NotRunning):
        ask(places(), {"do": "reload"})
