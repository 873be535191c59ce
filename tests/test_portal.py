"""The portals' client on a real bus, with portals that answer as a test says."""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dictation.bus import BusGone, NoAnswer, Refused, Signal
from dictation.portal import Denied, Portal
from tests.buses import Bus
from tests.portals import PATH, Portals

pytestmark = pytest.mark.skipif(
    not shutil.which("dbus-daemon"), reason="missing here: apt install dbus"
)
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    made = Bus(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def portals(bus: Bus) -> Iterator[Portals]:
    made = Portals(bus.address, {SHORTCUTS: 2})
    yield made
    made.close()


Open = Callable[..., Portal]


@pytest.fixture
def connect(bus: Bus) -> Iterator[Open]:
    opened: list[Portal] = []

    def make(on_signal: Callable[[Signal], None] = lambda _signal: None) -> Portal:
        opened.append(Portal([SHORTCUTS], on_signal, address=bus.address))
        return opened[-1]

    yield make
    for portal in opened:
        portal.close()


def test_the_app_names_itself_before_anything_else(portals: Portals, connect: Open) -> None:
    assert connect().version(SHORTCUTS) == 2
    assert portals.registered == ["io.github.dictation.Dictation"]
    assert portals.calls[0][0] == "Register"


def test_portals_that_know_no_names_do_as_well(bus: Bus, connect: Open) -> None:
    old = Portals(bus.address, {SHORTCUTS: 1}, registers=False)
    try:
        assert connect().version(SHORTCUTS) == 1
    finally:
        old.close()


def test_a_desktop_without_the_portal_says_so(bus: Bus, connect: Open) -> None:
    assert connect().version(SHORTCUTS) == 0  # nobody has the name
    other = Portals(bus.address)
    try:
        assert connect().version(SHORTCUTS) == 0  # others are there
        with pytest.raises(Refused):
            connect().session(SHORTCUTS)
    finally:
        other.close()


def test_a_request_gets_its_results(portals: Portals, connect: Open) -> None:
    portals.responses["ListShortcuts"] = 0, {"shortcuts": ("as", ["one", "two"])}
    portal = connect()
    session = portal.session(SHORTCUTS)
    assert session.path in portals.sessions
    results = portal.request(SHORTCUTS, "ListShortcuts", "o", (session.path,))
    assert results == {"shortcuts": ["one", "two"]}


def test_what_the_user_denies_is_told_from_what_fails(portals: Portals, connect: Open) -> None:
    portals.responses |= {"BindShortcuts": (1, {}), "ListShortcuts": (2, {})}
    portal = connect()
    with pytest.raises(Denied):
        portal.request(SHORTCUTS, "BindShortcuts")
    with pytest.raises(Refused):
        portal.request(SHORTCUTS, "ListShortcuts")


def test_a_question_nobody_answers_is_taken_back(portals: Portals, connect: Open) -> None:
    portals.responses["BindShortcuts"] = None
    with pytest.raises(NoAnswer):
        connect().request(SHORTCUTS, "BindShortcuts", patience=0.1)
    assert portals.asked("Close") == [(portals.waiting[0],)]


def test_portals_that_go_end_sessions_and_questions(bus: Bus, connect: Open) -> None:
    portals = Portals(bus.address, {SHORTCUTS: 2})
    portals.responses["BindShortcuts"] = None
    portal = connect()
    session = portal.session(SHORTCUTS)
    raised: queue.SimpleQueue[type[Exception]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            portal.request(SHORTCUTS, "BindShortcuts", patience=30)
        except BusGone as error:
            raised.put(type(error))

    asking = threading.Thread(target=ask)
    asking.start()
    while not portals.waiting:
        threading.Event().wait(0.005)
    portals.close()
    assert raised.get(timeout=5) is BusGone
    asking.join(5)
    assert session.ended.wait(5)
    assert portal.bus.lost.is_set()
    with pytest.raises(BusGone):
        portal.session(SHORTCUTS)


def test_a_session_ends_by_either_side(portals: Portals, connect: Open) -> None:
    heard: queue.SimpleQueue[Signal] = queue.SimpleQueue()
    portal = connect(heard.put)
    first, second = portal.session(SHORTCUTS), portal.session(SHORTCUTS)
    portals.end(first.path)
    assert first.ended.wait(5)
    assert heard.get(timeout=5).member == "Closed"
    second.close()
    assert second.ended.is_set()
    assert portals.sessions == []
    first.close()
    assert portals.asked("Close") == [(second.path,)]


def test_signals_of_the_portal_are_heard(portals: Portals, connect: Open) -> None:
    heard: queue.SimpleQueue[Signal] = queue.SimpleQueue()
    session = connect(heard.put).session(SHORTCUTS)
    portals.tell(PATH, SHORTCUTS, "Activated", "osta{sv}", (session.path, "toggle", 7, {}))
    assert heard.get(timeout=5).body == (session.path, "toggle", 7, {})
