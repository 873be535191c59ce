"""Beside a field for keys: it records what is pressed, says who hears it, and tries it out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dictation import hotkeys
from dictation.errors import SettingsError
from dictation.i18n import _
from dictation.ui import key_events
from dictation.ui.pieces import Words, easily_hit
from dictation.ui.trial import Trial, Trials


class Recorder(QPushButton):
    """Takes all keys while it is down, and gives the first that is a hotkey to `recorded`."""

    def __init__(self, text: str, recorded: Callable[[hotkeys.Binding], None]) -> None:
        super().__init__(text)
        self._text, self._recorded = text, recorded
        self._alone = False
        self.setAutoDefault(False)
        self.clicked.connect(self._begin)
        self.recording = False
        easily_hit(self)

    def _begin(self) -> None:
        self.recording, self._alone = True, False
        self.setText(_("Press the keys…"))
        self.setFocus()
        # So they come here, and start nothing: neither in this program nor on the desktop.
        self.grabKeyboard()

    def stop(self) -> None:
        """Gives the keyboard back."""
        if self.recording:
            self.recording = False
            self.releaseKeyboard()
            self.setText(self._text)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """A key, or a modifier that may be one by itself."""
        if not self.recording:
            super().keyPressEvent(event)
            return
        found = key_events.binding(event)
        self._alone = found is None
        if found:
            self._take(found)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """A modifier that was pressed alone is a hotkey by its release."""
        if not self.recording:
            super().keyReleaseEvent(event)
        elif self._alone and (found := key_events.lone(event)):
            self._take(found)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A thumb button on the recorder itself; any other ends the recording."""
        name = key_events.BUTTONS.get(event.button())
        if self.recording and name:
            self._take(hotkeys.Binding(key_events.held(event.modifiers()), name))
        elif self.recording:
            self.stop()
        else:
            super().mousePressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The user went elsewhere."""
        self.stop()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tab and the window's shortcuts are keys like others while it records."""
        if self.recording and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self.recording and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def _take(self, found: hotkeys.Binding) -> None:
        self.stop()
        self._recorded(found)


class KeyTools(QWidget):
    """`read` gives what the field holds, `write` puts keys into it."""

    def __init__(
        self, name: str, trials: Trials, read: Callable[[], str], write: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._write = write
        self.usual = ""  # who hears keys, in words
        self.record = Recorder(_("Record"), self._recorded)
        self.record.setAccessibleName(_("Record {name}").format(name=name))
        self.try_out = Trial(_("Try"), trials, read, self.tell)
        self.try_out.setAccessibleName(_("Try {name}").format(name=name))
        self.told = Words()
        self.tell()
        row = QHBoxLayout()
        row.addWidget(self.record)
        row.addWidget(self.try_out)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(row)
        self._column.addWidget(self.told)

    def add(self, widget: QWidget) -> None:
        """Puts more below."""
        self._column.addWidget(widget)

    def tell(self, words: str = "") -> None:
        """Shows the words, or the usual ones, and says them to who can't see them."""
        words = words or self.usual
        self.told.say(words)
        self.record.setAccessibleDescription(words)
        self.try_out.setAccessibleDescription(words)

    def leave(self) -> None:
        """The window closes: the usual keys work again."""
        self.record.stop()
        self.try_out.stop()

    def _recorded(self, found: hotkeys.Binding) -> None:
        try:
            hotkeys.parse(str(found))
        except SettingsError as error:
            self.tell(f"{error.message} {error.hint}")
            return
        self._write(str(found))
        self.tell()
