"""Desktop notifications with buttons, over D-Bus and without Qt.

Notification logs keep what is shown and bystanders read it: callers never put dictated text here.
"""

from __future__ import annotations

import html
import queue
import socket
import threading
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

from dictation.backends import Verdict
from dictation.errors import MissingPart
from dictation.i18n import _

if TYPE_CHECKING:
    from jeepney import Message

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
BUS = "org.freedesktop.DBus"
PATIENCE = 1.0  # seconds for the service to answer; the caller may be the main thread
URGENCIES = {"low": 0, "normal": 1, "critical": 2}


class Notifications:
    """Shows notifications; `on_action(slot, key)` hears of pressed buttons, on a thread of its own.

    `bus` is a D-Bus address, else the session's bus. A lost bus is looked for again at each `show`.
    """

    def __init__(
        self, app_id: str, on_action: Callable[[str, str], None], *, bus: str = "SESSION"
    ) -> None:
        self._app_id, self._on_action, self._address = app_id, on_action, bus
        self._lock = threading.Lock()
        self._bus: _Bus | None = None
        self._capabilities: Collection[str] | None = None
        self._slots: dict[int, str] = {}  # by the service's number, while on the screen
        self.why = ""  # what was wrong with the last one, "" if nothing

    @property
    def works(self) -> bool:
        """Whether the last notification was shown."""
        return not self.why

    def show(
        self,
        title: str,
        body: str,
        actions: Sequence[tuple[str, str]] = (),
        urgency: Literal["low", "normal", "critical"] = "normal",
        replaces: str = "",
    ) -> bool:
        """Shows plain text with buttons (key, label); False, with `why`, where it can't be shown.

        It takes the place of one still on the screen that was shown with the same `replaces`.
        """
        with self._lock:
            try:
                bus = self._connected()
                shown = list(self._slots.items())  # the bus's thread may change it meanwhile
                numbers = [number for number, slot in shown if replaces and slot == replaces]
                bus.call(
                    NAME,
                    "Notify",
                    "susssasa{sv}i",
                    (
                        "Dictation",
                        numbers[-1] if numbers else 0,
                        self._app_id,
                        title,
                        as_body(body, self._capabilities or ()),
                        [part for action in actions for part in action],
                        {
                            "desktop-entry": ("s", self._app_id),
                            "urgency": ("y", URGENCIES[urgency]),
                        },
                        -1,
                    ),
                    on_reply=lambda answer: self._slots.update({answer[0]: replaces}),
                )
            except MissingPart as error:
                self.why = error.message
            else:
                self.why = ""
            return self.works

    def close(self) -> None:
        """Leaves the bus; what is on the screen stays there."""
        with self._lock:
            if self._bus:
                self._bus.close()

    def _connected(self) -> _Bus:
        if self._bus is None or not self._bus.alive:
            if self._bus:
                self._bus.close()
            self._slots.clear()
            self._capabilities = None
            self._bus = _Bus(self._address, self._heard)
        if self._capabilities is None:
            (self._capabilities,) = self._bus.call(NAME, "GetCapabilities")
        return self._bus

    def _heard(self, member: str, body: Sequence[Any]) -> None:
        match member, body:
            case "ActionInvoked", [number, key] if number in self._slots:
                self._on_action(self._slots[number], key)
            case "NotificationClosed", [number, _reason]:
                self._slots.pop(number, None)
            case "NameOwnerChanged", _:  # another service, which counts from 1 again
                self._slots.clear()
                self._capabilities = None


def probe(bus: str = "SESSION") -> Verdict:
    """Asks the notification service for its name."""
    try:
        connection = _Bus(bus, lambda _member, _body: None)
        try:
            name, _vendor, version, _spec = connection.call(NAME, "GetServerInformation")
        finally:
            connection.close()
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    return Verdict(True, f"{name} {version}")


def as_body(text: str, capabilities: Collection[str]) -> str:
    """Plain text as the service wants it: some read the body as markup."""
    return html.escape(text, quote=False) if "body-markup" in capabilities else text


class _Bus:
    """A connection to the bus whose thread sleeps until a signal or an answer comes."""

    def __init__(self, address: str, on_signal: Callable[[str, Sequence[Any]], None]) -> None:
        try:
            from jeepney.io.blocking import open_dbus_connection
        except ImportError as error:
            raise MissingPart(_("The library jeepney is missing.")) from error
        try:
            self._connection = open_dbus_connection(address)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise _missing(_("The session has no D-Bus.")) from error
        self.alive = True
        self._on_signal = on_signal
        self._sending = threading.Lock()
        self._waiting: dict[int, Callable[[Message | None], None]] = {}
        self._thread = threading.Thread(target=self._receive, name="notifications", daemon=True)
        self._thread.start()
        for rule in (
            f"type='signal',sender='{NAME}',path='{PATH}',interface='{NAME}'",
            f"type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{NAME}'",
        ):
            self.call(BUS, "AddMatch", "s", (rule,))

    def call(
        self,
        service: str,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
        *,
        on_reply: Callable[[tuple[Any, ...]], None] = lambda _answer: None,
    ) -> tuple[Any, ...]:
        """The answer of a method; `on_reply` gets it before any signal that follows it."""
        from jeepney import DBusAddress, MessageType, new_method_call

        path = "/" + service.replace(".", "/")
        address = DBusAddress(path, bus_name=service, interface=service)
        replies: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

        def take(reply: Message | None) -> None:
            if reply is not None and reply.header.message_type is MessageType.method_return:
                on_reply(reply.body)
            replies.put(reply)

        with self._sending:
            serial = next(self._connection.outgoing_serial)
            self._waiting[serial] = take
            try:
                message = new_method_call(address, member, signature, body)
                self._connection.send(message, serial=serial)
            except OSError as error:
                raise _missing(_("The session's D-Bus is gone.")) from error
        try:
            reply = replies.get(timeout=PATIENCE if self.alive else 0)
        except queue.Empty:
            reason = _("The notification service does not answer.")
            raise _missing(reason if self.alive else _("The session's D-Bus is gone.")) from None
        if reply is None:
            raise _missing(_("The session's D-Bus is gone."))
        if reply.header.message_type is MessageType.error:
            raise _missing(_("There is no notification service."))
        answer: tuple[Any, ...] = reply.body
        return answer

    def close(self) -> None:
        """Ends the connection and its thread."""
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            self.alive = False  # the bus was faster
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _receive(self) -> None:
        from jeepney import HeaderFields, MessageType

        try:
            while True:
                message = self._connection.receive()
                fields = message.header.fields
                if message.header.message_type is MessageType.signal:
                    self._on_signal(fields[HeaderFields.member], message.body)
                elif take := self._waiting.pop(fields.get(HeaderFields.reply_serial, 0), None):
                    take(message)
        except OSError:
            self.alive = False  # before the waiting are told, so that none joins them
        finally:
            self._connection.close()
            for take in list(self._waiting.values()):
                take(None)


def _missing(reason: str) -> MissingPart:
    return MissingPart(
        reason, hint=_("Install and start one, such as dunst, or go by the tray's icon.")
    )
