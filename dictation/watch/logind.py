"""Suspend, lock and user switch as logind tells them; the sleep waits until a take is kept."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

from dictation.backends import Verdict
from dictation.bus import THE_BUS, Bus, BusFault, BusGone, Refused, Remote, Signal
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.watch.clocks import SHORTEST_SLEEP, asleep
from dictation.watch.moments import Heard, Presence, nothing
from dictation.watch.standing import PAUSE, Standing

NAME = "logind"
SERVICE = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
MANAGER = Remote(SERVICE, PATH, f"{SERVICE}.Manager")
SESSION, USER = f"{SERVICE}.Session", f"{SERVICE}.User"
PROPERTIES = "org.freedesktop.DBus.Properties"
RULES = (
    f"type='signal',sender='{SERVICE}',path='{PATH}',member='PrepareForSleep'",
    f"type='signal',sender='{THE_BUS.service}',member='NameOwnerChanged',arg0='{SERVICE}'",
)
ALL_OF_SESSION = ("GetAll", "s", (SESSION,))
LONGEST_DELAY = 4.0  # seconds; logind itself waits 5 (InhibitDelayMaxSec)
INHIBIT = ("sleep", "Dictation", "A running dictation is kept", "delay")

log = logging.getLogger(__name__)


class Inhibitor:
    """Delays the sleep until it is released, for which its descriptor may still have to come."""

    def __init__(self, bus: Bus) -> None:
        self._lock = threading.Lock()
        self._descriptor = -1
        self._released = False
        bus.ask(MANAGER, "Inhibit", "ssss", INHIBIT, self._take)

    def release(self) -> None:
        """Lets the computer sleep; more than once is as good as once."""
        with self._lock:
            self._released = True
            self._close()

    def _take(self, answer: tuple[Any, ...] | None) -> None:
        if answer is None:
            log.info("logind grants no delay: a sleep begins at once")
            return
        with self._lock:
            self._descriptor = answer[0].to_raw_fd()
            if self._released:
                self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class Logind:
    """Listens to logind on a bus until `close`; `patience` is how long a sleep may be delayed."""

    NAME = NAME

    def __init__(
        self,
        heard: Heard,
        presence: Presence,
        *,
        bus: str = "SYSTEM",
        patience: float = LONGEST_DELAY,
        pause: float = PAUSE,
        environment: Mapping[str, str] = os.environ,
        asleep: Callable[[], float] = asleep,
    ) -> None:
        self._heard, self._presence, self._address = heard, presence, bus
        self._patience, self._environment, self._asleep = patience, environment, asleep
        self._slept = asleep()
        self._bus: Bus | None = None
        self._owner = ""
        self._inhibitor: Inhibitor | None = None
        self._standing = Standing(NAME, self._connect, self._attend, pause)

    def close(self) -> None:
        """Leaves the bus and lets the computer sleep."""
        self._standing.close()

    def _connect(self) -> Bus:
        self._owner, self._inhibitor = "", None
        return Bus(self._address, self._on_signal, name=NAME, rules=RULES, descriptors=True)

    def _attend(self, bus: Bus) -> None:
        self._bus = bus
        # Anyone on this bus can send us a signal; only one has this name. It is asked for first:
        # whoever delays a sleep must hear of it.
        (self._owner,) = bus.call(THE_BUS, "GetNameOwner", "s", (SERVICE,))
        self._inhibitor = Inhibitor(bus)
        try:
            if session := session_of(bus, self._environment):
                bus.subscribe(f"type='signal',sender='{SERVICE}',path='{session}'")
                self._learn(*bus.call(Remote(SERVICE, session, PROPERTIES), *ALL_OF_SESSION))
            if self._asleep() - self._slept > SHORTEST_SLEEP:  # while there was no bus
                self._resumed()
            bus.lost.wait()
        finally:
            self._inhibitor.release()

    def _on_signal(self, signal: Signal) -> None:
        if signal.sender == THE_BUS.service and self._owner and self._bus:
            self._bus.close()  # logind was restarted: all anew
        if signal.sender != self._owner:
            return
        match signal.member, signal.body:
            case "PrepareForSleep", (True,):
                self._suspend()
            case "PrepareForSleep", (False,):
                self._renew_inhibitor()
                self._resumed()
            case "Lock", ():
                self._presence.ask(locked=True)
            case "Unlock", ():
                self._presence.ask(locked=False)
            case "PropertiesChanged", (str(interface), changed, _) if interface == SESSION:
                self._learn(changed)

    def _learn(self, properties: Mapping[str, tuple[str, Any]]) -> None:
        if "LockedHint" in properties:
            self._presence.learn("locked", away=properties["LockedHint"][1])
        if "Active" in properties:
            self._presence.learn("another user's session is in front", not properties["Active"][1])

    def _suspend(self) -> None:
        inhibitor = self._inhibitor
        if inhibitor is None:  # we are just connecting: it does not wait for us
            self._heard("suspending", nothing)
            return
        timer = threading.Timer(self._patience, inhibitor.release)
        timer.daemon = True
        timer.start()

        def done() -> None:
            timer.cancel()
            inhibitor.release()

        self._heard("suspending", done)

    def _renew_inhibitor(self) -> None:
        assert self._bus
        if self._inhibitor:
            self._inhibitor.release()
        try:
            self._inhibitor = Inhibitor(self._bus)
        except BusGone:
            log.info("the system bus was lost while waking up")

    def _resumed(self) -> None:
        self._slept = self._asleep()
        self._heard("resumed", nothing)


def session_of(bus: Bus, environment: Mapping[str, str]) -> str:
    """The path of this process's session, else of its user's desktop; "" where there is neither."""
    ways: list[tuple[str, str, tuple[Any, ...]]] = [("GetSessionByPID", "u", (os.getpid(),))]
    if number := environment.get("XDG_SESSION_ID"):
        ways.insert(0, ("GetSession", "s", (number,)))
    for way in ways:
        with contextlib.suppress(Refused):
            return str(bus.call(MANAGER, *way)[0])
    try:  # started by the user's service manager, which is outside of all sessions
        (user,) = bus.call(MANAGER, "GetUser", "u", (os.getuid(),))
        (display,) = bus.call(Remote(SERVICE, user, PROPERTIES), "Get", "ss", (USER, "Display"))
    except Refused:
        return ""
    _signature, (_number, path) = display
    return "" if path == "/" else str(path)


def watch(heard: Heard, presence: Presence) -> Logind:
    """Listens on the system's bus."""
    return Logind(heard, presence)


def probe(
    desktop: Desktop, bus: str = "SYSTEM", environment: Mapping[str, str] = os.environ
) -> Verdict:
    """Delays a sleep for a moment, and looks for the session."""
    if desktop.system != "linux":
        return Verdict(False, _("there is no logind on this system"))
    try:
        with Bus(bus, lambda _signal: None, name=NAME, descriptors=True) as connection:
            connection.call(MANAGER, "Inhibit", "ssss", INHIBIT)[0].close()
            session = session_of(connection, environment)
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    except BusGone:
        return Verdict(False, _("there is no system bus"), _fix())
    except BusFault as fault:
        return Verdict(False, _("logind does not delay a sleep: {why}").format(why=fault), _fix())
    if not session:
        return Verdict(True, _("logind; locks are not seen: this process has no session"))
    return Verdict(True, _("logind, session {name}").format(name=session.rpartition("/")[2]))


def _fix() -> str:
    return _("Install and start dbus and systemd, or elogind.")
