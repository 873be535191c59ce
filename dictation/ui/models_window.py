"""Which model is to be taken: the server's list with prices, to be sorted and searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QDateTime, QLocale, QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
)

from dictation.errors import DictationError
from dictation.i18n import _
from dictation.listing import Listing
from dictation.ui.errands import Errands
from dictation.ui.models_table import FIRST, TITLES, ModelsTable, Sorted
from dictation.ui.pieces import Trouble, Words, button, in_row, label, roomy
from dictation.ui.window import Window


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Where the list comes from and what becomes of the choice; `kept` and `read` may wait."""

    kept: Callable[[], Listing | None]  # as it was read last
    read: Callable[[], Listing]  # from the server, now
    use: Callable[[str], None]  # takes this model from now on; "" the best that there is
    crash: Callable[[Exception], None]


class ModelsWindow(Window):
    """Shows the kept list at once and reads it anew; Enter takes the chosen model."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(_("Models"))
        self._catalogue = catalogue
        self._errands = Errands(self, catalogue.crash)
        self.search, self.told, self.trouble = QLineEdit(), Words(), Trouble()
        self.search.setPlaceholderText(_("Part of a name, such as gemini"))
        self.search.setClearButtonEnabled(True)
        self.table, self.sort = ModelsTable(), QComboBox()
        self.sorted = Sorted(self.table)
        self.view = QTableView()
        self._build_view()
        self.use_button, self.best_button = button(_("&Use it")), button(_("Use the &best"))
        self.refresh_button, self.close_button = button(_("&Refresh")), button(_("C&lose"))
        self.best_button.setToolTip(_("The best for dictation that the server offers, whichever."))
        self.best_button.setAccessibleDescription(self.best_button.toolTip())
        self.use_button.clicked.connect(lambda _on: self.use())
        self.best_button.clicked.connect(lambda _on: self._use(""))
        self.refresh_button.clicked.connect(lambda _on: self.read())
        self.close_button.clicked.connect(lambda _on: self.close())
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self.use)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        layout = QVBoxLayout(self)
        find, sort = label(_("&Find:"), self.search), label(_("S&ort by:"), self.sort)
        layout.addLayout(in_row(find, self.search, sort, self.sort))
        layout.addWidget(self.view, 1)
        layout.addWidget(self.told)
        layout.addWidget(self.trouble)
        buttons = (self.use_button, self.best_button, self.refresh_button, self.close_button)
        layout.addLayout(in_row(*buttons))
        self._show_buttons()
        roomy(self, 110, 30)

    def _build_view(self) -> None:
        view = self.view
        view.setModel(self.sorted)
        view.setAccessibleName(_("Models that hear"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setSortingEnabled(True)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        # All columns stay whole: where the window is too narrow it scrolls sideways.
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        view.horizontalHeader().setStretchLastSection(True)
        # A click on a heading does the same, but keys don't get there.
        self.sort.addItems(list(TITLES))
        self.sort.currentIndexChanged.connect(lambda at: view.sortByColumn(at, FIRST[at]))
        view.horizontalHeader().sortIndicatorChanged.connect(self._sorted)
        view.sortByColumn(0, FIRST[0])
        view.doubleClicked.connect(lambda _index: self.use())
        view.selectionModel().selectionChanged.connect(lambda _on, _off: self._show_buttons())
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            near = Qt.ShortcutContext.WidgetShortcut
            QShortcut(QKeySequence(key), view, self.use, context=near)

    def _sorted(self, column: int, _order: Qt.SortOrder) -> None:
        blocker = QSignalBlocker(self.sort)  # the order stays the one that was asked for
        self.sort.setCurrentIndex(column)
        blocker.unblock()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """What is kept at once, then what the server says now."""
        super().showEvent(event)
        if not event.spontaneous():
            self.search.setFocus()
            self._errands.run("kept models", self._catalogue.kept, self._kept, self.trouble.tell)

    def read(self) -> None:
        """Asks the server."""
        self.trouble.tell(None)
        self.told.say(_("The list is being read…"))
        self.refresh_button.setEnabled(False)
        self._errands.run("models", self._catalogue.read, self._read, self._failed)

    def use(self) -> None:
        """Takes the chosen model."""
        rows = self.view.selectionModel().selectedRows()
        if rows:
            self._use(self._at(rows[0].row()))

    def applied(self) -> None:
        """Another model, or another server, may be in force."""
        if self.isVisible():
            self._errands.run("kept models", self._catalogue.kept, self._kept, self.trouble.tell)

    def _use(self, model: str) -> None:
        try:
            self._catalogue.use(model)
        except DictationError as error:
            self.trouble.tell(error)
        else:
            self.close()

    def _kept(self, listing: Listing | None) -> None:
        if listing:
            self._show(listing)
        else:
            self.read()

    def _read(self, listing: Listing) -> None:
        self.refresh_button.setEnabled(True)
        self._show(listing)

    def _failed(self, error: DictationError) -> None:
        self.refresh_button.setEnabled(True)
        self._tell()
        self.trouble.tell(error)

    def _show(self, listing: Listing) -> None:
        self.table.show(listing)
        self._choose(listing.taken)
        self._tell()

    def _choose(self, id_: str) -> None:
        rows = range(self.sorted.rowCount())
        wanted = next((row for row in rows if self._at(row) == id_), 0)
        if rows:
            self.view.selectRow(wanted)
            self.view.scrollTo(self.sorted.index(wanted, 0))

    def _at(self, row: int) -> str:
        return self.table.model_at(self.sorted.mapToSource(self.sorted.index(row, 0)).row()).id

    def _narrow(self, typed: str) -> None:
        self.sorted.narrow(typed)
        if not self.view.selectionModel().selectedRows() and self.sorted.rowCount():
            self.view.selectRow(0)
        self._tell()
        self._show_buttons()

    def _tell(self) -> None:
        listing = self.table.listing
        if listing is None:
            self.told.say(_("There is no list yet."))
            return
        read = QDateTime.fromSecsSinceEpoch(int(listing.read))
        when = QLocale().toString(read, QLocale.FormatType.ShortFormat)
        words = _("{shown} of {count} models of {server}, read {when}. Prices are estimates.")
        self.told.say(
            words.format(
                shown=self.sorted.rowCount(),
                count=len(listing.models),
                server=listing.base_url,
                when=when,
            )
        )

    def _show_buttons(self) -> None:
        self.use_button.setEnabled(bool(self.view.selectionModel().selectedRows()))
