"""Pictures of every window, to be looked at: `python -m tests.shots FOLDER`.

In light and dark, at 100 % and 200 %, empty and with ten thousand dictations and an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from dictation.control import Server
from dictation.errors import NoCredits
from dictation.history import History
from dictation.i18n import language
from dictation.paths import places
from dictation.remedies import Case
from dictation.ui.app import App
from dictation.ui.language import speak
from dictation.ui.settings_window import SettingsWindow
from tests.bench.history import takes

SCALES, THEMES, CONTENTS = ("1", "2"), ("light", "dark"), ("empty", "full")
TAKES = 10_000
SETTINGS_PAGES = 9
DARK = {
    "Window": "#2b2b2b",
    "WindowText": "#eeeeee",
    "Base": "#1f1f1f",
    "AlternateBase": "#262626",
    "Text": "#eeeeee",
    "Button": "#3a3a3a",
    "ButtonText": "#eeeeee",
    "ToolTipBase": "#3a3a3a",
    "ToolTipText": "#eeeeee",
    "PlaceholderText": "#a0a0a0",
}
SETTLED = 1.2  # seconds for a window to fetch what it shows


def all_of_them(folder: Path) -> None:
    """A process for each look, as scale and style belong to the whole application."""
    folder.mkdir(parents=True, exist_ok=True)
    for scale in SCALES:
        for theme in THEMES:
            for content in CONTENTS:
                here = {"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
                command = (sys.executable, "-m", "tests.shots", str(folder), scale, theme, content)
                subprocess.run(command, env=os.environ | here, check=True)


def one_look(folder: Path, scale: str, theme: str, content: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["DICTATION_HOME"] = home
        _take_pictures(folder, f"{theme}-{scale}x-{content}", theme, full=content == "full")


def _take_pictures(folder: Path, look: str, theme: str, *, full: bool) -> None:
    application = QApplication(["dictation"])
    speak(application, language)
    if theme == "dark":
        application.setStyle("Fusion")
        application.setPalette(dark())
    if full:
        fill(TAKES)
    app = App(places(), {}, Server(places()), QSystemTrayIcon(), minimized=True)
    try:
        for name, bring_up in windows(app, full=full):
            bring_up()
            end = time.monotonic() + SETTLED
            while time.monotonic() < end:
                application.processEvents()
            seen = [widget for widget in application.topLevelWidgets() if widget.isVisible()]
            for number, widget in enumerate(seen):
                more = f"-{number}" if len(seen) > 1 else ""
                widget.grab().save(str(folder / f"{name}{more}-{look}.png"))
                widget.hide()
    finally:
        app.close()


def windows(app: App, *, full: bool) -> list[tuple[str, Callable[[], object]]]:
    """Every window, by name, and what brings it up."""
    windows = app.windows
    rows: list[tuple[str, Callable[[], object]]] = [
        *((f"settings-{at}", partial(settings_page, app, at)) for at in range(SETTINGS_PAGES)),
        ("key", lambda: windows.first_start(0)),
        ("microphone", lambda: windows.first_start(1)),
        ("try", lambda: windows.first_start(2)),
        ("history", windows.history),
        ("fix", windows.fix),
        ("models", windows.models),
        ("spending", windows.spending),
        ("calibrate", windows.calibrate),
        ("doctor", windows.doctor),
        ("text", lambda: windows.text("The meeting starts at ten tomorrow morning.")),
        ("menu", lambda: windows.menu and windows.menu.popup(windows.menu.pos())),
    ]
    if full:
        error = NoCredits("The account has none left.")
        rows.append(("trouble", lambda: windows.trouble(Case(error))))
        rows.append(("fault", lambda: app.trouble(ValueError("of a test"))))
    return rows


def settings_page(app: App, at: int) -> None:
    """The settings at their page of that number, from the top."""
    app.windows.settings()
    tops = QApplication.topLevelWidgets()
    window = next(each for each in tops if isinstance(each, SettingsWindow) and each.isVisible())
    assert len(window.pages) == SETTINGS_PAGES
    window.open(window.pages[at])


def dark() -> QPalette:
    palette = QPalette()
    for role, colour in DARK.items():
        palette.setColor(QPalette.ColorRole[role], QColor(colour))
    for role in ("Text", "WindowText", "ButtonText"):
        off = QPalette.ColorGroup.Disabled
        palette.setColor(off, QPalette.ColorRole[role], QColor("#808080"))
    return palette


def fill(count: int) -> None:
    """So many takes into the history of DICTATION_HOME."""
    history = History(places().history, places().recordings, alone=True)
    history.query("BEGIN")
    for take in takes(count):
        history.put(take)
    history.query("COMMIT")
    history.close()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        match sys.argv[1:]:
            case [folder]:
                all_of_them(Path(folder))
            case [folder, scale, theme, content]:
                one_look(Path(folder), scale, theme, content)
            case _:
                sys.exit(__doc__)
