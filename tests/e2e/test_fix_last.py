"""The last dictation put right in a real program, by keys alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.loopback import Loopback
from tests.programs import Program


def active(desktop: VirtualDesktop) -> str:
    """The title of the window that has the focus."""
    from Xlib import Xatom
    from Xlib.error import BadWindow

    x = desktop.x
    kind = x.intern_atom("_NET_ACTIVE_WINDOW")
    found = x.screen().root.get_full_property(kind, Xatom.WINDOW)
    number = found.value[0] if found else 0
    try:
        return x.create_resource_object("window", number).get_wm_name() or "" if number else ""
    except BadWindow:  # it has just gone
        return ""


@pytest.fixture
def app(desktop: VirtualDesktop, service: Loopback) -> Iterator[App]:
    recording = f"file:{desktop.speech('One more sentence for the log.')}@10"
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "DICTATION_MICROPHONE": recording,
        "OPENROUTER_API_KEY": "sk-or-x",
        "DICTATION_MODEL": "a/b",
        "DICTATION_FIX_HOTKEY": "F8",
        "DICTATION_SPEECH_GATE": "off",
    }
    with App(desktop, **environment) as running:
        yield running


def dictate(desktop: VirtualDesktop, app: App) -> None:
    desktop.key("ctrl+alt+space")
    app.until("recording")
    desktop.key("ctrl+alt+space")
    until("it is delivered", lambda: [take["status"] for take in app.takes()] == ["delivered"])


def open_it(desktop: VirtualDesktop) -> None:
    desktop.key("F8")
    until("the window", lambda: "Last dictation" in active(desktop))
    threading.Event().wait(0.5)  # its text is there and chosen


def test_the_corrected_text_stands_in_place_of_the_wrong_one(
    desktop: VirtualDesktop, service: Loopback, app: App
) -> None:
    service.text = "Ask hand rick today."
    with Program(desktop, "mousepad") as program:
        desktop.run("xdotool", "type", "Dear all. ")
        dictate(desktop, app)  # reading the text now would be typing
        open_it(desktop)
        desktop.run("xdotool", "type", "Ask Handrik today.")
        desktop.key("ctrl+Return")
        threading.Event().wait(1.5)  # to read the text is to press keys
        program.expect("Dear all. Ask Handrik today.")
        [take] = app.takes()
        assert (take["text"], take["uncorrected"]) == ("Ask Handrik today.", service.text)


def test_who_went_on_typing_finds_it_on_the_clipboard(
    desktop: VirtualDesktop, service: Loopback, app: App
) -> None:
    service.text = "Ask hand rick today."
    with Program(desktop, "mousepad") as program, Program(desktop, "xterm") as other:
        program.focus()
        dictate(desktop, app)
        open_it(desktop)
        other.focus()
        threading.Event().wait(0.5)
        desktop.key("F8")  # the window comes back
        until("the window", lambda: "Last dictation" in active(desktop))
        desktop.run("xdotool", "type", "Ask Handrik today.")
        desktop.key("ctrl+Return")
        desktop.notifications.expect("The corrected text is on the clipboard.")
        assert desktop.clipboard() == "Ask Handrik today."
        assert program.text() == "Ask hand rick today."
