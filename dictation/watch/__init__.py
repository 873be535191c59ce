"""What the computer does meanwhile: it sleeps and wakes, is locked, has another network.

Each row is a way to learn of some of it. The threads sleep until something happens.
"""

from __future__ import annotations

import logging

from dictation import backends
from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.i18n import _
from dictation.watch import clocks, logind, netlink, screensaver, windows
from dictation.watch.moments import Heard, Moment, Presence, Watcher

__all__ = ["Heard", "Moment", "Watcher", "of_network", "of_sleep", "start"]

SLEEP = (logind, windows, clocks)  # the first that works
OTHERS = (screensaver, netlink)  # all that work

log = logging.getLogger(__name__)


def start(desktop: Desktop, heard: Heard) -> list[Watcher]:
    """Tells from now on what happens, until each of the watchers is closed.

    `heard(moment, done)` is called on their threads, one at a time for each, and returns at once.
    "suspending": the computer sleeps when `done()` is called, from any thread, or after 4 s.
    "away" and "back" take turns, but for screens whose unlocking nobody tells. An "away" at the
    very start is possible. Takes some milliseconds; a second where the system's bus is mute.
    """
    presence = Presence(heard)
    sleep = backends.choose(SLEEP, desktop)
    rows = [sleep, *(row for row, verdict in backends.verdicts(OTHERS, desktop) if verdict.works)]
    log.info("watching by %s", ", ".join(row.NAME for row in rows))
    return [row.watch(heard, presence) for row in rows]


def of_sleep(desktop: Desktop) -> Verdict:
    """Whether a sleep and a lock are told, for `doctor`."""
    if (told := windows.probe(desktop)).works:
        return told
    first = logind.probe(desktop)
    second = screensaver.probe(desktop) if first.works else clocks.probe(desktop)
    why = _("{first}; {second}").format(first=first.why.rstrip("."), second=second.why)
    return Verdict(first.works, why, first.fix)


def of_network(desktop: Desktop) -> Verdict:
    """Whether changes of the network are told, for `doctor`."""
    return netlink.probe(desktop)
