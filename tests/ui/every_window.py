"""Every window of the app, looked at by whoever wants to know: `python -m tests.ui.every_window`.

A process of its own, as scale and screen belong to it. It takes "empty" or "full", "themes" where
colours and the focus are to be looked at, and sizes of the font, and prints as JSON what is wrong
with each window.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QSystemTrayIcon, QWidget

from dictation import settings
from dictation.control import Server
from dictation.errors import NoCredits
from dictation.history import History
from dictation.i18n import _, language
from dictation.paths import places
from dictation.takes import Hearing, begin
from dictation.ui.app import App
from dictation.ui.big_button import BigButton
from dictation.ui.calibrate_window import CalibrateWindow
from dictation.ui.language import speak
from dictation.ui.pill import Pill
from dictation.ui.scene import Scene
from tests.bench.history import takes
from tests.desktop import foreign, until
from tests.guards import calls_out, no_network
from tests.loopback import serving
from tests.shots import dark, windows
from tests.ui import looks
from tests.ui.contrast import LEAST, contrasts
from tests.ui.walk import backwards, unlit, unreached, walk

W = TypeVar("W", bound=QWidget)
SCREEN = QSize(1280, 720)  # logical pixels
CHANGED: dict[str, settings.Value] = {  # which may be set back to what is usual
    **{"keyterms": ("Handrik",), "hotkey": "F9", "cancel_hotkey": "F10", "sounds": False},
    **{"style": "verbatim", "timeout": 50.0, "max_minutes": 20.0, "monthly_budget_usd": 0.001},
}
STILL, ALIKE = 0.2, 2  # seconds between looks at a window, and how many look like the one before
LONGEST = 20.0  # seconds that it is waited for at most
LASTING = {"clocks", "level", "netlink"}  # threads that wait for the computer
WRONG = {
    "clipped": "text without room",
    "overlapping": "things on one another",
    "too large": "what a screen of 1280×720 does not show",
    "small": "what is hard to hit",
    "same letter": "letters that lead to two controls",
    "nameless": "controls that nobody can name",
    "same name": "controls of a window that are called alike",
    "other words": "buttons that are called otherwise than they are labelled",
    "contrast": "text that is too pale",
    "unreached": "controls that Tab does not come to",
    "order": "steps of Tab against the order of reading",
    "unlit": "controls that don't show that they have the focus",
    "reached for": "other machines",
}
LIT = 30  # pixels that a focus changes at least


def look(
    folder: Path,
    content: str,
    *,
    scale: int = 1,
    fonts: tuple[float, ...] = (12,),
    language: str = "en",
    themes: bool = False,
) -> dict[str, Any]:
    """What is wrong, by kind, and what was measured; `folder` is for what the app keeps."""
    folder.mkdir()
    screen = {"name": "one", "x": 0, "y": 0, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    screen |= {"width": SCREEN.width() * scale, "height": SCREEN.height() * scale}
    described = folder / "screen.json"
    described.write_text(json.dumps({"screens": [screen]}))
    here = {
        "QT_SCALE_FACTOR": str(scale),
        "QT_QPA_PLATFORM": f"offscreen:configfile={described}",
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus",
        "XDG_RUNTIME_DIR": str(folder),
        "DICTATION_HOME": str(folder / "home"),
        "DICTATION_INTERFACE_LANGUAGE": language,
    }
    command = [sys.executable, "-m", "tests.ui.every_window", content]
    command += ["themes" if themes else "", *map(str, fonts)]
    done = subprocess.run(
        command,
        env={name: value for name, value in os.environ.items() if not foreign(name)} | here,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(content: str, themes: str, *fonts: str) -> None:
    """All checks with the first font; with the others, what depends on them."""
    sys.addaudithook(no_network)
    application = QApplication(["dictation"])
    speak(application, language)
    application.setCursorFlashTime(0)  # which would look like something that comes
    application.setStyle("Fusion")
    usual = application.palette()
    found: dict[str, Any] = {"wrong": {}, "windows": 0, "controls": 0, "smallest": 999}
    found |= {"contrast": 99.0, "texts": 0}
    found["wrong"] = {kind: [] for kind in WRONG}
    if content == "full":
        _fill()
    for points in map(float, fonts):
        font = QFont(application.font())
        font.setPointSizeF(points)
        application.setFont(font)
        with _running() as app:
            lasting = errands() | LASTING
            for name, bring_up in (*windows(app, full=content == "full"), *_more(app, content)):
                bring_up()
                for window in settled(app, lasting):
                    _note(found, f"{name}, {points:g} pt", _fits(window))
                    if points == float(fonts[0]):
                        found["windows"] += 1
                        _note(found, name, _work(window, found))
                        both = (("dark", dark()), ("light", usual)) if themes else ()
                        for theme, palette in both:
                            application.setPalette(palette)
                            application.processEvents()
                            _note(found, f"{name}, {theme}", _show(window, found))
                    window.close()  # hidden, it would be the active one still
    found["wrong"]["reached for"] = list(calls_out)
    print(json.dumps(found))


def _note(found: dict[str, Any], where: str, wrong: dict[str, list[str]]) -> None:
    for kind, lines in wrong.items():
        found["wrong"][kind].extend(f"{where}: {line}" for line in lines)


def _fits(window: QWidget) -> dict[str, list[str]]:
    return {
        "clipped": looks.clipped(window),
        "overlapping": looks.overlapping(window),
        "too large": looks.too_large(window, SCREEN),
        "small": looks.small(window),
        "same letter": looks.same_letter(window),
    }


def _work(window: QWidget, found: dict[str, Any]) -> dict[str, list[str]]:
    controls = looks.controls(window)
    names = [_spoken(control) for control in controls]
    sizes = [min(size.width(), size.height()) for _widget, size in looks.targets(window)]
    found["controls"] += len(controls)
    found["smallest"] = min([found["smallest"], *sizes])
    return {
        "nameless": [looks.told(control) for control in controls if not _spoken(control)],
        "same name": [name for name, count in Counter(names).items() if count > 1],
        "other words": [
            f"{looks.told(control)} is called “{_spoken(control)}”"
            for control in controls
            if isinstance(control, QAbstractButton)
            if _words(control.text()) not in _words(_spoken(control))
        ],
    }


def _show(window: QWidget, found: dict[str, Any]) -> dict[str, list[str]]:
    measured = list(contrasts(window))
    found["texts"] += len(measured)
    found["contrast"] = min([found["contrast"], *(each.ratio for each in measured)])
    wrong = {"contrast": [str(each) for each in measured if each.ratio < LEAST]}
    takes_keys = not window.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    if takes_keys and not isinstance(window, QMenu):
        stops = walk(window)
        wrong |= {
            "unreached": unreached(window, stops),
            "order": backwards(stops),
            "unlit": unlit(stops, LIT),
        }
    return wrong


def _spoken(control: QWidget) -> str:
    """What assistive technology calls it."""
    return QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)


def _words(text: str) -> str:
    return text.replace("&", "").rstrip("….").casefold()


@contextmanager
def _running() -> Iterator[App]:
    app = App(places(), {}, Server(places()), QSystemTrayIcon(), minimized=True)
    try:
        yield app
    finally:
        app.close()


def _more(app: App, content: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """What has to be led to, and what lies above windows without taking the focus."""
    pill, button = Pill(stop=int, cancel=int), BigButton(int, None, lambda _spot: None)

    def overlay() -> None:
        pill.tell(
            Scene("quiet", 754, 0.5, "openai.com, by whisper-1", "The meeting starts at ten.")
        )
        pill.appear(None)

    yield "overlay", overlay
    yield "big button", lambda: button.appear("large")
    if content == "full":
        yield "calibrate, choose", lambda: _calibrate(app, 1)
        yield "calibrate, results", lambda: _calibrate(app, 2)


def _calibrate(app: App, step: int) -> None:
    """To this step with the last dictation."""
    app.windows.calibrate()
    window = _shown(CalibrateWindow)
    source = window.read_page.source
    source.setCurrentIndex(source.findText(_("My last dictation")))
    while window.stack.currentIndex() < step:
        until("it can go on", lambda: QTest.qWait(10) or window.next_button.isEnabled())
        if window.stack.currentIndex() < step:  # it may have gone on meanwhile
            window.next_button.click()


def _shown(kind: type[W]) -> W:
    seen = QApplication.topLevelWidgets()
    return next(each for each in seen if isinstance(each, kind) and each.isVisible())


def errands() -> set[str]:
    """The app's threads that are at work; the server's of this test have no names."""
    names = {thread.name for thread in threading.enumerate()}
    return {name for name in names if not name.startswith("Thread-")}


def settled(app: App, lasting: set[str]) -> list[QWidget]:
    """The windows that are seen, once they have what they show."""
    end, alike, before = time.monotonic() + LONGEST, 0, None
    while time.monotonic() < end and alike < ALIKE:
        QTest.qWait(int(STILL * 1000))
        app.engine.past.archive.ask(lambda _history: None).result(LONGEST)  # it has answered
        seen = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        now = [widget.grab().toImage() for widget in seen]
        alike = alike + 1 if now == before and not errands() - lasting else 0
        before = now
    return seen


def _fill() -> None:
    """Dictations of every kind, the newest with all that one can have."""
    home = places()
    history = History(home.history, home.recordings, alone=True)
    made = takes(30)
    error = NoCredits("The account has none left.")
    failed = {"title": error.title, "message": error.message, "hint": error.hint, "code": 5}
    newest = begin(datetime.now(UTC))  # of older ones no recordings are kept
    sound = home.recordings / f"{newest.id}.wav"
    _record(sound)
    other = Hearing("2026-01-01T10:00:00Z", "Another text.", "Another text.", "openai", "whisper-1")
    made[-1] = replace(made[-1], id=newest.id, started_at=newest.started_at, audio=str(sound))
    made[-1] = replace(made[-1], others=(other,), uncorrected="The old one.", doubt="Too short.")
    made[-2] = replace(made[-2], status="failed", text="", error=failed)
    for take in made:
        history.put(take)
    history.close()
    settings.save(home.settings, **CHANGED)


def _record(path: Path) -> None:
    import numpy as np
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.sin(np.arange(16_000) / 9) * 0.3, 16_000)


if __name__ == "__main__":
    with serving() as server:
        os.environ["DICTATION_BASE_URL"] = server.openrouter
        os.environ["OPENROUTER_API_KEY"] = "sk-or-of-a-test"
        main(*sys.argv[1:])
