"""The desktop's portals (org.freedesktop.portal.*), which ask the user before they let a program.

https://flatpak.github.io/xdg-desktop-portal/docs/
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from dictation.bus import THE_BUS, Bus, BusFault, BusGone, NoAnswer, Refused, Remote, Signal
from dictation.bus_interface import NAME as APP_ID

DESKTOP = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
REGISTRY = "org.freedesktop.host.portal.Registry"
REQUEST = "org.freedesktop.portal.Request"
SESSION = "org.freedesktop.portal.Session"
PROPERTIES = "org.freedesktop.DBus.Properties"
STARTED_WITHIN = 5.0  # seconds for the portals to be started by the bus
ANSWERED_WITHIN = 5.0  # seconds for a request that asks the user nothing

Options = Mapping[str, tuple[str, Any]]  # each value with its D-Bus signature


class Denied(BusFault):
    """The user said no, or closed the question."""


class Session:
    """What a portal lets be done, from CreateSession until `ended` is set."""

    def __init__(self, portal: Portal, path: str) -> None:
        self._portal, self.path = portal, path
        self.ended = threading.Event()

    def close(self) -> None:
        """Gives the right back; nothing where the portal was faster."""
        self._portal.end(self)


class Portal:
    """A connection to the portals under the app's name; where they restart it is `bus.lost`, too.

    `on_signal` hears the signals of `interfaces`, on the bus's thread. Raises BusGone, NoAnswer,
    MissingPart; that a portal is absent is told by `version` alone.
    """

    def __init__(
        self,
        interfaces: Iterable[str],
        on_signal: Callable[[Signal], None] = lambda _signal: None,
        *,
        address: str = "SESSION",
        descriptors: bool = False,
    ) -> None:
        self._on_signal = on_signal
        self._lock = threading.Lock()
        self._waiting: dict[str, queue.SimpleQueue[tuple[int, Any] | None]] = {}
        self._sessions: dict[str, Session] = {}
        rules = [
            f"type='signal',sender='{THE_BUS.service}',member='NameOwnerChanged',arg0='{DESKTOP}'",
            *(
                f"type='signal',sender='{DESKTOP}',interface='{interface}'"
                for interface in (REQUEST, SESSION, *interfaces)
            ),
        ]
        self.bus = Bus(
            address,
            self._heard,
            name="portal",
            rules=rules,
            descriptors=descriptors,
            on_lost=self._lost,
        )
        try:
            self._register()
        except BusFault:
            self.bus.close()
            raise

    def __enter__(self) -> Portal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the bus, and with it ends all sessions."""
        self.bus.close()

    def value(self, interface: str, name: str) -> Any:
        """A portal's property; raises Refused where the desktop has no such portal."""
        remote = Remote(DESKTOP, PATH, PROPERTIES)
        ((_kind, value),) = self.bus.call(remote, "Get", "ss", (interface, name))
        return value

    def version(self, interface: str) -> int:
        """A portal's version, 0 where the desktop has none."""
        try:
            return int(self.value(interface, "version"))
        except Refused:
            return 0

    def call(
        self, interface: str, member: str, signature: str, body: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        """A method that answers at once; raises BusFault."""
        return self.bus.call(Remote(DESKTOP, PATH, interface), member, signature, body)

    def request(
        self,
        interface: str,
        member: str,
        signature: str = "",
        body: tuple[Any, ...] = (),
        options: Options | None = None,
        *,
        patience: float = ANSWERED_WITHIN,
    ) -> dict[str, Any]:
        """A method that may ask the user something; the results of its Response.

        `signature` and `body` are those of the arguments before the options. Raises Denied where
        the user said no, NoAnswer after `patience` seconds (then the question is taken back),
        Refused, BusGone. Not on the bus's thread.
        """
        token = f"dictation_{secrets.token_hex(8)}"
        path = f"{PATH}/request/{self._sender}/{token}"
        answers: queue.SimpleQueue[tuple[int, Any] | None] = queue.SimpleQueue()
        with self._lock:
            self._waiting[path] = answers
        try:
            if self.bus.lost.is_set():
                raise BusGone(member)
            with_token = {**(options or {}), "handle_token": ("s", token)}
            self.call(interface, member, f"{signature}a{{sv}}", (*body, with_token))
            response = answers.get(timeout=patience)
        except queue.Empty:
            with suppress(BusFault):
                self.bus.call(Remote(DESKTOP, path, REQUEST), "Close")
            raise NoAnswer(member) from None
        finally:
            with self._lock:
                del self._waiting[path]
        match response:
            case None:
                raise BusGone(member)
            case 0, results:
                return {name: value for name, (_kind, value) in results.items()}
            case 1, _:
                raise Denied(member)
        raise Refused(member)

    def session(self, interface: str) -> Session:
        """A new session of a portal; raises as `request` does."""
        token = f"dictation_{secrets.token_hex(8)}"
        # Its path is known beforehand, so that a Closed that comes at once is heard.
        path = f"{PATH}/session/{self._sender}/{token}"
        session = self._sessions[path] = Session(self, path)
        options = {"session_handle_token": ("s", token)}
        try:
            self.request(interface, "CreateSession", options=options)
        except BusFault:
            del self._sessions[path]
            raise
        return session

    def end(self, session: Session) -> None:
        """Closes a session of ours."""
        if self._sessions.pop(session.path, None) and not session.ended.is_set():
            session.ended.set()
            with suppress(BusFault):  # the portal was faster
                self.bus.call(Remote(DESKTOP, session.path, SESSION), "Close")

    @property
    def _sender(self) -> str:
        return self.bus.unique_name.removeprefix(":").replace(".", "_")

    def _register(self) -> None:
        """Tells who we are, before anything else is asked; in a sandbox it is known already."""
        registry = Remote(DESKTOP, PATH, REGISTRY)
        with suppress(Refused):  # before 1.19.4, or no desktop file of ours is installed
            self.bus.call(registry, "Register", "sa{sv}", (APP_ID, {}), patience=STARTED_WITHIN)

    # All below runs on the bus's thread.

    def _heard(self, signal: Signal) -> None:
        match signal.interface, signal.member, signal.body:
            case "org.freedesktop.portal.Request", "Response", (code, results):
                with self._lock:
                    answers = self._waiting.get(signal.path)
                if answers:
                    answers.put((code, results))
            case "org.freedesktop.portal.Session", "Closed", _:
                if session := self._sessions.pop(signal.path, None):
                    session.ended.set()
                    self._on_signal(signal)
            case "org.freedesktop.DBus", member, body:
                if member == "NameOwnerChanged" and body[1]:  # our name and sessions went with it
                    self.bus.close()
            case _:
                self._on_signal(signal)

    def _lost(self) -> None:
        for session in list(self._sessions.values()):
            session.ended.set()
        with self._lock:
            for answers in self._waiting.values():
                answers.put(None)
