"""What the computer does, told by a logind and lockers on real buses and by the real kernel."""

from __future__ import annotations

import ctypes
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusAddress, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from dictation import watch
from dictation.desktop import Desktop
from dictation.watch import clocks, logind, netlink, screensaver
from dictation.watch.clocks import Clocks
from dictation.watch.logind import LONGEST_DELAY
from dictation.watch.moments import Moment, Presence
from dictation.watch.netlink import Netlink, network
from dictation.watch.screensaver import Screensaver
from tests.buses import Bus
from tests.desktop import need, until
from tests.logind import Locker, Logind

LINUX = Desktop("linux")
on_a_bus = pytest.mark.skipif(
    not shutil.which("dbus-daemon"), reason="missing here: apt install dbus"
)


class Ear:
    """Notes what is told, and lets the computer sleep only where it is told to."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[tuple[Moment, Callable[[], None]]] = queue.SimpleQueue()

    def __call__(self, moment: Moment, done: Callable[[], None]) -> None:
        self.queue.put((moment, done))

    def next(self) -> Moment:
        return self.queue.get(timeout=5)[0]

    def suspending(self) -> Callable[[], None]:
        """The `done` of the next moment, which is that one."""
        moment, done = self.queue.get(timeout=5)
        assert moment == "suspending"
        return done


@pytest.fixture
def heard() -> Ear:
    return Ear()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    made = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", made.address)
    yield made
    made.stop()


@pytest.fixture
def system(bus: Bus) -> Iterator[Logind]:
    made = Logind(bus.address)
    yield made
    made.close()


Listen = Callable[..., logind.Logind]


@pytest.fixture
def listen(heard: Ear) -> Iterator[Listen]:
    """Starts to listen, until the test ends."""
    made: list[logind.Logind] = []

    def start(**more: Any) -> logind.Logind:
        made.append(logind.Logind(heard, Presence(heard), pause=0.02, **more))
        return made[-1]

    yield start
    for one in made:
        one.close()


def listening(system: Logind, inhibitors: int = 1) -> None:
    """Waits until all is set up: the session's state is what is asked last."""
    until("it listens", lambda: [name for name, _ in system.calls].count("GetAll") == inhibitors)
    until("it delays a sleep", lambda: system.inhibitors == [False] * (inhibitors - 1) + [True])


@on_a_bus
class TestSleep:
    def test_it_waits_until_done_and_is_delayed_anew_after_waking_up(
        self, system: Logind, heard: Ear, listen: Listen
    ) -> None:
        listen()
        listening(system)
        assert ("Inhibit", logind.INHIBIT) in system.calls
        for night in range(1, 4):
            system.sleep()
            done = heard.suspending()
            assert system.inhibitors[-1]
            done()
            assert not any(system.inhibitors)
            system.wake()
            assert heard.next() == "resumed"
            until("a new delay", lambda n=night: system.inhibitors == [False] * n + [True])
            done()  # of a night that is over
            assert system.inhibitors[-1]

    def test_it_does_not_wait_for_one_who_forgot(
        self, system: Logind, heard: Ear, listen: Listen
    ) -> None:
        listen(patience=0.1)
        listening(system)
        system.sleep()
        heard.suspending()
        until("it may sleep", lambda: not any(system.inhibitors), seconds=2)
        assert LONGEST_DELAY < 5  # what logind itself waits

    def test_a_sleep_that_may_not_be_delayed_is_told_all_the_same(
        self, bus: Bus, heard: Ear, listen: Listen
    ) -> None:
        system = Logind(bus.address, grants=False)
        listen()
        until("it listens", lambda: "GetAll" in dict(system.calls))
        system.sleep()
        heard.suspending()()
        system.wake()
        assert heard.next() == "resumed"
        system.close()

    def test_one_without_a_bus_is_told_when_there_is_one_again(
        self, bus: Bus, heard: Ear, listen: Listen
    ) -> None:
        slept = [0.0]
        system = Logind(bus.address)
        listen(asleep=lambda: slept[0])
        listening(system)
        bus.stop()
        slept[0] = 3600.0
        system.close()
        bus.start()
        system = Logind(bus.address)
        assert heard.next() == "resumed"
        system.close()


@on_a_bus
class TestPresence:
    def test_locked_and_unlocked_are_told_once_each(
        self, system: Logind, heard: Ear, listen: Listen
    ) -> None:
        listen()
        listening(system)
        system.ask("Lock")
        system.set("LockedHint", True)
        system.ask("Lock")
        system.set("LockedHint", False)
        system.set("Active", False)
        system.set("LockedHint", True)
        system.set("LockedHint", False)
        system.set("Active", True)
        system.sleep()
        told = [heard.next() for _ in range(5)]
        assert told == ["away", "back", "away", "back", "suspending"]

    def test_a_locker_that_never_tells_of_unlocking_is_told_at_each_lock(
        self, system: Logind, heard: Ear, listen: Listen
    ) -> None:
        listen()
        listening(system)
        system.ask("Lock")
        system.ask("Lock")
        system.ask("Unlock")
        assert [heard.next() for _ in range(3)] == ["away", "away", "back"]

    def test_a_session_that_is_locked_from_the_start_is_told(
        self, system: Logind, heard: Ear, listen: Listen
    ) -> None:
        system.properties["LockedHint"] = ("b", True)
        listen()
        assert heard.next() == "away"

    @pytest.mark.parametrize(
        ("in_session", "environment", "last"),
        [
            (True, {"XDG_SESSION_ID": "c7"}, "GetSession"),
            (True, {"XDG_SESSION_ID": "gone"}, "GetSessionByPID"),
            (True, {}, "GetSessionByPID"),
            (False, {}, "Get"),
        ],
    )
    def test_the_session_is_found(
        self,
        bus: Bus,
        heard: Ear,
        listen: Listen,
        in_session: bool,
        environment: dict[str, str],
        last: str,
    ) -> None:
        system = Logind(bus.address, in_session=in_session)
        listen(environment=environment)
        listening(system)
        assert [name for name, _ in system.calls][-2] == last
        system.set("LockedHint", True)
        assert heard.next() == "away"
        system.close()

    def test_a_signal_of_someone_else_is_not_believed(
        self, bus: Bus, system: Logind, heard: Ear, listen: Listen
    ) -> None:
        listen()
        listening(system)
        with open_dbus_connection(bus.address) as stranger:
            (names,) = stranger.send_and_get_reply(message_bus.ListNames()).body
            for name in (name for name in names if name.startswith(":")):
                address = DBusAddress("/org/freedesktop/login1", name, f"{logind.SERVICE}.Manager")
                stranger.send(new_signal(address, "PrepareForSleep", "b", (True,)))
            stranger.send_and_get_reply(message_bus.GetId())
        system.ask("Lock")
        assert heard.next() == "away"


@on_a_bus
class TestTrouble:
    @pytest.mark.parametrize("with_the_bus", [False, True])
    def test_what_was_restarted_is_found_again(
        self, bus: Bus, heard: Ear, listen: Listen, with_the_bus: bool
    ) -> None:
        listen()
        for _ in range(3):
            system = Logind(bus.address)
            listening(system)
            system.ask("Lock")
            system.ask("Unlock")
            assert [heard.next(), heard.next()] == ["away", "back"]
            if with_the_bus:
                bus.stop()
                until("it may sleep", lambda one=system: not any(one.inhibitors))
                bus.start()
            system.close()

    def test_an_end_of_lock_that_was_missed_is_made_up_for(
        self, bus: Bus, heard: Ear, listen: Listen
    ) -> None:
        system = Logind(bus.address)
        listen()
        listening(system)
        system.set("LockedHint", True)
        system.close()
        system = Logind(bus.address)
        assert [heard.next(), heard.next()] == ["away", "back"]
        system.close()

    def test_closing_lets_the_computer_sleep_and_leaves_nothing_open(
        self, bus: Bus, system: Logind, heard: Ear
    ) -> None:
        def count() -> tuple[int, int]:
            return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

        before = count()
        for number in range(1, 6):
            one = logind.Logind(heard, Presence(heard))
            listening(system, number)
            other = Screensaver(Presence(heard), bus=bus.address)
            third = Netlink(heard)
            for watcher in (one, other, third):
                watcher.close()
                watcher.close()
            until("it may sleep", lambda: not any(system.inhibitors))
        # Five are the mock's. Fewer is as good: what an earlier test had open may end meanwhile.
        most = (before[0] + 5, before[1])
        until(
            f"no more than {most} files and threads",
            lambda: all(now <= limit for now, limit in zip(count(), most, strict=True)),
        )

    def test_doctor_is_told_what_works(self, bus: Bus, tmp_path: Path) -> None:
        nowhere = f"unix:path={tmp_path}/none"
        assert logind.probe(LINUX, nowhere).fix
        assert not logind.probe(LINUX, bus.address).works
        system = Logind(bus.address)
        assert logind.probe(LINUX, bus.address).why == "logind, session c7"
        assert watch.of_sleep(LINUX).works
        assert system.inhibitors == [False, False]
        system.close()
        assert not screensaver.probe(LINUX, nowhere).works
        assert screensaver.probe(LINUX, bus.address).works
        assert watch.of_network(LINUX).works
        for elsewhere in (Desktop("windows", "native"), Desktop("macos", "native")):
            assert "only a resume" in watch.of_sleep(elsewhere).why
            assert not watch.of_sleep(elsewhere).works
            assert not watch.of_network(elsewhere).works


@on_a_bus
class TestScreensaver:
    @pytest.fixture
    def watched(self, bus: Bus, heard: Ear) -> Iterator[Presence]:
        presence = Presence(heard)
        watcher = Screensaver(presence, bus=bus.address, pause=0.02)
        yield presence
        watcher.close()

    @pytest.mark.parametrize("name", screensaver.LOCKERS)
    def test_an_active_one_is_away_and_told_but_once_where_logind_tells_too(
        self, bus: Bus, watched: Presence, heard: Ear, name: str
    ) -> None:
        locker = Locker(bus.address, name)
        until("it is asked", lambda: locker.calls)
        locker.set(True)
        assert heard.next() == "away"
        watched.learn("locked", away=True)
        watched.learn("locked", away=False)
        assert heard.queue.empty()
        locker.set(False)
        assert heard.next() == "back"
        locker.close()

    def test_one_that_is_active_already_is_away_and_its_end_is_back(
        self, bus: Bus, watched: Presence, heard: Ear
    ) -> None:
        for _ in range(2):
            locker = Locker(bus.address, "org.gnome.ScreenSaver", active=True)
            assert heard.next() == "away"
            locker.close()
            assert heard.next() == "back"

    def test_a_restarted_bus_is_found_again(self, bus: Bus, watched: Presence, heard: Ear) -> None:
        for _ in range(2):
            locker = Locker(bus.address, "org.xfce.ScreenSaver")
            until("it is asked", lambda one=locker: one.calls)
            locker.set(True)
            assert heard.next() == "away"
            bus.stop()
            locker.close()
            bus.start()
            assert heard.next() == "back"


class TestClocks:
    @pytest.mark.parametrize(
        ("drifts", "told"),
        [
            ([0.0, 0.0, 0.5, 0.5], 0),
            ([0.0, 40.0, 40.0, 40.0], 1),
            ([0.0, 40.0, 9.0, 9.0], 2),  # set forward, and back
        ],
    )
    def test_a_jump_is_a_resume(self, heard: Ear, drifts: list[float], told: int) -> None:
        left, over = list(drifts), threading.Event()

        def drift(_waited: float) -> float:
            if len(left) == 1:
                over.set()
            return left.pop(0) if len(left) > 1 else left[0]

        watcher = Clocks(heard, drift, jump=30.0, every=0.001)
        assert over.wait(5)
        watcher.close()
        assert [heard.next() for _ in range(told)] == ["resumed"] * told
        assert heard.queue.empty()

    def test_a_wait_that_took_as_long_as_it_should_is_none(self, heard: Ear) -> None:
        waits: list[float] = []

        def drift(waited: float) -> float:
            waits.append(waited)
            return 0.0

        watcher = Clocks(heard, drift, jump=0.5, every=0.01)
        until("some looks", lambda: len(waits) > 3)
        watcher.close()
        assert waits[:3] == [0.0, 0.01, 0.02]
        assert heard.queue.empty()

    @pytest.mark.only_on("linux")
    def test_this_computer_has_a_clock_that_runs_while_it_sleeps(self) -> None:
        before = clocks.asleep()
        assert -0.001 < clocks.asleep() - before < 0.1  # two clocks are read, not at once


def ip(*words: str) -> None:
    done = subprocess.run(("ip", *words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {words}: {done.stderr}"


@pytest.fixture
def own_network() -> Iterator[None]:
    """A network of the test's own thread, and of those that it starts: `lo` and a cable, n0."""
    need("ip")
    if os.geteuid() != 0:
        pytest.skip("only root can have a network of its own")
    new_network, libc = 0x40000000, ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as before:
        if libc.unshare(new_network) != 0:
            pytest.skip(f"no network of its own: {os.strerror(ctypes.get_errno())}")
        try:
            ip("link", "set", "lo", "up")
            ip("link", "add", "n0", "type", "veth", "peer", "name", "n1")
            ip("link", "set", "n0", "up")
            ip("link", "set", "n1", "up")
            yield
        finally:
            assert libc.setns(before.fileno(), new_network) == 0


@pytest.mark.only_on("linux")
class TestNetwork:
    @pytest.fixture
    def watched(self, own_network: None, heard: Ear) -> Iterator[Netlink]:
        ip("address", "add", "192.0.2.7/24", "dev", "n0")
        ip("route", "add", "default", "via", "192.0.2.1")
        watcher = Netlink(heard, burst=0.2)
        yield watcher
        watcher.close()

    @pytest.mark.parametrize(
        "change",
        [
            "address add 198.51.100.7/24 dev n0",
            "address add 2001:db8::7/64 dev n0 nodad",
            "address del 192.0.2.7/24 dev n0",
            "route replace default via 192.0.2.2",
            "route del default",
            "link set n0 down",  # its routes go without a message of their own
            "link set n1 down",  # as if the cable were pulled out
        ],
    )
    def test_a_change_is_told_once_and_so_is_its_end(
        self, watched: Netlink, heard: Ear, change: str
    ) -> None:
        before = network()
        ip(*change.split())
        assert heard.next() == "network"
        assert network() != before
        ip("link", "set", "n0", "up")
        ip("link", "set", "n1", "up")
        ip("route", "replace", "default", "via", "192.0.2.3", "dev", "n0", "onlink")
        assert heard.next() == "network"

    def test_many_changes_within_a_moment_are_told_once(
        self, watched: Netlink, heard: Ear, tmp_path: Path
    ) -> None:
        lines = [f"address add 198.51.100.{number}/24 dev n0\n" for number in range(20, 40)]
        (tmp_path / "changes").write_text("".join(lines))
        ip("-batch", f"{tmp_path}/changes")
        assert heard.next() == "network"
        ip("route", "del", "default")
        assert heard.next() == "network"
        watched.close()
        assert heard.queue.empty()

    def test_what_leads_nowhere_else_is_no_change(self, own_network: None) -> None:
        ip("address", "add", "192.0.2.7/24", "dev", "n0")
        before = network()
        assert before
        ip("address", "add", "127.0.0.9/8", "dev", "lo")
        ip("address", "add", "2001:db8::9/128", "dev", "lo")
        ip("address", "add", "fe80::9/64", "dev", "n0", "nodad")
        ip("address", "add", "169.254.0.9/32", "dev", "n0", "scope", "link")
        ip("address", "add", "192.0.2.8/32", "dev", "n1", "scope", "host")
        ip("link", "add", "n2", "type", "bridge")
        ip("link", "set", "n2", "up")
        assert network() == before


@on_a_bus
@pytest.mark.only_on("linux")
def test_the_best_ways_are_taken_and_all_can_be_closed(
    bus: Bus, heard: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started() -> list[str]:
        watchers = watch.start(LINUX, heard)
        for watcher in watchers:
            watcher.close()
        return [watcher.NAME for watcher in watchers]

    threads = threading.active_count()
    assert started() == ["clocks", "netlink"]
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    system = Logind(bus.address)
    assert started() == ["logind", "screensaver", "netlink"]
    system.close()
    until("no thread is left", lambda: threading.active_count() == threads)


@on_a_bus
@pytest.mark.only_on("linux")
def test_nothing_wakes_up_while_nothing_happens(bus: Bus, system: Logind, heard: Ear) -> None:
    def switches() -> dict[str, str]:
        """How often each thread has been woken, by its number."""
        found = {}
        for status in Path("/proc/self/task").glob("*/status"):
            text = status.read_text()
            if status.parent.name not in others:
                found[status.parent.name] = text.partition("\nvoluntary_ctxt_switches:")[2].split()[
                    0
                ]
        return found

    others = {path.name for path in Path("/proc/self/task").iterdir()}
    presence = Presence(heard)
    watchers = [
        logind.watch(heard, presence),
        Screensaver(presence, bus=bus.address),
        netlink.watch(heard, presence),
    ]
    listening(system)
    locker = Locker(bus.address, "org.gnome.ScreenSaver")
    until("all listen", lambda: locker.calls)
    locker.close()
    before: dict[str, str] = {}
    pause = threading.Event()

    def settled() -> bool:
        nonlocal before
        last, before = before, switches()
        return last == before

    until("they rest", settled)
    pause.wait(1.0)  # there is nothing else to wait for
    assert switches() == before
    assert len(before) == 5
    for watcher in watchers:
        watcher.close()
