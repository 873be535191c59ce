"""The spending window: its figures, its chart by keyboard, and the budget's whole story."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtWidgets import QTableWidget
from pytestqt.qtbot import QtBot

from dictation import settings
from dictation.errors import StorageError
from dictation.spending import Entry, Month, Sum
from dictation.ui.budget_panel import Budget
from dictation.ui.labels import set_by
from dictation.ui.spending_window import Accounts, SpendingWindow
from tests.ui.controls import letters, name, press, shown, write

TODAY = date(2026, 3, 2)
ENTRIES = (
    Entry("2025-12-31", "openrouter", "a/b", Sum(1, 60.0, 100, 1234.5, 0)),
    Entry("2026-03-01", "openrouter", "a/b", Sum(2, 120.0, 300, 0.25, 0)),
    Entry("2026-03-01", "openai", "whisper", Sum(3, 30.0, 60, 0.0, 3)),
    Entry("2026-03-02", "offline", "", Sum(1, 30.0, 40, 0.0, 0)),
)


class Story:
    """A window over a ledger and a settings file, and what it asked for."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.qtbot, self.path = qtbot, path
        self.entries: tuple[Entry, ...] = ENTRIES
        self.allowed, self.waiting = False, 0
        self.sent: list[str] = []
        self.crashes: list[Exception] = []
        self.broken = False

    def open(self, language: QLocale | None = None, **flags: str) -> SpendingWindow:
        budget = Budget(
            in_force=self.budget,
            set_by=lambda: set_by("monthly_budget_usd", flags, os.environ),
            save=lambda dollars: settings.save(self.path, monthly_budget_usd=dollars),
            apply=lambda: window.applied(),
            allow=self._allow,
            waiting=lambda: self.waiting,
            send=lambda: self.sent.append("send"),
            send_here=lambda: self.sent.append("here"),
        )
        window = SpendingWindow(self.read, budget, self.crashes.append, today=lambda: TODAY)
        window.setLocale(language or QLocale(QLocale.Language.English))
        self.qtbot.addWidget(window)
        with self.qtbot.waitActive(window):
            window.bring_up()
        self.qtbot.waitUntil(lambda: window.content.isVisible() or window.trouble.isVisible())
        return window

    def budget(self) -> float:
        return settings.load(self.path, {})[0].monthly_budget_usd

    def read(self) -> Future[Accounts]:
        answer = Future[Accounts]()
        if self.broken:
            answer.set_exception(StorageError("It is full."))
        else:
            spent = sum(each.sum.dollars for each in self.entries if each.day > "2026-03")
            answer.set_result(Accounts(self.entries, Month("2026-03", spent, 0, self.allowed)))
        return answer

    def _allow(self, allowed: bool) -> None:
        self.allowed = allowed


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path) -> Story:
    return Story(qtbot, tmp_path / "settings.toml")


def cells(table: QTableWidget) -> list[list[str]]:
    rows = []
    for at in range(table.rowCount()):
        found = (table.item(at, column) for column in range(table.columnCount()))
        rows.append([item.text() if item else "" for item in found])
    return rows


def choose(qtbot: QtBot, window: SpendingWindow, amount: str) -> None:
    """Types a budget and presses Enter."""
    window.budget.amount.setFocus()
    write(qtbot, amount)
    press(qtbot, Qt.Key.Key_Return)


def test_it_tells_what_was_dictated_and_what_it_cost(story: Story) -> None:
    window = story.open()
    assert cells(window.sums) == [
        ["1", "6", "7"],
        ["0.5", "3.0", "4.0"],
        ["40", "400", "500"],
        ["80", "133", "125"],
        ["$0.00", "$0.25", "$1,234.75"],
    ]
    assert "3 dictations" in window.untold.text()
    assert cells(window.models) == [
        ["openrouter a/b", "2", "2.0", "300", "$0.25"],
        ["this computer", "1", "0.5", "40", "$0.00"],
        ["openai whisper", "3", "0.5", "60", "not told"],
    ]


def test_numbers_are_written_as_in_the_users_language(story: Story) -> None:
    window = story.open(QLocale(QLocale.Language.German))
    assert cells(window.sums)[4][2].replace("\xa0", " ") == "1.234,75 $"
    assert cells(window.sums)[1][2] == "4,0"


def test_the_models_are_those_of_the_chosen_time(story: Story, qtbot: QtBot) -> None:
    window = story.open()
    window.period.setFocus()
    press(qtbot, Qt.Key.Key_Home)
    window.period.activated.emit(0)
    assert [row[0] for row in cells(window.models)] == ["this computer"]


class TestChart:
    def test_arrow_keys_go_through_the_days(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        window.chart.setFocus()
        assert window.day.text() == "Monday, March 2, 2026: $0.00, 0.5 minutes, 40 words."
        press(qtbot, Qt.Key.Key_Left)
        assert window.day.text() == "Sunday, March 1, 2026: $0.25, 2.5 minutes, 360 words."
        press(qtbot, Qt.Key.Key_Home)
        assert window.day.text().startswith("Sunday, February 1, 2026")
        press(qtbot, Qt.Key.Key_Left)
        assert window.day.text().startswith("Sunday, February 1, 2026")

    def test_a_click_chooses_the_day_under_it(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        wide = window.chart.width() / 30
        place = QPoint(round(28.5 * wide), window.chart.height() // 2)
        qtbot.mouseClick(window.chart, Qt.MouseButton.LeftButton, pos=place)
        assert window.day.text().startswith("Sunday, March 1")

    def test_who_can_not_see_it_is_told_its_figures(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        assert window.chart.accessibleName() == "Cost of the last 30 days"
        told = window.chart.accessibleDescription()
        assert "Monday, March 2, 2026: $0.00, 0.5 minutes, 40 words." in told
        assert "Sunday, March 1, 2026: $0.25" in told

    def test_a_dearer_day_has_a_higher_bar(self, story: Story) -> None:
        window = story.open()
        image = window.chart.grab().toImage()
        blue = window.palette().highlight().color().rgb()
        wide = image.width() / 30

        def height(at: int) -> int:
            column = round(wide * (at + 0.5))
            return sum(image.pixel(column, row) == blue for row in range(image.height()))

        assert height(28) > image.height() / 3
        assert height(29) == height(10) == 0

    def test_it_shows_minutes_as_well(self, story: Story) -> None:
        window = story.open()
        window.measure.setCurrentIndex(1)
        window.measure.activated.emit(1)
        assert window.chart.accessibleName() == "Minutes of the last 30 days"


class TestBudget:
    def test_is_set_by_typing_it(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        assert window.budget.status.text() == "$0.25 are spent this month. There is no limit."
        choose(qtbot, window, "0.5")
        qtbot.waitUntil(lambda: story.budget() == 0.5)
        qtbot.waitUntil(lambda: window.budget.bar.value() == 50)
        assert window.budget.status.text() == "$0.25 of $0.50 are spent this month."
        assert window.budget.bar.accessibleDescription() == window.budget.status.text()

    def test_that_comes_to_its_end_is_told(self, story: Story) -> None:
        settings.save(story.path, monthly_budget_usd=0.3)
        assert "coming to its end" in story.open().budget.status.text()

    def test_that_is_used_up_asks(self, story: Story, qtbot: QtBot) -> None:
        settings.save(story.path, monthly_budget_usd=0.2)
        story.waiting = 2
        window = story.open()
        assert "used up" in window.budget.status.text()
        assert "Waiting: 2." in window.budget.status.text()
        window.budget.here_button.click()
        assert story.sent == ["here"]
        window.budget.go_on_button.click()
        qtbot.waitUntil(lambda: story.sent == ["here", "send"])
        qtbot.waitUntil(window.budget.keep_button.isVisible)
        assert "You chose to go on" in window.budget.status.text()
        window.budget.keep_button.click()
        qtbot.waitUntil(window.budget.go_on_button.isVisible)
        assert not story.allowed

    def test_that_a_flag_sets_can_not_be_changed_here(self, story: Story) -> None:
        window = story.open(monthly_budget_usd="3")
        assert not window.budget.amount.isEnabled()
        assert "--monthly-budget-usd" in window.budget.status.text()

    def test_that_can_not_be_saved_is_told(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        story.path.mkdir()
        choose(qtbot, window, "2")
        qtbot.waitUntil(window.budget.trouble.isVisible)


def test_a_ledger_that_can_not_be_read_is_told_and_shows_no_figures(
    story: Story, qtbot: QtBot
) -> None:
    story.broken = True
    window = story.open()
    assert window.trouble.isVisible()
    assert not window.content.isVisible()
    assert window.budget.status.text() == ""
    story.broken = False
    window.look()
    qtbot.waitUntil(window.content.isVisible)
    assert not window.trouble.isVisible()


def test_every_control_has_a_name_and_each_letter_leads_to_one(story: Story) -> None:
    settings.save(story.path, monthly_budget_usd=0.2)
    story.waiting = 1
    window = story.open()
    controls = [each for each in shown(window) if not isinstance(each.parent(), QTableWidget)]
    assert all(name(control) for control in controls)
    assert len({name(control) for control in controls}) == len(controls)
    assert set(letters(window).values()) == {1}


def test_tab_goes_through_everything(story: Story, qtbot: QtBot) -> None:
    settings.save(story.path, monthly_budget_usd=0.2)
    window = story.open()
    window.sums.setFocus()
    met = {window.focusWidget()}
    find: Callable[[], object] = window.focusWidget
    for _ in range(12):
        press(qtbot, Qt.Key.Key_Tab)
        met.add(find())  # type: ignore[arg-type]
    panel = window.budget
    wanted = {window.sums, window.measure, window.chart, window.period, window.models}
    assert wanted | {panel.amount, panel.save_button, panel.go_on_button} <= met


def test_the_window_hears_that_a_take_has_ended(story: Story, qtbot: QtBot) -> None:
    from dictation.takes import begin

    window = story.open()
    story.entries = ()
    window.ended(begin(), None)
    qtbot.waitUntil(lambda: cells(window.sums)[0] == ["0", "0", "0"])
    assert window.none.isVisible()
