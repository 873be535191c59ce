"""A password field, told by the real accessibility bus, gets no text unless asked for."""

from __future__ import annotations

import pytest

from dictation.errors import NotDelivered
from dictation.output import Delivery, password_fields
from dictation.settings import Settings
from tests.desktop import VirtualDesktop, need, until
from tests.programs import Program
from tests.test_output_x11 import delivery

pytestmark = pytest.mark.only_on("linux")

__all__ = ["delivery"]  # a fixture
PASTE = Settings(spacing="none")


def ask(desktop: VirtualDesktop, delivery: Delivery, *kind: str) -> int:
    """A GTK dialog with a text field; its process, once its window has the focus."""
    need("zenity")
    process = desktop.start("zenity", *kind, NO_AT_BRIDGE="0")

    def ours() -> bool:
        target = delivery.target()
        return target is not None and target.process == process.pid

    until("the dialog", ours)
    return process.pid


def deliver(delivery: Delivery, settings: Settings = PASTE) -> None:
    since = delivery.stopped(settings)
    try:
        delivery.deliver("new", settings, delivery.target(), since=since)
    finally:
        since.close()


def test_gets_nothing_unless_asked(desktop: VirtualDesktop, delivery: Delivery) -> None:
    desktop.set_clipboard("old")
    process = ask(desktop, delivery, "--password")
    until("it tells of itself", lambda: password_fields.is_focused(process))
    with pytest.raises(NotDelivered, match="password field"):
        deliver(delivery)
    assert desktop.clipboard() == "old"
    delivery.deliver("late", PASTE, delivery.target())  # by the user's own Paste
    deliver(delivery, Settings(spacing="none", password_fields=True))
    desktop.key("Return")


def test_another_field_of_the_same_kind_of_program_does(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    process = ask(desktop, delivery, "--entry")
    assert not password_fields.is_focused(process)
    deliver(delivery)
    desktop.key("Return")


def test_a_program_that_tells_nothing_of_itself_is_dictated_into(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Program(desktop, "xterm") as program:
        deliver(delivery)
        program.expect("new")


def test_without_any_bus_there_is_nothing_to_tell() -> None:
    assert not password_fields.is_focused(1, "unix:path=/nowhere/bus")
