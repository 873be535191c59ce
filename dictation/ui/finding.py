"""The takes to choose from: a field that searches while it is written in, and the list below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from dictation.i18n import _, plural
from dictation.ui.asking import Failed
from dictation.ui.pieces import Words, in_row, label
from dictation.ui.takes_model import Asked, TakesModel
from dictation.ui.takes_view import TakesView


class Finding(QWidget):
    """`changed` tells that another take is the current one, or that others are chosen.

    `nothing` says what to do where the history holds no take.
    """

    changed = Signal()

    def __init__(
        self,
        archive: Asked,
        nothing: Callable[[], str],
        failed: Failed,
        crash: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._nothing = nothing
        self._mending = False
        self.current: str | None = None
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(_("Words, or how they begin"))
        self.search.setToolTip(self.search.placeholderText())  # where there is no room for it
        self.model = TakesModel(archive, failed, crash)
        self.view = TakesView(self.model)
        self.view.setAccessibleName(_("Dictations, newest first"))
        self.count, self.empty = Words(), Words()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.several = QPushButton(_("Choose seve&ral"))
        self.several.setAutoDefault(False)
        self.several.setCheckable(True)
        self.several.setAccessibleDescription(_("Each click or Space adds one or takes it out"))
        self.several.toggled.connect(self.view.several)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.view)
        self.pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(in_row(label(_("&Search:"), self.search), self.search))
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.count)
        self.menu_button = QPushButton(_("Men&u"))
        self.menu_button.setAutoDefault(False)
        layout.addLayout(in_row(self.several, self.menu_button))
        self.lead_on(None)
        self.search.textChanged.connect(lambda _text: self.look())
        self.search.installEventFilter(self)
        self.model.came.connect(self._came)
        selection = self.view.selectionModel()
        selection.currentChanged.connect(lambda _now, _before: self._moved())
        selection.selectionChanged.connect(lambda _on, _off: self._told())

    def lead_on(self, menu: QMenu | None) -> None:
        """What else the app does, for a desktop without a tray."""
        self.menu_button.setVisible(menu is not None)
        if menu is not None:
            self.menu_button.setMenu(menu)

    @property
    def chosen(self) -> list[str]:
        """The takes that are chosen, newest first; else the current one."""
        return self.view.chosen or ([self.current] if self.current else [])

    def look(self) -> None:
        """Asks for what is wanted by now."""
        self.model.show(self.search.text().strip())

    def focus(self) -> None:
        """To the field, what stands in it to be written over."""
        self.search.setFocus()
        self.search.selectAll()

    def forget(self) -> None:
        """While nobody looks."""
        self._mending = True
        self.model.clear()
        self._mending = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """From the field Down, Page Down and Enter lead to the list."""
        to_list = (Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() in to_list and self.model.count:  # type: ignore[attr-defined]
            self.view.setFocus()
            return True
        return super().eventFilter(watched, event)

    def _came(self) -> None:
        count, words = self.model.count, self.model.words
        at = self.model.row_of(self.current) if self.current else None
        if self.view.currentIndex().row() != at or not self.view.chosen:
            self.view.choose(0 if at is None else at)
            if at is None:
                self.view.scrollToTop()
        if words:
            told = plural("{count} found", "{count} found", count)
        else:
            told = plural("{count} dictation", "{count} dictations", count)
        said = told.format(count=self.locale().toString(count))
        if words:  # as one types them
            self.count.say(said)
        else:
            self.count.tell(said)
        self.several.setEnabled(count > 1)
        if not count:
            nowhere = _(
                "No dictation has all of these words.\n\nTry fewer of them, or only how they begin."
            )
            self.empty.setText(nowhere if words else self._nothing())
            self.current = None
        self.pages.setCurrentWidget(self.view if count else self.empty)
        self.changed.emit()

    def _moved(self) -> None:
        id_ = self.model.id_at(self.view.currentIndex().row())
        if id_ and not self._mending:
            self.current = id_
            self._told()

    def _told(self) -> None:
        if not self._mending:
            self.changed.emit()
