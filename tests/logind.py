"""A login manager and a screen locker that do what a test says."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
SESSION = f"{PATH}/session/c7"
Answer = tuple[str, tuple[Any, ...]]  # signature and values


class Service:
    """Owns a name on a bus and answers calls until `close`."""

    refusal = "org.example.Refused"

    def __init__(self, address: str, name: str) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.closed = False
        self._bus = open_dbus_connection(address, enable_fds=True)
        self._bus.send_and_get_reply(message_bus.RequestName(name))
        self._thread = threading.Thread(target=self._serve, name=name)
        self._thread.start()

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """What a call gets, None for an error."""
        raise NotImplementedError

    def emit(self, path: str, interface: str, member: str, *answer: Any) -> None:
        """Sends a signal with its signature and values."""
        self._bus.send(new_signal(DBusAddress(path, interface=interface), member, *answer))

    def close(self) -> None:
        """Leaves the bus, as a crash does."""
        self.closed = True
        self._bus.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._bus.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed, or the bus is gone
            while True:
                message = self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    self._handle(message)

    def _handle(self, message: Message) -> None:
        call = (message.header.fields[HeaderFields.member], message.body)
        self.calls.append(call)
        answer = self.answer(*call)
        if answer is None:
            self._bus.send(new_error(message, self.refusal))
            return
        try:
            self._bus.send(new_method_return(message, *answer))
        finally:
            if answer[0] == "h":
                os.close(answer[1][0])  # the one who asked has one of its own


class Logind(Service):
    """One user with one session, and the right to delay a sleep where it `grants`."""

    def __init__(self, address: str, *, in_session: bool = True, grants: bool = True) -> None:
        self.properties = {"LockedHint": ("b", False), "Active": ("b", True)}
        self._in_session, self._grants = in_session, grants
        self._inhibitors: list[int] = []
        super().__init__(address, NAME)

    @property
    def inhibitors(self) -> list[bool]:
        """Every inhibitor that was taken, in order: whether it is still held."""
        held = []
        for descriptor in self._inhibitors:
            poll = select.poll()
            poll.register(descriptor, 0)  # a hang-up is always told
            held.append(not poll.poll(0))
        return held

    @property
    def is_heard(self) -> bool:
        """Whether the app delays a sleep by now; its first inhibitor only tries that out."""
        return self.inhibitors[:2] == [False, True]

    def sleep(self) -> None:
        """Says that the computer is about to sleep."""
        self.emit(PATH, f"{NAME}.Manager", "PrepareForSleep", "b", (True,))

    def wake(self) -> None:
        """Says that it has woken up."""
        self.emit(PATH, f"{NAME}.Manager", "PrepareForSleep", "b", (False,))

    def ask(self, what: str) -> None:
        """Asks the session to Lock or Unlock."""
        self.emit(SESSION, f"{NAME}.Session", what)

    def set(self, name: str, value: bool) -> None:
        """Changes a property of the session."""
        self.properties[name] = ("b", value)
        body = (f"{NAME}.Session", {name: ("b", value)}, [])
        properties = "org.freedesktop.DBus.Properties"
        self.emit(SESSION, properties, "PropertiesChanged", "sa{sv}as", body)

    def close(self) -> None:
        """Leaves the bus, as a crash does."""
        super().close()
        for descriptor in self._inhibitors:
            os.close(descriptor)

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """Manager's, the user's and the session's methods."""
        match member, body:
            case "Inhibit", _ if self._grants:
                ours, theirs = os.pipe()
                self._inhibitors.append(ours)
                return "h", (theirs,)
            case "GetSession", ("c7",):
                return "o", (SESSION,)
            case "GetSessionByPID", _ if self._in_session:
                return "o", (SESSION,)
            case "GetUser", _:
                return "o", (f"{PATH}/user/_1000",)
            case "Get", _:
                return "v", (("(so)", ("c7", SESSION)),)
            case "GetAll", _:
                return "a{sv}", (self.properties,)
        return None


class Locker(Service):
    """A screensaver."""

    def __init__(self, address: str, name: str, active: bool = False) -> None:
        self.name, self.active = name, active
        super().__init__(address, name)

    def set(self, active: bool) -> None:
        """Begins or ends."""
        self.active = active
        path = "/" + self.name.replace(".", "/")
        self.emit(path, self.name, "ActiveChanged", "b", (active,))

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """GetActive's."""
        return ("b", (self.active,)) if member == "GetActive" else None
