"""The app's start: first the icon in the tray, then, beside the event loop, what stands behind it.

The icon needs Qt alone. What records, sends and pastes takes 200 ms more to import.
"""

from __future__ import annotations

import ctypes
import gc
import linecache
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QLoggingCategory, QSocketNotifier, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from dictation import links
from dictation.control import Message, Server
from dictation.desktop import Desktop, detect
from dictation.i18n import _, language
from dictation.paths import Places
from dictation.program import APP_ID
from dictation.ui.icons import icon

if TYPE_CHECKING:
    from dictation.ui.app import App

ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
LOADED = b"\0"  # no signal has this number


def run(places: Places, flags: dict[str, str], wanted: Message) -> int:
    """Runs the app until it is told to quit; the exit code. `wanted` is what a command would ask
    of one that runs already."""
    server = Server(places)  # before all else: another instance may run
    share_heap()
    QApplication.setApplicationName("dictation")
    QApplication.setApplicationDisplayName(_("Dictation"))
    QApplication.setDesktopFileName(APP_ID)
    # On Sway Qt complains of each change of focus.
    QLoggingCategory.setFilterRules("qt.qpa.wayland.textinput=false")
    desktop = detect()
    qt = desktop.qt  # not by the environment: a browser that is started takes its own way
    application = QApplication(["dictation", *(("-platform", qt) if qt else ())])
    application.setQuitOnLastWindowClosed(False)
    shown = QSystemTrayIcon(icon("idle"))
    start = Start(lambda: _app(places, flags, server, shown, wanted))
    shown.show()
    QTimer.singleShot(0, start.load)
    code = application.exec()
    app = start.ended()
    if app:
        app.close()
        if app.starts_again_in:
            start_again(desktop, app.starts_again_in)
    else:
        server.close()
    if start.failed:
        raise start.failed
    return code


def start_again(desktop: Desktop, environment: Mapping[str, str]) -> None:
    """Becomes a new process with the same arguments, or starts one where that can't be had."""
    command = [sys.executable, *sys.orig_argv[1:]]
    if desktop.system == "windows":
        import subprocess  # of which no start has need

        subprocess.Popen(command, env=environment)
    else:
        os.execve(command[0], command, environment)  # noqa: S606 - what runs already


def share_heap() -> None:
    """Has all threads use one heap, where the C library can be told so (glibc).

    Else each of our twenty gets one, a megabyte in all, though they wait for one lock anyway.
    """
    with suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)


def load() -> None:
    """Imports the app; any thread.

    What is there by then is no garbage: to look through it would hold up all threads for 70 ms,
    whenever thousands of takes have been read.
    """
    from dictation.ui import app

    app.warm()
    # PySide6 looks for its name in the source of each module that is imported after it (as its
    # shibokensupport.feature does), and so leaves 12 MB of lines in the cache for tracebacks.
    linecache.clearcache()
    gc.freeze()


class Start:
    """Imports the app on a thread of its own, for the icon to be drawn meanwhile; then makes it.

    SIGTERM and SIGINT end the event loop, which otherwise sleeps through them. A socket wakes it,
    and no signal of Qt's: a class with one takes 15 ms to define.
    """

    def __init__(self, make: Callable[[], App]) -> None:
        self.failed: Exception | None = None
        self._make = make
        self._app: App | None = None
        self._loading = threading.Thread(target=self._load, name="start")
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        signal.set_wakeup_fd(self._theirs.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: None)
        self._woken = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._woken.activated.connect(self._wake)

    def load(self) -> None:
        """Begins; the event loop makes the app once it is loaded."""
        self._loading.start()

    def ended(self) -> App | None:
        """The app, if it came to be, after the event loop."""
        if self._loading.ident:
            self._loading.join()
        return self._app

    def _load(self) -> None:
        try:
            load()
        except Exception as error:  # noqa: BLE001 - raised by `run`, where Qt does not swallow it
            self.failed = error
        self._theirs.send(LOADED)

    def _wake(self) -> None:
        if self._ours.recv(4096) != LOADED:
            QGuiApplication.quit()
            return
        try:
            if not self.failed:
                self._app = self._make()
        except Exception as error:  # noqa: BLE001 - the same
            self.failed = error
        if self.failed:
            QGuiApplication.exit(1)


def _app(
    places: Places,
    flags: dict[str, str],
    server: Server,
    shown: QSystemTrayIcon,
    wanted: Message,
) -> App:
    from dictation import crash, log
    from dictation.ui.app import App
    from dictation.ui.language import speak

    log.start(places.log)
    died = crash.watch(places.crash)
    QApplication.setWindowIcon(icon("dictation"))
    application = cast("QApplication", QApplication.instance())
    speak(application, language)  # not before the icon: it takes 15 ms
    app = App(places, flags, server, shown, minimized=wanted["do"] != "show")
    if detect().system == "macos":  # else each event costs a call of Python
        from dictation.ui.opened_links import OpenedLinks

        OpenedLinks(application, app.show, app.trouble)
    sys.excepthook = lambda _kind, error, _trace: app.trouble_from_qt(error)
    threading.excepthook = lambda what: _in_thread(app, what)
    if died:
        app.died(died)
    if window := links.window(wanted.get("link", links.to(""))):
        app.windows.named(window)
    elif wanted["do"] != "status" and app.is_first():
        app.windows.first_start()
    elif wanted["do"] == "start":
        app.engine.start(app.engine.settings)
    return app


def _in_thread(app: App, what: threading.ExceptHookArgs) -> None:
    """What ended a thread that is none of our lanes."""
    if what.exc_value and not isinstance(what.exc_value, SystemExit):
        app.trouble_from_qt(what.exc_value)
