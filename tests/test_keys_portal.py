"""Keys joined to an engine by the desktop's portal: its own keys, and what follows its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.errors import DictationError, HotkeyEnded, HotkeyError
from dictation.settings import Settings
from tests.buses import Bus
from tests.desktop import until
from tests.portal import Portal
from tests.test_hotkeys_portal import HYPRLAND, KDE, bus, desktop_portal, key
from tests.test_keys import Desk

__all__ = ["bus"]  # a fixture
pytestmark = pytest.mark.only_on("linux")
SETTINGS = Settings(cancel_hotkey="Escape")


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(KDE)
    yield made
    made.keys.close()


def work(desk: Desk, what: str, done: Callable[[], object]) -> None:
    """Does what is posted until it is done."""

    def come() -> bool:
        while not desk.posted.empty():
            desk.posted.get()()
        return bool(done())

    until(what, come)


def served(desk: Desk, setting: str = "hotkey") -> str:
    return desk.keys.served_by("auto")[setting]


def applied(desk: Desk, service: Portal, settings: Settings = SETTINGS) -> None:
    desk.keys.apply(settings, {})
    work(desk, "keys", lambda: "BindShortcuts" in service.members() and "“" in served(desk))


def test_each_field_is_told_the_keys_that_the_desktop_has_for_it(bus: Bus, desk: Desk) -> None:
    with desktop_portal(bus) as service:
        applied(desk, service)
        assert "(“Meta+F1”), press and release: holding works" in served(desk)
        assert served(desk, "cancel_hotkey") == "heard by the desktop (“Esc”)"
        assert "no key is chosen" in served(desk, "undo_hotkey")
        verdict = desk.bound.by_portal()
        assert verdict
        assert verdict.works
        assert desk.keys.lines("auto") == ()
        assert desk.keys.offer() is None  # of version 1
        key(service, "talk", down=True)
        key(service, "talk", down=False)
        desk.expect("start", "released")
    assert not desk.troubles


def test_keys_are_tried_as_the_desktop_has_them_and_it_is_asked_nothing_more(
    bus: Bus, desk: Desk
) -> None:
    """KDE's portal forgets what a later question leaves out, with the user's own choice of keys."""
    with desktop_portal(bus) as service:
        applied(desk, service)
        asked, heard = service.members(), list[str]()
        end = desk.keys.listen("Ctrl+Alt+Space", heard.append, desk.troubles.append)
        assert "“Meta+F1”" in desk.keys.to_press("Ctrl+Alt+Space")
        key(service, "talk", down=True)
        key(service, "talk", down=False)
        work(desk, "both", lambda: heard == ["press", "release"])
        with pytest.raises(HotkeyError, match="The desktop decides"):
            desk.keys.listen("F9", heard.append, desk.troubles.append)
        end()
        key(service, "talk", down=True)
        key(service, "talk", down=False)
        desk.expect("start", "released")
        assert service.members() == asked
        desk.keys.again()  # after a sleep, which costs no portal's keys
        assert service.members() == asked


def test_one_who_declines_gets_the_next_way_and_is_asked_again_only_at_their_wish(
    bus: Bus, desk: Desk
) -> None:
    with desktop_portal(bus, version=2, says=1) as service:
        desk.keys.apply(SETTINGS, {})
        work(desk, "the refusal", lambda: desk.troubles)
        assert isinstance(desk.troubles[0], HotkeyEnded)
        assert desk.keys.failure is desk.troubles[0]
        assert "not allowed" in served(desk)
        assert desk.keys.unheard  # the next way: the desktop may bind a command
        assert any("dictation" in line for line in desk.keys.lines("auto"))
        verdict = desk.bound.by_portal()
        assert verdict
        assert not verdict.works
        asked = service.members()
        desk.keys.again()
        desk.keys.apply(SETTINGS, {})
        assert service.members() == asked
        service.says = 0
        offer = desk.keys.offer()
        assert offer
        assert offer.words == "Ask the desktop again"
        offer.do()
        work(desk, "keys", lambda: "“Meta+F1”" in served(desk))
        assert desk.keys.failure is None
        change = desk.keys.offer()
        assert change
        assert "Start and stop dictating: Meta+F1" in change.lines
        change.do()
        assert service.members()[-1] == "ConfigureShortcuts"
    assert len(desk.troubles) == 1


def test_other_keys_are_a_reason_to_ask_again(bus: Bus, desk: Desk) -> None:
    with desktop_portal(bus, says=1) as service:
        desk.keys.apply(SETTINGS, {})
        work(desk, "the refusal", lambda: desk.troubles)
        service.says = 0
        applied(desk, service, replace(SETTINGS, hotkey="F9"))


def test_a_session_that_the_desktop_ends_is_taken_up_after_a_sleep(bus: Bus, desk: Desk) -> None:
    with desktop_portal(bus) as service:
        applied(desk, service)
        service.end_session()
        work(desk, "the end", lambda: desk.troubles)
        assert "has ended" in served(desk)
        desk.keys.again()
        work(desk, "keys", lambda: "“Meta+F1”" in served(desk))


def test_one_who_wants_the_portal_alone_gets_no_other(bus: Bus, desk: Desk) -> None:
    with desktop_portal(bus, says=1):
        desk.keys.apply(replace(SETTINGS, hotkey_backend="portal"), {})
        work(desk, "the refusal", lambda: desk.troubles)
        assert "not allowed" in desk.keys.served_by("portal")["hotkey"]
        assert desk.keys.unheard is None
        with pytest.raises(HotkeyEnded, match="not allowed"):
            desk.keys.listen("F9", lambda _what: None, desk.troubles.append)


def test_a_desktop_that_knows_programs_by_their_menu_entry_alone_is_told_of_ours(
    bus: Bus, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with desktop_portal(bus, refuses="CreateSession", knows_hosts=False) as service:
        desk.keys.apply(SETTINGS, {})
        work(desk, "the refusal", lambda: desk.troubles)
        assert "in its menu" in desk.troubles[0].message
        assert "install-desktop" in desk.troubles[0].hint
        offer = desk.keys.offer()
        assert offer
        service.knows_hosts, service.refuses = True, ""
        offer.do()
        [entry] = (tmp_path / "data/applications").glob("*.desktop")
        assert entry.name == "io.github.dictation.Dictation.desktop"
        assert offer.lines[1] == str(entry)
        work(desk, "its keys", lambda: "“Meta+F1”" in served(desk))
        assert desk.keys.offer() is None


def test_what_keys_tell_that_are_not_in_force_any_more_is_not_told(bus: Bus, desk: Desk) -> None:
    with desktop_portal(bus, says=1):
        desk.keys.apply(SETTINGS, {})
        until("the refusal", lambda: desk.posted.qsize() > 1)
        desk.keys.close()
    late: list[DictationError] = desk.troubles
    work(desk, "all", desk.posted.empty)
    assert late == []


def test_hyprland_is_told_of_once_before_the_first_take(
    bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    desk = Desk(HYPRLAND)
    given = [("talk", {"trigger_description": ("s", "")})]
    with desktop_portal(bus, given) as service:
        desk.keys.apply(SETTINGS, {})
        work(desk, "its answer", lambda: "once its configuration" in served(desk))
        assert desk.keys.unheard
        assert "global, io.github.dictation.Dictation:talk" in desk.keys.unheard.hint
        assert len(desk.keys.lines("auto")) == 2
        heard: list[str] = []
        end = desk.keys.listen("Ctrl+Alt+Space", heard.append, desk.troubles.append)
        key(service, "talk", down=True)
        work(desk, "the press", lambda: heard == ["press"])
        end()
        assert "holding works" in served(desk)
        desk.keys.close()
    assert desk.troubles == []
