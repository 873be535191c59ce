"""`dictation`: starts the app in the tray, or tells the running one to show itself."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

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

    parser.add_argument("--minimized", action="store_true", help="open no window")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Stays in the foreground until `quit` or SIGTERM."""
    from dictation.commands.flags import given

    return start(given(args), minimized=args.minimized)


def start(flags: dict[str, str], *, minimized: bool) -> int:
    """The same, with settings for this run."""
    there = {"do": "status" if minimized else "show"}
    try:
        ask(places(), there)
    except NotRunning:
        return _start(flags, there, minimized=minimized)
    return 0


def _start(flags: dict[str, str], there: Message, *, minimized: bool) -> int:
    from dictation import system

    system.ensure()
    if detect().session == "none" and "QT_QPA_PLATFORM" not in os.environ:
        raise MissingPart(
            _("There is no desktop session here to put windows on."),
            hint=_("Start it on a desktop; here, `dictation record --transcribe` prints the text."),
        )
    from dictation.ui.start import run as run_app

    try:
        return run_app(places(), flags, minimized=minimized)
    except BlockingIOError:  # another one was started at the same moment, and may need one more
        for _try in range(50):
            with contextlib.suppress(NotRunning):
                ask(places(), there)
                return 0
            threading.Event().wait(0.1)
        raise
