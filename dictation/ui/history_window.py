"""The history: takes to find, to read, to hear, to mend, to send again, to give away, to delete."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dictation import exporting
from dictation.archive import Archive
from dictation.errors import Cancelled, DictationError
from dictation.history import History
from dictation.history.hearings import choose, correct
from dictation.i18n import _, plural
from dictation.playback import Out, loudspeaker
from dictation.session import State
from dictation.takes import Hearing, Take
from dictation.ui.asking import Asking
from dictation.ui.divider import Divided
from dictation.ui.errands import Errands
from dictation.ui.finding import Finding
from dictation.ui.picking import Pick, pick
from dictation.ui.pieces import Trouble, easily_hit, roomy, scrolled
from dictation.ui.take_details import Does, TakeDetails
from dictation.ui.window import Window

REST = 60  # ms that a take is the current one before all of it is fetched


@dataclass(frozen=True, slots=True)
class Doors:
    """What the window reaches the app by. `hear`, `models` and `elsewhere` wait: no main thread.

    `hear` sends a take again by a model, "" for the settings' own, until it is given up;
    `elsewhere` returns once another program has the focus; `paste` then brings a text there.
    """

    archive: Archive
    hear: Callable[[str, str, Callable[[], bool]], Take]
    models: Callable[[], list[str]]
    paste: Callable[[str], Future[Take]]
    elsewhere: Callable[[], None]
    nothing: Callable[[], str]  # what to do where there is no take yet
    crash: Callable[[Exception], None]
    menu: QMenu | None = None  # of all that the app does
    out: Callable[[], Out] = loudspeaker
    pick: Pick = pick


class HistoryWindow(Window):
    """Left the takes, right the current one."""

    def __init__(self, doors: Doors) -> None:
        super().__init__(_("History"))
        self._doors = doors
        self._errands = Errands(self, doors.crash)
        self._asking = Asking(self, self._failed, doors.crash)
        self._given_up: threading.Event | None = None  # of what is under way
        self._asked_models = False
        self._awaited = False  # a text that is to have the focus
        self.finding = Finding(doors.archive, doors.nothing, self._failed, doors.crash)
        self.finding.changed.connect(self._chosen)
        self.finding.lead_on(doors.menu)
        self.details = TakeDetails(
            Does(
                save=self._save,
                use=self._use,
                copy=self._copy,
                paste=self._paste,
                send=self._send,
                give_up=self._give_up,
                export=self._export,
                delete=self.ask_delete,
            ),
            doors.crash,
            doors.out,
        )
        self.trouble = Trouble()
        self.right = QStackedWidget()
        self.right.addWidget(QWidget())  # where there is no take
        self.right.addWidget(scrolled(self.details))
        self.split = Divided(_("Width of the list"))
        self.split.addWidget(self.finding)
        self.split.addWidget(self.right)
        self.split.setSizes([2000, 3000])  # in proportion
        self.setTabOrder(self.finding.menu_button, self.split.handle(1))
        layout = QVBoxLayout(self)
        layout.addWidget(self.split, 1)
        layout.addWidget(self.trouble)
        self._add_keys()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._load)
        for kind in (QAbstractButton, QComboBox, QLineEdit):
            for each in self.findChildren(kind):
                easily_hit(each)
        roomy(self, 130, 40)

    def _add_keys(self) -> None:
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.finding.focus)
        view = self.finding.view
        near = Qt.ShortcutContext.WidgetShortcut
        for key, do in (
            (QKeySequence(QKeySequence.StandardKey.Delete), self.ask_delete),
            (QKeySequence(QKeySequence.StandardKey.Copy), self._copy),
            (QKeySequence(Qt.Key.Key_Return), self._to_text),
            (QKeySequence(Qt.Key.Key_Enter), self._to_text),
        ):
            QShortcut(key, view, do, context=near)

    def bring_up(self) -> None:
        """In front, ready to search."""
        super().bring_up()
        self.finding.focus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The takes of now."""
        super().showEvent(event)
        if not event.spontaneous():
            self.trouble.tell(None)
            self.finding.look()
            self._offer_models()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """The list is forgotten; what is under way goes on."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.finding.forget()

    def changed(self, state: State) -> None:
        """A take began, or is a step further; while one is recorded, nothing is played into it."""
        if state.recording:
            self.details.player.pause()
        self._look_anew()

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A take is over."""
        self._look_anew()

    def applied(self) -> None:
        """Another provider has other models."""
        self._asked_models = False
        if self.isVisible():
            self._offer_models()

    def ask_delete(self) -> None:
        """Asks whether the chosen takes are to go for good."""
        ids = self.finding.chosen
        if not ids:
            return
        what = plural(
            "Delete this dictation, its text and its recording?",
            "Delete {count} dictations, their texts and their recordings?",
            len(ids),
        )
        box = QMessageBox(self)
        box.setWindowTitle(_("Delete"))
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(what.format(count=len(ids)))
        box.setInformativeText(_("This can't be undone."))
        box.addButton(_("&Delete"), QMessageBox.ButtonRole.DestructiveRole).clicked.connect(
            lambda _on: self._delete(ids)
        )
        keep = box.addButton(_("&Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # What is shown.

    def _to_text(self) -> None:
        """To the current take's text, as soon as it is there."""
        take = self.details.take
        self._awaited = take is None or take.id != self.finding.current
        if not self._awaited:
            self.details.comparison.text.setFocus()

    def _look_anew(self) -> None:
        if self.isVisible():
            self.finding.look()
            self._rest.start()

    def _chosen(self) -> None:
        self.details.chosen(len(self.finding.chosen))
        shown = self.details.take
        if self.finding.current is None:
            self.right.setCurrentIndex(0)
            self.details.player.pause()
        elif shown is None or shown.id != self.finding.current or self.right.currentIndex() == 0:
            self._rest.start()

    def _load(self) -> None:
        id_ = self.finding.current

        def done(found: list[Take]) -> None:
            if id_ != self.finding.current:
                return
            if found:
                self._show(found[0])
            else:
                self.finding.look()  # it was deleted elsewhere

        if id_ is not None:
            self._asking.then(self._doors.archive.ask(lambda history: history.found(id_)), done)

    def _show(self, take: Take) -> None:
        if take.id == self.finding.current:
            self.details.show_take(take)
            self.right.setCurrentIndex(1)
            if self._awaited:
                self._to_text()

    def _failed(self, error: DictationError) -> None:
        self.trouble.tell(error)

    # What the buttons do.

    def _save(self, text: str) -> None:
        self._saved(text, self._show)

    def _saved(self, text: str, then: Callable[[Take], None]) -> None:
        take = self.details.take
        assert take is not None

        def done(corrected: Take) -> None:
            self.details.comparison.saved(corrected.id)
            self._altered(corrected)
            then(corrected)

        self.trouble.tell(None)
        alter = self._doors.archive.alter
        self._asking.then(alter(lambda history: correct(history, take.id, text)), done)

    def _use(self, hearing: Hearing) -> None:
        take = self.details.take
        assert take is not None

        def done(chosen: Take) -> None:
            self.details.comparison.saved(chosen.id)
            self._altered(chosen)

        alter = self._doors.archive.alter
        self._asking.then(alter(lambda history: choose(history, take.id, hearing)), done)

    def _altered(self, take: Take) -> None:
        self._show(take)
        self.finding.look()

    def _copy(self) -> None:
        ids = self.finding.chosen[::-1]  # as they were spoken
        take = self.details.take
        if take and ids == [take.id]:
            QGuiApplication.clipboard().setText(self.details.comparison.words)
            return

        def done(takes: list[Take]) -> None:
            texts = [take.text for take in takes if take.text]
            QGuiApplication.clipboard().setText("\n\n".join(texts))

        self._asking.then(self._takes(ids), done)

    def _paste(self) -> None:
        take = self.details.take
        if take is None or take.id != self.finding.current:
            return

        def go(_take: Take) -> None:
            self.hide()  # the window that had the focus before gets it back
            self._errands.run("elsewhere", self._doors.elsewhere, put, failed)

        def put(_nothing: None) -> None:
            self._asking.then(self._doors.paste(take.id), lambda _take: None, failed)

        def failed(error: DictationError) -> None:
            self.bring_up()
            self.trouble.tell(error)

        if self.details.comparison.is_edited:
            self._saved(self.details.comparison.words, go)  # what is seen is what is pasted
        else:
            go(take)

    def _send(self, model: str) -> None:
        take = self.details.take
        if take is None or self._given_up:
            return
        given_up = self._given_up = threading.Event()

        def over() -> None:
            self._given_up = None
            self.details.sending(False)

        def done(heard: Take) -> None:
            over()
            self._altered(heard)

        def failed(error: DictationError) -> None:
            over()
            if not isinstance(error, Cancelled):
                self.trouble.tell(error)
            self._look_anew()

        self.trouble.tell(None)
        told = (
            _("The recording is being sent, to be heard by {model}…")
            if model
            else _("The recording is being sent, as the settings say…")
        )
        self.details.sending(True, told.format(model=model))
        hear = partial(self._doors.hear, take.id, model, given_up.is_set)
        self._errands.run("send again", hear, done, failed)

    def _give_up(self) -> None:
        if self._given_up:
            self._given_up.set()
            self.details.progress.say(_("Giving up…"))

    def _export(self, form: str) -> None:
        ids = self.finding.chosen[::-1]  # oldest first
        if not ids or self._given_up:
            return
        folder = form in exporting.SINGLE and len(ids) > 1
        name = ids[0] if len(ids) == 1 else _("dictations")
        suggested = name if folder else f"{name}.{form}"
        self._doors.pick(self, suggested, folder, lambda path: self._write(ids, form, path))

    def _write(self, ids: Sequence[str], form: str, path: Path) -> None:
        given_up = self._given_up = threading.Event()
        told = _("{done} of {all} are written…")

        def progress(count: int) -> bool:
            words = told.format(done=count, all=len(ids))
            self._errands.post(lambda: self.details.sending(True, words))
            return not given_up.is_set()

        def write() -> list[Path]:
            return exporting.export(self._takes(ids).result(), form, path, done=progress)

        def done(made: list[Path]) -> None:
            self._given_up = None
            words = _("Written: {path}").format(path=path)
            self.details.sending(False, words if made else "")

        def failed(error: DictationError) -> None:
            self._given_up = None
            self.details.sending(False)
            self.trouble.tell(error)

        self.trouble.tell(None)
        self.details.sending(True, told.format(done=0, all=len(ids)))
        self._errands.run("export", write, done, failed)

    def _delete(self, ids: Sequence[str]) -> None:
        def done(_nothing: None) -> None:
            for id_ in ids:
                self.details.comparison.saved(id_)
            self.finding.look()

        self.trouble.tell(None)
        take = self.details.take
        if take and take.id in ids:
            self.details.player.open(None)  # on Windows a file that is open can't be removed
        self._asking.then(self._doors.archive.remove(ids), done)

    def _takes(self, ids: Sequence[str]) -> Future[list[Take]]:
        def look(history: History) -> list[Take]:
            return [take for id_ in ids for take in history.found(id_)]

        return self._doors.archive.ask(look)

    def _offer_models(self) -> None:
        def failed(_error: DictationError) -> None:
            self._asked_models = False  # asked anew next time; a name can be typed all the same
            self.details.offer([])

        if not self._asked_models:
            self._asked_models = True
            self._errands.run("models", self._doors.models, self.details.offer, failed)
