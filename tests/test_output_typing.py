"""Typing between a take's stop and its delivery, on a real X server: no word is split."""

from __future__ import annotations

import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dictation.desktop import Desktop, detect
from dictation.errors import NotDelivered
from dictation.hotkeys.x11 import symbols
from dictation.output import Delivery
from dictation.output.rest import LONGEST, REST, Since
from dictation.settings import Settings
from dictation.values import Receipt
from tests.desktop import VirtualDesktop, until
from tests.programs import Program
from tests.test_output_x11 import History

pytestmark = pytest.mark.only_on("linux")

PASTE = Settings(spacing="none")
TYPE = Settings(spacing="none", output="type")


@pytest.fixture
def delivery(desktop: VirtualDesktop) -> Iterator[Delivery]:
    made = Delivery(detect(), hotkeys=symbols)
    yield made
    made.close()


@pytest.fixture
def xterm(desktop: VirtualDesktop) -> Iterator[Program]:
    with Program(desktop, "xterm") as program:
        yield program


def listening(delivery: Delivery, settings: Settings = PASTE) -> Since:
    """The stop of a take whose listening is under way, as it is when its text comes."""
    since = delivery.stopped(settings)
    delivery._x11.typing.wait(since, lambda: True, 0.0)
    return since


class User:
    """Hits keys on a thread of its own, 0.2 s apart; `last` is when it let the last one go."""

    def __init__(self, desktop: VirtualDesktop, keys: str) -> None:
        self.last = 0.0
        self.begun, self._enough = threading.Event(), threading.Event()
        self._desktop, self._keys = desktop, keys.split()
        self._thread = threading.Thread(target=self._type)

    def __enter__(self) -> User:
        self._thread.start()
        assert self.begun.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(10)

    def _type(self) -> None:
        for key in self._keys:
            self._desktop.key(key)
            self.last = time.monotonic()
            self.begun.set()
            if self._enough.wait(0.2):
                return


@contextmanager
def held(desktop: VirtualDesktop, keys: str) -> Iterator[None]:
    """Keys that stay down; one that writes does so on and on."""
    desktop.key(keys, "down")
    try:
        yield
    finally:
        desktop.key(keys, "up")


def sent(receipt: Receipt) -> float:
    assert receipt.chord_sent
    return receipt.chord_sent


def took(deliver: Callable[[], object]) -> float:
    start = time.monotonic()
    deliver()
    return time.monotonic() - start


@pytest.mark.parametrize("name", ["xterm", "mousepad"])
def test_a_word_that_is_being_typed_is_not_split(
    desktop: VirtualDesktop, delivery: Delivery, name: str
) -> None:
    with Program(desktop, name) as program:
        since = listening(delivery)
        with User(desktop, "h e l l o space") as user:
            receipt = delivery.deliver("words", PASTE, delivery.target(), since=since)
        assert REST <= sent(receipt) - user.last < REST + 1
        program.expect("hello words")


def test_typed_texts_wait_for_the_word_too(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    since = listening(delivery, TYPE)
    with User(desktop, "h e l l o") as user:
        delivery.deliver("-words", TYPE, delivery.target(), since=since)
        assert time.monotonic() - user.last >= REST
    xterm.expect("hello-words")


@pytest.mark.parametrize("settings", [PASTE, TYPE], ids=["paste", "type"])
def test_our_own_keys_for_the_take_before_are_no_typing(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program, settings: Settings
) -> None:
    takes = [listening(delivery, settings) for _ in range(3)]
    for text, since in zip(("one ", "two "), takes, strict=False):
        delivery.deliver(text, settings, delivery.target(), since=since)
        since.close()
        assert not delivery._x11.typing.wait(takes[2], lambda: True, 0.0)
    with User(desktop, "a b") as user:
        delivery.deliver("-c", settings, delivery.target(), since=takes[2])
        assert time.monotonic() - user.last >= REST
    xterm.expect("one two ab-c")


class Typist(History):
    """A clipboard manager that reads the text before its paste; the user types at that moment."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        super().__init__(desktop)
        self._user = User(desktop, "a b")

    def handle(self, event: object) -> None:
        super().handle(event)
        if self.seen and not self._user.begun.is_set():
            self._user.__enter__()

    def __exit__(self, *_: object) -> None:
        self._user.__exit__()
        super().__exit__()


def test_typing_that_begins_in_the_last_moment_is_waited_for(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    with Typist(desktop):
        since = listening(delivery)
        delivery.deliver("-c", PASTE, delivery.target(), since=since)
        xterm.expect("ab-c")


@pytest.mark.parametrize("before", ["", "ctrl+alt+space", "Escape", "shift alt", "super"])
def test_nothing_is_waited_for_where_only_hotkeys_and_modifiers_were_pressed(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program, before: str
) -> None:
    since = listening(delivery)
    for chord in before.split():
        desktop.key(chord)
    assert not delivery._x11.typing.wait(since, lambda: True, 0.0)


def test_the_key_of_a_hotkey_is_typing_where_its_modifiers_are_up(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    with held(desktop, "ctrl+alt"):  # since before the stop
        since = listening(delivery)
        desktop.key("space")
        assert not delivery._x11.typing.wait(since, lambda: True, 0.0)
    desktop.key("space")
    assert delivery._x11.typing.wait(since, lambda: True, time.monotonic() + 5)


def test_typing_is_noticed_while_another_program_has_the_keyboard(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    from Xlib import X
    from Xlib.display import Display

    other = Display(desktop.env["DISPLAY"])
    grab = other.screen().root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, 0)
    assert grab == X.GrabSuccess
    since = listening(delivery)
    desktop.key("a")
    other.close()
    assert delivery._x11.typing.wait(since, lambda: True, time.monotonic() + 5)


def test_typing_before_the_stop_or_long_before_the_delivery_is_not_waited_for(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    earlier = listening(delivery)  # whose listening sees what is typed before the later stop
    desktop.key("a")
    threading.Event().wait(0.05)
    later = listening(delivery)
    wait = delivery._x11.typing.wait
    assert not wait(later, lambda: True, 0.0)
    assert wait(earlier, lambda: True, time.monotonic() + 5)
    assert not wait(earlier, lambda: True, 0.0)


def test_a_key_that_is_held_and_repeats_is_typing(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    since = listening(delivery)
    desktop.key("a", "down")
    release = threading.Timer(2.0, desktop.key, ("a", "up"))
    release.start()
    start = time.monotonic()
    receipt = delivery.deliver("-words", PASTE, delivery.target(), since=since)
    release.join()
    assert sent(receipt) - start >= 2.0 + REST
    until("the text", lambda: re.fullmatch("a{5,}-words", xterm.text()))


def test_a_key_held_before_the_delivery_counts_from_its_release(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    since = listening(delivery)
    with held(desktop, "a"):
        threading.Event().wait(REST)
    assert took(lambda: delivery._x11.typing.wait(since, lambda: True, time.monotonic() + 5)) > 0.6


def test_cancelling_ends_the_wait_at_once(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    since, cancelled = listening(delivery), list[float]()
    with held(desktop, "a"):
        threading.Timer(0.5, lambda: cancelled.append(time.monotonic())).start()
        with pytest.raises(NotDelivered):
            delivery.deliver("words", PASTE, delivery.target(), lambda: not cancelled, since=since)
        assert time.monotonic() - cancelled[0] < 0.5
    assert "words" not in xterm.text()


def test_at_the_end_of_the_app_no_word_is_split_either(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    since, refused = listening(delivery), threading.Event()

    def deliver() -> None:
        with suppress(NotDelivered):
            delivery.deliver("words", PASTE, delivery.target(), since=since)
            return
        refused.set()

    with held(desktop, "a"):
        waiting = threading.Thread(target=deliver)
        waiting.start()
        threading.Event().wait(0.3)
        delivery.close()
        waiting.join(1)
    assert refused.is_set()
    assert "words" not in xterm.text()


def test_who_types_on_and_on_is_told_and_finds_the_clipboard_as_it_was(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    desktop.set_clipboard("old")
    since = listening(delivery)
    with held(desktop, "a"):
        start = time.monotonic()
        with pytest.raises(NotDelivered, match="typed on and on"):
            delivery.deliver("words", PASTE, delivery.target(), since=since)
        assert LONGEST <= time.monotonic() - start < LONGEST + 3
    assert desktop.clipboard() == "old"
    assert "words" not in xterm.text()


def test_it_costs_nothing_without_a_take_and_a_moment_without_typing(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    delivery.deliver("a", PASTE, delivery.target())

    def resources() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before, typing = resources(), delivery._x11.typing
    stops = []
    for _ in range(20):
        start = time.perf_counter()
        since = delivery.stopped(PASTE)
        stops.append(time.perf_counter() - start)
        typing.wait(since, lambda: True, 0.0)
        until("one connection alone", lambda: resources() == (before[0] + 1, before[1]))
        since.close()
        since.close()
        until("no connection", lambda: resources() == before)
    first, second = delivery.stopped(PASTE), delivery.stopped(PASTE)
    first.close()
    waits = [took(lambda: typing.wait(second, lambda: True, 0.0)) for _ in range(200)]
    print(f"stop: {1e3 * statistics.median(stops):.2f} ms, {1e3 * max(stops):.2f} at most")
    print(f"look: {1e3 * statistics.median(waits):.2f} ms, twice a delivery")
    assert statistics.median(stops) < 0.01
    assert 2 * statistics.median(waits) < 0.01
    assert resources() == (before[0] + 1, before[1])
    for settings in (Settings(output="clipboard"), Settings(output="none")):
        delivery.stopped(settings)
    second.close()
    until("no connection", lambda: resources() == before)


def test_a_take_delivered_at_once_needs_no_listening_before(
    desktop: VirtualDesktop, delivery: Delivery, xterm: Program
) -> None:
    for n in range(10):
        since = delivery.stopped(PASTE)
        delivery.deliver(str(n), PASTE, delivery.target(), since=since)
        since.close()
    xterm.expect("0123456789")


class Older:
    """Passes an X server on without its XInput extension, as display 127.0.0.1:n."""

    NAME, OTHER = b"XInputExtension", b"NoInputAnywhere"

    def __init__(self, display: str) -> None:
        self._server = f"/tmp/.X11-unix/X{display.removeprefix(':')}"
        for number in range(50, 100):
            with suppress(OSError):
                self._listener = socket.create_server(("127.0.0.1", 6000 + number))
                self.display = f"127.0.0.1:{number}"
                break

    def __enter__(self) -> Older:
        self._threads = [self._start(self._accept)]
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, run: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=run, args=arguments)
        thread.start()
        return thread

    def _accept(self) -> None:
        with suppress(OSError):  # the test's end
            while True:
                client, _address = self._listener.accept()
                self._threads.append(self._start(self._serve, client))

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._server)
            back = self._start(self._pass, server, client)
            self._pass(client, server)
            back.join()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data.replace(self.NAME, self.OTHER))
            sink.shutdown(socket.SHUT_WR)


def test_without_xinput_nothing_is_waited_for_and_the_verdict_says_so(
    desktop: VirtualDesktop, xterm: Program
) -> None:
    with Older(desktop.env["DISPLAY"]) as older:
        delivery = Delivery(Desktop("linux", "x11", display=older.display), hotkeys=symbols)
        try:
            verdict = dict(delivery.verdicts(PASTE))["x11"]
            assert verdict.works
            assert "XInput 2" in verdict.why
            since = delivery.stopped(PASTE)
            desktop.key("a")
            receipt = delivery.deliver("-words", PASTE, delivery.target(), since=since)
            assert receipt.confirmed
            xterm.expect("a-words")
        finally:
            delivery.close()


def test_with_xinput_the_verdict_is_plain(desktop: VirtualDesktop, delivery: Delivery) -> None:
    assert dict(delivery.verdicts(PASTE))["x11"].why == ""
