"""What every way of listening for keys keeps to."""

from __future__ import annotations

import pytest

from dictation.desktop import Desktop, detect
from dictation.desktop_names import name_of
from dictation.errors import MissingPart, SettingsError
from dictation.hotkeys import Backend, actions, choose, none, on_request, rows
from dictation.hotkeys.hearer import Hearer
from dictation.settings import Settings

DESKTOPS = [
    Desktop("linux", "none"),
    Desktop("linux", "wayland", "sway"),
    Desktop("linux", "wayland", "kde"),
    Desktop("linux", "wayland", "gnome"),
    Desktop("windows", "native"),
    Desktop("macos", "native"),
]
ROWS = {row.NAME: row for desktop in DESKTOPS for row in (*rows(desktop), *on_request(desktop))}
ELSEWHERE = [desktop for desktop in DESKTOPS if desktop != detect()]


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.NAME)
@pytest.mark.parametrize("desktop", DESKTOPS, ids=name_of)
def test_probe_answers_on_every_desktop_and_says_why_not(row: Backend, desktop: Desktop) -> None:
    verdict = row.probe(desktop)
    assert verdict.works or verdict.why


@pytest.mark.parametrize("desktop", ELSEWHERE, ids=name_of)
def test_where_nothing_works_there_is_still_a_listener(desktop: Desktop) -> None:
    row = choose(desktop)
    assert row.NAME == "none"

    def never(*what: object) -> None:
        raise AssertionError(what)

    listener = row.listen(actions(Settings()), desktop=desktop, hearer=Hearer(never, never, never))
    listener.recording(True)
    listener.close()
    listener.close()


def test_what_has_failed_is_passed_over_but_where_it_is_wanted() -> None:
    assert choose(DESKTOPS[0], without=list(ROWS)) is none
    assert choose(DESKTOPS[0], "none", without=["none"]) is none


def test_names_are_unique() -> None:
    for desktop in DESKTOPS:
        there = (*rows(desktop), *on_request(desktop))
        assert len({row.NAME for row in there}) == len(there)


def test_an_unknown_name_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError):
        choose(DESKTOPS[0], "telepathy")


def test_a_wanted_way_that_does_not_work_says_why() -> None:
    with pytest.raises(MissingPart, match="no X11 session"):
        choose(DESKTOPS[1], "x11")


def test_none_can_be_wanted() -> None:
    assert choose(DESKTOPS[0], "none") is none
