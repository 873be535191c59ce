"""A take's text to correct and, beside it, what else was heard in the same recording."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QComboBox, QPlainTextEdit, QVBoxLayout, QWidget

from dictation.i18n import _
from dictation.takes import Hearing, Take
from dictation.ui.pieces import button, in_row, label
from dictation.ui.take_words import time_of

LINES = 5  # of text that are seen at least
NARROW = 34  # characters that a text is wide at least


class Comparison(QWidget):
    """`save` gets the corrected text, `use` the other one that the user prefers.

    What was written and not saved is kept, for as long as the app runs, and shown again.
    """

    def __init__(self, save: Callable[[str], None], use: Callable[[Hearing], None]) -> None:
        super().__init__()
        self._save, self._use = save, use
        self._take: Take | None = None
        self._drafts: dict[str, str] = {}
        self.text, self.other = QPlainTextEdit(), QPlainTextEdit()
        self.other.setReadOnly(True)
        for editor in (self.text, self.other):
            editor.setTabChangesFocus(True)
            editor.setMinimumHeight(editor.fontMetrics().lineSpacing() * (LINES + 1))
        self.text.textChanged.connect(self._edited)
        self.save_button, self.revert = button(_("Sa&ve")), button(_("Undo c&hanges"))
        self.save_button.clicked.connect(lambda _on: self.save())
        self.revert.clicked.connect(lambda _on: self._show_text(draft=False))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self, self.save)
        self.choice = QComboBox()
        self.choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.choice.currentIndexChanged.connect(lambda _at: self._show_other())
        self.use_button = button(_("Use this &one"))
        self.use_button.clicked.connect(lambda _on: self._use_it())
        own = QVBoxLayout()
        own.addWidget(label(_("&Text:"), self.text))
        own.addWidget(self.text, 1)
        own.addLayout(in_row(self.save_button, self.revert))
        self.beside = QWidget()
        self.beside.hide()
        others = QVBoxLayout(self.beside)
        others.setContentsMargins(0, 0, 0, 0)
        others.addWidget(label(_("A&lso heard:"), self.choice))
        others.addWidget(self.choice)
        others.addWidget(self.other, 1)
        others.addLayout(in_row(self.use_button))
        self.other.setAccessibleName(_("The other text"))
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.addLayout(own, 1)
        self._both.addWidget(self.beside, 1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As narrow as one text, for where both don't fit they stand one above the other."""
        width = self.fontMetrics().averageCharWidth() * NARROW
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Side by side where there is room."""
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().averageCharWidth() * 2 * NARROW
        ways = QBoxLayout.Direction
        self._both.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)

    @property
    def words(self) -> str:
        """The text as it is seen, saved or not."""
        return self.text.toPlainText()

    @property
    def is_edited(self) -> bool:
        """Whether there is something to save."""
        return self._take is not None and self.words != self._take.text

    def show_take(self, take: Take, *, editable: bool) -> None:
        """Another take, or the same one as it is by now."""
        self._take = take
        self.text.setReadOnly(not editable)
        self._show_text(draft=True)
        kept = self.choice.currentData()
        self.choice.blockSignals(True)
        self.choice.clear()
        for hearing in reversed(take.others):  # the newest first
            by = f"{hearing.provider} {hearing.model}".strip() or _("by hand")
            self.choice.addItem(f"{by}, {time_of(hearing.heard_at)}", hearing)
        self.choice.setCurrentIndex(max(0, self.choice.findData(kept)))
        self.choice.blockSignals(False)
        self.use_button.setEnabled(editable)
        self.beside.setVisible(bool(take.others))
        self._show_other()

    def save(self) -> None:
        """Hands the corrected text over."""
        if self._take and self.is_edited and not self.text.isReadOnly():
            self._save(self.words)

    def saved(self, id_: str) -> None:
        """What was written is in the history."""
        self._drafts.pop(id_, None)

    def _show_text(self, *, draft: bool) -> None:
        if self._take:
            kept = self._drafts.get(self._take.id) if draft else None
            wanted = self._take.text if kept is None else kept
            if wanted != self.words:
                self.text.setPlainText(wanted)
            self._edited()

    def _edited(self) -> None:
        if self._take and self.is_edited:
            self._drafts[self._take.id] = self.words
        elif self._take:
            self._drafts.pop(self._take.id, None)
        for each in (self.save_button, self.revert):
            each.setEnabled(self.is_edited)

    def _show_other(self) -> None:
        hearing = self.choice.currentData()
        self.other.setPlainText(hearing.text if isinstance(hearing, Hearing) else "")

    def _use_it(self) -> None:
        hearing = self.choice.currentData()
        if isinstance(hearing, Hearing):
            self._use(hearing)
