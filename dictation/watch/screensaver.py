"""Screen lockers that don't tell logind: a screensaver that is active counts as locked."""

from __future__ import annotations

import contextlib
from typing import Any

from dictation.backends import Verdict
from dictation.bus import THE_BUS, Bus, BusFault, BusGone, Remote, Signal
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.watch.moments import Heard, Presence
from dictation.watch.standing import PAUSE, Standing

NAME = "screensaver"
LOCKERS = tuple(
    f"org.{desktop}.ScreenSaver" for desktop in ("freedesktop", "gnome", "cinnamon", "mate", "xfce")
)
RULES = tuple(
    rule
    for locker in LOCKERS
    for rule in (
        f"type='signal',sender='{locker}',interface='{locker}',member='ActiveChanged'",
        f"type='signal',sender='{THE_BUS.service}',member='NameOwnerChanged',arg0='{locker}'",
    )
)


class Screensaver:
    """Listens to all lockers on a bus, those that come later too, until `close`."""

    NAME = NAME

    def __init__(self, presence: Presence, *, bus: str = "SESSION", pause: float = PAUSE) -> None:
        self._presence, self._address = presence, bus
        self._bus: Bus | None = None
        self._standing = Standing(NAME, self._connect, self._attend, pause)

    def close(self) -> None:
        """Leaves the bus."""
        self._standing.close()

    def _connect(self) -> Bus:
        return Bus(self._address, self._on_signal, name=NAME, rules=RULES)

    def _attend(self, bus: Bus) -> None:
        self._bus = bus
        here = running(bus)
        for locker in LOCKERS:
            if locker in here:
                self._ask(bus, locker)
            else:
                self._presence.learn(locker, away=False)
        bus.lost.wait()

    def _on_signal(self, signal: Signal) -> None:
        match signal.member, signal.body:
            case "ActiveChanged", (bool(active),):
                self._presence.learn(signal.interface, active)
            case "NameOwnerChanged", (locker, _, ""):  # a locker that crashed locks no longer
                self._presence.learn(locker, away=False)
            case "NameOwnerChanged", (locker, _, _) if self._bus:
                with contextlib.suppress(BusGone):
                    self._ask(self._bus, locker)

    def _ask(self, bus: Bus, locker: str) -> None:
        def learn(answer: tuple[Any, ...] | None) -> None:
            if answer is not None:  # else it only takes requests, and another one locks
                self._presence.learn(locker, away=answer == (True,))

        bus.ask(Remote(locker), "GetActive", None, (), learn)


def running(bus: Bus) -> list[str]:
    """The lockers that are on the bus; asking does not start one."""
    (names,) = bus.call(THE_BUS, "ListNames")
    return [locker for locker in LOCKERS if locker in names]


def watch(heard: Heard, presence: Presence) -> Screensaver:
    """Listens on the session's bus."""
    return Screensaver(presence)


def probe(desktop: Desktop, bus: str = "SESSION") -> Verdict:
    """Which lockers are there."""
    if desktop.system != "linux":
        return Verdict(False, _("no locker of this system is known"))
    try:
        with Bus(bus, lambda _signal: None, name=NAME) as connection:
            here = running(connection)
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    except BusFault:
        return Verdict(False, _("the session has no D-Bus"))
    return Verdict(True, ", ".join(here) or _("no locker is on the session's bus yet"))
