"""The history's window with many takes, against 50 ms: `python -m tests.bench.browse [TAKES]`.

Each row is a time that a user waits, or for which the event loop was held up.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from dictation.archive import Archive
from dictation.history import History
from dictation.paths import Places
from dictation.takes import Take
from dictation.ui.history_window import Doors, HistoryWindow
from tests.bench.history import takes
from tests.bench.rows import Row

LIMIT = 50.0  # ms for which the event loop may be held up
TYPED = "the projector is broken"
FRAMES = 200  # in which all of the list is scrolled through


class Pulse:
    """Notes the longest pause between two turns of the event loop, in ms."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._beat)
        self.start()

    def start(self) -> None:
        self.longest, self._last = 0.0, time.perf_counter()
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self._last) * 1e3)
        self._last = now


def until(done: Callable[[], bool]) -> float:
    """Runs the event loop until it is so; milliseconds."""
    began = time.perf_counter()
    while not done():
        QApplication.processEvents()
        assert time.perf_counter() - began < 60
    return (time.perf_counter() - began) * 1e3


def browse(count: int = 10_000) -> Iterator[Row]:
    """What opening, scrolling and searching cost with so many takes."""
    app = QApplication.instance() or QApplication(["bench"])
    with tempfile.TemporaryDirectory() as folder:
        archive = _filled(Path(folder), count)
        window = HistoryWindow(_doors(archive))
        try:
            yield from _measured(window)
        finally:
            window.hide()
            archive.close(5)
            window.deleteLater()
            app.processEvents()


def _measured(window: HistoryWindow) -> Iterator[Row]:
    model, view, search = window.finding.model, window.finding.view, window.finding.search
    pulse = Pulse()
    window.bring_up()
    first = until(lambda: model.glimpse_at(1) is not None)
    yield Row("the first page is there", first, LIMIT, 4)
    until(lambda: window.details.take is not None)

    pulse.start()
    middle = model.rowCount() // 2
    began = time.perf_counter()
    view.scrollTo(model.index(middle))
    until(lambda: model.glimpse_at(middle) is not None or model.id_at(middle) is None)
    yield Row("a page in the middle", (time.perf_counter() - began) * 1e3, LIMIT, 1)

    bar = view.verticalScrollBar()
    slowest = 0.0
    pulse.start()
    for frame in range(FRAMES + 1):
        began = time.perf_counter()
        bar.setValue(bar.maximum() * frame // FRAMES)
        view.viewport().repaint()
        slowest = max(slowest, (time.perf_counter() - began) * 1e3)
        QApplication.processEvents()
    yield Row("a frame of scrolling, slowest", slowest, 16.7, 1)
    yield Row("longest block, scrolling", pulse.longest, LIMIT, 1)

    pulse.start()
    slowest = 0.0
    for end in range(1, len(TYPED) + 1):
        search.setText(TYPED[:end])
        words = TYPED[:end].strip()
        slowest = max(slowest, until(lambda words=words: model.words == words))
    yield Row("a search, slowest of a letter", slowest, LIMIT, 4)
    yield Row("longest block, searching", pulse.longest, LIMIT, 1)

    pulse.start()
    for end in range(len(TYPED), -1, -1):  # as fast as keys repeat, nobody waits for an answer
        search.setText(TYPED[:end])
        QApplication.processEvents()
    until(lambda: model.words == "")
    yield Row("longest block, all taken out", pulse.longest, LIMIT, 1)


def _filled(root: Path, count: int) -> Archive:
    crashes: list[Exception] = []
    places = Places(*(root / name for name in ("c", "s", "d", "x", "r")))
    archive = Archive(
        places, crashes.append, lambda _ids: None, lambda _takes: None, crashes.append
    )

    def fill(history: History) -> None:
        history.query("BEGIN")
        for take in takes(count):
            history.put(replace(take, audio=None))
        history.query("COMMIT")

    archive.ask(fill).result()
    return archive


def _doors(archive: Archive) -> Doors:
    def refuse(*_what: object) -> Take:
        raise AssertionError("nothing is sent here")

    return Doors(
        archive=archive,
        hear=refuse,
        models=list,
        paste=lambda _id: Future(),
        elsewhere=lambda: None,
        nothing=str,
        crash=lambda error: print(repr(error), file=sys.stderr),
    )


if __name__ == "__main__":
    for row in browse(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        print(row)
