"""What every window of the app does: it comes up in front, closes by Escape, hears what happens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from dictation.errors import DictationError
from dictation.remedies import Remedy
from dictation.session import State
from dictation.takes import Take


class Window(QWidget):
    """A window overrides what it wants to hear of; all of it is said on the main thread.

    `mends` does what the app can do about an error; a window that has none offers nothing of it.
    """

    mends: Callable[[Remedy], object] | None = None

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setWindowTitle(title)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Cancel), self, self.escape)

    def escape(self) -> None:
        """Escape was pressed: closes, unless there is something smaller to end first."""
        self.close()

    def bring_up(self) -> None:
        """Shows the window in front of others, with the focus."""
        self.show()
        self.raise_()
        self.activateWindow()

    def mend(self, remedy: Remedy) -> None:
        """A button of an error in this window was pressed."""
        if self.mends:
            self.mends(remedy)

    def changed(self, state: State) -> None:
        """The state is another one."""

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A dictation is over."""

    def applied(self) -> None:
        """Other settings are in force, or what they rest on is different now."""

    def hotkey_failed(self, error: DictationError) -> None:
        """The hotkey could not be taken, or does not work any more."""
