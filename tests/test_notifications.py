"""Notifications on a real bus, to a service that records them."""

from __future__ import annotations

import gc
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dictation import notifications
from dictation.notifications import Notifications, as_body
from tests.buses import Bus
from tests.notifications import Notifications as Recorder

pytestmark = pytest.mark.skipif(
    not shutil.which("dbus-daemon"), reason="missing here: apt install dbus"
)
APP_ID = "io.github.dictation.Dictation"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    made = Bus(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def service(bus: Bus) -> Iterator[Recorder]:
    recorder = Recorder(bus.address)
    yield recorder
    recorder.close()


Pressed = queue.SimpleQueue[tuple[str, str]]


@pytest.fixture
def pressed() -> Pressed:
    return queue.SimpleQueue()


@pytest.fixture
def shown(bus: Bus, pressed: Pressed) -> Iterator[Notifications]:
    made = Notifications(APP_ID, lambda slot, key: pressed.put((slot, key)), bus=bus.address)
    yield made
    made.close()


def until(true: Callable[[], object], seconds: float = 5) -> None:
    end, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        assert time.monotonic() < end, "waited in vain"
        pause.wait(0.005)


class TestShow:
    def test_title_body_buttons_and_hints_arrive(
        self, shown: Notifications, service: Recorder
    ) -> None:
        assert shown.show("No connection", "Kept.", [("again", "Try again")], "critical")
        seen = service.expect("No connection")
        assert (seen.app, seen.body) == ("Dictation", "Kept.")
        assert seen.actions == {"again": "Try again"}
        assert seen.hints == {"desktop-entry": APP_ID, "urgency": 2}
        assert shown.works

    def test_text_is_never_markup(self, shown: Notifications, service: Recorder) -> None:
        shown.show("Trouble", "<b>a & b</b>")
        assert service.expect("Trouble").body == "&lt;b&gt;a &amp; b&lt;/b&gt;"

    def test_a_service_without_markup_gets_the_text_as_it_is(self) -> None:
        assert as_body("<b>a & b</b>", ["actions", "body"]) == "<b>a & b</b>"

    def test_a_newer_one_replaces_the_older_of_its_slot_alone(
        self, shown: Notifications, service: Recorder
    ) -> None:
        for title, slot in [("A1", "a"), ("B1", "b"), ("A2", "a"), ("C1", ""), ("C2", "")]:
            shown.show(title, "", replaces=slot)
        numbers = [service.expect(title).number for title in ("A1", "B1", "A2", "C1", "C2")]
        assert numbers[0] == numbers[2]
        assert len(set(numbers)) == 4

    def test_one_that_was_closed_is_not_replaced(
        self, shown: Notifications, service: Recorder, pressed: Pressed
    ) -> None:
        shown.show("First", "", replaces="take")
        first = service.expect("First")
        service.press(first, "again")
        assert pressed.get(timeout=5) == ("take", "again")
        shown.show("Second", "", replaces="other")  # its answer comes after the closing
        shown.show("Third", "", replaces="take")
        assert service.expect("Third").number != first.number


class TestActions:
    def test_a_pressed_button_is_heard_with_its_slot(
        self, shown: Notifications, service: Recorder, pressed: Pressed
    ) -> None:
        shown.show("Failed", "", [("again", "Try again"), ("copy", "Copy")], replaces="take")
        service.press(service.expect("Failed"), "copy")
        assert pressed.get(timeout=5) == ("take", "copy")

    def test_other_programs_buttons_are_not_heard(
        self, bus: Bus, shown: Notifications, service: Recorder, pressed: Pressed
    ) -> None:
        other = Notifications("other", lambda _slot, _key: None, bus=bus.address)
        other.show("Other", "", [("again", "Again")])
        shown.show("Ours", "", [("again", "Again")], replaces="ours")
        service.press(service.expect("Other"), "again")
        service.press(service.expect("Ours"), "again")
        assert pressed.get(timeout=5) == ("ours", "again")
        assert pressed.empty()
        other.close()


class TestTrouble:
    def test_without_a_service_it_says_so(self, bus: Bus, shown: Notifications) -> None:
        assert not shown.show("Trouble", "")
        assert not shown.works
        assert "no notification service" in shown.why
        assert not notifications.probe(bus.address).works

    def test_without_a_bus_it_says_so(self, tmp_path: Path) -> None:
        nowhere = Notifications(APP_ID, print, bus=f"unix:path={tmp_path}/none")
        assert not nowhere.show("Trouble", "")
        assert "D-Bus" in nowhere.why
        nowhere.close()

    def test_a_service_that_comes_later_is_used(self, bus: Bus, shown: Notifications) -> None:
        assert not shown.show("Early", "")
        service = Recorder(bus.address)
        assert shown.show("Late", "")
        assert shown.works
        service.expect("Late")
        service.close()

    def test_a_new_service_gets_no_old_numbers(self, bus: Bus, shown: Notifications) -> None:
        first = Recorder(bus.address)
        shown.show("One", "", replaces="a")
        shown.show("Two", "", replaces="take")
        first.close()
        second = Recorder(bus.address)
        shown.show("Three", "", replaces="b")
        shown.show("Four", "", replaces="take")
        assert second.expect("Four").number == 2
        second.close()

    def test_a_new_bus_is_found_at_the_next_show(
        self, bus: Bus, shown: Notifications, pressed: Pressed
    ) -> None:
        service = Recorder(bus.address)
        assert shown.show("Before", "")
        bus.stop()
        service.close()
        assert not shown.show("Between", "")
        bus.start()
        service = Recorder(bus.address)
        assert shown.show("After", "", [("again", "Again")], replaces="take")
        service.press(service.expect("After"), "again")
        assert pressed.get(timeout=5) == ("take", "again")
        service.close()

    def test_a_service_that_does_not_answer_holds_nobody_up_for_long(
        self, bus: Bus, shown: Notifications
    ) -> None:
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(bus.address) as mute:
            mute.send_and_get_reply(message_bus.RequestName(notifications.NAME))
            began = time.monotonic()
            assert not shown.show("Trouble", "")
            assert time.monotonic() - began < 2
            assert "does not answer" in shown.why

    def test_probe_names_the_service(self, bus: Bus, service: Recorder) -> None:
        verdict = notifications.probe(bus.address)
        assert verdict.works
        assert verdict.why == "recorder 1"

    def test_closing_leaves_no_thread_and_no_file_open(self, bus: Bus, service: Recorder) -> None:
        def count() -> tuple[int, int]:
            gc.collect()
            return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

        before = count()
        for _ in range(20):
            made = Notifications(APP_ID, lambda _slot, _key: None, bus=bus.address)
            assert made.show("Short", "")
            made.close()
            made.close()
        until(lambda: count() == before)
