"""What a screen reader says by itself: what changed where the focus is not.

While a microphone is open it says nothing, since that would be in the recording; what was to be
said then comes once all are closed, if it still holds.
"""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

# One for the program, as Qt's accessibility is; the main thread's.
_open: set[str] = set()  # whose microphones are
_waiting: dict[QWidget, str] = {}


def say(teller: QWidget, words: str) -> None:
    """Announces the words that the widget shows from now on, in place of its earlier ones."""
    _waiting.pop(teller, None)
    if not words or not QAccessible.isActive():
        return
    if _open:
        _waiting[teller] = words
    elif isValid(teller) and teller.isVisible():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(teller, words))


def microphone(whose: str, *, is_open: bool) -> None:
    """Tells that this one's microphone is open, or is not any more."""
    if is_open:
        _open.add(whose)
        return
    _open.discard(whose)
    if not _open:
        for teller, words in list(_waiting.items()):
            say(teller, words)
