"""The overlay on a real desktop: who dictates goes on typing, and the mouse ends the take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
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


def click(desktop: VirtualDesktop, window: Any, part: float) -> None:
    """A click into the first row of the window, at this part of its width."""
    from Xlib import X
    from Xlib.ext import xtest

    x, size = desktop.x, window.get_geometry()
    at = x.screen().root.translate_coords(window, round(size.width * part), 20)
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
