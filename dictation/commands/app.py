"""`dictation`: starts the app in the tray, or tells the running one to show itself."""

from __future__ import annotations

import argparse
import contextlib
import os
import threading

from dictation.commands.flags import add_settings, given
from dictation.control import Message, ask
from dictation.desktop import detect
from dictation.errors import MissingPart, NotRunning
from dictation.paths import places


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--minimized", action="store_true", help="open no window")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Stays in the foreground until `quit` or SIGTERM."""
    there = {"do": "status" if args.minimized else "show"}
    try:
        ask(places(), there)
    except NotRunning:
        return _start(args, there)
    return 0


def _start(args: argparse.Namespace, there: Message) -> int:
    from dictation import log, system

    system.ensure()
    if detect().session == "none" and "QT_QPA_PLATFORM" not in os.environ:
        raise MissingPart(
            "There is no desktop session here to put windows on.",
            hint="Start it on a desktop; here, `dictation record --transcribe` prints the text.",
        )
    log.start(places().log)
    from dictation.ui import start

    try:
        return start.run(places(), given(args), minimized=args.minimized)
    except BlockingIOError:  # another one was started at the same moment, and may need one more
        for _try in range(50):
            with contextlib.suppress(NotRunning):
                ask(places(), there)
                return 0
            threading.Event().wait(0.1)
        raise
