"""Does what an error's buttons say, wherever they are: in windows, notifications, the tray."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from dictation.engine import Engine
from dictation.errors import DictationError, MissingPart
from dictation.i18n import _
from dictation.remedies import Remedy
from dictation.wiring import Wiring


class Rooms(Protocol):
    """The windows that deeds lead to."""

    def settings(self, name: str = "") -> None: ...
    def first_start(self, step: int = 0) -> None: ...
    def doctor(self) -> None: ...
    def faults(self) -> None: ...
    def spending(self) -> None: ...


class App(Protocol):
    """What of the app deeds need."""

    @property
    def engine(self) -> Engine: ...
    @property
    def wiring(self) -> Wiring: ...
    @property
    def tell(self) -> Callable[[DictationError], None]: ...
    @property
    def watch(self) -> Callable[[Future[Any]], None]: ...
    @property
    def use_hotkey(self) -> Callable[[str], None]: ...


class Deeds:
    """On the main thread; `opens` hands an address over to the desktop, where that can be done."""

    def __init__(
        self, rooms: Rooms, app: App, opens: Callable[[QUrl], bool] = QDesktopServices.openUrl
    ) -> None:
        self._rooms, self._app, self._opens = rooms, app, opens

    def do(self, remedy: Remedy) -> None:  # noqa: PLR0912 - one row of the table each
        """Does it; what fails is told."""
        app, about = self._app, remedy.about
        match remedy.deed:
            case "key":
                self._rooms.first_start(0)
            case "microphone":
                self._rooms.first_start(1)
            case "settings":
                self._rooms.settings(about)
            case "doctor":
                self._rooms.doctor()
            case "faults":
                self._rooms.faults()
            case "hotkey":
                app.use_hotkey(about)
            case "again":
                app.engine.past.resend(about)
            case "over":
                app.engine.past.resend_anyway(about)
            case "here":
                app.engine.past.resend_here(about)
            case "budget":
                self._rooms.spending()
            case "paste":
                app.watch(app.engine.paste(about))
            case "copy":
                app.watch(app.engine.past.copy(about))
            case "browse":
                self._open(QUrl(about))
            case "folder":
                self._open(QUrl.fromLocalFile(str(app.wiring.places.data)))
            case "log":
                self._open(QUrl.fromLocalFile(str(app.wiring.places.log)))

    def _open(self, address: QUrl) -> None:
        if not self._opens(address):
            where = address.toLocalFile() or address.toString()
            self._app.tell(
                MissingPart(
                    _("No program of this desktop opens {address}.").format(address=where),
                    title=_("It could not be opened"),
                    hint=_("Open it by hand."),
                )
            )
