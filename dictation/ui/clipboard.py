"""The clipboard by Qt, for where there is no other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtGui import QGuiApplication

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.i18n import _
from dictation.lanes import fulfil


class QtClipboard:
    """Leaves the text on the clipboard; called on the output lane, done on the main thread."""

    NAME = "qt"

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post

    def probe(self, desktop: Desktop) -> Verdict:
        """Works but where Wayland lets only the window with the focus set the clipboard."""
        if desktop.session == "wayland":
            return Verdict(False, _("Wayland lets only a focused window set the clipboard"))
        return Verdict(True)

    def copy(self, text: str) -> None:
        """Puts the text on the clipboard."""
        done: Future[None] = Future()
        self._post(lambda: fulfil(done, lambda: QGuiApplication.clipboard().setText(text)))
        done.result()
