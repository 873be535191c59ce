"""The overlay on a real desktop: who dictates goes on typing, and the mouse ends the take."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, need, until
from tests.loopback import Loopback
from tests.programs import Program

STOP, CANCEL = 0.63, 0.85  # where the buttons are, of the overlay's width


@pytest.fixture
def app(desktop: VirtualDesktop, service: Loopback) -> Iterator[App]:
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": "sk-or-x",
        "DICTATION_MODEL": "a/b",
    }
    with App(desktop, **environment) as running:
        yield running


def overlay(desktop: VirtualDesktop, app: App) -> Any:
    """The overlay's window; None where it is not shown."""
    from Xlib import X, Xatom

    x = desktop.x
    listed = x.screen().root.get_full_property(x.intern_atom("_NET_CLIENT_LIST"), Xatom.WINDOW)
    for number in listed.value if listed else []:
        window = x.create_resource_object("window", number)
        owner = window.get_full_property(x.intern_atom("_NET_WM_PID"), X.AnyPropertyType)
        if owner and owner.value[0] == app.process.pid:
            return window
    return None


def click(desktop: VirtualDesktop, window: Any, part: float, down: int = 20) -> None:
    """A click into the window, at this part of its width and so many pixels down."""
    from Xlib import X
    from Xlib.ext import xtest

    x, size = desktop.x, window.get_geometry()
    at = x.screen().root.translate_coords(window, round(size.width * part), down)
    xtest.fake_input(x, X.MotionNotify, x=at.x, y=at.y)
    for kind in (X.ButtonPress, X.ButtonRelease):
        xtest.fake_input(x, kind, 1)
    x.sync()


def test_typing_goes_on_while_it_is_shown_and_stop_ends_the_take(
    desktop: VirtualDesktop, app: App
) -> None:
    with Program(desktop, "mousepad") as program:
        app.does("start")
        pill = until("the overlay", lambda: overlay(desktop, app))
        desktop.key("a")
        desktop.say("Hello there, how are you?")
        click(desktop, pill, STOP)
        desktop.key("b")
        program.expect("abThe meeting starts at ten tomorrow morning.")
        until("the overlay has gone", lambda: overlay(desktop, app) is None)
        assert app.takes()[0]["status"] == "delivered"


def test_a_click_on_cancel_gives_the_take_up(desktop: VirtualDesktop, app: App) -> None:
    with Program(desktop, "mousepad") as program:
        app.does("start")
        pill = until("the overlay", lambda: overlay(desktop, app))
        desktop.say("Hello there, how are you?")
        click(desktop, pill, CANCEL)
        app.until("idle")
        until("the overlay has gone", lambda: overlay(desktop, app) is None)
        desktop.key("a")
        program.expect("a")
        assert app.takes()[0]["status"] == "cancelled"


def test_the_big_button_starts_and_stops_and_the_text_stands_where_the_cursor_is(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": "sk-or-x",
        "DICTATION_MODEL": "a/b",
        "DICTATION_BIG_BUTTON": "large",
        "DICTATION_OVERLAY": "false",
    }
    with Program(desktop, "mousepad") as program, App(desktop, **environment) as app:
        button = until("the button", lambda: overlay(desktop, app))
        click(desktop, button, 0.5, 40)
        app.until("recording")
        desktop.key("a")
        desktop.say("Hello there, how are you?")
        click(desktop, button, 0.5, 40)
        program.expect("aThe meeting starts at ten tomorrow morning.")


def xrandr(desktop: VirtualDesktop, *arguments: str) -> None:
    subprocess.run(("xrandr", *arguments), env=desktop.env, check=True, capture_output=True)


@pytest.fixture
def monitors(desktop: VirtualDesktop) -> Iterator[list[str]]:
    """The left half of the screen, and the right half; none of them once it is empty."""
    need("xrandr")
    width, height = desktop.x.screen().width_in_pixels, desktop.x.screen().height_in_pixels
    there = ["left", "right"]
    for name, at, output in (("left", 0, "screen"), ("right", width // 2, "none")):
        size = f"{width // 2}/200x{height}/200+{at}+0"
        xrandr(desktop, "--setmonitor", name, size, output)
    yield there
    for name in there:
        xrandr(desktop, "--delmonitor", name)


def test_it_is_on_the_monitor_of_the_window_and_comes_back_when_that_goes(
    monitors: list[str], desktop: VirtualDesktop, app: App
) -> None:
    from Xlib import Xatom

    x = desktop.x
    root, width = x.screen().root, x.screen().width_in_pixels

    def middle() -> int:
        window = overlay(desktop, app)
        return int(root.translate_coords(window, window.get_geometry().width // 2, 0).x)

    with Program(desktop, "mousepad") as program:
        program.focus()
        active = root.get_full_property(x.intern_atom("_NET_ACTIVE_WINDOW"), Xatom.WINDOW)
        target = x.create_resource_object("window", active.value[0])
        target.configure(x=width // 2 + 40, y=100, width=400)
        x.sync()
        app.does("start")
        until("the overlay", lambda: overlay(desktop, app))
        until("it is at the right", lambda: abs(middle() - width * 3 // 4) < 5)
        while monitors:
            xrandr(desktop, "--delmonitor", monitors.pop())
        until("it is in the middle", lambda: abs(middle() - width // 2) < 5)
        app.does("cancel")
