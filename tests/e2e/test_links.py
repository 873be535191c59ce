"""A link shows a window, of the running app or of a new one; the menu starts a dictation."""

from __future__ import annotations

import shlex

import pytest

from dictation import menu_entry
from dictation.links import WINDOWS, to
from tests.app import DICTATION, App
from tests.desktop import VirtualDesktop, until

FIRST = {"DICTATION_PROVIDER": "offline"}  # nobody has to decide anything first


def titles(desktop: VirtualDesktop) -> set[str]:
    """Those of the app's windows."""
    search = ("xdotool", "search", "--onlyvisible", "--class", "dictation", "getwindowname", "%@")
    return set(desktop.run(*search).splitlines()) - {"dictation", "Dictation"}


@pytest.mark.parametrize("link", ["dictation://history", "dictation:settings/"])
def test_a_link_shows_its_window_in_the_running_app(desktop: VirtualDesktop, link: str) -> None:
    with App(desktop, **FIRST) as app:
        before = titles(desktop)
        assert app.command(link) == (0, "", "")
        until("its window", lambda: titles(desktop) - before)
        assert app.status()["state"] == "idle"


def test_a_link_starts_the_app_and_shows_its_window_alone(desktop: VirtualDesktop) -> None:
    app = App(desktop, to("history"), minimized=False, **FIRST)
    with app:
        until("its window", lambda: any("istory" in title for title in titles(desktop)))
        assert app.status()["state"] == "idle"
        assert app.takes() == []


def test_a_link_that_shows_no_window_is_told_and_starts_nothing(desktop: VirtualDesktop) -> None:
    app = App(desktop, **FIRST)
    code, out, err = app.command("dictation://start")
    assert (code, out) == (2, "")
    assert to(WINDOWS[0]) in err
    assert app.command("status")[0] == 10


def test_the_menus_row_begins_a_dictation_whether_the_app_runs_or_not(
    desktop: VirtualDesktop,
) -> None:
    lines = menu_entry.text(DICTATION).splitlines()
    action = lines[lines.index("[Desktop Action start]") :]
    [line] = [each.removeprefix("Exec=") for each in action if each.startswith("Exec=")][:1]
    arguments = shlex.split(line)[len(DICTATION) :]
    app = App(desktop, *arguments, minimized=False, **FIRST)
    with app:
        app.until("recording")
        app.does("cancel")
        app.until("idle")
        app.does(*arguments)
        app.until("recording")
        app.does("cancel")
