"""A connection to a message bus (D-Bus) whose thread sleeps until a signal or an answer comes."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dictation.errors import MissingPart
from dictation.i18n import _

if TYPE_CHECKING:
    from jeepney import Message

PATIENCE = 1.0  # seconds for an answer; the caller may be the main thread


class BusFault(Exception):
    """A call came to nothing: BusGone, NoAnswer or Refused."""


class BusGone(BusFault):
    """There is no bus, or no longer."""


class NoAnswer(BusFault):
    """The service is there and says nothing."""


class Refused(BusFault):
    """The service does not exist, or answered with an error."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Whom a call is for; path and interface follow from the service's name where they are ""."""

    service: str
    path: str = ""
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """What a service told all who listen; `sender` is its unique name."""

    sender: str
    path: str
    interface: str
    member: str
    body: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A method of ours that `sender`, a unique name, calls; `interface` is "" where it names none.

    `message` is what an answer refers to.
    """

    sender: str
    path: str
    interface: str
    member: str
    signature: str
    body: tuple[Any, ...]
    message: Message


THE_BUS = Remote("org.freedesktop.DBus")


class Bus:
    """A connection; `on_signal` and `on_call` are called on its thread, and must not `call` there.

    Where nobody hears calls, none is answered. `address` is a bus's, or SESSION or SYSTEM for the
    environment's. `lost` is set once it ended.
    Raises BusGone where no bus answers, MissingPart without the library.
    """

    def __init__(
        self,
        address: str,
        on_signal: Callable[[Signal], None],
        *,
        name: str,
        rules: Iterable[str] = (),
        descriptors: bool = False,
        on_call: Callable[[Call], None] = lambda _call: None,
    ) -> None:
        try:
            from jeepney.io.blocking import open_dbus_connection
        except ImportError as error:
            raise MissingPart(_("The library jeepney is missing.")) from error
        try:
            self._connection = open_dbus_connection(address, enable_fds=descriptors)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise BusGone(str(error)) from error
        self.lost = threading.Event()
        self._on_signal, self._on_call = on_signal, on_call
        self._sending = threading.Lock()
        self._waiting: dict[int, Callable[[Message | None], None]] = {}
        self._thread = threading.Thread(target=self._receive, name=name, daemon=True)
        self._thread.start()
        try:
            for rule in rules:
                self.subscribe(rule)
        except BusFault:
            self.close()
            raise

    def __enter__(self) -> Bus:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def subscribe(self, rule: str) -> None:
        """Signals that match the rule are heard from now on."""
        self.call(THE_BUS, "AddMatch", "s", (rule,))

    def call(
        self,
        remote: Remote,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
        *,
        on_reply: Callable[[tuple[Any, ...]], None] = lambda _answer: None,
    ) -> tuple[Any, ...]:
        """The answer of a method; `on_reply` gets it before any signal that follows it."""
        from jeepney import HeaderFields, MessageType

        replies: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

        def take(reply: Message | None) -> None:
            if reply is not None and reply.header.message_type is MessageType.method_return:
                on_reply(reply.body)
            replies.put(reply)

        self._send(remote, member, signature, body, take)
        try:
            reply = replies.get(timeout=0 if self.lost.is_set() else PATIENCE)
        except queue.Empty:
            raise (BusGone if self.lost.is_set() else NoAnswer)(member) from None
        if reply is None:
            raise BusGone(member)
        if reply.header.message_type is MessageType.error:
            raise Refused(reply.header.fields.get(HeaderFields.error_name, member))
        answer: tuple[Any, ...] = reply.body
        return answer

    def ask(
        self,
        remote: Remote,
        member: str,
        signature: str | None,
        body: tuple[Any, ...],
        on_answer: Callable[[tuple[Any, ...] | None], None],
    ) -> None:
        """Calls a method and waits for nothing: the answer, None where there is none, comes later.

        It comes on the bus's thread, from which this may be called.
        """
        from jeepney import MessageType

        def take(reply: Message | None) -> None:
            good = reply is not None and reply.header.message_type is MessageType.method_return
            on_answer(reply.body if reply is not None and good else None)

        self._send(remote, member, signature, body, take)

    def answer(self, call: Call, signature: str | None = None, body: tuple[Any, ...] = ()) -> None:
        """What a call of ours gives; BusGone where there is no bus to take it."""
        from jeepney import new_method_return

        self._reply(call, new_method_return(call.message, signature, body))

    def refuse(self, call: Call, error: str, words: str) -> None:
        """The error, by its name, that a call of ours gives; BusGone as with `answer`."""
        from jeepney import new_error

        self._reply(call, new_error(call.message, error, "s", (words,)))

    def emit(
        self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]
    ) -> None:
        """Tells all who listen."""
        from jeepney import DBusAddress, new_signal

        self._put(new_signal(DBusAddress(path, interface=interface), member, signature, body))

    def close(self) -> None:
        """Ends the connection and its thread."""
        with contextlib.suppress(OSError):  # the bus was faster
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _send(
        self,
        remote: Remote,
        member: str,
        signature: str | None,
        body: tuple[Any, ...],
        take: Callable[[Message | None], None],
    ) -> None:
        from jeepney import DBusAddress, new_method_call

        path = remote.path or "/" + remote.service.replace(".", "/")
        interface = remote.interface or remote.service
        address = DBusAddress(path, bus_name=remote.service, interface=interface)
        with self._sending:
            serial = next(self._connection.outgoing_serial)
            self._waiting[serial] = take
            try:
                message = new_method_call(address, member, signature, body)
                self._connection.send(message, serial=serial)
            except OSError as error:
                self._waiting.pop(serial, None)
                raise BusGone(str(error)) from error

    def _reply(self, call: Call, message: Message) -> None:
        from jeepney import MessageFlag

        if not call.message.header.flags & MessageFlag.no_reply_expected:
            self._put(message)

    def _put(self, message: Message) -> None:
        with self._sending:
            try:
                self._connection.send(message)
            except OSError as error:
                raise BusGone(str(error)) from error

    def _receive(self) -> None:
        from jeepney import HeaderFields, MessageType

        try:
            while True:
                message = self._connection.receive()
                fields = message.header.fields
                if message.header.message_type is MessageType.signal:
                    self._on_signal(_signal(message))
                elif message.header.message_type is MessageType.method_call:
                    self._on_call(_call(message))
                elif take := self._waiting.pop(fields.get(HeaderFields.reply_serial, 0), None):
                    take(message)
        except OSError:
            pass  # the bus is gone, or we are: `lost` says it
        finally:
            self.lost.set()  # before the waiting are told, so that none joins them
            self._connection.close()
            for take in list(self._waiting.values()):
                take(None)


def _signal(message: Message) -> Signal:
    from jeepney import HeaderFields

    fields = message.header.fields
    return Signal(
        fields.get(HeaderFields.sender, ""),
        fields[HeaderFields.path],
        fields[HeaderFields.interface],
        fields[HeaderFields.member],
        message.body,
    )


def _call(message: Message) -> Call:
    from jeepney import HeaderFields

    fields = message.header.fields
    return Call(
        fields.get(HeaderFields.sender, ""),
        fields[HeaderFields.path],
        fields.get(HeaderFields.interface, ""),
        fields[HeaderFields.member],
        fields.get(HeaderFields.signature, ""),
        message.body,
        message,
    )
