"""Beside a field for keys: it records what is pressed, says who hears it, and tries it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dictation import hotkeys
from dictation.errors import DictationError, SettingsError
from dictation.i18n import _
from dictation.ui import key_events
from dictation.ui.pieces import Words, button

TRY_FOR = 15_000  # ms that a key is waited for
End = Callable[[], None]


class Trials(Protocol):
    """What the app lends for trying keys out; main thread."""

    def served_by(self, backend: str) -> str:
        """Who hears keys here, in words, with this `hotkey_backend`; any thread."""
        ...

    def listen(
        self,
        keys: str,
        heard: Callable[[str], None],
        trouble: Callable[[DictationError], None],
    ) -> End:
        """Listens for these keys alone: `press` and `release` are heard; the end gives the usual
        ones back. Raises DictationError."""
        ...


class Recorder(QPushButton):
    """Takes all keys while it is down, and gives the first that is a hotkey to `recorded`."""

    def __init__(self, text: str, recorded: Callable[[hotkeys.Binding], None]) -> None:
        super().__init__(text)
        self._text, self._recorded = text, recorded
        self._alone = False
        self.setAutoDefault(False)
        self.clicked.connect(self._begin)
        self.recording = False

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
        self._trials, self._read, self._write = trials, read, write
        self._end: End | None = None
        self._pressed = False
        self.usual = ""  # who hears keys, in words
        self.record = Recorder(_("Record"), self._recorded)
        self.record.setAccessibleName(_("Record {name}").format(name=name))
        self.try_out = button(_("Try"))
        self.try_out.setAccessibleName(_("Try {name}").format(name=name))
        self.try_out.clicked.connect(self._try)
        self.told = Words()
        self.tell()
        row = QHBoxLayout()
        row.addWidget(self.record)
        row.addWidget(self.try_out)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.told)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._give_up)

    def tell(self, words: str = "") -> None:
        """Shows the words, or the usual ones, and says them to who can't see them."""
        words = words or self.usual
        self.told.tell(words)
        self.record.setAccessibleDescription(words)
        self.try_out.setAccessibleDescription(words)

    def leave(self) -> None:
        """The window closes: the usual keys work again."""
        self.record.stop()
        self._stop("")

    def _recorded(self, found: hotkeys.Binding) -> None:
        try:
            hotkeys.parse(str(found))
        except SettingsError as error:
            self.tell(f"{error.message} {error.hint}")
            return
        self._write(str(found))
        self.tell()

    def _try(self) -> None:
        if self._end:
            self._stop("")
            return
        try:
            keys = self._read()
            self._end = self._trials.listen(keys, self._heard, self._failed)
        except DictationError as error:
            self._failed(error)
            return
        self._pressed = False
        self.try_out.setText(_("Stop trying"))
        self.tell(_("Press {keys} now.").format(keys=keys))
        self._late.start(TRY_FOR)

    def _heard(self, what: str) -> None:
        if not self._end:
            return
        if what == "press":
            self._pressed = True
            self.tell(_("Pressed. Now release it."))
        else:
            self._stop(_("Pressed and released: it works, and so does holding it."))

    def _give_up(self) -> None:
        words = _("Nothing came within 15 seconds.")
        if self._pressed:
            words = _("It works, but no release came: press to start, and again to stop.")
        self._stop(words)

    def _failed(self, error: DictationError) -> None:
        self._stop(f"{error.message} {error.hint}".strip())

    def _stop(self, words: str) -> None:
        self._late.stop()
        if self._end:
            end, self._end = self._end, None
            end()
        self.try_out.setText(_("Try"))
        self.tell(words)
