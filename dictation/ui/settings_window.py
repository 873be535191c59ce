"""The settings: pages drawn from the table, a search over all, each change in force at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QFileSystemWatcher, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from dictation import languages, settings
from dictation.changes import Changes
from dictation.desktop_names import untried
from dictation.errors import DictationError, SettingsError
from dictation.i18n import _, language
from dictation.settings_table import TRANSCRIPTION
from dictation.ui.account_panel import AccountPanel
from dictation.ui.errands import Errands
from dictation.ui.hotkey_lines import HotkeyLines
from dictation.ui.key_page import KeyPage
from dictation.ui.labels import label_of, letter_in, set_by
from dictation.ui.page_list import PageList
from dictation.ui.pieces import Trouble, Words, button, in_row, label, roomy, scrolled
from dictation.ui.setting_line import Line
from dictation.ui.settings_pages import Lines, Page, Whole
from dictation.ui.setup import Setup
from dictation.ui.window import Window

Offers = Mapping[str, Callable[[], list[str]]]
Doors = Mapping[str, tuple[str, Callable[[], None]]]  # what the button says, what it opens
FIND, PAGES, UNDO, CLOSE = _("&Find:"), _("Pa&ges:"), _("U&ndo"), _("C&lose")
SETTLED = 100  # ms after a change of the file: who writes it may do so in several steps


class SettingsWindow(Window):
    """Shows what is in force; a good value that is meant as it stands is saved and taken up.

    `offers` gives, for a setting, the texts to choose from; they are fetched while the window is
    open already.
    """

    def __init__(self, setup: Setup, *, offers: Offers, doors: Doors | None = None) -> None:
        """`doors` stand beside a setting's field: buttons for what else can be done about it."""
        super().__init__(_("Settings"))
        self._setup, self._offers = setup, offers
        self._path = setup.wiring.places.settings
        self._changes = Changes(self._path)
        self._stored: dict[str, Any] = {}
        self._found: list[QWidget] = []
        self._unsaved = False
        self._errands = Errands(self, setup.crash)
        self.lines = {
            name: Line(name, self._take, offers=name in offers) for name in settings.TABLE
        }
        self.doors = {name: self._door(name, *door) for name, door in (doors or {}).items()}
        self.hotkeys = HotkeyLines(setup, self.lines, self._errands)
        self.account = AccountPanel(setup)
        self.key_page = KeyPage(setup, self.account.look)
        self.pages: list[Page] = []
        self._make_pages()
        self._build()
        self._watch_file()
        self._shown_page = self.pages[0]
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self._to_search)
        self._arrange()
        roomy(self, 110, 40)

    def _door(self, name: str, words: str, do: Callable[[], None]) -> QPushButton:
        made = button(words)
        made.setAccessibleName(f"{label_of(name)}: {words}")
        made.clicked.connect(lambda _on: do())
        self.lines[name].add_beside(made)
        return made

    def _make_pages(self) -> None:
        for group in dict.fromkeys(settings.row(name).group for name in settings.TABLE):
            of_it = (line for line in self.lines.values() if _group(line) == group)
            self.pages.append(Lines(group, of_it))
            if group == TRANSCRIPTION:
                self.pages.append(self._key_and_account())

    def _key_and_account(self) -> Whole:
        page, both = self.key_page, QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)
        column.addWidget(self.account)

        def texts() -> list[str]:
            said = [text for panel in page.panels for text in (panel.title, panel.what)]
            amounts = _("Balance, limit and usage of the key, credits")
            return [text.replace("&", "") for text in (*said, self.account.title, amounts)]

        def enter() -> None:
            page.enter()
            self.account.look()

        return Whole(
            _("Key and account"),
            both,
            texts,
            go=lambda: self.open(self.pages[1]),
            enter=enter,
            leave=page.leave,
        )

    def _build(self) -> None:
        self.untried, self.trouble = Words(), Trouble("settings")
        self.untried.tell(untried(self._setup.desktop))
        self.search, self.found = QLineEdit(clearButtonEnabled=True), Words()
        self.search.setPlaceholderText(_("Words of a setting, such as clipboard"))
        self.search.textChanged.connect(lambda _text: self._arrange())
        self.search.returnPressed.connect(self._to_first)
        self.page_list = PageList([page.title for page in self.pages])
        self.page_list.chosen.connect(lambda at: self.open(self.pages[at]))
        self.told = Words()
        still = self.told.sizePolicy()
        still.setRetainSizeWhenHidden(True)  # so that the buttons stay where they are
        self.told.setSizePolicy(still)
        self.undo_button, self.close_button = button(""), button(CLOSE)
        self.undo_button.clicked.connect(lambda _on: self.undo())
        self.close_button.clicked.connect(lambda _on: self.close())

        column = QWidget()
        self._column = QVBoxLayout(column)
        for page in self.pages:
            self._column.addWidget(page)
        self._column.addStretch()
        self.area = scrolled(column)
        middle, bottom = QHBoxLayout(), QHBoxLayout()
        side = QVBoxLayout()
        side.addWidget(label(PAGES, self.page_list))
        side.addWidget(self.page_list, 1)
        middle.addLayout(side)
        middle.addWidget(self.area, 1)
        bottom.addWidget(self.told, 1)
        bottom.addWidget(self.undo_button)
        bottom.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.untried)
        layout.addLayout(in_row(label(FIND, self.search), self.search))
        layout.addWidget(self.found)
        layout.addLayout(middle, 1)
        layout.addWidget(self.trouble)
        layout.addLayout(bottom)
        self._tell("")

    def _watch_file(self) -> None:
        self._watcher = QFileSystemWatcher(self)
        settled = QTimer(self, singleShot=True, interval=SETTLED)
        settled.timeout.connect(self._look_at_file)
        for signal in (self._watcher.fileChanged, self._watcher.directoryChanged):
            signal.connect(lambda _path: settled.start())

    # Pages and the search.

    def open_at(self, name: str) -> None:
        """Comes up, at the setting of that name if there is one."""
        self.bring_up()
        if line := self.lines.get(name):
            self.open(next(page for page in self.pages if page.title == _group(line)))
            line.widget.setFocus()
            self.area.ensureWidgetVisible(line.widget)

    def open(self, page: Page) -> None:
        """Shows this page, and ends a search."""
        self._shown_page = page
        if self.search.text():
            self.search.clear()
        else:
            self._arrange()
        self.area.verticalScrollBar().setValue(0)

    def _arrange(self) -> None:
        """Shows the page, or the lines of all pages that match what is searched."""
        typed = self.search.text().strip()
        if typed:
            self._found = [control for page in self.pages for control in page.narrow(typed)]
            self.found.say(_found_in_words(len(self._found)))
        else:
            self._found = []
            self.found.say("")
            for page in self.pages:
                if page is self._shown_page:
                    page.show_all()
                else:
                    page.leave()
                    page.hide()
        self.search.setAccessibleDescription(self.found.text())
        self.page_list.show_chosen(-1 if typed else self.pages.index(self._shown_page))
        # What the window itself answers to, no page may give to its own.
        taken = {letter_in(text) for text in (FIND, PAGES, UNDO, CLOSE)}
        for page in self.pages:
            if not page.isHidden():
                page.give_letters(taken)

    def _to_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _to_first(self) -> None:
        if self._found:
            self._found[0].setFocus()
            self.area.ensureWidgetVisible(self._found[0])

    def escape(self) -> None:
        """The first Escape ends a search, the next closes."""
        if self.search.text():
            self.search.clear()
            self.search.setFocus()
        else:
            self.close()

    # Changes.

    def _take(self, line: Line) -> None:
        try:
            self._changes.make(line.name, line.field.value())
        except SettingsError as error:
            self._unsaved = True
            self.trouble.tell(error)
            return
        line.keep()
        self._in_force(_("Saved: {name}.").format(name=label_of(line.name)))

    def undo(self) -> None:
        """Takes the last change back."""
        try:
            name = self._changes.undo()
        except SettingsError as error:
            self.trouble.tell(error)
            return
        if name:
            self._in_force(_("Taken back: {name}.").format(name=label_of(name)))
            self._read(lambda line: line.name == name)

    def _in_force(self, words: str) -> None:
        self._unsaved = False
        self.trouble.tell(None)
        self._setup.apply()
        self._tell(words)
        self._tell_language()

    def _tell(self, words: str) -> None:
        last = self._changes.last
        text = _("U&ndo: {name}").format(name=label_of(last)) if last else UNDO
        self.undo_button.setText(text)
        self.undo_button.setEnabled(bool(last))
        self.told.say(words)
        self.told.setAccessibleName(words)

    def _tell_language(self) -> None:
        if door := self.doors.get(languages.SETTING):
            door.setVisible(languages.at_next_start() != language)

    def applied(self) -> None:
        """The file or the settings in force are others now: shows them, but for what is edited."""
        if self.isVisible():
            self._read(lambda line: not line.edited)
            self._tell_language()
            self.hotkeys.tell()

    def _look_at_file(self) -> None:
        """Another hand may have changed the file: then it is taken up, as it is shown."""
        if self.isVisible() and settings.read_file(self._path)[0] != self._stored:
            self._setup.apply()

    def _read(self, wanted: Callable[[Line], bool]) -> None:
        flags, environment = self._setup.flags, self._setup.environment
        chosen, _problems = settings.load(self._path, environment, flags)
        self._stored, unread = settings.read_file(self._path)
        self._changes.look(self._stored)
        if not self._unsaved:
            self.trouble.tell(unread[0] if unread else None)
        for name, line in self.lines.items():
            if wanted(line):
                by = set_by(name, flags, environment)
                line.show_value(getattr(chosen, name), by)
                if name in self._stored and not by:
                    line.check_stored(self._stored[name])
        self._tell("")
        there = [str(path) for path in (self._path, self._path.parent) if path.exists()]
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if new := [path for path in there if path not in watched]:
            self._watcher.addPaths(new)

    def _fetch(self, line: Line, fetch: Callable[[], list[str]]) -> None:
        def failed(error: DictationError) -> None:
            line.tell(f"{error.title}: {error.message}")

        self._errands.run(f"offers for {line.name}", fetch, line.field.offer, failed)

    # The window.

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """What is in force now; what was typed and is wrong still stands there."""
        super().showEvent(event)
        if not event.spontaneous():
            self._read(lambda line: not line.wrong)
            self._arrange()
            self._tell_language()
            for name, fetch in self._offers.items():
                self._fetch(self.lines[name], fetch)
            self.hotkeys.tell()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """A good value that was typed is not lost: where it can't be saved, that is told first."""
        told = self._unsaved
        self._commit()
        if self._unsaved and not told:
            event.ignore()
        else:
            super().closeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Saves what was typed; the usual keys work again."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._commit()
            self._unsaved = False
            self.hotkeys.leave()
            for page in self.pages:
                page.leave()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Coming back from an editor: the file may be another one."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._look_at_file()

    def _commit(self) -> None:
        for line in self.lines.values():
            if line.edited and not line.wrong:
                line.commit()


def _group(line: Line) -> str:
    return settings.row(line.name).group


def _found_in_words(count: int) -> str:
    if count:
        return _("Found: {count}. Enter goes to the first.").format(count=count)
    return _("Nothing found. Try fewer words or others; Escape shows the pages again.")
