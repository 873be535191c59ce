"""Step two of a calibration: whom to try, what that will cost, and where the recording goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dictation.calibration.candidates import Candidate, Offer, estimate, offers
from dictation.calibration.keeping import Calibration, Shelf, paid
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.settings import Settings
from dictation.ui.calibrate_lent import Lent
from dictation.ui.errands import Errands
from dictation.ui.figures import money
from dictation.ui.pieces import Trouble, Words, in_row, label

CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
GREY = QColor(160, 160, 160)  # darkened by a third it has a contrast of 4 on black and on white
LEAST = 24  # px: what a finger or an unsteady hand can hit


class ChoosePage(QWidget):
    """The candidates in reach with boxes to check; the usual ones are checked already."""

    title = _("Choose whom to try")

    def __init__(self, lent: Lent, shelf: Shelf, ready: Callable[[bool], None]) -> None:
        """`ready` hears whether anyone is chosen."""
        super().__init__()
        self._lent, self._shelf, self._ready = lent, shelf, ready
        self._errands = Errands(self, lent.crash)
        self._seconds, self._known = 0.0, False  # the recording's, and whether it was tried before
        self._shown: tuple[str, str] | None = None  # of which calibration, in which language
        self._offers: dict[Candidate, Offer] = {}
        self.search, self.list = QLineEdit(), QTreeWidget()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        as_table(self.list, [_("Model"), _("Heard by"), _("Price of this recording")])
        self.list.itemChanged.connect(self._tell)
        _outline(self.list)
        self.total, self.trouble = Words(strong=True), Trouble()
        layout = QVBoxLayout(self)
        layout.addWidget(Words(_("Each one checked gets the recording once, and nobody else.")))
        layout.addLayout(in_row(label(_("&Find:"), self.search), self.search))
        layout.addWidget(label(_("&Candidates:"), self.list))
        layout.addWidget(self.list, 1)
        layout.addWidget(self.total)
        layout.addWidget(self.trouble)

    def enter(self, calibration: Calibration, settings: Settings) -> None:
        """The page is shown, for this recording."""
        self._ready(False)
        self._seconds, self._known = calibration.seconds, bool(calibration.outcomes)
        services = self._lent.wiring.services(settings)
        again = (calibration.id, settings.language) == self._shown
        chosen = {offer.candidate for offer in self.chosen()} if again else None
        self._shown = (calibration.id, settings.language)
        self.trouble.tell(None)
        self.total.tell(_("Asking what there is…"))

        def look() -> tuple[list[Offer], list[DictationError]]:
            return offers(settings, services, settings.language, paid(self._shelf.all()))

        self._errands.run(
            "candidates", look, lambda found: self._found(*found, chosen), self._failed
        )

    def focus(self) -> None:
        """The keyboard goes to the candidates."""
        self.list.setFocus()

    def chosen(self) -> list[Offer]:
        """Those that are checked, in the list's order."""
        return [self._offers[candidate] for candidate, item in self._rows() if _is_on(item)]

    def _rows(self) -> Iterator[tuple[Candidate, QTreeWidgetItem]]:
        items = [self.list.topLevelItem(at) for at in range(self.list.topLevelItemCount())]
        for candidate, item in zip(self._offers, items, strict=True):
            assert item is not None
            yield candidate, item

    def _found(
        self, found: list[Offer], troubles: list[DictationError], chosen: set[Candidate] | None
    ) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        self._offers = {offer.candidate: offer for offer in found}
        for offer in found:
            item = QTreeWidgetItem(
                [
                    shown_as(offer.candidate),
                    _host(offer.server) or _("this computer"),
                    self._price(offer),
                ]
            )
            item.setToolTip(0, offer.note)
            if offer.note:
                item.setText(1, f"{item.text(1)}. {offer.note}")
            on = offer.usual if chosen is None else offer.candidate in chosen
            item.setCheckState(0, CHECKED if on else UNCHECKED)
            self.list.addTopLevelItem(item)
        if first := self.list.topLevelItem(0):
            self.list.setCurrentItem(first)
        self.list.blockSignals(False)
        self.trouble.tell(troubles[0] if troubles else None)
        self._filter()
        self._tell()

    def _failed(self, error: DictationError) -> None:
        self.total.tell("")
        self.trouble.tell(error)

    def _price(self, offer: Offer) -> str:
        price = offer.usd_per_minute
        if price is None:
            return _("not told")
        if offer.server == "":
            return _("free")
        words = _("{price}, as before") if offer.paid else _("about {price}")
        return words.format(price=money(price * self._seconds / 60, self.locale()))

    def _filter(self) -> None:
        wanted = self.search.text().casefold().split()
        for _candidate, item in self._rows():
            words = f"{item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not all(each in words for each in wanted))

    def _tell(self) -> None:
        chosen = self.chosen()
        usd, unknown = estimate(chosen, self._seconds)
        if not chosen and self._known:
            self.total.tell(_("None is checked: go on to see what was heard earlier."))
        elif not chosen:
            self.total.tell(_("Check at least one of them."))
        elif not any(offer.server for offer in chosen):
            self.total.tell(_("Nothing leaves this computer, and nothing is paid."))
        else:
            servers = sorted({_host(offer.server) for offer in chosen if offer.server})
            words = _("{count} chosen: about {price}. The recording goes to {servers}.")
            if unknown:
                words = _(
                    "{count} chosen: about {price} and what {unknown} with no price in the list "
                    "cost. The recording goes to {servers}."
                )
            self.total.tell(
                words.format(
                    count=len(chosen),
                    price=money(usd, self.locale()),
                    unknown=unknown,
                    servers=", ".join(servers),
                )
            )
        self._ready(bool(chosen) or self._known)


def shown_as(candidate: Candidate) -> str:
    """What a candidate is called in windows."""
    return candidate.model or _("Basic recogniser")


def as_table(tree: QTreeWidget, titles: list[str]) -> None:
    """A table of rows, each one thing to a screen reader."""
    tree.setHeaderLabels(titles)
    tree.setItemDelegate(Rows(tree))
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setAllColumnsShowFocus(True)
    tree.setTabKeyNavigation(False)
    # All columns stay whole: where the window is too narrow it scrolls sideways.
    tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    tree.header().setStretchLastSection(True)


class Rows(QStyledItemDelegate):
    """Rows high enough to be hit."""

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As large as the text wants, and no lower than LEAST."""
        size = super().sizeHint(option, index)
        size.setHeight(max(LEAST, round(size.height() * 1.3)))
        return size


def _outline(tree: QTreeWidget) -> None:
    """Boxes get an outline that is seen on dark ground, too: Fusion makes it of the window's."""
    usual, outlined = QPalette(tree.palette()), QPalette()
    outlined.setColor(QPalette.ColorRole.Window, GREY)
    tree.setPalette(outlined)
    window = QPalette()
    window.setColor(QPalette.ColorRole.Window, usual.color(QPalette.ColorRole.Window))
    tree.header().setPalette(window)


def _host(server: str) -> str:
    """A server as people know it; where it is not encrypted, as it is."""
    return server.removeprefix("https://")


def _is_on(item: QTreeWidgetItem) -> bool:
    return item.checkState(0) == CHECKED
