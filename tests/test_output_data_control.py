"""Pastes on a real Sway by data-control and a keyboard of our own: confirmed, and put back."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered
from dictation.output import Delivery
from dictation.output.wayland_selections import WaylandSelections
from dictation.output.wire import Wire
from dictation.settings import Settings
from tests.desktop import until
from tests.sway import Sway, sway

pytestmark = pytest.mark.only_on("linux")

__all__ = ["sway"]  # a fixture
SWAY = Desktop("linux", "wayland", "sway")
TEXT = "Grüße: 中文 🎤 don't — مرحبا"


@pytest.fixture
def delivery(sway: Sway) -> Iterator[Delivery]:
    made = Delivery(SWAY)
    yield made
    made.close()


def terminal(sway: Sway, name: str = "terminal.txt") -> str:
    """A terminal that reads, and the file that holds what it read."""
    held = sway.folder / name
    sway.open("foot", "sh", "-c", 'stty -icanon; exec cat >"$0"', str(held))
    until("the terminal reads", held.exists)
    return str(held)


def copy(content: bytes, kind: str = "text/plain", *more: str) -> None:
    subprocess.run(["wl-copy", *more, "--type", kind], input=content, check=True)


def pasted(kind: str = "text/plain", *more: str) -> bytes:
    command = ["wl-paste", "--no-newline", *more, "--type", kind]
    return subprocess.run(command, capture_output=True, check=False, timeout=5).stdout


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a name from the test itself
        return file.read()


def test_a_paste_is_confirmed_by_its_reading_and_the_old_content_comes_back(
    sway: Sway, delivery: Delivery
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
    for kind, old in (("text/html", b"<b>old</b>"), ("image/png", picture)):
        copy(old, kind)
        copy(b"selected", "text/plain", "--primary")
        held = terminal(sway, f"{kind.replace('/', '-')}.txt")
        receipt = delivery.deliver(TEXT, Settings(), None)
        assert (receipt.backend, receipt.confirmed) == ("wayland", True)
        assert receipt.chord_sent
        assert receipt.confirmed_at
        print(f"key to receipt: {1e3 * (receipt.confirmed_at - receipt.chord_sent):.1f} ms")
        until("the text", lambda h=held: read(h) == TEXT)
        until("the old content", lambda k=kind, o=old: pasted(k) == o)
        until("the old selection", lambda: pasted("text/plain", "--primary") == b"selected")


def test_keys_that_the_user_holds_do_not_matter(sway: Sway, delivery: Delivery) -> None:
    held = terminal(sway)
    sway.start("wtype", "-M", "ctrl", "-M", "alt", "-s", "3000", "-m", "alt", "-m", "ctrl")
    threading.Event().wait(0.5)
    assert delivery.deliver(TEXT, Settings(), None).confirmed
    until("the text", lambda: read(held) == TEXT)


def test_what_the_user_copies_meanwhile_stays(sway: Sway, delivery: Delivery) -> None:
    copy(b"old")
    terminal(sway)
    delivery.deliver(TEXT, Settings(), None)
    copy(b"newer")
    threading.Event().wait(0.6)
    assert pasted() == b"newer"


def test_where_nobody_reads_the_user_is_told_and_the_text_stays(
    sway: Sway, delivery: Delivery
) -> None:
    copy(b"old")
    start = time.monotonic()
    with pytest.raises(NotDelivered, match="did not take"):
        delivery.deliver(TEXT, Settings(), None)
    assert time.monotonic() - start < 2
    assert pasted().decode() == TEXT


def test_a_history_that_reads_at_once_is_no_receipt(sway: Sway, delivery: Delivery) -> None:
    log = sway.folder / "history"
    sway.start("wl-paste", "--watch", "sh", "-c", f"cat >>{log}")
    threading.Event().wait(0.3)
    with pytest.raises(NotDelivered):
        delivery.deliver(TEXT, Settings(), None)
    until("the history has read", lambda: log.exists() and TEXT in log.read_text())


def test_histories_are_told_to_leave_it_alone(sway: Sway, delivery: Delivery) -> None:
    for kept in (True, False):
        settings = Settings(clipboard_history=kept, restore_clipboard=False)
        terminal(sway, f"{kept}.txt")
        delivery.deliver(TEXT, settings, None)
        assert (pasted("x-kde-passwordManagerHint") == b"secret") is not kept


def test_an_owner_that_hangs_holds_up_nothing_for_long(sway: Sway, delivery: Delivery) -> None:
    copy(b"old")
    held = terminal(sway)
    owners = subprocess.run(["pidof", "wl-copy"], capture_output=True, check=True, text=True)
    owner = owners.stdout.split()[0]
    subprocess.run(["kill", "-STOP", owner], check=True)
    try:
        start = time.monotonic()
        assert delivery.deliver(TEXT, Settings(), None).confirmed
        assert time.monotonic() - start < 3
    finally:
        subprocess.run(["kill", "-CONT", owner], check=True)
    until("the text", lambda: read(held) == TEXT)


def test_a_copied_text_outlives_the_app(sway: Sway) -> None:
    made = Delivery(SWAY)
    receipt = made.deliver(TEXT, Settings(output="clipboard"), None)
    assert (receipt.backend, receipt.confirmed) == ("data-control", False)
    assert pasted().decode() == TEXT
    made.close()
    until("it is still there", lambda: pasted().decode() == TEXT)


def test_doctor_leaves_the_clipboard_alone(sway: Sway, delivery: Delivery) -> None:
    copy(b"<b>old</b>", "text/html")
    assert delivery.round_trip().works
    assert pasted("text/html") == b"<b>old</b>"


def test_what_was_put_back_outlives_the_app(sway: Sway) -> None:
    copy(b"old")
    copy(b"selected", "text/plain", "--primary")
    made, held = Delivery(SWAY), terminal(sway)
    made.deliver(TEXT, Settings(), None)
    until("the text", lambda: read(held) == TEXT)
    made.close()
    assert pasted() == b"old"
    assert pasted("text/plain", "--primary") == b"selected"


def test_two_megabytes_come_whole(sway: Sway) -> None:
    ours, theirs = WaylandSelections(), WaylandSelections()
    text = "0123456789 Grüße 🎤\n" * 100_000
    ours.publish(text)
    assert theirs.content("clipboard")["text/plain"].decode() == text
    assert theirs.content("primary")["UTF8_STRING"].decode() == text
    ours.close()
    until("nobody has it", lambda: theirs.content("clipboard") == {})
    theirs.close()


def test_a_compositor_that_goes_is_told(sway: Sway) -> None:
    ours = WaylandSelections()
    sway.end()
    with pytest.raises(NotDelivered, match="compositor"):
        ours.publish(TEXT)
    ours.close()
    with pytest.raises(MissingPart):
        Wire()


def test_a_hundred_pastes_leave_nothing_behind(sway: Sway, delivery: Delivery) -> None:
    import os

    held = terminal(sway)
    delivery.deliver("a", Settings(spacing="none"), None)
    threading.Event().wait(0.5)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208
    for _ in range(100):
        delivery.deliver("a", Settings(spacing="none"), None)
    until("all of them", lambda: read(held) == "a" * 101)
    until(
        "nothing more than before",
        lambda: (len(os.listdir("/proc/self/fd")), threading.active_count()) == before,  # noqa: PTH208
    )
