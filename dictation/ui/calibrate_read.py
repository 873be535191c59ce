"""Step one of a calibration: a recording, and exactly what is said in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from dictation.audio import RATE, Recording
from dictation.audio_files import open_kept
from dictation.calibration.keeping import Calibration, Shelf
from dictation.calibration.texts import NAMES, language_name, texts
from dictation.capture import Capture, Hooks, Limits
from dictation.errors import DictationError, NoSpeech, UsageError
from dictation.i18n import _
from dictation.takes import Take
from dictation.ui import aloud
from dictation.ui.calibrate_lent import Lent
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, Words, button, in_row, label

EVERY = 100  # ms between looks at the recording
LONGEST = 600.0  # seconds: longer ones are sent in pieces, which measures something else
FASTEST = 5.0  # words a second: nobody reads so fast, so some were left out

Kind = Literal["text", "own", "last", "kept"]
HOW: dict[Kind, str] = {
    "text": _("Press Record, read this aloud as you usually dictate, then press Stop."),
    "own": _("Write here what you are going to say, press Record and say it, then press Stop."),
    "last": _("Your last dictation. Correct it until it is exactly what you said, then go on."),
    "kept": _("A kept recording. Correct the text where you said something else, then go on."),
}


class ReadPage(QWidget):
    """What to read or take, the microphone's level, and a text that is true to what was said."""

    title = _("Read a minute aloud")

    def __init__(self, lent: Lent, shelf: Shelf, ready: Callable[[bool], None]) -> None:
        """`ready` hears whether there is a recording to go on with."""
        super().__init__()
        self._lent, self._shelf, self._ready = lent, shelf, ready
        self._errands = Errands(self, lent.crash)
        self._capture: Capture | None = None
        self._recording: Recording | None = None
        self._take: Take | None = None
        self._kept: list[Calibration] = []
        self._texts = {text.language: text.text for text in texts()}
        self.source, self.language = QComboBox(), QComboBox()
        self.how, self.status, self.trouble = Words(), Words(strong=True), Trouble()
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._told)
        self.record_button, self.delete_button = button(_("&Record")), button(_("&Delete it"))
        self.delete_button.setAccessibleName(_("Delete this recording and its results"))
        self.level = QProgressBar()
        self.level.setRange(0, 100)
        self.level.setTextVisible(False)
        self.level.setAccessibleName(_("Level of the microphone"))
        for code in ("", *NAMES):
            self.language.addItem(language_name(code), code)
        self.source.currentIndexChanged.connect(self._chosen)
        self.record_button.clicked.connect(self._toggle)
        self.delete_button.clicked.connect(self._delete)
        self._look = QTimer(self)
        self._look.setInterval(EVERY)
        self._look.timeout.connect(self._tick)
        self._lay_out()
        self._fill()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(label(_("Try &with:"), self.source), self.source)
        form.addRow(label(_("&Language:"), self.language), self.language)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.how)
        layout.addWidget(label(_("What is &said:"), self.text))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.level)
        layout.addLayout(in_row(self.record_button, self.delete_button))
        layout.addWidget(self.status)
        layout.addWidget(self.trouble)

    def enter(self) -> None:
        """The page is shown."""
        self.trouble.tell(None)
        self._errands.run("kept calibrations", self._shelf.all, self._found, self.trouble.tell)
        self._told()

    def leave(self) -> None:
        """The page is not shown any more: the microphone is closed."""
        if self._capture:
            self._capture.stop()

    def focus(self) -> None:
        """The keyboard goes to what is chosen first."""
        self.source.setFocus()

    def keep(self, done: Callable[[Calibration], None]) -> None:
        """Puts the recording and its words on disk; `done` gets the calibration."""
        said, language = self.text.toPlainText().strip(), self.language.currentData()
        kind, key = self.source.currentData()
        recording, take = self._recording, self._take

        def keep() -> Calibration:
            if kind == "kept":
                kept = self._shelf.get(key)  # with what was heard since it was listed
                changed = replace(kept, reference=said, language=language)
                self._shelf.save(changed)
                return changed
            if kind == "last":
                assert take is not None
                speech = open_kept(Path(take.audio or ""))
                if speech.seconds > LONGEST:
                    told = _("Your last dictation is longer than {minutes:.0f} minutes.")
                    raise UsageError(
                        told.format(minutes=LONGEST / 60), hint=_("Dictate a shorter one first.")
                    )
                return self._shelf.keep(speech, speech.seconds, said, language)
            assert recording is not None
            end = recording.track().end / RATE
            return self._shelf.keep(recording, end, said, language)

        self._ready(False)

        def kept(calibration: Calibration) -> None:
            self._kept = [calibration, *(k for k in self._kept if k.id != calibration.id)]
            self._recording = None
            self._fill(("kept", calibration.id))
            done(calibration)

        def failed(error: DictationError) -> None:
            self.trouble.tell(error)
            self._told()

        self._errands.run("keep calibration", keep, kept, failed)

    def interrupt(self) -> None:
        """A dictation needs the microphone."""
        if self._capture:
            self._capture.stop()
            self._capture = None
            self._at_rest()
            self.status.say(_("A dictation took the microphone. Record once more."))

    def _fill(self, wanted: tuple[Kind, str] | None = None) -> None:
        wanted = wanted or self.source.currentData()
        self.source.blockSignals(True)
        self.source.clear()
        for code in self._texts:
            name = _("A text in {language}").format(language=language_name(code))
            self.source.addItem(name, ("text", code))
        self.source.addItem(_("Words of my own"), ("own", ""))
        self.source.addItem(_("My last dictation"), ("last", ""))
        for each in self._kept:
            name = _("Recording of {day} {time}, {seconds} s: {words}…").format(
                day=each.started_at[:10],
                time=each.started_at[11:16],
                seconds=round(each.seconds),
                words=" ".join(each.reference.split()[:4]),
            )
            self.source.addItem(name, ("kept", each.id))
        chosen = self._lent.settings().language
        wanted = wanted or ("text", chosen if chosen in self._texts else "en")
        # Not findData: Qt hands tuples back as lists.
        rows = [tuple(self.source.itemData(at)) for at in range(self.source.count())]
        self.source.setCurrentIndex(rows.index(tuple(wanted)) if tuple(wanted) in rows else 0)
        self.source.blockSignals(False)
        self._chosen()

    def _found(self, kept: list[Calibration]) -> None:
        if [each.id for each in kept] != [each.id for each in self._kept]:
            said, index = self.text.toPlainText(), self.source.currentIndex()
            recording, status = self._recording, self.status.text()
            self._kept = kept
            self._fill()
            if self.source.currentIndex() == index:  # what was typed or recorded stays
                self.text.setPlainText(said)
                self._recording = recording
                self.status.tell(status)
                self._told()

    def _chosen(self) -> None:
        kind, key = self.source.currentData()
        self.leave()
        self._recording = self._take = None
        self.trouble.tell(None)
        self.status.say("")
        self.how.tell(HOW[kind])
        self.text.setReadOnly(kind == "text")
        self.record_button.setVisible(kind in ("text", "own"))
        self.level.setVisible(kind in ("text", "own"))
        self.record_button.setText(_("&Record"))
        self.delete_button.setVisible(kind == "kept")
        self.language.setEnabled(kind != "text")
        language, said = self._lent.settings().language, ""
        if kind == "text":
            language, said = key, self._texts[key]
        elif kind == "kept":
            kept = next(each for each in self._kept if each.id == key)
            language, said = kept.language, kept.reference
        self._show_language(language)
        self.text.setPlainText(said)
        if kind == "last":
            self.status.say(_("Looking for it…"))
            last = self._lent.last()
            self._errands.run("last dictation", last.result, self._take_up, self._missing)
        self._told()

    def _show_language(self, code: str) -> None:
        if self.language.findData(code) < 0:
            self.language.addItem(language_name(code), code)
        self.language.setCurrentIndex(self.language.findData(code))

    def _take_up(self, take: Take | None) -> None:
        self.status.say("")
        if self.source.currentData()[0] != "last":
            return
        if take is None or not take.audio:
            self._missing(
                UsageError(
                    _("There is no dictation with its recording."),
                    hint=_("Dictate something, or read a text aloud here."),
                    title=_("No dictation yet"),
                )
            )
            return
        self._take = take
        self.text.setPlainText(take.text)
        self._told()

    def _missing(self, error: DictationError) -> None:
        self.status.say("")
        self.trouble.tell(error)

    def _toggle(self) -> None:
        if self._capture:
            self._capture.stop()
            return
        wanted, find = self._lent.settings().microphone, self._lent.find_microphone
        self._recording = None
        self.trouble.tell(None)
        capture = self._capture = Capture(lambda: find(wanted), Limits(LONGEST), Hooks())
        aloud.microphone("a reading's", is_open=True)
        self.source.setEnabled(False)
        self.record_button.setText(_("&Stop"))
        self.status.say(_("Opening the microphone…"))
        self._look.start()
        self._ready(False)

        def failed(error: DictationError) -> None:
            if capture is self._capture:
                self._capture = None
                self._at_rest()
                self.status.say("")
                self.trouble.tell(error)

        self._errands.run(
            "calibration recording",
            capture.run,
            lambda recording: self._recorded(capture, recording),
            failed,
        )

    def _tick(self) -> None:
        if self._capture and self._capture.audio.samples:
            audio = self._capture.audio
            self.level.setValue(round(audio.loudness() * 100))
            self.status.tell(_("Recording: {seconds} s").format(seconds=round(audio.seconds)))

    def _at_rest(self) -> None:
        aloud.microphone("a reading's", is_open=False)
        self._look.stop()
        self.level.setValue(0)
        self.source.setEnabled(True)
        self.record_button.setText(_("&Record again"))

    def _recorded(self, capture: Capture, recording: Recording) -> None:
        if capture is not self._capture:
            return
        self._capture = None
        self._at_rest()
        track = recording.track()
        if not track.spoken:
            self.status.say("")
            told = _("No one speaks in these {seconds:.0f} seconds.")
            hint = _("Speak closer to the microphone, or choose another in the settings.")
            self.trouble.tell(NoSpeech(told.format(seconds=recording.seconds), hint=hint))
            return
        self._recording = recording
        words = _("Recorded {seconds:.0f} s. Go on, or record it again.")
        if len(self.text.toPlainText().split()) > FASTEST * recording.seconds:
            words = _("Only {seconds:.0f} s: was all of it read? Go on, or record it again.")
        self.status.say(words.format(seconds=recording.seconds))
        self._told()

    def _delete(self) -> None:
        key = self.source.currentData()[1]
        kept = next(each for each in self._kept if each.id == key)

        def gone(_none: None) -> None:
            self._kept = [each for each in self._kept if each.id != key]
            self._fill()
            self.status.say(_("The recording and its results are deleted."))
            self.source.setFocus()

        self._errands.run(
            "delete calibration", lambda: self._shelf.delete(kept), gone, self.trouble.tell
        )

    def _told(self) -> None:
        """Whether one can go on."""
        kind = self.source.currentData()[0]
        there = {"last": self._take is not None, "kept": True}.get(
            kind, self._recording is not None
        )
        self._ready(there and bool(self.text.toPlainText().strip()))
