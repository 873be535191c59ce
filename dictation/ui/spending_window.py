"""Spending: what was dictated and what it cost, and the month's budget."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dictation import settings
from dictation.engine import Engine
from dictation.errors import DictationError, StorageError
from dictation.i18n import _, plural
from dictation.spending import Entry, Month, Period, Report, Sum, month_of
from dictation.takes import Take
from dictation.ui import figures
from dictation.ui.budget_panel import Budget, BudgetPanel
from dictation.ui.errands import Errands
from dictation.ui.labels import set_by
from dictation.ui.pieces import TARGET, Trouble, Words, in_row, label, roomy, scrolled
from dictation.ui.spending_chart import Chart, Day
from dictation.ui.window import Window
from dictation.wiring import Wiring

DAYS = 30
PATIENCE = 10.0  # seconds for the disk
PERIODS: Mapping[Period, str] = {
    "today": _("Today"),
    "month": _("This month"),
    "ever": _("All time"),
}
MEASURES: tuple[tuple[str, str, Callable[[Sum], float]], ...] = (
    (_("Cost"), _("Cost of the last 30 days"), lambda sum_: sum_.dollars),
    (_("Minutes"), _("Minutes of the last 30 days"), lambda sum_: sum_.seconds / 60),
    (_("Words"), _("Words of the last 30 days"), lambda sum_: float(sum_.words)),
)
COLUMNS = (_("Dictations"), _("Minutes"), _("Words"), _("Cost"))  # of the models


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the ledger holds."""

    entries: tuple[Entry, ...]
    month: Month


def accounts_of(engine: Engine) -> Future[Accounts]:
    """What the app's ledger holds."""
    month = month_of(date.today())
    return engine.past.archive.ask(
        lambda history: Accounts(history.ledger.entries(), history.ledger.month(month))
    )


def budget_of(
    engine: Engine, wiring: Wiring, apply: Callable[[], None], flags: Mapping[str, str]
) -> Budget:
    """The app's budget."""
    name, path = "monthly_budget_usd", wiring.places.settings
    past = engine.past

    def send_here() -> None:
        for id_ in past.outbox.waiting:
            past.resend_here(id_)

    return Budget(
        in_force=lambda: engine.settings.monthly_budget_usd,
        set_by=lambda: set_by(name, flags, os.environ),
        save=lambda dollars: settings.save(path, monthly_budget_usd=dollars),
        apply=apply,
        allow=lambda allowed: wiring.purse.allow(allowed=allowed),
        waiting=lambda: past.outbox.count,
        send=past.outbox.now,
        send_here=send_here,
    )


class SpendingWindow(Window):
    """`read` asks the ledger; the rest of what it needs is the budget's."""

    def __init__(
        self,
        read: Callable[[], Future[Accounts]],
        budget: Budget,
        crash: Callable[[Exception], None],
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(_("Spending"))
        self._read, self._today = read, today
        self._errands = Errands(self, crash)
        self._report = Report((), today())
        self.trouble = Trouble()
        self.sums = _table(_("Sums"), [*PERIODS.values()])
        self.untold = Words()
        self.measure = QComboBox()
        for name, _title, _measure in MEASURES:
            self.measure.addItem(name)
        self.measure.activated.connect(lambda _at: self._show_chart())
        self.chart = Chart(self._scale, self._day)
        self.chart.chosen.connect(self._show_day)
        self.day = Words()
        self.period = QComboBox()
        for name in PERIODS.values():
            self.period.addItem(name)
        self.period.setCurrentIndex(1)
        self.period.activated.connect(lambda _at: self._show_models())
        self.models = _table(_("By model"), [_("Model"), *COLUMNS])
        self.models.verticalHeader().hide()
        self.models.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.models.horizontalHeader()
        header.setMinimumSectionSize(self.fontMetrics().averageCharWidth() * 9)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.none = Words()
        self.budget = BudgetPanel(budget, self._errands, self.look)
        self._lay_out()
        roomy(self, 100, 46)

    def bring_up(self) -> None:
        """Shows it, with what is in the ledger now."""
        super().bring_up()
        self.look()

    def look(self) -> None:
        """Reads the ledger anew."""

        def read() -> Accounts:
            try:
                return self._read().result(PATIENCE)
            except TimeoutError:
                raise StorageError(_("The disk does not answer.")) from None

        self._errands.run("ledger", read, self._show, self._fail)

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A dictation is over: it may have cost something."""
        if self.isVisible():
            self.look()

    def applied(self) -> None:
        """The budget may be another one."""
        self.budget.applied()

    def _lay_out(self) -> None:
        page, self.content = QWidget(), QWidget()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.sums)
        column.addWidget(self.untold)
        column.addLayout(in_row(label(_("Sho&w for each day:"), self.measure), self.measure))
        column.addWidget(self.chart)
        column.addWidget(self.day)
        column.addLayout(in_row(label(_("By &model:"), self.period), self.period))
        column.addWidget(self.models)
        column.addWidget(self.none)
        whole = QVBoxLayout(page)
        for part in (self.trouble, self.content, self.budget):
            whole.addWidget(part)
        whole.addStretch()
        self.content.hide()  # until there is something to show
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(page))

    def _fail(self, error: DictationError) -> None:
        self.trouble.tell(error)
        self.content.hide()  # what is shown is no more than what was

    def _show(self, accounts: Accounts) -> None:
        self.trouble.tell(None)
        self.content.show()
        self._report = Report(accounts.entries, self._today())
        sums = [self._report.of(period) for period in PERIODS]
        columns = [self._figures(sum_) for sum_ in sums]
        names = [name for name, _value in columns[0]]
        _fill(self.sums, names, [[each[at][1] for each in columns] for at in range(len(names))])
        count = sums[1].unpriced
        untold = plural(
            "Of {count} dictation this month the service did not tell the cost.",
            "Of {count} dictations this month the service did not tell the cost.",
            count,
        )
        self.untold.tell(untold.format(count=figures.whole(count, self.locale())) if count else "")
        self._show_chart()
        self._show_models()
        self.budget.tell(accounts.month, self._today())

    def _show_chart(self) -> None:
        _name, title, measure = MEASURES[self.measure.currentIndex()]
        self.chart.show_days(self._report.days(DAYS), measure, title)

    def _show_day(self, at: int) -> None:
        self.day.tell(self._day(self._report.days(DAYS)[at]))

    def _show_models(self) -> None:
        period = list(PERIODS)[self.period.currentIndex()]
        found = self._report.models(period)
        lines = [[_model(provider, model), *self._columns(sum_)] for provider, model, sum_ in found]
        _fill(self.models, ["" for _line in lines], lines)
        self.models.setVisible(bool(lines))
        self.none.tell("" if lines else _("Nothing was dictated in this time."))

    def _columns(self, sum_: Sum) -> list[str]:
        found = dict(self._figures(sum_))
        return [found[name] for name in COLUMNS]

    def _figures(self, sum_: Sum) -> list[tuple[str, str]]:
        return figures.rows(sum_, self.locale())

    def _day(self, day: Day) -> str:
        return figures.day_in_words(*day, self.locale())

    def _scale(self, value: float) -> str:
        if self.measure.currentIndex() == 0:
            return figures.money(value, self.locale())
        return self.locale().toString(value, "f", 1 if self.measure.currentIndex() == 1 else 0)


def _model(provider: str, model: str) -> str:
    return _("this computer") if provider == "offline" else f"{provider} {model}".strip()


def _table(name: str, columns: list[str]) -> QTableWidget:
    made = QTableWidget(0, len(columns))
    made.setAccessibleName(name)
    made.setHorizontalHeaderLabels(columns)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setTabKeyNavigation(False)
    made.setWordWrap(False)
    made.setCornerButtonEnabled(False)
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    made.horizontalHeader().setSectionsClickable(False)
    made.verticalHeader().setSectionsClickable(False)
    made.verticalHeader().setMinimumSectionSize(TARGET + 1)  # with its line
    return made


def _fill(table: QTableWidget, names: list[str], lines: list[list[str]]) -> None:
    """Puts the lines in, and makes the table as high as they are: the page scrolls, not it."""
    table.setRowCount(len(names))
    table.setVerticalHeaderLabels(names)
    for at, line in enumerate(lines):
        for column, value in enumerate(line):
            item = QTableWidgetItem(value)
            item.setToolTip(value)  # where there is no room for all of it
            if value[:1].isdigit():
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(at, column, item)
    table.resizeRowsToContents()
    high = table.horizontalHeader().sizeHint().height() + 2 * table.frameWidth()
    high += sum(table.rowHeight(at) for at in range(len(names)))
    table.setFixedHeight(high)
