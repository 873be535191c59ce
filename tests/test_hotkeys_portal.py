"""Hotkeys by the desktop's portal: a real bus, and a portal that does what the test says."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.desktop import Desktop
from dictation.errors import HotkeyEnded, HotkeyError
from dictation.hotkeys import actions, choose, none, portal, portal_shortcuts
from dictation.hotkeys.actions import CANCEL, TALK
from dictation.hotkeys.binding import parse
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.portal_listener import PortalListener
from dictation.settings import Settings
from tests.buses import Bus
from tests.desktop import until
from tests.portal import SESSION, Portal
from tests.test_hotkeys_x11 import Heard

pytestmark = pytest.mark.skipif(
    not shutil.which("dbus-daemon"), reason="missing here: apt install dbus"
)
KDE = Desktop("linux", "wayland", "kde")
GNOME = Desktop("linux", "wayland", "gnome")
HYPRLAND = Desktop("linux", "wayland", "hyprland")
SETTINGS = Settings(hotkey="Ctrl+Alt+Space, F9", cancel_hotkey="Escape")
SHORTCUTS = "GlobalShortcuts"
GIVEN = [
    ("talk", {"trigger_description": ("s", "Meta+F1")}),
    ("cancel", {"trigger_description": ("s", "Esc")}),
]
GIVES = [name for name, _keys in GIVEN]
Make = Callable[..., Portal]


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    made = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    yield made
    made.stop()


@contextmanager
def desktop_portal(
    bus: Bus, given: object = GIVEN, *, version: int = 1, **how: bool | int | str
) -> Iterator[Portal]:
    made = Portal(bus.address, {SHORTCUTS: version}, **how)  # type: ignore[arg-type]
    made.results["BindShortcuts"] = {"shortcuts": ("a(sa{sv})", given)}
    yield made
    if not made.closed:
        made.close()


@contextmanager
def listening(heard: Heard, desktop: Desktop = KDE, **how: float) -> Iterator[PortalListener]:
    listener = PortalListener(
        actions(SETTINGS),
        desktop,
        hearer=Hearer(heard.press, heard.release, heard.note_lost),
        **how,
    )
    yield listener
    listener.close()


def bound(service: Portal, listener: PortalListener) -> None:
    until("keys", lambda: listener.triggers)


def key(service: Portal, name: str, *, down: bool, session: str = SESSION) -> None:
    member = "Activated" if down else "Deactivated"
    service.tell(SHORTCUTS, member, "osta{sv}", (session, name, 12345, {}))


def test_press_and_release_are_heard_when_they_come(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus) as service, listening(heard) as listener:
        bound(service, listener)
        start = time.perf_counter()
        key(service, "talk", down=True)
        key(service, "talk", down=False)
        key(service, "cancel", down=True)
        heard.expect("press", "release", "cancel")
        assert max(heard.times) - start < 0.5
    assert not heard.lost


def test_the_keys_of_the_settings_are_proposed_with_the_actions_titles(bus: Bus) -> None:
    with desktop_portal(bus) as service, listening(Heard()) as listener:
        bound(service, listener)
        session, shortcuts, _parent, _options = service.body("BindShortcuts")
        assert session == SESSION
        asked = {name: given.get("preferred_trigger", (0, None))[1] for name, given in shortcuts}
        assert asked == {"talk": "CTRL+ALT+space", "cancel": None}
        assert dict(shortcuts)["talk"]["description"][1] == "Start and stop dictating"


@pytest.mark.parametrize(
    ("setting", "keys", "proposed"),
    [
        ("cancel_hotkey", "Escape", None),  # it would be gone from all programs, at all times
        ("cancel_hotkey", "Shift+Pause, F9", "F9"),
        ("cancel_hotkey", "Ctrl+Escape", "Ctrl+Escape"),
        ("hotkey", "Mouse4, RightCtrl, Pause", "Pause"),
        ("hotkey", "RightCtrl", None),
    ],
)
def test_no_key_is_proposed_that_the_desktop_can_not_or_should_not_hold(
    setting: str, keys: str, proposed: str | None
) -> None:
    name = TALK if setting == "hotkey" else CANCEL
    chosen = actions(replace(Settings(cancel_hotkey="Ctrl+F1"), **{setting: keys}))  # type: ignore[arg-type]
    action = next(action for action in chosen if action.name == name)
    assert portal_shortcuts.proposed(action) == (parse(proposed) if proposed else None)


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ("Super+Shift+D", "SHIFT+LOGO+d"),
        ("Ctrl+PageUp", "CTRL+Page_Up"),
        ("F9", "F9"),
        ("AudioPlay", "XF86AudioPlay"),
    ],
)
def test_triggers_are_written_as_the_specification_says(keys: str, written: str) -> None:
    assert portal_shortcuts.trigger(parse(keys)) == written


def test_the_program_says_who_it_is_before_anything_else(bus: Bus) -> None:
    with desktop_portal(bus) as service, listening(Heard()) as listener:
        bound(service, listener)
        assert service.members()[:2] == ["Register", "CreateSession"]
        assert service.body("Register")[0] == "io.github.dictation.Dictation"


def test_an_older_portal_without_a_registry_serves_as_well(bus: Bus) -> None:
    with desktop_portal(bus, knows_hosts=False) as service, listening(Heard()) as listener:
        bound(service, listener)


def test_the_users_own_keys_are_known_also_when_they_change(bus: Bus) -> None:
    with desktop_portal(bus) as service, listening(Heard()) as listener:
        bound(service, listener)
        assert listener.triggers == {"talk": "Meta+F1", "cancel": "Esc"}
        changed = [("talk", {"trigger_description": ("s", "Meta+F2")})]
        service.tell(SHORTCUTS, "ShortcutsChanged", "oa(sa{sv})", (SESSION, changed))
        until("the change", lambda: listener.triggers == {"talk": "Meta+F2"})
        assert "Meta+F2" in listener.verdict(TALK).why
        assert "from all programs" in listener.verdict(CANCEL).why


def test_a_change_is_told_and_so_is_the_first_press(bus: Bus) -> None:
    heard, told = Heard(), list[str]()
    with desktop_portal(bus) as service, listening(heard) as listener:
        listener.tell_changes(lambda: told.append(listener.verdict(TALK).why))
        until("keys", lambda: "Meta+F1" in told[-1])
        service.tell(SHORTCUTS, "ShortcutsChanged", "oa(sa{sv})", (SESSION, []))
        heard.expect("lost")
        assert "no key" in told[-1]
        key(service, "talk", down=True)  # so it has one, whatever the desktop says
        until("the press", lambda: "holding works" in told[-1])


def test_of_several_keys_it_says_that_the_desktop_was_told_one(bus: Bus) -> None:
    with desktop_portal(bus) as service, listening(Heard()) as listener:
        assert "may be asking" in listener.verdict(TALK).why or listener.triggers
        bound(service, listener)
        assert "one of these keys alone" in listener.verdict(TALK).why
        assert listener.verdict(CANCEL).why == "heard by the desktop (“Esc”)"
        assert not listener.verdict("paste-last").works


def test_a_desktop_of_version_2_opens_its_own_settings_of_the_keys(bus: Bus) -> None:
    with desktop_portal(bus, version=2) as service, listening(Heard()) as listener:
        bound(service, listener)
        assert listener.configures
        assert listener.as_lines()[0] == "Start and stop dictating: Meta+F1"
        listener.configure()
        assert service.body("ConfigureShortcuts") == (SESSION, "", {})
    with pytest.raises(HotkeyError, match="does not open"):
        listener.configure()  # the portal is gone


def test_an_older_desktop_is_not_asked_to(bus: Bus) -> None:
    with desktop_portal(bus) as service, listening(Heard()) as listener:
        bound(service, listener)
        assert not listener.configures


def test_portals_that_start_late_are_waited_for(bus: Bus) -> None:
    with desktop_portal(bus) as service, listening(Heard()) as listener:
        bound(service, listener)
    with desktop_portal(bus) as service:
        service.ready.clear()
        verdict = portal.probe(KDE)
        assert verdict.works
        assert "not answered yet" in verdict.why
        heard = Heard()
        with listening(heard) as listener:
            threading.Event().wait(1.5)  # longer than one call is waited for
            assert not listener.triggers
            service.ready.set()
            bound(service, listener)
    assert not heard.lost


def test_portals_without_one_for_keys_end_it(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus) as service:
        service.versions.clear()
        with listening(heard):
            heard.expect("lost")
    assert isinstance(heard.lost[0], HotkeyEnded)
    assert "no portal" in heard.lost[0].message


@pytest.mark.parametrize(
    ("desktop", "given"), [(GNOME, []), (KDE, [("talk", {"trigger_description": ("s", "")})])]
)
def test_a_desktop_that_gives_no_key_is_told_of_and_keeps_being_heard(
    bus: Bus, desktop: Desktop, given: object
) -> None:
    heard = Heard()
    with desktop_portal(bus, given) as service, listening(heard, desktop):
        heard.expect("lost")
        assert "no key" in heard.lost[0].message
        assert "Start and stop dictating" in heard.lost[0].hint
        key(service, "talk", down=True)  # the user has given it one meanwhile
        heard.expect("lost", "press")


@pytest.mark.parametrize(
    ("registry", "app"), [(True, "io.github.dictation.Dictation"), (False, "")]
)
def test_hyprland_takes_no_proposal_and_names_no_key_so_its_lines_are_told(
    bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: bool, app: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    heard, given = Heard(), [(name, {"trigger_description": ("s", "")}) for name in GIVES]
    with (
        desktop_portal(bus, given, knows_hosts=registry) as service,
        listening(heard, HYPRLAND) as listener,
    ):
        until("its answer", lambda: "once its configuration" in listener.verdict(TALK).why)
        assert listener.lines() == (
            "Add to ~/.config/hypr/hyprland.conf:",
            f"bind = CTRL ALT, space, global, {app}:talk",
            f"bind = , F9, global, {app}:talk",
        )
        (tmp_path / "hypr").mkdir()
        (tmp_path / "hypr" / "hyprland.lua").touch()
        lua = f'hl.bind("CTRL + ALT + space", hl.dsp.global("{app}:talk"))'
        assert listener.lines()[1] == lua
        key(service, "talk", down=True)
        heard.expect("press")
        assert listener.verdict(TALK).works
        assert listener.lines() == ()
    assert not heard.lost


def test_a_plasma_that_takes_the_keys_and_hears_none_ends_it(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus, []), listening(heard):
        heard.expect("lost")
    assert isinstance(heard.lost[0], HotkeyEnded)
    assert "hears none" in heard.lost[0].message


def test_a_plasma_that_takes_keys_with_the_session_is_not_asked_a_second_time(bus: Bus) -> None:
    """It would open its settings at each start: until 6.0 that is all that BindShortcuts does."""
    with desktop_portal(bus) as service:
        service.results["CreateSession"]["shortcuts"] = "a(sa{sv})", GIVEN
        with listening(Heard()) as listener:
            bound(service, listener)
            options = service.body("CreateSession")[0]
            assert [name for name, _told in options["shortcuts"][1]] == ["talk", "cancel"]
            assert options["session_handle_token"][1] == "dictation_hotkeys"  # it is known by that
            assert "BindShortcuts" not in service.members()


def test_a_dialog_may_stand_as_long_as_the_user_likes_and_does_not_keep_us(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus, asks=True) as service:
        with listening(heard) as listener:
            until("the dialog", lambda: service.dialogs)
            assert not listener.triggers
            service.say()
            bound(service, listener)
        with listening(heard):
            until("the dialog", lambda: service.dialogs)
            start = time.monotonic()
        assert time.monotonic() - start < 1.5  # closed while it stands
    assert not heard.lost


def test_a_user_who_declines_is_told_how_to_be_asked_again(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus, says=1), listening(heard):
        heard.expect("lost")
    assert isinstance(heard.lost[0], HotkeyEnded)
    assert heard.lost[0].reason == "declined"
    assert "not allowed" in heard.lost[0].message
    assert "Shortcuts" in heard.lost[0].hint  # KDE does not ask a second time
    assert "Ask the desktop again" in heard.lost[0].hint


def test_a_desktop_that_refuses_says_so(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus, refuses="CreateSession"), listening(heard):
        heard.expect("lost")
    assert "org.example.Refused" in heard.lost[0].message


@pytest.mark.parametrize("end", ["session", "portal"])
def test_a_key_that_is_down_when_the_desktop_ends_it_counts_as_released(bus: Bus, end: str) -> None:
    heard = Heard()
    made = Portal(bus.address, {SHORTCUTS: 1})
    made.results["BindShortcuts"] = {"shortcuts": ("a(sa{sv})", GIVEN)}
    with listening(heard) as listener:
        bound(made, listener)
        key(made, "talk", down=True)
        heard.expect("press")
        if end == "session":
            made.end_session()
        else:
            made.close()
        heard.expect("press", "release", "lost")
    if end == "session":
        made.close()


def test_a_portal_that_is_started_again_is_asked_anew(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus) as service, ExitStack() as stack:
        listener = stack.enter_context(listening(heard, again_after=0.0))
        bound(service, listener)
        with desktop_portal(bus) as restarted:  # waits for the name
            service.close()
            until("the new session", lambda: "BindShortcuts" in restarted.members())
            key(restarted, "talk", down=True)
            heard.expect("press")
            stack.close()
    assert not heard.lost


def test_a_key_that_is_down_when_we_end_counts_as_released(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus) as service:
        with listening(heard) as listener:
            bound(service, listener)
            key(service, "talk", down=True)
            heard.expect("press")
        heard.expect("press", "release")


def test_signals_of_other_sessions_and_repeats_mean_nothing(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus) as service, listening(heard) as listener:
        bound(service, listener)
        key(service, "talk", down=True, session=f"{SESSION}2")
        key(service, "unknown", down=True)
        key(service, "talk", down=True)
        key(service, "talk", down=True)
        key(service, "talk", down=False)
        heard.expect("press", "release")


def test_the_probe_asks_the_user_nothing(bus: Bus) -> None:
    assert "no portal" in portal.probe(KDE).why
    with desktop_portal(bus) as service:
        assert portal.probe(KDE).works
        assert service.members() == []
        assert "Wayland" in portal.probe(Desktop("linux", "x11")).why


def test_it_keeps_to_what_every_way_of_listening_does(bus: Bus) -> None:
    with desktop_portal(bus) as service:
        assert choose(KDE) is portal
        assert choose(KDE, without=["portal"]) is none
        heard = Heard()
        listener = portal.listen(
            actions(SETTINGS),
            desktop=KDE,
            hearer=Hearer(heard.press, heard.release, heard.note_lost),
        )
        bound(service, listener)
        listener.recording(True)
        key(service, "talk", down=True)
        heard.expect("press")
        listener.close()
        heard.expect("press", "release")
        listener.close()
