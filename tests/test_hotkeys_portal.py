"""Hotkeys by the desktop's portal: a real bus, and a portal that does what the test says."""

from __future__ import annotations

import queue
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dictation.desktop import Desktop
from dictation.errors import DictationError
from dictation.hotkeys import actions, portal
from dictation.hotkeys.binding import parse
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.portal_listener import PortalListener
from dictation.keys import Keys
from dictation.settings import Settings
from dictation.talking import BoundKeys
from tests.buses import Bus
from tests.desktop import until
from tests.portal import SESSION, Portal
from tests.test_hotkeys_x11 import Heard
from tests.test_keys import FakeEngine

pytestmark = pytest.mark.skipif(
    not shutil.which("dbus-daemon"), reason="missing here: apt install dbus"
)
KDE = Desktop("linux", "wayland", "kde")
HYPRLAND = Desktop("linux", "wayland", "hyprland")
SETTINGS = Settings(hotkey="Ctrl+Alt+Space, F9", cancel_hotkey="Escape")
SHORTCUTS = "GlobalShortcuts"
GIVEN = [
    ("talk", {"trigger_description": ("s", "Meta+F1")}),
    ("cancel", {"trigger_description": ("s", "Esc")}),
]
Make = Callable[..., Portal]


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    made = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    yield made
    made.stop()


@contextmanager
def desktop_portal(bus: Bus, given: object = GIVEN, **how: bool | int | str) -> Iterator[Portal]:
    made = Portal(bus.address, {SHORTCUTS: 1}, **how)  # type: ignore[arg-type]
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
        asked = {name: given["preferred_trigger"][1] for name, given in shortcuts}
        assert asked == {"talk": "CTRL+ALT+space", "cancel": "Escape"}
        assert dict(shortcuts)["talk"]["description"][1] == "Start and stop dictating"


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
    assert portal.trigger(parse(keys)) == written


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


@pytest.mark.parametrize("given", [[], [("talk", {"trigger_description": ("s", "")})]])
def test_a_desktop_that_gives_no_key_is_told_of_and_keeps_being_heard(
    bus: Bus, given: object
) -> None:
    heard = Heard()
    with desktop_portal(bus, given) as service, listening(heard):
        heard.expect("lost")
        assert "no key" in heard.lost[0].message
        assert "Start and stop dictating" in heard.lost[0].hint
        key(service, "talk", down=True)  # the user has given it one meanwhile
        heard.expect("lost", "press")


def test_hyprland_takes_no_proposal_so_its_line_is_told(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus, []), listening(heard, HYPRLAND):
        heard.expect("lost")
    line = "bind = CTRL ALT, space, global, io.github.dictation.Dictation:talk"
    assert line in heard.lost[0].hint


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
    assert "not allowed" in heard.lost[0].message
    assert "settings" in heard.lost[0].hint


def test_a_desktop_that_refuses_says_so(bus: Bus) -> None:
    heard = Heard()
    with desktop_portal(bus, refuses="CreateSession"), listening(heard):
        heard.expect("lost")
    assert "org.example.Refused" in heard.lost[0].message


def test_a_desktop_that_knows_programs_by_their_menu_entry_alone_is_told_of_ours(
    bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    told: list[DictationError] = []
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    with desktop_portal(bus, refuses="CreateSession", knows_hosts=False) as service:
        keys = Keys(
            FakeEngine(),  # type: ignore[arg-type]
            KDE,
            posted.put,
            told.append,
            bound=BoundKeys(FakeEngine(), lambda _profile: SETTINGS),  # type: ignore[arg-type]
            paste_last=lambda: None,
            undo=lambda: None,
        )
        keys.apply(SETTINGS, {})
        posted.get(timeout=5)()
        assert "in its menu" in told[0].message
        assert "install-desktop" in told[0].hint
        offer = keys.offer()
        assert offer
        offer.do()
        [entry] = (tmp_path / "data/applications").iterdir()
        assert entry.name == "io.github.dictation.Dictation.desktop"
        assert offer.lines[1] == str(entry)
        service.knows_hosts, service.refuses = True, ""
        posted.get(timeout=5)()  # asked anew
        until("its keys", lambda: "Meta+F1" in keys.served_by("auto"))
        assert keys.offer() is None
        keys.close()


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
