"""The window of models: sorted, searched, chosen by keyboard; the list is kept or read anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from dictation.errors import NoConnection, SettingsError
from dictation.listing import Listing, Model
from dictation.ui.models_window import Catalogue, ModelsWindow
from tests.ui.controls import letters, name, shown

MODELS = (
    Model("acme/cheap", "Acme Cheap", "chat", 32_000, 1_767_225_600, usd_per_minute=0.0001),
    Model("acme/dear", "Acme Dear", "transcriptions", None, None, usd_per_minute=0.02),
    Model("zeta/untold", "Zeta", "chat", 1_000_000, 1_790_000_000),
)
LISTING = Listing(
    "openrouter", "https://here/api", MODELS, 1_790_000_000.0, "acme/dear", "acme/cheap"
)


class Story:
    """A window, the list that a server has, and what was chosen."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.kept: Listing | None = LISTING
        self.listing = LISTING
        self.refuses: NoConnection | None = None
        self.reads = 0
        self.beaten = False
        self.used: list[str] = []
        self.crashes: list[Exception] = []
        self.window = ModelsWindow(
            Catalogue(lambda: self.kept, self.read, self.use, self.crashes.append)
        )
        qtbot.addWidget(self.window)

    def open(self) -> ModelsWindow:
        with self.qtbot.waitActive(self.window):
            self.window.bring_up()
        return self.window

    def read(self) -> Listing:
        self.reads += 1
        if self.refuses:
            raise self.refuses
        return self.listing

    def use(self, model: str) -> None:
        if self.beaten:
            raise SettingsError("The model is set by DICTATION_MODEL.")
        self.used.append(model)

    def rows(self, column: int = 0) -> list[str]:
        view = self.window.sorted
        return [str(view.index(row, column).data()) for row in range(view.rowCount())]

    def filled(self, count: int = 3) -> None:
        self.qtbot.waitUntil(lambda: self.window.sorted.rowCount() == count)


@pytest.fixture(autouse=True)
def an_american() -> Iterator[None]:
    """Whose own numbers, dollars and dates are shown."""
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def story(qtbot: QtBot) -> Iterator[Story]:
    made = Story(qtbot)
    yield made
    made.window.hide()
    assert made.crashes == []


def test_the_kept_list_shows_prices_and_what_is_in_force_and_asks_nobody(story: Story) -> None:
    window = story.open()
    story.filled()
    assert story.rows() == [
        "acme/cheap (the best for dictation)",
        "acme/dear (in force)",
        "zeta/untold",
    ]
    assert story.rows(1) == ["$0.0001", "$0.02", "not told"]
    assert story.rows(3)[0] == "1/1/26"
    assert "3 of 3 models of https://here/api" in window.told.text()
    assert story.reads == 0
    [chosen] = window.view.selectionModel().selectedRows()
    assert chosen.data() == "acme/dear (in force)"


def test_each_column_sorts_and_a_price_that_nobody_tells_is_the_last(story: Story) -> None:
    window = story.open()
    story.filled()
    window.view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert story.rows(1) == ["$0.0001", "$0.02", "not told"]
    window.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert story.rows(2) == ["1,000,000", "32,000", ""]
    assert window.sort.currentText() == "Context"


def test_keys_alone_sort_by_a_column_its_best_first(story: Story) -> None:
    window = story.open()
    story.filled()
    window.sort.setFocus()
    story.qtbot.keyClick(window.sort, Qt.Key.Key_Down)
    assert story.rows(1) == ["$0.0001", "$0.02", "not told"]
    for _column in range(2):
        story.qtbot.keyClick(window.sort, Qt.Key.Key_Down)
    assert story.rows(3) == ["9/21/26", "1/1/26", ""]


def test_by_keyboard_alone_a_model_is_found_and_taken(story: Story) -> None:
    window = story.open()
    story.filled()
    assert window.search.hasFocus()
    story.qtbot.keyClicks(window.search, "zeta")
    assert story.rows() == ["zeta/untold"]
    story.qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert story.used == ["zeta/untold"]
    assert not window.isVisible()


def test_enter_in_the_table_takes_its_row_and_the_best_is_a_button(story: Story) -> None:
    window = story.open()
    story.filled()
    window.view.setFocus()
    story.qtbot.keyClick(window.view, Qt.Key.Key_Up)
    story.qtbot.keyClick(window.view, Qt.Key.Key_Return)
    assert story.used == ["acme/cheap"]
    window = story.open()
    window.best_button.click()
    assert story.used == ["acme/cheap", ""]


def test_without_a_kept_list_it_is_read(story: Story) -> None:
    story.kept = None
    story.open()
    story.filled()
    assert story.reads == 1


def test_refreshing_shows_what_is_new_and_a_failure_keeps_what_there_is(story: Story) -> None:
    window = story.open()
    story.filled()
    story.listing = replace(LISTING, models=MODELS[:2])
    window.refresh_button.click()
    story.filled(2)
    story.refuses = NoConnection("The name can't be found.")
    window.refresh_button.click()
    story.qtbot.waitUntil(window.trouble.isVisible)
    assert len(story.rows()) == 2
    assert window.refresh_button.isEnabled()


def test_what_beats_the_settings_is_told_and_the_window_stays(story: Story) -> None:
    window = story.open()
    story.filled()
    story.beaten = True
    window.use_button.click()
    assert window.isVisible()
    assert "DICTATION_MODEL" in window.trouble.message.text()


def test_nothing_found_can_not_be_taken(story: Story) -> None:
    window = story.open()
    story.filled()
    window.search.setText("nothing of this name")
    assert story.rows() == []
    assert not window.use_button.isEnabled()
    assert "0 of 3" in window.told.text()


def test_every_control_has_a_letter_and_a_name_of_its_own(story: Story) -> None:
    window = story.open()
    story.filled()
    assert set(letters(window).values()) == {1}
    names = [name(control) for control in shown(window)]
    assert all(names)
    assert len(names) == len(set(names))
