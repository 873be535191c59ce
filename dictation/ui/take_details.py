"""One take in full: its text, its sound, what became of it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dictation.errors import DictationError
from dictation.exporting import FORMS
from dictation.history import UNFINISHED
from dictation.i18n import _
from dictation.playback import Out
from dictation.rehearing import OFFLINE
from dictation.takes import Hearing, Take
from dictation.ui.comparison import Comparison
from dictation.ui.pieces import Trouble, Words, button, in_row, label
from dictation.ui.player import Player
from dictation.ui.rows import Menu
from dictation.ui.take_words import facts

FORM_NAMES = {
    "txt": _("&Text"),
    "md": _("&Markdown"),
    "csv": _("Ta&ble (CSV)"),
    "json": _("&Records (JSON)"),
    "srt": _("&Subtitles (SRT)"),
    "wav": _("S&ound (WAV)"),
}
BASIC = _("Basic English (this computer)")
LEAST = 8  # characters of a model's name that are seen in any case


@dataclass(frozen=True, slots=True)
class Does:
    """What the buttons do, with the take that is shown or those that are chosen."""

    save: Callable[[str], None]
    use: Callable[[Hearing], None]
    copy: Callable[[], None]
    paste: Callable[[], None]
    send: Callable[[str], None]  # with a model's name; "" is as the settings say
    give_up: Callable[[], None]
    export: Callable[[str], None]
    delete: Callable[[], None]


class TakeDetails(QWidget):
    """Shows the current take; the buttons below are for all that are chosen."""

    def __init__(
        self, does: Does, crash: Callable[[Exception], None], out: Callable[[], Out]
    ) -> None:
        super().__init__()
        self._take: Take | None = None
        self._sending = False
        self.facts, self.error = Words(), Trouble()
        self.comparison = Comparison(does.save, does.use)
        self.player = Player(crash, out=out)
        self.copy, self.paste = button(_("&Copy")), button(_("&Paste"))
        self.paste.setToolTip(_("Into the window that had the focus before this one"))
        self.paste.setAccessibleDescription(self.paste.toolTip())
        self.export, self.delete = button(_("E&xport")), button(_("&Delete…"))
        self.again = button(_("Send a&gain"))
        self.model = QComboBox()
        self.model.setEditable(True)
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.model.setMinimumContentsLength(LEAST)
        self.model.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.model.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.with_model = button(_("Send &with it"))
        self.give_up, self.progress = button(_("G&ive up")), Words()
        self.copy.clicked.connect(lambda _on: does.copy())
        self.paste.clicked.connect(lambda _on: does.paste())
        self.delete.clicked.connect(lambda _on: does.delete())
        self.again.clicked.connect(lambda _on: does.send(""))
        self.with_model.clicked.connect(lambda _on: does.send(self._model))
        self.model.currentTextChanged.connect(lambda _text: self._show_sending())
        self.give_up.clicked.connect(lambda _on: does.give_up())
        self._add_forms(does.export)
        self._lay_out()
        self.sending(False)

    def _add_forms(self, export: Callable[[str], None]) -> None:
        menu = Menu("", self.export)
        for form in FORMS:
            action = QAction(FORM_NAMES[form], menu)
            action.triggered.connect(lambda _on=False, form=form: export(form))
            menu.addAction(action)
        self.export.setMenu(menu)

    def _lay_out(self) -> None:
        sending = QHBoxLayout()
        sending.addWidget(label(_("&Model:"), self.model))
        sending.addWidget(self.model, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.facts)
        layout.addWidget(self.error)
        layout.addWidget(self.comparison, 1)
        layout.addWidget(self.player)
        layout.addLayout(sending)
        layout.addLayout(in_row(self.again, self.with_model))
        waiting = QHBoxLayout()
        waiting.addWidget(self.progress, 1)
        waiting.addWidget(self.give_up, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(waiting)
        layout.addLayout(in_row(self.copy, self.paste, self.export, self.delete))

    @property
    def take(self) -> Take | None:
        """The take that is shown."""
        return self._take

    def show_take(self, take: Take) -> None:
        """Another take, or the same one as it is by now."""
        self._take = take
        self.facts.setText(facts(take))
        error = take.error
        self.error.tell(
            DictationError(
                str(error["message"]), title=str(error["title"]), hint=str(error["hint"])
            )
            if error
            else None
        )
        self.comparison.show_take(take, editable=take.status not in UNFINISHED)
        self.player.open(Path(take.audio) if take.audio else None)
        self.player.setVisible(take.audio is not None)
        self._show_sending()

    def chosen(self, count: int) -> None:
        """So many takes are chosen, for export and deletion."""
        several = count > 1
        self.delete.setText(_("&Delete {count}…").format(count=count) if several else _("&Delete…"))
        self.export.setText(_("E&xport {count}").format(count=count) if several else _("E&xport"))
        self.copy.setText(_("&Copy {count}").format(count=count) if several else _("&Copy"))
        self.paste.setEnabled(not several)

    def offer(self, models: list[str]) -> None:
        """The models that can be asked, besides the basic one; what is typed already stays."""
        typed = self.model.currentText()
        self.model.clear()
        self.model.addItems([*models, BASIC])
        self.model.setEditText(typed)

    def sending(self, on: bool, words: str = "") -> None:
        """Whether the recording is on its way, and what is to be told of that."""
        self._sending = on
        self.give_up.setVisible(on)
        self.progress.say(words)
        self._show_sending()

    @property
    def _model(self) -> str:
        named = self.model.currentText().strip()
        return OFFLINE if named == BASIC else named

    def _show_sending(self) -> None:
        take = self._take
        can = not self._sending and take is not None and take.audio is not None
        can = can and take is not None and take.status not in UNFINISHED
        self.again.setEnabled(can)
        self.model.setEnabled(can)
        self.with_model.setEnabled(can and bool(self._model))
