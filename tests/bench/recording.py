"""What recording takes of the processor, with the overlay, and the voice detector's part in it.

`python -m tests.bench.recording`
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

from dictation.speech import RATE, WINDOW
from tests.app import App
from tests.bench.processes import seconds
from tests.desktop import VirtualDesktop
from tests.loopback import serving

RECORDED, BEGUN = 30.0, 3.0  # seconds that are watched, and before them: imports, a connection
TARGET = 0.03  # of a core
SAID = "Please send me the report before noon, and tell the others that we meet at ten tomorrow."
DETECTOR = """
import os, sys, time, wave
from dictation.environment import one_thread
if sys.argv[2] == "one":
    one_thread(os.environ)
from dictation.speech import WINDOW, hear
with wave.open(sys.argv[1]) as file:
    pcm = file.readframes(file.getnframes())
hear([pcm])
began = time.process_time()
rounds = 5
for _round in range(rounds):
    hear([pcm])
print((time.process_time() - began) / (rounds * len(pcm) / 2 / WINDOW) * 1e3)
"""


def recording() -> Iterator[str]:
    """Two rows: the detector's time for a window, and the whole program's while it records."""
    with VirtualDesktop() as desk, serving() as server:
        wav = str(desk.speech(f"{SAID} " * 8))
        one, many = (detector(desk, wav, threads) for threads in ("one", "all"))
        share = one / 1e3 / (WINDOW / RATE)
        yield (
            f"voice detector: {one:.2f} ms a window on one thread = {share:.1%} of a core,"
            f" {many:.2f} ms on all"
        )
        environment = {
            "DICTATION_MICROPHONE": f"file:{wav}",
            "DICTATION_PROVIDER": "openrouter",
            "DICTATION_BASE_URL": server.openrouter,
            "DICTATION_MODEL": "a/b",
            "DICTATION_OUTPUT": "none",
            "OPENROUTER_API_KEY": "sk-or-x",
        }
        with App(desk, **environment) as app:
            app.does("start")
            app.until("recording")
            pause = threading.Event()
            pause.wait(BEGUN)
            took = seconds(app.process.pid)
            pause.wait(RECORDED)
            took = (seconds(app.process.pid) - took) / RECORDED
            app.does("cancel")
        verdict = "met" if took <= TARGET else "missed"
        yield f"recording: {took:.1%} of a core  (target {TARGET:.0%})  {verdict}"


def detector(desk: VirtualDesktop, wav: str, threads: str) -> float:
    """Milliseconds of processor time for a window of speech, all threads together."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    command = (sys.executable, "-c", DETECTOR, wav, threads)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    for row in recording():
        print(row, flush=True)


if __name__ == "__main__":
    main()
