"""The app on the session's message bus: commands for programs, and the state for all to hear.

A text is nobody's news: it is the answer to the Stop of the one who asked for it, and goes there
alone. `bus_interface` holds what can be called.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from typing import Any

from dictation import __version__, control
from dictation import bus_interface as api
from dictation.backends import Verdict
from dictation.bus import THE_BUS, Bus, BusFault, BusGone, Call
from dictation.control import Message
from dictation.errors import DictationError, MissingPart
from dictation.i18n import _
from dictation.lanes import Crash, spawn
from dictation.service import Service
from dictation.watch.standing import PAUSE, Standing

log = logging.getLogger(__name__)

MOST = 100  # calls under way; each waits on a thread of its own
COMMANDS: dict[str, Message] = {
    "Start": {"do": "start"},
    "Stop": {"do": "stop", "wait": True},
    "Toggle": {"do": "toggle"},
    "Press": {"do": "press"},
    "Release": {"do": "release"},
    "Cancel": {"do": "cancel"},
    "PasteLast": {"do": "paste-last"},
}


class BusService:
    """Answers calls until `close`; a bus that is lost, or not there yet, is looked for again.

    Where another program has the name, it is ours once that one lets go of it. Callers of
    other users are refused.
    """

    def __init__(
        self,
        service: Service,
        crash: Crash,
        *,
        address: str = "SESSION",
        pause: float = PAUSE,
    ) -> None:
        self._service, self._crash, self._address = service, crash, address
        self._room = threading.BoundedSemaphore(MOST)
        self._bus: Bus | None = None
        self._last: tuple[str, str, int] | None = None
        self._standing = Standing("d-bus", self._connect, self._attend, pause)
        spawn("d-bus-news", lambda: service.answer({"do": "follow"}, self._tell), crash)

    def close(self) -> None:
        """Leaves the bus, which tells those who wait that there is no answer."""
        self._standing.close()

    def _connect(self) -> Bus:
        return Bus(self._address, lambda _signal: None, name="d-bus-calls", on_call=self._called)

    def _attend(self, bus: Bus) -> None:
        self._bus = bus
        (taken,) = bus.call(THE_BUS, "RequestName", "su", (api.NAME, 0))
        log.info("on the session's bus" if taken == 1 else "another has our name on the bus")
        bus.lost.wait()
        self._bus = None

    def _tell(self, status: Message) -> None:
        """The state, where it is another one and not only a text that grows."""
        news = _state(status)
        before, self._last = self._last, news
        if before in (None, news) or not (bus := self._bus):
            return
        with contextlib.suppress(BusGone):
            bus.emit(api.PATH, api.INTERFACE, "StateChanged", api.signature(api.STATE), news)
            if before and before[0] != news[0]:
                told = api.SIGNALS[api.PROPERTIES]["PropertiesChanged"]
                changed: tuple[Any, ...] = (api.INTERFACE, {"State": ("s", news[0])}, [])
                bus.emit(
                    api.PATH, api.PROPERTIES, "PropertiesChanged", api.signature(told), changed
                )

    # On the bus's thread, which nothing here holds up.

    def _called(self, call: Call) -> None:
        if bus := self._bus:
            with contextlib.suppress(BusGone):
                bus.ask(
                    THE_BUS,
                    "GetConnectionUnixUser",
                    "s",
                    (call.sender,),
                    lambda user: self._known(bus, call, user),
                )

    def _known(self, bus: Bus, call: Call, user: tuple[Any, ...] | None) -> None:
        with contextlib.suppress(BusGone):
            try:
                if user != (os.geteuid(),):
                    raise api.BadCall("AccessDenied", "This app is another user's.")
                interface, method = api.find(call.path, call.interface, call.member, call.signature)
                gives = api.signature(method.gives)
                if interface == api.INTERFACE and call.member in COMMANDS:
                    self._begin(bus, call, gives)
                else:
                    bus.answer(call, gives, self._fact(interface, call))
            except api.BadCall as bad:
                bus.refuse(call, bad.error, bad.words)

    def _fact(self, interface: str, call: Call) -> tuple[Any, ...]:
        """What can be told at once."""
        if interface == api.INTERFACE:
            return _state(self._service.status())
        if interface == api.INTROSPECTABLE:
            return (api.describe(call.path),)
        if interface == api.PEER:
            return ()
        whose, *rest = call.body
        if whose not in api.METHODS:
            raise api.BadCall("UnknownInterface", f"There is no interface {whose}.")
        values: dict[str, tuple[str, str]] = {}
        if whose == api.INTERFACE:
            state = self._service.status()["state"]
            values = {"State": ("s", state), "Version": ("s", __version__)}
        if not rest:
            return (values,)
        if rest[0] not in values:
            raise api.BadCall("UnknownProperty", f"{whose} has no property {rest[0]}.")
        if call.member == "Set":
            raise api.BadCall("PropertyReadOnly", f"{rest[0]} can only be read.")
        return (values[rest[0]],)

    def _begin(self, bus: Bus, call: Call, gives: str) -> None:
        if not self._room.acquire(blocking=False):
            raise api.BadCall("LimitsExceeded", f"{MOST} calls are under way already.")
        message = COMMANDS[call.member]
        if call.body:  # a key's: here calls are still in their order
            message = message | {"profile": call.body[0], "at": time.monotonic()}
        spawn("d-bus-call", lambda: self._command(bus, call, message, gives), self._crash)

    # On the call's own thread.

    def _command(self, bus: Bus, call: Call, message: Message, gives: str) -> None:
        with contextlib.suppress(BusGone):
            try:
                bus.answer(call, gives, self._carried_out(call.member, message))
            except _Failed as failed:
                bus.refuse(call, failed.name, failed.words)
            except Exception as error:  # the caller must not wait for ever; then it is ours
                fault = _Failed(DictationError(f"{type(error).__name__}: {error}"))
                bus.refuse(call, fault.name, fault.words)
                raise
            finally:
                self._room.release()

    def _carried_out(self, member: str, message: Message) -> tuple[Any, ...]:
        try:
            answer = self._service.answer(message, lambda _more: None)
        except DictationError as error:
            raise _Failed(error) from error
        if member == "PasteLast":
            return ()
        take = answer["take"]
        if member != "Stop":
            return (take or "",)
        text, trouble = control.outcome(take)
        if trouble:
            raise _Failed(trouble, text)
        return take["id"], _plain(text)


class _Failed(Exception):
    """A command that came to nothing, or a take that did; `words` go on with the take's text.

    One string: many libraries make no more of an error than its name and that.
    """

    def __init__(self, error: DictationError, text: str = "") -> None:
        super().__init__(error.message)
        self.name = api.ERROR + api.ERRORS.get(error.code, "Failed")
        words = " ".join(f"{error.title}: {error.message} {error.hint}".split())
        self.words = _plain(f"{words}\n\n{text}" if text else words)


def probe(address: str = "SESSION", app: int | None = None) -> Verdict:
    """Whether the app can be spoken to; `app` is the running one's process, if there is one."""
    instead = _("Without it `dictation toggle` and the other commands do the same.")
    try:
        with Bus(address, lambda _signal: None, name="d-bus") as bus:
            (names,) = bus.call(THE_BUS, "ListNames")
            holder = None
            if api.NAME in names:
                (holder,) = bus.call(THE_BUS, "GetConnectionUnixProcessID", "s", (api.NAME,))
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    except BusFault:
        return Verdict(False, _("the session has no D-Bus"), instead)
    if holder is None and app is None:
        return Verdict(True, _("{name} is free for the app").format(name=api.NAME))
    if holder is None:
        why = _("the running app is not on this session's bus")
        return Verdict(False, why, _("Start it anew from this session. ") + instead)
    if holder == app:
        return Verdict(True, _("{name}: the running app").format(name=api.NAME))
    why = _("{name} is held by another program, process {number}")
    fix = _("End that one: the app takes the name as soon as it is free. ") + instead
    return Verdict(False, why.format(name=api.NAME, number=holder), fix)


def _state(status: Message) -> tuple[str, str, int]:
    return status["state"], status["take"] or "", status["waiting"]


def _plain(text: str) -> str:
    """The text as a message can hold it: whoever sends another is thrown off the bus."""
    return text.replace("\0", "").encode(errors="replace").decode()
