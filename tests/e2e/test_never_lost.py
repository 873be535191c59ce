"""What was said is never lost: no network, a crash, a cancel, a sleep, as a user meets them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.app import App
from tests.buses import Bus
from tests.desktop import VirtualDesktop, until
from tests.logind import Logind
from tests.loopback import Loopback
from tests.programs import Program

HOTKEY = "ctrl+alt+space"


@pytest.fixture
def service() -> Iterator[Loopback]:
    running = Loopback()
    yield running
    running.close()
    assert running.complaints == []


def app_at(desktop: VirtualDesktop, address: str, **environment: str) -> App:
    return App(
        desktop,
        DICTATION_BASE_URL=address,
        OPENROUTER_API_KEY="sk-or-test",
        DICTATION_MODEL="a/b",
        DICTATION_MICROPHONE=f"file:{desktop.speech('Hello there, this is a test.')}",
        **environment,
    )


def record(desktop: VirtualDesktop, app: App, seconds: float = 1.5) -> None:
    """Taps the hotkey, and leaves it recording."""
    desktop.key(HOTKEY)
    app.until("recording")
    threading.Event().wait(seconds)


def sent(service: Loopback) -> list[bytes]:
    return [request.audio for request in service.requests if request.audio]


def test_without_network_takes_wait_and_are_sent_in_order_once_it_is_back(
    desktop: VirtualDesktop,
) -> None:
    # GIVEN a service that can't be reached
    gone = Loopback()
    gone.close()
    with app_at(desktop, gone.openrouter) as app, Program(desktop, "xterm") as window:
        window.focus()
        for count in (1, 2):
            record(desktop, app)
            desktop.key(HOTKEY)
            until("it waits", lambda count=count: app.status()["waiting"] == count, 20)
        assert {take["status"] for take in app.takes()} <= {"waiting", "transcribing"}
        desktop.notifications.expect("No connection")
        # WHEN it is back
        texts = iter(["first", "second"])
        back = Loopback(port=gone.port)
        back.text = lambda _audio: next(texts)
        with closing(back):
            until("nothing waits", lambda: app.status()["waiting"] == 0, 60)
            # THEN they are in the history, in order, and in no window
            assert [take["text"] for take in app.takes()] == ["second", "first"]
            assert [take["status"] for take in app.takes()] == ["kept", "kept"]
            assert window.text() == ""
            # AND the notification pastes them where the user wants them
            told = desktop.notifications.expect("came late")
            desktop.notifications.press(told, "paste")
            window.expect("first")


def test_a_draft_is_in_the_history_but_no_result(desktop: VirtualDesktop) -> None:
    gone = Loopback()
    gone.close()
    with app_at(desktop, gone.openrouter, DICTATION_FALLBACK="openai,offline") as app:
        record(desktop, app, 2.5)
        code, out, err = app.command("stop", "--wait")
        assert (code, out) == (6, "")
        assert "No connection" in err
        [take] = app.takes()
        assert (take["status"], take["provider"]) == ("waiting", "offline")
        assert "hello" in take["text"]
        assert "draft" in take["notes"][0]
        assert "openai was skipped" in take["error"]["message"]
        assert take["sent_to"] == []


def test_a_crash_is_asked_about_at_the_next_start(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    with app_at(desktop, service.openrouter) as app:
        record(desktop, app)
        app.process.kill()
        app.process.wait()
        # Commands tell the truth about it without an app, too.
        [take] = app.takes()
        assert take["status"] == "interrupted"
        assert take["seconds"] > 1
        assert Path(take["audio"]).exists()
    with app_at(desktop, service.openrouter) as app:
        assert not sent(service)
        told = desktop.notifications.expect("1 dictation was interrupted: transcribe it?", 10)
        desktop.notifications.press(told, "transcribe")
        until("its text", lambda: app.takes()[0]["text"] == service.text)
        assert app.takes()[0]["status"] == "kept"


def test_a_cancel_can_be_undone(desktop: VirtualDesktop, service: Loopback) -> None:
    with app_at(desktop, service.openrouter) as app:
        record(desktop, app)
        desktop.key("Escape")
        told = desktop.notifications.expect("Cancelled")
        assert app.takes()[0]["status"] == "cancelled"
        assert not sent(service)
        desktop.notifications.press(told, "undo")
        until("its text", lambda: app.takes()[0]["text"] == service.text)


class TestDay:
    @pytest.fixture
    def day(self, desktop: VirtualDesktop, tmp_path: Path) -> Iterator[tuple[Logind, str]]:
        bus = Bus(tmp_path)
        login = Logind(bus.address)
        yield login, bus.address
        login.close()
        bus.stop()

    def test_a_sleep_waits_until_the_take_is_kept(
        self, desktop: VirtualDesktop, service: Loopback, day: tuple[Logind, str]
    ) -> None:
        login, address = day
        with (
            app_at(desktop, service.openrouter, DBUS_SYSTEM_BUS_ADDRESS=address) as app,
            Program(desktop, "xterm") as window,
        ):
            until("it delays a sleep", lambda: login.is_heard)
            window.focus()
            record(desktop, app)
            login.sleep()
            until("the sleep may come", lambda: login.inhibitors[-1:] == [False], 5)
            [take] = app.takes()
            assert take["audio"]
            until("its text", lambda: app.takes()[0]["text"] == service.text)
            login.wake()
            until("the next sleep is delayed, too", lambda: login.inhibitors[-1:] == [True])
            assert app.takes()[0]["status"] == "kept"
            assert window.text() == ""
            # Keys and microphone work again.
            record(desktop, app)
            desktop.key(HOTKEY)
            window.expect(str(service.text))

    def test_a_lock_ends_the_take_and_pastes_nothing(
        self, desktop: VirtualDesktop, service: Loopback, day: tuple[Logind, str]
    ) -> None:
        login, address = day
        service.delay = 0.5
        with (
            app_at(desktop, service.openrouter, DBUS_SYSTEM_BUS_ADDRESS=address) as app,
            Program(desktop, "xterm") as window,
        ):
            until("it listens", lambda: login.is_heard)
            window.focus()
            record(desktop, app)
            login.set("LockedHint", True)
            app.until("idle")
            assert [take["status"] for take in app.takes()] == ["kept"]
            assert window.text() == ""
            desktop.notifications.expect("came late")
