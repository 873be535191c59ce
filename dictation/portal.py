"""What the desktop allows programs by its portals: requests, answered by the user or in their name.

A request's answer is a signal that may take as long as a dialog stands; a session lasts until it is
closed, from either side (flatpak.github.io/xdg-desktop-portal/docs).
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from dictation.bus import THE_BUS, Bus, BusFault, BusGone, NoAnswer, Refused, Remote, Signal
from dictation.program import APP_ID

SERVICE = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
REQUEST, SESSION = "org.freedesktop.portal.Request", "org.freedesktop.portal.Session"
REGISTRY = Remote(SERVICE, PATH, "org.freedesktop.host.portal.Registry")
ANSWERED_WITHIN = 10.0  # seconds for what needs no user
LOOK_EVERY = 1.0  # seconds between looks whether the bus is still there
GONE = f"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{SERVICE}'"

Options = Mapping[str, tuple[str, Any]]  # by name: signature and value


class Denied(BusFault):
    """The user said no."""


def remote(interface: str) -> Remote:
    """A portal, by the last part of its interface's name."""
    return Remote(SERVICE, PATH, f"org.freedesktop.portal.{interface}")


def version(bus: Bus, interface: str) -> int:
    """The version of a portal, 0 where the desktop has none.

    NoAnswer where the portals are yet to start, BusGone without a bus.
    """
    ask = Remote(SERVICE, PATH, "org.freedesktop.DBus.Properties")
    body = (remote(interface).interface, "version")
    try:
        ((_kind, number),) = bus.call(ask, "Get", "ss", body)
    except Refused:
        return 0
    return int(number)


class Portal:
    """A connection for one portal; raises BusFault, MissingPart.

    `on_signal` hears the signals of that portal alone, and `on_closed` that the session was ended,
    or that the portal itself is gone; both on the connection's thread, where nothing may be asked.
    """

    def __init__(
        self,
        interface: str,
        on_signal: Callable[[Signal], None] = lambda _signal: None,
        on_closed: Callable[[bool], None] = lambda _gone: None,
        *,
        also: tuple[str, ...] = (),
        descriptors: bool = False,
    ) -> None:
        """`also` names other portals whose signals are of interest."""
        self._remote = remote(interface)
        self._on_signal, self._on_closed = on_signal, on_closed
        self._waiting: dict[str, Future[tuple[int, dict[str, Any]]]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.session = ""  # its path
        heard = (REQUEST, SESSION, *(remote(name).interface for name in (interface, *also)))
        rules = (GONE, *(f"type='signal',sender='{SERVICE}',interface='{name}'" for name in heard))
        self.bus = Bus("SESSION", self._heard, name="portal", rules=rules, descriptors=descriptors)
        try:  # the portal knows a program in a sandbox by itself, and another only from 1.20 on
            self.bus.call(REGISTRY, "Register", "sa{sv}", (APP_ID, {}))
            self.registered = True
        except (Refused, NoAnswer):
            self.registered = False
        except BusFault:
            self.close()
            raise

    def request(
        self,
        member: str,
        signature: str = "",
        body: tuple[Any, ...] = (),
        options: Options | None = None,
        *,
        within: float | None = ANSWERED_WITHIN,
    ) -> dict[str, Any]:
        """Results by name, each with its value alone; `within` None waits as long as a dialog.

        Denied where the user refuses, Refused where the desktop does, NoAnswer in time, BusGone
        once closed.
        """
        token = f"dictation_{os.urandom(8).hex()}"
        answer: Future[tuple[int, dict[str, Any]]] = Future()
        with self._lock:
            self._waiting[token] = answer
        try:
            given = {**(options or {}), "handle_token": ("s", token)}
            self.bus.call(self._remote, member, f"{signature}a{{sv}}", (*body, given))
            code, results = self._answered(answer, member, within)
        finally:
            with self._lock:
                self._waiting.pop(token, None)
        if code:  # 1: cancelled by the user; all else ended in another way
            raise (Denied if code == 1 else Refused)(member)
        return {name: value for name, (_kind, value) in results.items()}

    def _answered(
        self, answer: Future[tuple[int, dict[str, Any]]], member: str, within: float | None
    ) -> tuple[int, dict[str, Any]]:
        deadline = math.inf if within is None else time.monotonic() + within
        while self.is_open:
            with suppress(TimeoutError):
                return answer.result(min(LOOK_EVERY, max(0.0, deadline - time.monotonic())))
            if time.monotonic() >= deadline:
                raise NoAnswer(member)
        raise BusGone(member)

    def open_session(self, options: Options | None = None) -> str:
        """A session of this portal, which is the connection's; its path. Raises BusFault."""
        return str(self.create_session(options)["session_handle"])

    def create_session(self, options: Options | None = None) -> dict[str, Any]:
        """The same, with all that the portal tells of the session."""
        token = f"dictation_{os.urandom(8).hex()}"
        given = {"session_handle_token": ("s", token), **(options or {})}
        created = self.request("CreateSession", options=given)
        self.session = created["session_handle"]
        return created

    def call(self, member: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """A method of the portal that is no request; raises BusFault."""
        return self.bus.call(self._remote, member, signature, body)

    @property
    def is_open(self) -> bool:
        """Whether neither side has ended it."""
        return not self._closed.is_set() and not self.bus.lost.is_set()

    def close(self) -> None:
        """Ends the session and every wait; not on the connection's own thread."""
        self._end()
        self.bus.close()

    def _end(self) -> None:
        self._closed.set()
        with self._lock:
            waiting, self._waiting = list(self._waiting.values()), {}
        for answer in waiting:
            answer.set_exception(BusGone("closed"))

    # On the connection's thread.

    def _heard(self, signal: Signal) -> None:
        if signal.interface == REQUEST and signal.member == "Response":
            with self._lock:
                answer = self._waiting.pop(signal.path.rpartition("/")[2], None)
            if answer is not None:
                answer.set_result((signal.body[0], signal.body[1]))
        elif signal.interface == SESSION:
            if signal.member == "Closed" and signal.path == self.session:
                self._lost(gone=False)
        elif signal.interface == THE_BUS.service:
            if signal.member == "NameOwnerChanged" and signal.body[1]:  # it had an owner
                self._lost(gone=True)
        else:
            self._on_signal(signal)

    def _lost(self, *, gone: bool) -> None:
        if not self._closed.is_set():
            self._end()
            self._on_closed(gone)
