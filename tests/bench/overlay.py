"""What the overlay takes of the processor while one records, text coming in: with it and without.

The desktop is the tests' own; the program runs from the working copy.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from tests.app import App
from tests.bench.processes import seconds
from tests.desktop import VirtualDesktop

TARGET = 0.02  # of a core, on top of what recording takes
SETTLED, WATCHED = 3.0, 20.0  # seconds


def overlay(watched: float = WATCHED, settled: float = SETTLED) -> Iterator[str]:
    """A row for the share of a core that recording takes, and one for what the overlay adds."""
    with VirtualDesktop() as desktop:
        recording = f"file:{desktop.speech('One more sentence for the log, and then another.')}"
        without, shown = (
            share(desktop, recording, on, watched, settled) for on in ("false", "true")
        )
    yield f"recording alone: {without:.2%} of a core"
    verdict = "met" if shown - without <= TARGET else "missed"
    yield f"the overlay adds: {shown - without:.2%} of a core  (target {TARGET:.0%})  {verdict}"


def share(
    desktop: VirtualDesktop, recording: str, on: str, watched: float, settled: float
) -> float:
    environment = {
        "DICTATION_MICROPHONE": recording,
        "DICTATION_PROVIDER": "offline",
        "DICTATION_UPLOAD": "whole",
        "DICTATION_OVERLAY": on,
        "DICTATION_OUTPUT": "none",
        "DICTATION_HOME": str(desktop.home / f"overlay-{on}"),
    }
    pause = threading.Event()
    with App(desktop, **environment) as app:
        pause.wait(settled)
        app.does("start")
        app.until("recording")
        pause.wait(settled)
        before = seconds(app.process.pid)
        pause.wait(watched)
        took = seconds(app.process.pid) - before
        app.does("cancel")
    return took / watched


if __name__ == "__main__":
    for row in overlay():
        print(row, flush=True)
