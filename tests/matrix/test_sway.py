"""The same texts on a real Sway, into a GTK editor, a terminal and Chromium as Wayland clients."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from dictation.desktop import Desktop
from dictation.output import Delivery
from dictation.settings import Settings
from dictation.text import for_terminal, safe
from tests.desktop import need, until
from tests.matrix.texts import cases
from tests.programs import CHROMIUM, PAGE, TERMINAL, stalled_pages
from tests.sway import Sway, sway

pytestmark = pytest.mark.only_on("linux")

__all__ = ["sway"]  # a fixture
SWAY = Desktop("linux", "wayland", "sway")
# Nobody tells what the window is, so line breaks are sent only where the user allows them.
PASTE = Settings(spacing="none", terminal_newlines=True)
SEED = 20261127


class Program:
    """A Wayland client that holds text."""

    def __init__(self, sway: Sway, name: str) -> None:
        need(name)
        self.sway, self.name = sway, name
        self.file = sway.folder / "text.txt"
        page = sway.folder / "page.html"
        page.write_text(PAGE)
        match name:
            case "foot":
                sway.open("foot", *(part.replace("{file}", str(self.file)) for part in TERMINAL))
                until("it reads", self.file.exists)
            case "mousepad":
                self.file.touch()
                sway.open("mousepad", "--disable-server", str(self.file))
            case "chromium":
                profile = f"--user-data-dir={sway.folder}/profile"
                how = ("--ozone-platform=wayland", profile, f"--app=file://{page}")
                self.process = sway.start("chromium", *CHROMIUM, *how)
                until("its page", lambda: "text:" in sway.title, 60)

    def holds(self, text: str) -> bool:
        """Whether it holds exactly this; an editor is made to save it first."""
        if self.name == "chromium":
            title = self.sway.title
            if told := title.partition("sum:")[2]:
                length = len(text.encode("utf-16-le")) // 2
                return told == f"{length}:{hashlib.sha256(text.encode()).hexdigest()}"
            return urllib.parse.unquote(title.partition("text:")[2]) == text
        if self.name == "mousepad":
            save = ["wtype", "-M", "ctrl", "-k", "s", "-m", "ctrl", "-k", "VoidSymbol"]
            subprocess.run(save, check=True)
        return Path(self.file).read_text(encoding="utf-8").removesuffix("\n") == text


@pytest.mark.parametrize("name", ["mousepad", "foot", "chromium"])
def test_every_text_comes_whole_once_and_in_order_and_the_clipboard_comes_back(
    sway: Sway,
    name: str,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    count, waits, expected, pause = sample(10, 100), [], "", threading.Event()
    delivery, program = Delivery(SWAY), Program(sway, name)
    for number, case in enumerate(cases(SEED, count)):
        old = f"what was there before {number}".encode()
        subprocess.run(["wl-copy"], input=old, check=True)
        text = safe(case.text)
        if name == "foot":
            text = for_terminal(text)
        receipt = delivery.deliver(text, PASTE, None)
        assert receipt.confirmed, (number, str(case))
        assert receipt.confirmed_at
        assert receipt.chord_sent
        waits.append(receipt.confirmed_at - receipt.chord_sent)
        expected += text
        pause.wait(0.3)  # looking is reading, and puts it off
        until("the old clipboard", lambda o=old: _clipboard() == o)
    until(f"{name} holds it all", lambda: program.holds(expected), 30)
    delivery.close()
    waits.sort()
    record_property(
        "figures",
        f"Sway {name}: {count} of {count} takes whole, {len(expected):,} characters; key to "
        f"receipt {1e3 * waits[len(waits) // 2]:.1f} ms median, {1e3 * waits[-1]:.0f} ms at most",
    )


@pytest.mark.parametrize("old", ["what was there before", ""])
def test_a_page_that_stalls_once_it_has_read_the_text_takes_it_all_the_same(
    sway: Sway, old: str
) -> None:
    """Chromium drops what it has read where the clipboard changes before the page goes on."""
    delivery, program, expected = Delivery(SWAY), Program(sway, "chromium"), ""
    if old:
        subprocess.run(["wl-copy"], input=old.encode(), check=True)
    for number in range(5):
        text = f"{number}" * 10_000
        with stalled_pages(program.process) as stall:
            delivery.deliver(text, PASTE, None)
            stall()
            threading.Event().wait(0.3)  # looking is reading, and puts it off
            until("the old clipboard", lambda: _clipboard() == old.encode())
            threading.Event().wait(0.3)
        expected += text
        until("the text", lambda whole=expected: program.holds(whole))
    until("it is told", lambda: b"text/plain" in _kinds() or not old)
    delivery.close()
    assert _clipboard() == old.encode()


def test_a_text_right_after_another_waits_until_that_is_taken(sway: Sway) -> None:
    delivery, program, expected = Delivery(SWAY), Program(sway, "chromium"), ""
    for number in range(5):
        first, second = f"{number}" * 10_000, f" and {number}. "
        with stalled_pages(program.process) as stall:
            delivery.deliver(first, PASTE, None)
            stall()
            following = threading.Thread(target=delivery.deliver, args=(second, PASTE, None))
            following.start()
            threading.Event().wait(0.1)
        following.join()
        expected += first + second
        until("both texts", lambda whole=expected: program.holds(whole))
    delivery.close()


def _kinds() -> bytes:
    return subprocess.run(["wl-paste", "-l"], capture_output=True, check=False, timeout=5).stdout


def _clipboard() -> bytes:
    command = ["wl-paste", "--no-newline"]
    return subprocess.run(command, capture_output=True, check=False, timeout=5).stdout
