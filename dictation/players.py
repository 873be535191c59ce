"""Music and videos pause while one records, and go on after (MPRIS, the players' part of D-Bus).

Only what was paused here goes on, and only where it is still paused. A player that does not answer
holds up neither the take nor the other players. Nothing is noted on disk: after a crash what was
paused stays paused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal

from dictation.backends import Verdict
from dictation.bus import THE_BUS, Bus, BusFault, BusGone, Remote
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.lanes import Crash, Lane

log = logging.getLogger(__name__)

PREFIX = "org.mpris.MediaPlayer2."
PLAYER = "org.mpris.MediaPlayer2.Player"
PATH = "/org/mpris/MediaPlayer2"
PROXY = f"{PREFIX}playerctld"  # speaks for whichever of the others was used last
SETTLED = 1.0  # seconds
LEAVING = 0.5  # seconds that quitting waits for what goes on again

Answer = tuple[Any, ...]
Verb = Literal["Pause", "Play"]
DONE: dict[Verb, str] = {"Pause": "Paused", "Play": "Playing"}


class Players:
    """Told of each recording, on the main thread; all else is on a thread of its own.

    `settled` is how many seconds a player may take to do what it was told, and to say so.
    """

    def __init__(self, crash: Crash, *, address: str = "SESSION", settled: float = SETTLED) -> None:
        self._crash, self._address, self._settled = crash, address, settled
        self._take: str | None = None
        self._lane: Lane | None = None
        self._bus: Bus | None = None
        # By their unique names, which no other program gets: paused here, and about to go on.
        self._paused: set[str] = set()
        self._going: set[str] = set()
        self._told: dict[str, tuple[Verb, float]] = {}  # the last that each was told, and when
        self._left: threading.Event | None = None

    def recording(self, take: str | None) -> None:
        """This take records, and players are to pause; None: they may go on."""
        if take == self._take:
            return
        self._take = take
        self._lane = self._lane or Lane("players", self._crash)
        self._lane.put(lambda: self._pause(take) if take else self._go_on())

    def close(self) -> None:
        """What was paused goes on; waits a moment for that."""
        self.recording(None)
        if self._lane is None:
            return
        left = threading.Event()

        def leave() -> None:
            self._left = left
            self._gone("")

        self._lane.put(leave)
        left.wait(LEAVING)
        if self._bus:
            self._bus.close()

    # On the lane.

    def _pause(self, take: str) -> None:
        try:
            bus = self._connected()
            (names,) = bus.call(THE_BUS, "ListNames")
        except (BusFault, MissingPart) as fault:
            log.info("players can't be paused: %s", fault)
            return

        def playing(owner: str, status: str) -> None:
            if status == "Playing" and self._take == take:  # else the answer came too late
                self._paused.add(owner)
                self._tell(bus, owner, "Pause")

        def owned(answer: Answer | None) -> None:
            if answer:
                self._status(bus, answer[0], playing)

        for name in players(names):
            self._ask(bus, THE_BUS, "GetNameOwner", ("s", (name,)), owned)

    def _go_on(self) -> None:
        bus, paused = self._bus, self._paused
        self._paused = set()

        def still(owner: str, status: str) -> None:
            if status != "Paused":
                self._gone(owner)
            elif self._take:  # the next one has begun meanwhile
                self._paused.add(owner)
                self._gone(owner)
            elif bus:
                self._tell(bus, owner, "Play")

        if bus:
            self._going |= paused
            for owner in paused:
                self._status(bus, owner, still)

    def _gone(self, owner: str) -> None:
        """This one goes on, or does not: who quits need not wait for it any longer."""
        self._going.discard(owner)
        if self._left and not self._going:
            self._left.set()

    def _connected(self) -> Bus:
        if self._bus is None or self._bus.lost.is_set():
            self._paused, self._going, self._told = set(), set(), {}
            self._bus = Bus(self._address, lambda _signal: None, name="players-bus")
        return self._bus

    def _status(self, bus: Bus, owner: str, then: Callable[[str, str], None]) -> None:
        """What the player does, or is about to do because it was told a moment ago."""

        def heard(answer: Answer | None) -> None:
            match answer:
                case ((_, str(status)),):
                    verb, at = self._told.get(owner, ("Pause", float("-inf")))
                    lately = time.monotonic() - at < self._settled and status != "Stopped"
                    then(owner, DONE[verb] if lately else status)
                case _:  # it has ended, or is none
                    then(owner, "Stopped")

        remote = Remote(owner, PATH, "org.freedesktop.DBus.Properties")
        self._ask(bus, remote, "Get", ("ss", (PLAYER, "PlaybackStatus")), heard)

    def _tell(self, bus: Bus, owner: str, verb: Verb) -> None:
        self._told[owner] = verb, time.monotonic()
        remote = Remote(owner, PATH, PLAYER)
        self._ask(bus, remote, verb, (None, ()), lambda _answer: self._gone(owner))

    def _ask(
        self,
        bus: Bus,
        remote: Remote,
        member: str,
        given: tuple[str | None, Answer],
        then: Callable[[Answer | None], None],
    ) -> None:
        """Asks, and waits for nothing: what then is to be done is a job of its own."""
        lane = self._lane
        assert lane
        try:
            bus.ask(remote, member, *given, lambda answer: lane.put(lambda: then(answer)))
        except BusGone:
            then(None)


def players(names: Iterable[str]) -> list[str]:
    """The players among the names on a bus."""
    return [name for name in names if name.startswith(PREFIX) and name != PROXY]


def probe(desktop: Desktop, address: str = "SESSION") -> Verdict:
    """Which players are there."""
    if desktop.system != "linux":
        return Verdict(False, _("they can be paused on Linux alone"))
    try:
        with Bus(address, lambda _signal: None, name="players-bus") as bus:
            (names,) = bus.call(THE_BUS, "ListNames")
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    except BusFault:
        return Verdict(False, _("the session has no D-Bus, by which they are paused"))
    found = ", ".join(name.removeprefix(PREFIX) for name in players(names))
    return Verdict(True, found or _("none is running"))
