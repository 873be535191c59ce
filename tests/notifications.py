"""A notification service that records what it is told and presses the buttons a test asks for."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

NAME = "org.freedesktop.Notifications"
SERVICE = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)


@dataclass(frozen=True)
class Notification:
    """One call of Notify."""

    number: int
    app: str
    summary: str
    body: str
    actions: dict[str, str]  # by key: what the button says
    hints: dict[str, Any]


class Notifications:
    """Owns org.freedesktop.Notifications on a bus until `close`."""

    def __init__(self, address: str) -> None:
        self.seen: list[Notification] = []
        self.closed: list[int] = []
        self._last = 0
        self._changed = threading.Condition()
        self._bus = open_dbus_connection(address)
        self._bus.send_and_get_reply(message_bus.RequestName(NAME))
        self._thread = threading.Thread(target=self._serve, name="notifications")
        self._thread.start()

    def expect(self, words: str, seconds: float = 5) -> Notification:
        """The first notification seen with these words in its summary or body; waits for it."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                for notification in self.seen:
                    if words in f"{notification.summary}\n{notification.body}":
                        return notification
                left = end - time.monotonic()
                assert left > 0, f"no notification says {words!r}; seen: {self.seen}"
                self._changed.wait(left)

    def clear(self) -> None:
        """Forgets what was seen."""
        with self._changed:
            self.seen.clear()
            self.closed.clear()

    def press(self, notification: Notification, action: str = "default") -> None:
        """Does what a click on a button, or on the notification itself, does."""
        self._emit("ActionInvoked", "us", (notification.number, action))
        self._emit("NotificationClosed", "uu", (notification.number, 2))

    def close(self) -> None:
        """Leaves the bus."""
        self._bus.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._bus.close()

    def _emit(self, signal: str, signature: str, body: tuple[Any, ...]) -> None:
        with self._changed:  # two threads that send at once would mix their messages
            self._bus.send(new_signal(SERVICE, signal, signature, body))

    def _serve(self) -> None:
        while True:
            try:
                message = self._bus.receive()
            except OSError:
                return
            if message.header.message_type is not MessageType.method_call:
                continue
            match message.header.fields.get(HeaderFields.member):
                case "Notify":
                    # Seen only once it is answered: who presses it then is not quicker than that.
                    with self._changed:
                        told = self._notified(*message.body)
                        self._bus.send(new_method_return(message, "u", (told.number,)))
                        self.seen.append(told)
                        self._changed.notify_all()
                    continue
                case "CloseNotification":
                    answer: tuple[str, tuple[Any, ...]] = ("", ())
                    with self._changed:
                        self.closed.append(message.body[0])
                    self._emit("NotificationClosed", "uu", (message.body[0], 3))
                case "GetCapabilities":
                    answer = ("as", (["actions", "body", "body-markup", "persistence"],))
                case "GetServerInformation":
                    answer = ("ssss", ("recorder", "dictation", "1", "1.2"))
                case _:
                    unknown = "org.freedesktop.DBus.Error.UnknownMethod"
                    self._bus.send(new_error(message, unknown))
                    continue
            with self._changed:
                self._bus.send(new_method_return(message, *answer))

    def _notified(
        self,
        app: str,
        replaces: int,
        _icon: str,
        summary: str,
        body: str,
        actions: list[str],
        hints: dict[str, tuple[str, Any]],
        _timeout: int,
    ) -> Notification:
        self._last += 1
        return Notification(
            number=replaces or self._last,
            app=app,
            summary=summary,
            body=body,
            actions=dict(zip(actions[::2], actions[1::2], strict=True)),
            hints={name: value for name, (_, value) in hints.items()},
        )
