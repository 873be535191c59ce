"""The tray's icon: what it tells of a program that has no window."""

from __future__ import annotations

import itertools
from dataclasses import fields
from functools import partial

import pytest
from PySide6.QtGui import QAction, QFont, QIcon, QImage
from PySide6.QtWidgets import QMenu, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from dictation.session import State
from dictation.ui.badge import SIZES, badged
from dictation.ui.icons import icon
from dictation.ui.tray import Actions, Tray


def test_the_trouble_in_force_is_a_row_that_opens_it(qtbot: QtBot) -> None:
    asked: list[str] = []
    names = [entry.name for entry in fields(Actions)]
    tray = Tray(QSystemTrayIcon(), Actions(**{n: partial(asked.append, n) for n in names}))
    [row, *_others] = tray.menu.actions()
    assert not row.isVisible()
    tray.show(State(), "Key & lock")
    assert row.isVisible()
    assert row.text() == "&Trouble: Key && lock…"
    row.trigger()
    tray.show(State(), "")
    assert not row.isVisible()
    [check] = [each for each in tray.menu.actions() if each.text() == "Chec&k all parts…"]
    check.trigger()
    assert asked == ["trouble", "doctor"]


def test_a_microphone_that_stays_open_is_told_as_long_as_it_does(qtbot: QtBot) -> None:
    tray = Tray(QSystemTrayIcon(), Actions(*[lambda: None] * len(fields(Actions))))
    tray.show_kept("Desk")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation\nMicrophone stays open: Desk"
    tray.show_kept("")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation"


def test_takes_that_wait_are_seen_on_the_icon_and_gone_from_it_once_sent(qtbot: QtBot) -> None:
    shown = QSystemTrayIcon()
    tray = Tray(shown, Actions(*[lambda: None] * len(fields(Actions))))
    tray.show(State(), "")
    plain = picture(shown.icon(), 24)
    tray.show_unsent(2, 0)
    tray.show(State(), "")
    assert picture(shown.icon(), 24) != plain
    assert "2 waiting" in shown.toolTip()
    tray.show_unsent(0, 0)
    tray.show(State(), "")
    assert picture(shown.icon(), 24) == plain


@pytest.mark.parametrize("size", SIZES)
def test_states_and_badges_differ_without_colour(qtbot: QtBot, size: int) -> None:
    names = ("idle", "recording", "transcribing", "trouble")
    grey = [
        picture(badged(icon(name), count), size).convertToFormat(QImage.Format.Format_Grayscale8)
        for name in names
        for count in (0, 1)
    ]
    for one, other in itertools.combinations(grey, 2):
        assert one != other


def picture(shown: QIcon, size: int) -> QImage:
    return shown.pixmap(size, size).toImage()


class TestMenu:
    @pytest.fixture
    def asked(self) -> list[tuple[str, ...]]:
        return []

    @pytest.fixture
    def tray(self, qtbot: QtBot, asked: list[tuple[str, ...]]) -> Tray:
        def note(name: str, *given: str) -> None:
            asked.append((name, *given))

        actions = {entry.name: partial(note, entry.name) for entry in fields(Actions)}
        return Tray(QSystemTrayIcon(), Actions(**actions))

    def test_each_of_the_last_texts_is_copied_or_pasted_by_a_click(
        self, tray: Tray, asked: list[tuple[str, ...]]
    ) -> None:
        menu = submenu(tray.menu, "&Last texts")
        assert not menu.isEnabled()
        long = "Salt & pepper\nand " + "more " * 30
        tray.tell_texts([("2", long), ("1", "First.")])
        assert [row.text() for row in menu.actions()] == ["…"]  # a panel would be told of them
        menu.aboutToShow.emit()
        first, second = menu.actions()
        assert first.text().startswith("Salt && pepper and more")
        assert len(first.text()) < 60
        for action in (first, second):
            for row in rows(action):
                row.trigger()
        assert asked == [("copy", "2"), ("paste", "2"), ("copy", "1"), ("paste", "1")]
        tray.tell_texts([])
        assert not menu.isEnabled()

    def test_a_profile_starts_a_dictation_and_without_any_there_is_no_row(
        self, tray: Tray, asked: list[tuple[str, ...]]
    ) -> None:
        menu = submenu(tray.menu, "Start with pro&file")
        assert not menu.menuAction().isVisible()
        tray.tell_profiles(["german", "mail"])
        assert menu.menuAction().isVisible()
        named(menu, "german").trigger()
        assert asked == [("profile", "german")]

    def test_the_model_in_force_is_marked_and_another_is_a_click_away(
        self, tray: Tray, asked: list[tuple[str, ...]]
    ) -> None:
        menu = submenu(tray.menu, "M&odel")
        tray.tell_models(["a/b", "c/d"], "own/one")
        assert checked(menu) == ["own/one"]
        named(menu, "c/d").trigger()
        named(menu, "The best for dictation").trigger()
        named(menu, "&More models…").trigger()
        named(menu, "&Key…").trigger()
        assert asked == [("model", "c/d"), ("model", ""), ("models",), ("key",)]
        tray.tell_models(["a/b", "c/d"], "")
        assert checked(menu) == ["The best for dictation"]
        assert not [row for row in menu.actions() if row.text() == "own/one"]
        tray.tell_provider("OpenRouter: a & b")
        assert menu.title() == "OpenRouter: a && b"

    def test_microphones_are_looked_for_when_the_menu_opens(
        self, tray: Tray, asked: list[tuple[str, ...]]
    ) -> None:
        menu = submenu(tray.menu, "&Microphone")
        menu.aboutToShow.emit()
        assert asked == [("look_for_microphones",)]
        tray.tell_microphones(["Desk"], "Headset")
        assert checked(menu) == ["Headset (not there)"]
        named(menu, "Desk").trigger()
        named(menu, "The system's own").trigger()
        assert asked[1:] == [("use_microphone", "Desk"), ("use_microphone", "")]

    def test_every_row_has_a_letter_of_its_own(self, tray: Tray) -> None:
        tray.show_unsent(1, 1)
        tray.show(State(), "Key")
        texts = [row.text() for row in tray.menu.actions() if row.isVisible() and row.text()]
        letters = [text[text.index("&") + 1].casefold() for text in texts]
        assert len(letters) == len(set(letters)), texts


def submenu(menu: QMenu, title: str) -> QMenu:
    [found] = [row.menu() for row in menu.actions() if row.text() == title]
    assert isinstance(found, QMenu)
    return found


def rows(action: QAction) -> list[QAction]:
    menu = action.menu()
    assert isinstance(menu, QMenu)
    return menu.actions()


def named(menu: QMenu, text: str) -> QAction:
    [found] = [row for row in menu.actions() if row.text() == text]
    return found


def checked(menu: QMenu) -> list[str]:
    return [row.text() for row in menu.actions() if row.isChecked()]


def test_what_is_clicked_in_a_menu_is_high_enough(qtbot: QtBot) -> None:
    small = QFont()
    small.setPointSizeF(9)
    tray = Tray(QSystemTrayIcon(), Actions(*[lambda: None] * len(fields(Actions))))
    tray.tell_microphones(("Desk", "Headset"), "Desk")
    heights: list[int] = []
    for menu in (tray.menu, *tray.menu.findChildren(QMenu)):
        menu.setFont(small)
        menu.popup(menu.pos())
        rows = [row for row in menu.actions() if row.isVisible() and not row.isSeparator()]
        heights += [menu.actionGeometry(row).height() for row in rows]
        menu.close()
    assert len(heights) > 15
    assert min(heights) >= 24
