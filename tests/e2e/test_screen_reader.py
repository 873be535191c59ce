"""The windows as a screen reader tells them, and what it is told while one dictates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.e2e.test_fix_last import active
from tests.e2e.test_history_window import TRAY, windows
from tests.loopback import Loopback
from tests.replies import error
from tests.screen_reader import UNKNOWN, ScreenReader

# By the letter of the tray's menu: the window's title, and something that is in it.
WINDOWS = {
    "h": ("History", "Search"),
    "e": ("Settings", "Server address"),
    "p": ("Spending", "Set budget"),
    "b": ("Calibrate", "Record"),
    "k": ("Check", "Check again"),
    "r": ("Last dictation", "Text"),
}


@pytest.fixture
def app(
    reader: ScreenReader,
    desktop: VirtualDesktop,
    service: Loopback,
) -> Iterator[App]:
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": "sk-or-x",
        "DICTATION_MODEL": "a/b",
        "DICTATION_MICROPHONE": f"file:{desktop.speech('Hello there, how are you?')}@10",
        "DICTATION_OUTPUT": "none",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
    }
    with App(desktop, **environment) as running:
        yield running


def dictate(app: App) -> None:
    app.does("start")
    app.until("recording")
    app.does("stop", "--wait")


def bring_up(desktop: VirtualDesktop, letter: str) -> None:
    """A window, by the tray's menu."""
    before = len(windows(desktop))
    desktop.run("xdotool", "mousemove", *TRAY, "click", "3")
    until("the menu", lambda: len(windows(desktop)) > before)
    desktop.key(letter)
    until("the window", lambda: WINDOWS[letter][0] in active(desktop))


@pytest.mark.parametrize("letter", WINDOWS)
def test_every_control_that_keys_reach_has_a_role_and_a_name_of_its_own(
    desktop: VirtualDesktop, app: App, reader: ScreenReader, letter: str
) -> None:
    _title, known = WINDOWS[letter]
    dictate(app)
    until("the icon alone", lambda: len(windows(desktop)) == 1)
    bring_up(desktop, letter)

    def names() -> set[str]:
        return {thing.name for thing in reader.things(app.process.pid)}

    until("what is in it", lambda: known in names())
    reached = [thing for thing in reader.things(app.process.pid) if thing.is_reached]
    assert len(reached) > 3
    assert not [thing for thing in reached if thing.role in UNKNOWN]
    nameless = [t for t in reached if not t.name and t.role not in ("list item", "table cell")]
    assert not nameless
    counted = Counter((t.role, t.name) for t in reached if t.role in ("push button", "text"))
    assert not [each for each, count in counted.items() if count > 1]


def test_what_happens_is_announced_and_nothing_is_said_while_the_microphone_is_open(
    app: App, reader: ScreenReader, service: Loopback
) -> None:
    service.delay = 1.5
    app.does("start")
    app.until("recording")
    until("the overlay", lambda: "Stop" in {t.name for t in reader.things(app.process.pid)})
    assert reader.announced == []
    app.does("stop")
    until("it is announced", lambda: "Transcribing…" in reader.announced)


def test_what_a_window_tells_is_announced_and_waits_for_the_end_of_a_recording(
    desktop: VirtualDesktop, app: App, reader: ScreenReader, service: Loopback
) -> None:
    dictate(app)
    until("the icon alone", lambda: len(windows(desktop)) == 1)
    bring_up(desktop, "h")
    desktop.run("xdotool", "type", "nosuchword")
    until("what is found", lambda: "0 found" in reader.announced)
    app.does("start")
    app.until("recording")
    told = list(reader.announced)
    desktop.key("ctrl+a")
    desktop.run("xdotool", "type", "meeting")
    until("it is shown", lambda: "1 found" in {t.name for t in reader.things(app.process.pid)})
    assert reader.announced == told
    app.does("stop", "--wait")
    until("it is said", lambda: "1 found" in reader.announced)


def test_a_trouble_is_announced_with_what_to_do(
    desktop: VirtualDesktop, app: App, reader: ScreenReader, service: Loopback
) -> None:
    dictate(app)
    bring_up(desktop, "h")
    service.answer = lambda request: error(401, "No.") if request.method == "POST" else None
    app.does("start")
    app.until("recording")
    app.does("stop")
    until(
        "it is listed", lambda: "2 dictations" in {t.name for t in reader.things(app.process.pid)}
    )
    desktop.key("Down")
    desktop.key("Up")
    until("it is told", lambda: [words for words in reader.announced if "key" in words])
