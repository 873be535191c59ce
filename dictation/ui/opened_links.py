"""Links that the system hands to the running app as events, as macOS does; elsewhere they come as
arguments of a command.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QFileOpenEvent

from dictation import links
from dictation.errors import DictationError, UsageError


class OpenedLinks(QObject):
    """Filters the application's events, as long as that is there."""

    def __init__(
        self,
        application: QCoreApplication,
        show: Callable[[str], None],
        tell: Callable[[DictationError], None],
    ) -> None:
        """`show` is given the window's name, `tell` what is wrong with a link."""
        super().__init__(application)
        self._show, self._tell = show, tell
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Takes links, and nothing else."""
        if not isinstance(event, QFileOpenEvent):
            return super().eventFilter(watched, event)
        try:
            self._show(links.window(event.url().toString()))
        except UsageError as error:
            self._tell(error)
        return True
