"""The last dictation, to be put right where it stands: heard, corrected, or heard by another model.

Opened by a key. The corrected text takes the place of the inserted one as long as nothing else was
done in its window; else it is copied.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout

from dictation.archive import Archive
from dictation.corrections import suggested
from dictation.errors import Cancelled, DictationError
from dictation.history.hearings import correct, corrections
from dictation.i18n import _
from dictation.playback import Out, loudspeaker
from dictation.takes import Hearing, Take
from dictation.ui.asking import Asking
from dictation.ui.comparison import Comparison
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, Words, button, easily_hit, in_row, roomy
from dictation.ui.player import Player
from dictation.ui.term_offer import TermOffer
from dictation.ui.window import Window
from dictation.values import Receipt

LEFT_AFTER = 300  # ms: a key that X11 is holding for us takes the focus for as long as it is down
LEAST = 8  # characters of a model's name that are seen in any case
IN_PLACE = _("The corrected text takes the place of the one that was put in.")
NONE = _("There is no dictation with a text yet. Dictate one first.")
COPIED = _("It can't be put in place of the old one any more: it will be copied.")

LATER = _("You have put “{term}” right twice: open the last dictation once more to spell it so.")


@dataclass(frozen=True, slots=True)
class Repair:
    """What the window does with the last dictation; `hear` and `models` may wait."""

    archive: Archive
    hear: Callable[[str, str, Callable[[], bool]], Take]
    models: Callable[[], list[str]]
    look_away: Callable[[], Future[bool]]
    put_right: Callable[[str], Future[Receipt]]
    copy: Callable[[str], object]
    known: Callable[[], Collection[str]]  # terms that are not to be suggested
    learn: Callable[[str], object]
    decline: Callable[[str], object]
    told: Callable[[str], object]
    crash: Callable[[Exception], None]
    out: Callable[[], Out] = loudspeaker


class FixWindow(Window):
    """Shows the newest take that has a text."""

    def __init__(self, repair: Repair) -> None:
        super().__init__(_("Last dictation"))
        self._repair = repair
        self._errands = Errands(self, repair.crash)
        self.trouble = Trouble()
        self._asking = Asking(self, self.trouble.tell, repair.crash)
        self._take: Take | None = None
        self._in_place = False
        self._given_up: threading.Event | None = None
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LEFT_AFTER)
        self._look.timeout.connect(self._look_who_is_active)
        self.comparison = Comparison(self._save, self._use)
        self.player = Player(repair.crash, out=repair.out)
        self.where, self.offer = Words(), TermOffer(self._learn, self._decline)
        self.model = QComboBox()
        self.model.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.model.setMinimumContentsLength(LEAST)
        easily_hit(self.model)
        self.again, self.give_up = button(_("Hea&r it again with")), button(_("&Give up"))
        self.fix_button = button(_("&Put it right"))
        self.copy_button, self.close_button = button(_("&Copy")), button(_("Clos&e"))
        self.fix_button.setToolTip("Ctrl+Enter")
        self.again.clicked.connect(lambda _on: self._hear())
        self.give_up.clicked.connect(lambda _on: self._stop_hearing())
        self.fix_button.clicked.connect(lambda _on: self.put_right())
        self.copy_button.clicked.connect(lambda _on: repair.copy(self.comparison.words))
        self.close_button.clicked.connect(lambda _on: self.close())
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.put_right)
        hearing = QHBoxLayout()
        hearing.addWidget(self.again)
        hearing.addWidget(self.model, 1)
        hearing.addWidget(self.give_up)
        self.model.setAccessibleName(_("Model"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.trouble)
        layout.addWidget(self.comparison, 1)
        layout.addWidget(self.player)
        layout.addLayout(hearing)
        layout.addWidget(self.offer)
        layout.addWidget(self.where)
        layout.addLayout(in_row(self.fix_button, self.copy_button, self.close_button))
        roomy(self, 72, 22)

    def open(self) -> None:
        """Comes up with the last dictation, once it is known whether that can be put right."""

        def known(untouched: bool) -> None:
            self._in_place = untouched
            self.trouble.tell(None)
            self.bring_up()
            self._tell_where()
            self._load()

        if self.isVisible():
            self.bring_up()
        else:
            self._asking.then(self._repair.look_away(), known, self._cannot)

    def put_right(self) -> None:
        """Keeps the correction, and puts it where the text was, or copies it."""
        take, words = self._take, self.comparison.words
        if take is None or self._given_up:
            return

        def kept(_take: Take) -> None:
            self.comparison.saved(take.id)
            in_place = self._in_place and words != take.text
            self.hide()
            if in_place:
                self._asking.then(self._repair.put_right(words), lambda _receipt: None, failed)
            elif words != take.text:
                copied("")
            self._suggest()

        def failed(error: DictationError) -> None:
            copied(error.message)

        def copied(why: str) -> None:
            self._repair.copy(words)
            copied = _("The corrected text is on the clipboard.")
            self._repair.told(f"{why} {copied}".strip())

        alter = self._repair.archive.alter
        self._asking.then(alter(lambda history: correct(history, take.id, words)), kept)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """What nobody looks at makes no noise and asks nobody."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.player.pause()
            self._stop_hearing()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Who goes to another program may do anything there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._look.start()

    def _look_who_is_active(self) -> None:
        if self.isVisible() and self._in_place and QGuiApplication.focusWindow() is None:
            self._in_place = False
            self._tell_where()

    def _cannot(self, error: DictationError) -> None:
        self._in_place = False
        self.bring_up()
        self.trouble.tell(error)
        self._load()

    def _tell_where(self) -> None:
        if self._take is None:
            self.where.tell(NONE)
        else:
            self.where.tell(IN_PLACE if self._in_place else COPIED)

    def _load(self) -> None:
        self._asking.then(self._repair.archive.ask(lambda history: history.last_text()), self._show)
        self._errands.run("models", self._repair.models, self._offer_models, self._no_models)
        self._suggest()

    def _show(self, take: Take | None) -> None:
        self._take = take
        for each in (self.fix_button, self.copy_button, self.comparison):
            each.setEnabled(take is not None)
        self.player.setVisible(bool(take and take.audio))
        self.sending(False)
        if take is None:
            return
        self.comparison.show_take(take, editable=True)
        self.player.open(Path(take.audio) if take.audio else None)
        self.comparison.text.setFocus()
        self.comparison.text.selectAll()

    def _offer_models(self, models: list[str]) -> None:
        kept = self.model.currentText()
        self.model.clear()
        self.model.addItems(models)
        self.model.setCurrentText(kept)
        self.sending(self._given_up is not None)

    def _no_models(self, error: DictationError) -> None:
        """No fault of what the user is about: said in the field that stays empty."""
        if not self.model.count():
            self.model.setPlaceholderText(error.title)

    def _save(self, text: str) -> None:
        take = self._take
        assert take is not None

        def done(corrected: Take) -> None:
            self.comparison.saved(corrected.id)
            self._show(corrected)
            self._suggest()

        alter = self._repair.archive.alter
        self._asking.then(alter(lambda history: correct(history, take.id, text)), done)

    def _use(self, hearing: Hearing) -> None:
        self.comparison.text.setPlainText(hearing.text)  # to be put right, or changed further
        self.comparison.text.setFocus()

    def _hear(self) -> None:
        take, model = self._take, self.model.currentText()
        if take is None or not model or self._given_up:
            return
        given_up = self._given_up = threading.Event()

        def over(found: Take | None, error: DictationError | None) -> None:
            self._given_up = None
            self.sending(False)
            if found:
                self._show(found)
            if error and not isinstance(error, Cancelled):
                self.trouble.tell(error)

        self.trouble.tell(None)
        self.sending(True)
        hear = partial(self._repair.hear, take.id, model, given_up.is_set)
        self._errands.run("hear", hear, lambda t: over(t, None), lambda e: over(None, e))

    def _stop_hearing(self) -> None:
        if self._given_up:
            self._given_up.set()

    def sending(self, on: bool) -> None:
        """Whether the recording is on its way to another model."""
        can = self._take is not None and self._take.audio is not None and not on
        self.again.setEnabled(can and self.model.count() > 0)
        self.give_up.setVisible(on)
        self.fix_button.setEnabled(self._take is not None and not on)
        if on:
            self.where.tell(_("The recording is being sent…"))
        else:
            self._tell_where()

    def _suggest(self) -> None:
        def found(pairs: list[tuple[str, str]]) -> None:
            term = next(iter(suggested(pairs, self._repair.known())), "")
            if term and not self.isVisible():
                self._repair.told(LATER.format(term=term))
            self.offer.tell(term)

        self._asking.then(self._repair.archive.ask(corrections), found)

    def _learn(self, term: str) -> None:
        try:
            self._repair.learn(term)
        except DictationError as error:
            self.trouble.tell(error)
        else:
            self._suggest()

    def _decline(self, term: str) -> None:
        self._repair.decline(term)
        self._suggest()
