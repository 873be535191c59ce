"""The app's start: first the icon in the tray, then, in the event loop, all that stands behind it.

The icon needs Qt alone. What records, sends and pastes takes 200 ms more to import.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLoggingCategory, QSocketNotifier, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from dictation.control import Server
from dictation.i18n import _
from dictation.paths import Places
from dictation.ui.tray import Tray, icon

if TYPE_CHECKING:
    from dictation.ui.app import App

APP_ID = "io.github.dictation.Dictation"


def run(places: Places, flags: dict[str, str], *, minimized: bool) -> int:
    """Runs the app until it is told to quit; the exit code."""
    server = Server(places)  # before all else: another instance may run
    QApplication.setApplicationName("dictation")
    QApplication.setApplicationDisplayName(_("Dictation"))
    QApplication.setDesktopFileName(APP_ID)
    # On Sway Qt complains of each change of focus.
    QLoggingCategory.setFilterRules("qt.qpa.wayland.textinput=false")
    application = QApplication(["dictation"])
    application.setQuitOnLastWindowClosed(False)
    wake = _quit_on_signals(QGuiApplication.quit)
    tray = Tray()
    started: list[App] = []
    failed: list[Exception] = []

    def start() -> None:
        try:
            started.append(_app(places, flags, server, tray, minimized=minimized))
        except Exception as error:  # noqa: BLE001 - raised below, where Qt does not swallow it
            failed.append(error)
            QGuiApplication.exit(1)

    QTimer.singleShot(0, start)
    code = application.exec()
    if started:
        started[0].close()
    del wake
    if failed:
        server.close()
        raise failed[0]
    return code


def _app(
    places: Places, flags: dict[str, str], server: Server, tray: Tray, *, minimized: bool
) -> App:
    from dictation.ui.app import App

    QApplication.setWindowIcon(icon("dictation"))
    app = App(places, flags, server, tray)
    sys.excepthook = lambda _kind, error, _trace: app.trouble_from_qt(error)
    if not minimized and app.is_first():
        app.show_first_start()
    return app


def _quit_on_signals(quit_: Callable[[], None]) -> object:
    """SIGTERM and SIGINT end the event loop, which otherwise sleeps through them."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(quit_)
    return ours, theirs, notifier
