"""The app on a real message bus: what programs can call there, and what they hear."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jeepney import DBusAddress, HeaderFields, Message, MessageFlag, MessageType, new_method_call
from jeepney.bus_messages import MatchRule, message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from dictation import __version__, bus_service
from dictation.bus_interface import ERROR, INTERFACE, NAME, PATH, PEER, PROPERTIES
from dictation.bus_service import MOST, BusService, probe
from dictation.errors import DictationError, NoSpeech, NotDelivered, ProviderError
from dictation.lanes import Lane
from dictation.service import Service
from dictation.session import State, Waiting
from dictation.settings import Settings
from dictation.takes import Take, begin
from tests.buses import Bus
from tests.desktop import need, until

OURS = DBusAddress(PATH, bus_name=NAME, interface=INTERFACE)
DBUS_ERROR = "org.freedesktop.DBus.Error."


class Engine:
    """What the service asks of an engine; a take ends when the test says so."""

    def __init__(self) -> None:
        self.state = State()
        self.outbox = 0
        self.pasted = 0
        self.changed: Callable[[], None] = lambda: None
        self.waiters: list[Future[Take]] = []

    def become(self, state: State) -> None:
        self.state = state
        self.changed()

    def start(self, _chosen: Settings | None = None, **_key: Any) -> str:
        self.become(State("take-1", self.state.waiting))
        return "take-1"

    def stop(self) -> str | None:
        newest = self.state.newest
        if self.state.recording:
            self.become(State(waiting=(Waiting("take-1"),)))
        return newest

    def toggle(self, _chosen: Settings | None = None) -> str | None:
        return self.stop() if self.state.recording else self.start()

    def released(self) -> None: ...

    def cancel(self) -> str | None:
        newest = self.state.newest
        self.become(State())
        return newest

    def paste(self) -> Future[Take]:
        self.pasted += 1
        done: Future[Take] = Future()
        if self.pasted > 1:
            done.set_exception(NotDelivered("The window did not take it."))
        else:
            done.set_result(begin())
        return done

    def wait_for(self, id_: str) -> Future[Take]:
        self.waiters.append(Future())
        return self.waiters[-1]


class Quiet:
    def show(self, window: str) -> None: ...
    def quit(self) -> None: ...
    def reload(self) -> None: ...

    def keys_go(self) -> str:
        return ""

    def profile(self, _name: str) -> Settings:
        return Settings()


class Desk:
    """The service on a bus, with an engine at its back and a thread that is the main one."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.crashes: list[Exception] = []
        self.engine = Engine()
        self.main = Lane("main", self.crashes.append)
        self.service = Service(self.engine, Quiet(), self.main.put)  # type: ignore[arg-type]
        self.engine.changed = self.service.changed
        self.on_bus = BusService(self.service, self.crashes.append, address=bus.address, pause=0.02)

    def do(self, job: Callable[[], Any]) -> Any:
        """Does it on the main thread."""
        return self.main.ask(job).result(5)

    def end(self, **changes: Any) -> Take:
        """The take ends with the text "words", or as the changes say."""
        take = replace(begin(), id="take-1", **{"status": "delivered", "text": "words", **changes})
        waiters, self.engine.waiters = self.engine.waiters, []
        self.do(lambda: self.engine.become(State()))
        for waiter in waiters:
            waiter.set_result(take)
        return take

    def close(self) -> None:
        self.on_bus.close()
        self.main.close(5)


class Program:
    """Another program on the bus."""

    def __init__(self, address: str) -> None:
        self.bus: DBusConnection = open_dbus_connection(address)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.bus.close()

    def send(self, member: str, *given: Any, to: DBusAddress = OURS, silent: bool = False) -> int:
        """Calls, and waits for nothing; the call's number."""
        message = new_method_call(to, member, *given)
        if silent:
            message.header.flags |= MessageFlag.no_reply_expected
        number = next(self.bus.outgoing_serial)
        self.bus.send(message, serial=number)
        return number

    def reply(self, number: int, seconds: float = 10) -> Message:
        """The answer to a call."""
        end = time.monotonic() + seconds
        while True:
            message = self.bus.receive(timeout=max(0, end - time.monotonic()))
            if message.header.fields.get(HeaderFields.reply_serial) == number:
                return message

    def call(self, member: str, *given: Any, to: DBusAddress = OURS) -> tuple[Any, ...]:
        """What a call gives."""
        reply = self.reply(self.send(member, *given, to=to))
        assert reply.header.message_type is MessageType.method_return, reply
        return tuple(reply.body)

    def fails(self, member: str, *given: Any, to: DBusAddress = OURS) -> tuple[str, str]:
        """The name and the words of a call's error."""
        return failure(self.reply(self.send(member, *given, to=to)))

    def listen(self) -> None:
        """Hears all signals from now on."""
        self.bus.send_and_get_reply(message_bus.AddMatch(MatchRule(type="signal")))

    def heard(self, until_: Callable[[list[Message]], bool]) -> list[Message]:
        """All that came until it is enough."""
        got: list[Message] = []
        while not until_(got):
            got.append(self.bus.receive(timeout=5))
        return [m for m in got if m.header.fields[HeaderFields.path] == PATH]


def failure(reply: Message) -> tuple[str, str]:
    assert reply.header.message_type is MessageType.error, reply
    (words,) = reply.body  # one string: some libraries read an error no other way
    return reply.header.fields[HeaderFields.error_name], words


def owned(address: str) -> bool:
    with closing(open_dbus_connection(address)) as bus:
        return bool(bus.send_and_get_reply(message_bus.NameHasOwner(NAME)).body[0])


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    need("dbus-daemon")
    made = Bus(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def desk(bus: Bus) -> Iterator[Desk]:
    made = Desk(bus)
    until("it is on the bus", lambda: owned(bus.address))
    yield made
    made.close()
    assert made.crashes == []


@pytest.fixture
def program(desk: Desk) -> Iterator[Program]:
    with Program(desk.bus.address) as made:
        yield made


class TestCommands:
    def test_stop_is_answered_with_the_text_once_the_take_has_ended(
        self, desk: Desk, program: Program
    ) -> None:
        assert program.call("Start") == ("take-1",)
        assert program.call("Start") == ("take-1",)  # goes on
        assert program.call("Status") == ("recording", "take-1", 0)
        number = program.send("Stop")
        until("it waits", lambda: desk.engine.waiters)
        assert program.call("Status") == ("transcribing", "take-1", 0)
        desk.end()
        assert program.reply(number).body == ("take-1", "words")
        assert program.call("Status") == ("idle", "", 0)

    def test_toggle_cancel_and_paste_last(self, desk: Desk, program: Program) -> None:
        assert program.call("Toggle") == ("take-1",)
        assert program.call("Toggle") == ("take-1",)  # returns at once, the take is on its way
        assert program.call("Cancel") == ("take-1",)
        assert program.call("Cancel") == ("",)
        assert program.call("PasteLast") == ()
        name, words = program.fails("PasteLast")
        assert name == ERROR + "NotDelivered"
        assert "The window did not take it." in words

    def test_a_key_is_told_of_in_its_order(self, desk: Desk, program: Program) -> None:
        program.send("Press", "s", ("",), silent=True)
        program.send("Release", "s", ("",), silent=True)
        until("both are there", lambda: desk.service.bound.seen == {"press", "release"})
        desk.do(lambda: None)  # after which they are done
        assert program.call("Status") == ("recording", "take-1", 0)  # that was a tap
        assert program.call("Press", "s", ("",)) == ("take-1",)
        assert program.call("Status") == ("transcribing", "take-1", 0)

    def test_without_a_take_stop_says_what_to_do(self, program: Program) -> None:
        name, words = program.fails("Stop")
        assert name == ERROR + "Failed"
        assert "Nothing is being recorded" in words
        assert "`dictation start`" in words

    @pytest.mark.parametrize(
        ("changes", "name", "text"),
        [
            ({"status": "kept", "error": NotDelivered("Late.").as_json()}, "NotDelivered", "words"),
            ({"status": "no_speech", "text": "", "error": NoSpeech("-").as_json()}, "NoSpeech", ""),
            ({"status": "cancelled", "text": ""}, "Failed", ""),
            (  # a draft of the basic recogniser is no result
                {
                    "status": "waiting",
                    "provider": "offline",
                    "error": ProviderError("Down.").as_json(),
                },
                "Service",
                "",
            ),
            (
                {"status": "failed", "text": "", "error": DictationError("?").as_json()},
                "Failed",
                "",
            ),
        ],
    )
    def test_a_take_that_failed_is_an_error_with_its_text_if_there_is_one(
        self, desk: Desk, program: Program, changes: dict[str, Any], name: str, text: str
    ) -> None:
        program.call("Start")
        number = program.send("Stop")
        until("it waits", lambda: desk.engine.waiters)
        desk.end(**changes)
        error, words = failure(program.reply(number))
        assert error == ERROR + name
        head, _, rest = words.partition("\n\n")
        assert head
        assert rest == text

    @pytest.mark.parametrize(
        "text", ["", "a\0b", "\ud800 half", "ž 漢 😀\nnext\n\nlast", "x" * 200_000]
    )
    def test_any_text_arrives(self, desk: Desk, program: Program, text: str) -> None:
        program.call("Start")
        number = program.send("Stop")
        until("it waits", lambda: desk.engine.waiters)
        desk.end(text=text)
        plain = text.replace("\0", "").replace("\ud800", "?")
        assert program.reply(number).body == ("take-1", plain)

    def test_what_is_unexpected_is_told_to_the_caller_and_to_the_app(
        self, desk: Desk, program: Program
    ) -> None:
        desk.engine.start = lambda _chosen: 1 // 0  # type: ignore[method-assign]
        assert "ZeroDivisionError" in program.fails("Start")[1]
        until("it is told", lambda: desk.crashes)
        desk.crashes.clear()
        assert program.call("Status") == ("idle", "", 0)

    def test_one_who_wants_no_answer_gets_none(self, desk: Desk, program: Program) -> None:
        program.send("Start", silent=True)
        until("it records", lambda: desk.engine.state.recording)
        number = program.send("Status")
        message = program.bus.receive(timeout=5)
        while message.header.message_type is MessageType.signal:
            message = program.bus.receive(timeout=5)
        assert message.header.fields[HeaderFields.reply_serial] == number


class TestNews:
    def test_each_change_is_told_and_no_text(self, desk: Desk, program: Program) -> None:
        with Program(desk.bus.address) as other:
            other.listen()
            program.call("Start")
            desk.do(lambda: desk.service.partial("wor"))
            desk.do(lambda: desk.service.partial("words"))
            number = program.send("Stop")
            until("it waits", lambda: desk.engine.waiters)
            desk.end()
            assert program.reply(number).body == ("take-1", "words")
            desk.engine.outbox = 2
            desk.do(desk.service.changed)
            told = other.heard(lambda got: any(2 in m.body for m in got))
        state = [m.body for m in told if m.header.fields[HeaderFields.member] == "StateChanged"]
        assert state == [
            ("recording", "take-1", 0),
            ("transcribing", "take-1", 0),
            ("idle", "", 0),
            ("idle", "", 2),
        ]
        changed = [m.body for m in told if m.header.fields[HeaderFields.interface] == PROPERTIES]
        assert changed == [
            (INTERFACE, {"State": ("s", name)}, [])
            for name in ("recording", "transcribing", "idle")
        ]
        assert "wor" not in str([message.body for message in told])

    def test_a_bus_that_hangs_holds_up_nobody(self, desk: Desk) -> None:
        os.kill(desk.bus.process.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            for number in range(3000):  # more than the socket takes
                desk.engine.outbox = number
                desk.do(desk.service.changed)
            assert time.monotonic() - began < 5
        finally:
            os.kill(desk.bus.process.pid, signal.SIGCONT)
        with Program(desk.bus.address) as program:
            until("all is well", lambda: program.call("Status") == ("idle", "", 2999))


class TestManners:
    def test_properties(self, program: Program) -> None:
        properties = DBusAddress(PATH, bus_name=NAME, interface=PROPERTIES)

        def fails(member: str, *given: Any) -> str:
            return program.fails(member, *given, to=properties)[0].removeprefix(DBUS_ERROR)

        get = ("Get", "ss")
        assert program.call(*get, (INTERFACE, "Version"), to=properties) == (("s", __version__),)
        assert program.call(*get, (INTERFACE, "State"), to=properties) == (("s", "idle"),)
        assert program.call("GetAll", "s", (INTERFACE,), to=properties) == (
            {"State": ("s", "idle"), "Version": ("s", __version__)},
        )
        assert program.call("GetAll", "s", (PEER,), to=properties) == ({},)
        assert fails(*get, (INTERFACE, "Text")) == "UnknownProperty"
        assert fails(*get, ("org.example", "State")) == "UnknownInterface"
        assert fails("Set", "ssv", (INTERFACE, "State", ("s", "x"))) == "PropertyReadOnly"

    def test_it_describes_itself_to_those_who_look(self, program: Program) -> None:
        def look(path: str) -> ElementTree.Element:
            to = DBusAddress(path, bus_name=NAME, interface="org.freedesktop.DBus.Introspectable")
            return ElementTree.fromstring(program.call("Introspect", to=to)[0])

        path = ""
        for part in PATH.strip("/").split("/"):
            (child,) = look(path or "/")
            assert child.get("name") == part
            path += f"/{part}"
        ours = look(PATH).find(f"interface[@name='{INTERFACE}']")
        assert ours is not None
        names = [(entry.tag, entry.get("name")) for entry in ours]
        methods = ["Start", "Stop", "Toggle", "Press", "Release", "Cancel", "PasteLast", "Status"]
        assert names == [
            *(("method", name) for name in methods),
            ("signal", "StateChanged"),
            ("property", "State"),
            ("property", "Version"),
        ]

    def test_ping(self, program: Program) -> None:
        assert program.call("Ping", to=DBusAddress(PATH, bus_name=NAME, interface=PEER)) == ()

    def test_an_interface_need_not_be_named(self, program: Program) -> None:
        anyone = DBusAddress(PATH, bus_name=NAME)
        assert program.call("Status", to=anyone) == ("idle", "", 0)
        assert program.call("Ping", to=anyone) == ()

    @pytest.mark.parametrize(
        ("to", "call", "error"),
        [
            (OURS, ("Sing",), "UnknownMethod"),
            (OURS, ("StateChanged",), "UnknownMethod"),
            (OURS, ("Start", "s", ("now",)), "InvalidArgs"),
            (OURS, ("Status", "a{sv}", ({"deep": ("v", ("v", ("i", 1)))},)), "InvalidArgs"),
            (OURS, ("Ping",), "UnknownMethod"),
            (DBusAddress(PATH, NAME, PROPERTIES), ("Get", "s", ("x",)), "InvalidArgs"),
            (DBusAddress(PATH, NAME, "org.example"), ("Start",), "UnknownInterface"),
            (DBusAddress("/io", NAME, INTERFACE), ("Start",), "UnknownInterface"),
            (DBusAddress("/io", NAME), ("Start",), "UnknownMethod"),
            (DBusAddress(PATH + "/1", NAME, INTERFACE), ("Start",), "UnknownObject"),
            (DBusAddress("/i", NAME, INTERFACE), ("Start",), "UnknownObject"),
        ],
    )
    def test_a_call_that_can_not_be_is_refused_and_does_nothing(
        self, desk: Desk, program: Program, to: DBusAddress, call: tuple[Any, ...], error: str
    ) -> None:
        assert program.fails(*call, to=to)[0] == DBUS_ERROR + error
        assert program.call("Status") == ("idle", "", 0)

    def test_parts_of_a_later_protocol_cost_nothing(self, program: Program) -> None:
        good = new_method_call(OURS, "Status").serialise(serial=9)
        fields = good[16 : 16 + int.from_bytes(good[12:16], "little")]
        fields += bytes(-len(fields) % 8) + b"\x2a\x01s\0" + b"\x03\0\0\0new\0"  # a 42nd field
        message = good[:2] + b"\xf0" + good[3:12] + len(fields).to_bytes(4, "little") + fields
        program.bus.sock.sendall(message + bytes(-len(message) % 8))
        assert program.reply(9).body == ("idle", "", 0)

    def test_broken_messages_cost_their_sender_alone(self, desk: Desk, program: Program) -> None:
        good = new_method_call(OURS, "Status").serialise(serial=9)
        for broken in (
            good[:-3],
            good.replace(b"Status", b"Sta\0us"),
            good.replace(PATH.encode(), b"\xff" * len(PATH)),
            good[:1] + b"\x09" + good[2:],  # a kind of message that there is not
            b"\0" * 200,
        ):
            with Program(desk.bus.address) as other:
                other.bus.sock.sendall(broken)
            assert program.call("Status") == ("idle", "", 0)

    def test_many_who_wait_all_get_the_text(self, desk: Desk, program: Program) -> None:
        program.call("Start")
        with ExitStack() as stack:
            programs = [stack.enter_context(Program(desk.bus.address)) for _number in range(40)]
            numbers = [each.send("Stop") for each in programs]
            until("all wait", lambda: len(desk.engine.waiters) == 40)
            assert program.call("Status") == ("transcribing", "take-1", 0)
            desk.end()
            for each, number in zip(programs, numbers, strict=True):
                assert each.reply(number).body == ("take-1", "words")

    def test_a_crowd_too_large_is_told_so(self, desk: Desk, program: Program) -> None:
        program.call("Start")
        numbers = [program.send("Stop") for _number in range(MOST)]
        until("all wait", lambda: len(desk.engine.waiters) == MOST)
        assert program.fails("Stop")[0] == DBUS_ERROR + "LimitsExceeded"
        desk.end()
        for _number in numbers:
            message = program.bus.receive(timeout=5)
            while message.header.message_type is MessageType.signal:
                message = program.bus.receive(timeout=5)
            assert message.body == ("take-1", "words")
        until("there is room again", lambda: program.call("Cancel") == ("",))

    def test_one_who_vanishes_while_waiting_leaves_the_others_theirs(
        self, desk: Desk, program: Program
    ) -> None:
        program.call("Start")
        with Program(desk.bus.address) as fickle:
            fickle.send("Stop")
            until("it waits", lambda: len(desk.engine.waiters) == 1)
        number = program.send("Stop")
        until("it waits", lambda: len(desk.engine.waiters) == 2)
        desk.end()
        assert program.reply(number).body == ("take-1", "words")
        assert program.call("Start") == ("take-1",)


def test_another_users_program_is_refused() -> None:
    need("dbus-daemon", "dbus-send", "setpriv")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        Path(folder).chmod(0o755)
        bus = Bus(Path(folder))
        Path(folder, "bus").chmod(0o777)
        desk = Desk(bus)
        until("it is on the bus", lambda: owned(bus.address))
        way = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        way = way if os.geteuid() == 0 else ["sudo", "-n", *way]
        call = ["dbus-send", f"--bus={bus.address}", "--print-reply", f"--dest={NAME}", PATH]
        for user, expected in ((way, "AccessDenied"), ([], "take-1")):
            done = subprocess.run(
                [*user, *call, f"{INTERFACE}.Start"], capture_output=True, text=True, check=False
            )
            assert expected in done.stdout + done.stderr
            assert (desk.engine.state.recording is None) == bool(user)
        desk.close()
        bus.stop()


class TestTrouble:
    def test_without_a_bus_the_app_goes_on_and_is_there_once_one_comes(self, bus: Bus) -> None:
        bus.stop()
        desk = Desk(bus)
        assert desk.do(desk.engine.start) == "take-1"
        assert not probe(bus.address).works
        bus.start()
        until("it is on the bus", lambda: owned(bus.address))
        with Program(bus.address) as program:
            assert program.call("Status") == ("recording", "take-1", 0)
        desk.close()
        assert not owned(bus.address)
        assert desk.crashes == []

    def test_a_bus_that_is_lost_is_found_again(self, desk: Desk) -> None:
        with Program(desk.bus.address) as program:
            program.call("Start")
            program.send("Stop")
            until("it waits", lambda: desk.engine.waiters)
        desk.bus.stop()
        desk.end()
        desk.do(desk.engine.start)
        desk.bus.start()
        until("it is on the bus", lambda: owned(desk.bus.address))
        with Program(desk.bus.address) as program:
            program.listen()
            assert program.call("Cancel") == ("take-1",)
            assert program.call("Status") == ("idle", "", 0)

    def test_a_name_that_another_has_is_ours_once_it_is_free(self, bus: Bus) -> None:
        with closing(open_dbus_connection(bus.address)) as other:
            other.send_and_get_reply(message_bus.RequestName(NAME))
            desk = Desk(bus)
            assert desk.do(desk.engine.start) == "take-1"
            verdict = probe(bus.address, app=1)
            assert not verdict.works
            assert str(os.getpid()) in verdict.why
            assert verdict.fix
        with Program(bus.address) as program:
            until("it is on the bus", lambda: owned(bus.address))
            assert program.call("Status") == ("recording", "take-1", 0)
        desk.close()

    def test_doctor_tells_of_each_case(self, bus: Bus) -> None:
        assert "free" in probe(bus.address).why
        absent = probe(bus.address, app=os.getpid())
        assert (absent.works, bool(absent.fix)) == (False, True)
        desk = Desk(bus)
        until("it is on the bus", lambda: owned(bus.address))
        assert probe(bus.address, app=os.getpid()) == bus_service.Verdict(
            True, f"{NAME}: the running app"
        )
        desk.close()
        bus.stop()
        gone = probe(bus.address, app=os.getpid())
        assert (gone.works, "D-Bus" in gone.why, bool(gone.fix)) == (False, True, True)
        bus.start()
