"""Whether the cursor is in a password field, as the desktop's accessibility tells (AT-SPI).

Only where that is switched on: nothing is started for it. Answers are about where the cursor is
inside the program; a program that tells nothing of itself has no password fields for us.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from dictation.bus import Bus, BusFault, Remote
from dictation.errors import MissingPart

PATIENCE = 0.3  # seconds for all questions together, where a program has no list of its own
MOST = 400  # objects that are looked at, then
SERVICE = "org.a11y.Bus"
REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE = "org.a11y.atspi.Accessible"
# AtspiStateType and AtspiRole of atspi-constants.h.
FOCUSED, SHOWING = 1 << 12, 1 << 25
PASSWORD = 40
ALL, SORTED = 1, 1
# A rule for Collection.GetMatches: the state FOCUSED, and nothing asked of the rest.
RULE: tuple[object, ...] = ([FOCUSED, 0], ALL, {}, ALL, [0, 0, 0, 0], ALL, [], ALL, False)
RULE_SIGNATURE = "(aiia{ss}iaiiasib)uib"

Object = tuple[str, str]  # the program's name on the bus, and the object's path


def is_focused(process: int, session: str = "SESSION") -> bool:
    """Whether that program's cursor is in a password field; False where nobody tells."""
    try:
        return _look(process, session)
    except (BusFault, MissingPart):
        return False
    except (IndexError, TypeError, ValueError):  # a program's answer that is none
        return False


def _look(process: int, session: str) -> bool:
    with Bus(session, lambda _signal: None, name="accessibility") as bus:
        if not bus.call(Remote("org.freedesktop.DBus"), "NameHasOwner", "s", (SERVICE,))[0]:
            return False
        (address,) = bus.call(Remote(SERVICE, "/org/a11y/bus"), "GetAddress")
    with Bus(address, lambda _signal: None, name="accessibility") as bus:
        programs = bus.call(Remote(REGISTRY, ROOT, ACCESSIBLE), "GetChildren")[0]
        for name, root in programs:
            daemon = Remote("org.freedesktop.DBus")
            if bus.call(daemon, "GetConnectionUnixProcessID", "s", (name,))[0] == process:
                return any(_is_password(bus, found) for found in _focused(bus, (name, root)))
    return False


def _is_password(bus: Bus, thing: Object) -> bool:
    return bool(bus.call(Remote(*thing, ACCESSIBLE), "GetRole")[0] == PASSWORD)


def _focused(bus: Bus, root: Object) -> list[Object]:
    try:
        remote = Remote(*root, "org.a11y.atspi.Collection")
        matches = bus.call(remote, "GetMatches", RULE_SIGNATURE, (RULE, SORTED, 0, True))[0]
        return [(name, path) for name, path in matches]
    except BusFault:  # GTK 4 and older Qt have no such list
        return [thing for thing, states in _tree(bus, root) if states & FOCUSED]


def _tree(bus: Bus, root: Object) -> Iterator[tuple[Object, int]]:
    """What is shown, level by level, with its states."""
    deadline, waiting = time.monotonic() + PATIENCE, [root]
    for _n in range(MOST):
        if not waiting or time.monotonic() > deadline:
            return
        thing = waiting.pop(0)
        remote = Remote(*thing, ACCESSIBLE)
        states = bus.call(remote, "GetState")[0][0]
        yield thing, states
        if thing == root or states & SHOWING:
            waiting += [(name, path) for name, path in bus.call(remote, "GetChildren")[0]]
