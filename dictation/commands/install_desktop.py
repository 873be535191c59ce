"""`dictation install-desktop`: the program in the desktop's menu, and out of it again."""

from __future__ import annotations

import argparse

from dictation import menu_entry
from dictation.desktop import detect
from dictation.errors import UsageError
from dictation.i18n import _


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--undo", action="store_true", help="take it out again")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, also where there was nothing to undo."""
    if detect().system != "linux":
        raise UsageError(_("This is for the desktops of Linux; elsewhere the installer does it."))
    if args.undo:
        print("Removed." if menu_entry.remove() else "There was none.")
    else:
        print(f"Wrote {menu_entry.write()}; `--undo` takes it out again.")
    return 0
