"""`dictation`: starts the app in the tray, or tells the running one to show itself.

`dictation LINK` shows the window of a link (`links`), `--start` begins a dictation.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from dictation import links
from dictation.control import Message, ask
from dictation.desktop import detect
from dictation.errors import MissingPart, NotRunning
from dictation.i18n import _
from dictation.paths import places

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    from dictation.commands.flags import add_settings

    parser.add_argument("link", nargs="?", default="", help="show a window: dictation://history")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--minimized", action="store_true", help="open no window")
    way.add_argument("--start", action="store_true", help="begin a dictation, too")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Stays in the foreground until `quit` or SIGTERM."""
    from dictation.commands.flags import given

    do = "start" if args.start else "status" if args.minimized else "show"
    return start(given(args), do, args.link)


def start(flags: dict[str, str], do: str = "show", link: str = "") -> int:
    """The same, with settings for this run; `do` is what a running app is asked for."""
    links.window(link or links.to(""))  # it may be wrong
    wanted: Message = {"do": do, "link": link} if link else {"do": do}
    try:
        ask(places(), wanted)
    except NotRunning:
        return _start(flags, wanted)
    return 0


def _start(flags: dict[str, str], wanted: Message) -> int:
    from dictation import system

    system.ensure()
    if detect().session == "none" and "QT_QPA_PLATFORM" not in os.environ:
        raise MissingPart(
            _("There is no desktop session here to put windows on."),
            hint=_("Start it on a desktop; here, `dictation record --transcribe` prints the text."),
        )
    from dictation.ui.start import run as run_app

    try:
        return run_app(places(), flags, wanted)
    except BlockingIOError:  # another one was started at the same moment, and may need one more
        for _try in range(50):
            with contextlib.suppress(NotRunning):
                ask(places(), wanted)
                return 0
            threading.Event().wait(0.1)
        raise
