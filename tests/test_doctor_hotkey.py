"""What doctor says of hotkeys that the desktop hears for the app."""

from __future__ import annotations

import pytest

from dictation import hotkeys
from dictation.control import Message, Server
from dictation.desktop import Desktop
from dictation.doctor import _hotkey
from dictation.hotkeys import gnome_keys
from dictation.paths import places
from dictation.settings import Settings
from dictation.wiring import Wiring
from tests.buses import Bus
from tests.test_hotkeys_portal import KDE, bus, desktop_portal

__all__ = ["bus"]  # a fixture
pytestmark = pytest.mark.only_on("linux")


@pytest.fixture
def wiring() -> Wiring:
    return Wiring(places())


KEY = {"works": True, "why": "heard by the desktop (“Meta+F1”)", "fix": ""}
NO_KEY = {"works": False, "why": "the desktop has given it no key", "fix": "Give it one."}


@pytest.mark.parametrize(
    ("told", "works", "says"),
    [
        ({"seen": [], "portal": KEY}, True, "Meta+F1"),
        ({"seen": [], "portal": NO_KEY}, False, "no key"),
        ({"seen": ["press", "release"], "portal": NO_KEY}, True, "holding works"),
        (None, True, "asks at its start"),
    ],
)
def test_of_the_desktops_portal_the_running_app_is_asked_and_nobody_else(
    wiring: Wiring, bus: Bus, told: Message | None, works: bool, says: str
) -> None:
    with desktop_portal(bus) as service:
        app = Server(wiring.places) if told is not None else None
        if app:
            app.serve(lambda _message, _send: told or {})
        verdict = _hotkey(wiring, Settings(), KDE)
        if app:
            app.close()
        assert service.members() == []  # a question might bring a dialog up
    assert verdict.works == works
    assert says in verdict.why
    assert verdict.fix == ("Give it one." if "no key" in says else "")


def test_gnome_that_runs_the_keys_is_told_of_with_what_it_lacks(
    wiring: Wiring, own_gsettings: None
) -> None:
    gnome = Desktop("linux", "wayland", "gnome")
    assert "the desktop can bind one" in _hotkey(wiring, Settings(), gnome).why
    gnome_keys.write(hotkeys.actions(Settings()))
    there = _hotkey(wiring, Settings(), gnome)
    assert there.works
    assert "heard by GNOME, which tells no release" in there.why
    other = _hotkey(wiring, Settings(hotkey="F9"), gnome)
    assert not other.works
    assert "other keys" in other.why
    assert gnome_keys.are(hotkeys.actions(Settings()))  # doctor wrote nothing
