"""For how long the whole app's event loop is held up, against 50 ms: `python -m tests.bench.loop`.

While one dictates and the text comes, finds one of ten thousand takes, lists models, unlocks the
keyring.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from dictation.control import Server
from dictation.credentials import Keys, Secret
from dictation.lanes import spawn
from dictation.paths import places
from dictation.ui.app import App
from dictation.ui.history_window import HistoryWindow
from dictation.ui.start import load
from tests.bench.browse import LIMIT, TYPED, Pulse, until
from tests.bench.rows import Row
from tests.e2e.shell import write_wav
from tests.loopback import Loopback
from tests.shots import fill
from tests.test_credentials import Ring

SECONDS = 2.0  # of a take
UNLOCKING = 1.5  # seconds that the user takes to type the keyring's password


class Unlocking(Ring):
    """A keyring that asks for its password first."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait(UNLOCKING)
        self.kept[service, username] = "sk-or-bench"
        return super().get_password(service, username)


def loop(count: int = 10_000) -> Iterator[Row]:
    """The longest pause in each of them."""
    application = QApplication.instance() or QApplication(["bench"])
    with tempfile.TemporaryDirectory() as folder:
        service = Loopback()
        write_wav(Path(folder, "speech.wav"), 20)
        os.environ |= {
            "DICTATION_HOME": folder,
            "DICTATION_BASE_URL": service.openrouter,
            "DICTATION_MICROPHONE": f"file:{folder}/speech.wav",
            "DICTATION_SPEECH_GATE": "off",
            "DICTATION_SOUNDS": "false",
            "DICTATION_OUTPUT": "none",
            "OPENROUTER_API_KEY": "sk-or-bench",
        }
        fill(count)
        load()
        app = App(places(), {}, Server(places()), QSystemTrayIcon(), minimized=True)
        try:
            yield from _rows(app)
        finally:
            app.close()
            application.processEvents()
            service.close()


def _rows(app: App) -> Iterator[Row]:
    pulse, engine, windows = Pulse(), app.engine, app.windows

    def row(name: str, begin: Callable[[], object], done: Callable[[], bool]) -> Row:
        pulse.start()
        begin()
        until(done)
        return Row(name, pulse.longest, LIMIT, 1.0)

    started = time.monotonic()  # what stands behind the windows is still being imported
    until(lambda: engine.state.name == "idle" and time.monotonic() > started + 1)
    yield row("a take begins", engine.start, lambda: engine.recording_seconds > SECONDS)
    yield row("it is sent and there", engine.stop, lambda: engine.state.name == "idle")
    windows.history()
    [window] = [each for each in QApplication.topLevelWidgets() if isinstance(each, HistoryWindow)]
    model, search = window.finding.model, window.finding.search
    until(lambda: model.words is not None and window.details.take is not None)
    for end in range(1, len(TYPED) + 1, 5):
        words = TYPED[:end].strip()
        yield row(
            f"search for “{words}”",
            partial(search.setText, words),
            lambda words=words: model.words == words,
        )
    listed: list[object] = []
    yield row(
        "models are listed",
        lambda: spawn("models", lambda: listed.append(_models(app)), listed.append),
        lambda: bool(listed),
    )
    windows.settings()
    ring = Unlocking()
    app._wiring.keys = Keys(places(), {}, ring)
    app._wiring.keys.store(app.engine.settings.base_url, Secret("sk-or-bench"))
    app._wiring._services.clear()
    until(lambda: engine.state.name == "idle")
    engine.start()
    until(lambda: engine.recording_seconds > SECONDS)
    asked = ring.asked
    yield row(
        "the keyring is unlocked",
        engine.stop,
        lambda: engine.state.name == "idle" and ring.asked > asked,
    )


def _models(app: App) -> object:
    return app._wiring.models(app.engine.settings, refresh=True)


if __name__ == "__main__":
    for each in loop(int(sys.argv[1]) if sys.argv[1:] else 10_000):
        print(each, flush=True)
