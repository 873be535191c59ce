"""`dictation`: starts the app in the tray, or tells the running one to show itself."""

from __future__ import annotations

import argparse

from dictation.commands.flags import add_settings, given
from dictation.control import ask
from dictation.errors import NotRunning
from dictation.paths import places


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--minimized", action="store_true", help="open no window")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Stays in the foreground until `quit` or SIGTERM."""
    try:
        ask(places(), {"do": "show"})
    except NotRunning:
        return _start(args)
    return 0


def _start(args: argparse.Namespace) -> int:
    from dictation import log, system

    system.ensure()
    log.start(places().log)
    from dictation.ui import app

    try:
        return app.run(places(), given(args), minimized=args.minimized)
    except BlockingIOError:  # another one was started at the same moment
        ask(places(), {"do": "show"})
        return 0
