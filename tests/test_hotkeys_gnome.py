"""GNOME's own shortcuts, written and read by the real gsettings in settings of the test's own."""

from __future__ import annotations

import pytest

from dictation.desktop import Desktop
from dictation.errors import HotkeyError, HotkeyTaken
from dictation.hotkeys import actions, gnome, gnome_keys
from dictation.hotkeys.gnome_keys import CUSTOM, FOLDER, MEDIA, gsettings
from dictation.hotkeys.hearer import Hearer
from dictation.settings import Settings

pytestmark = pytest.mark.only_on("linux")
GNOME = Desktop("linux", "wayland", "gnome")
TALK = actions(Settings(cancel_hotkey="Escape"))
PATH = f"{FOLDER}dictation/"


@pytest.fixture(autouse=True)
def private(own_gsettings: None) -> None:
    """Every test here writes."""


def known() -> str:
    return gsettings("get", MEDIA, "custom-keybindings")


def of(path: str, key: str) -> str:
    return gsettings("get", f"{CUSTOM}:{path}", key).strip("'")


def users(path: str, keys: str) -> None:
    """The user has a shortcut already."""
    gsettings("set", f"{CUSTOM}:{path}", "binding", f"'{keys}'")
    gsettings("set", f"{CUSTOM}:{path}", "command", "'mine'")
    gsettings("set", MEDIA, "custom-keybindings", f"['{path}']")


def test_the_key_gets_the_command_and_what_the_user_has_stays() -> None:
    users(f"{FOLDER}custom0/", "<Super>t")
    gnome_keys.write(TALK)
    assert known() == f"['{FOLDER}custom0/', '{PATH}']"
    assert of(PATH, "binding") == "<Control><Alt>space"
    assert of(PATH, "command").endswith("press")
    assert of(PATH, "name") == "Start and stop dictating"
    assert gnome_keys.are(TALK)


def test_every_key_that_talks_has_one_and_a_changed_hotkey_leaves_nothing_behind() -> None:
    german = Settings(hotkey="F9", cancel_hotkey="Escape")
    several = Settings(hotkey="Ctrl+Alt+D, F8", cancel_hotkey="Escape", paste_last_hotkey="F7")
    gnome_keys.write(actions(several, {"german": german}))
    paths = [f"{FOLDER}dictation{number}/" for number in ("", 1, 2, 3)]
    assert known() == f"[{', '.join(map(repr, paths))}]"
    assert [of(path, "binding") for path in paths] == ["<Control><Alt>d", "F8", "F7", "F9"]
    assert of(paths[2], "command").endswith(" paste-last")
    assert of(paths[3], "command").endswith(" press --profile german")
    gnome.listen(TALK, desktop=GNOME, hearer=Hearer(never, never, never))
    assert known() == f"['{PATH}']"
    assert gnome_keys.are(TALK)
    assert of(paths[3], "command") == ""


def test_nothing_is_written_before_the_user_agrees_and_all_goes_when_they_take_it_back() -> None:
    users(f"{FOLDER}custom0/", "<Super>t")
    before = known()
    assert not gnome.probe(GNOME).works
    assert known() == before
    gnome_keys.write(TALK)
    verdict = gnome.probe(GNOME)
    assert verdict.works
    assert "no release" in verdict.why
    gnome_keys.remove()
    assert known() == before
    assert of(PATH, "command") == ""
    assert not gnome.probe(GNOME).works


def test_what_is_written_stays_as_it_is_where_it_fits() -> None:
    gnome_keys.write(TALK)
    asked: list[str] = []

    def run(*arguments: str) -> str:
        asked.append(arguments[0])
        return gsettings(*arguments)

    assert gnome_keys.are(TALK, run)
    assert set(asked) == {"get", "list-recursively"}


@pytest.mark.parametrize("keys", ["<Primary><Alt>space", "<Alt><Control>space"])
def test_a_key_that_the_user_gave_to_something_else_is_left_to_it(keys: str) -> None:
    users(f"{FOLDER}custom0/", keys)
    before = known()
    with pytest.raises(HotkeyTaken, match="taken by GNOME: mine"):
        gnome_keys.write(TALK)
    assert known() == before


def test_a_key_of_gnomes_own_is_left_to_it() -> None:
    gsettings("set", MEDIA, "www", "['<Control><Alt>space']")
    with pytest.raises(HotkeyTaken, match="www"):
        gnome_keys.write(TALK)


def test_a_modifier_alone_is_nothing_that_gnome_binds() -> None:
    with pytest.raises(HotkeyError, match="no modifier alone"):
        gnome_keys.write(actions(Settings(hotkey="RightCtrl, Mouse4", cancel_hotkey="Escape")))


def test_a_gsettings_that_fails_says_why() -> None:
    with pytest.raises(HotkeyError, match="No such schema"):
        gsettings("get", "org.example.none", "key")


def test_on_other_desktops_it_says_so() -> None:
    for desktop in (Desktop("linux", "wayland", "sway"), Desktop("linux", "x11", "gnome")):
        assert "not GNOME on Wayland" in gnome.probe(desktop).why


def never(*what: object) -> None:
    raise AssertionError(what)
