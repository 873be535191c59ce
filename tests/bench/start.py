"""From the program's start to its icon in the tray, and what it takes when nobody dictates.

Times an installed program, so: pip install ., then `python -m tests.bench.start PATH/TO/dictation`;
with `--portable PATH` the start of the portable build, too, against that of the installed one. The
desktop is the tests' own.
"""

from __future__ import annotations

import argparse
import select
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from Xlib import X

from tests.bench.processes import resident, seconds, wakes
from tests.bench.rows import Row
from tests.desktop import VirtualDesktop

RUNS = 15
TARGET = 1.2  # times a bare tray
PORTABLE = 1.3  # times the installed program
MEMORY = 100.0  # MB
SETTLED, IDLE = 12.0, 30.0  # seconds until all is ready, and then watched
WAKES = 2  # while it is watched: a look at the clock is one
BARE = """
import sys
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
application = QApplication(["bare"])
icon = QSystemTrayIcon(QIcon(sys.argv[1]))
icon.show()
application.exec()
"""
ICON = """
from dictation.paths import resource
print(resource("icons/idle.svg"))
"""


def start(dictation: str, runs: int = RUNS) -> Iterator[object]:
    """The ratio to a bare tray; then memory, processor time and wake-ups of the idle program."""
    python = str(Path(dictation).with_name(Path(sys.executable).name))
    with VirtualDesktop() as desk:
        bare = (python, "-I", "-c", BARE, desk.run(python, "-I", "-c", ICON).strip())
        ours = (dictation, "--minimized")
        # In turns, so that both meet the same noise.
        pairs = [(docked(desk, ours), docked(desk, bare)) for _run in range(runs + 1)]
        mine, floor = (statistics.median(each) for each in zip(*pairs[1:], strict=True))
        yield Row("start to tray", mine, floor, TARGET)
        yield from idle(desk.start(*ours, DICTATION_HOME=str(desk.home / "idle")).pid)


def portable(program: str, dictation: str, runs: int = RUNS) -> Row:
    """How long the portable build's start takes, against the installed program's."""
    with VirtualDesktop() as desk:
        ways = ((program, "--minimized"), (dictation, "--minimized"))
        pairs = [[docked(desk, way) for way in ways] for _run in range(runs + 1)]
    mine, installed = (statistics.median(each) for each in zip(*pairs[1:], strict=True))
    return Row("portable start", mine, installed, PORTABLE)


def docked(desk: VirtualDesktop, command: Sequence[str]) -> float:
    """Milliseconds until the tray has taken the program's icon; the program is ended then."""
    x = desk.x
    x.screen().root.change_attributes(event_mask=X.SubstructureNotifyMask)
    x.sync()
    while x.pending_events():
        x.next_event()
    began = time.perf_counter()
    program = desk.start(*command, DICTATION_HOME=str(desk.home / "start"))
    try:
        while time.perf_counter() < began + 20:
            select.select([x], [], [], 1)
            while x.pending_events():
                if x.next_event().type == X.ReparentNotify:  # out of the root, into the tray
                    return (time.perf_counter() - began) * 1e3
        raise AssertionError(f"no icon:\n{desk.log.read_text()}")
    finally:
        threading.Event().wait(1.0)  # the start is over, so the end is a plain one
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()


def idle(pid: int) -> Iterator[str]:
    """Three rows of a program that has nothing to do."""
    pause = threading.Event()
    pause.wait(SETTLED)
    took, woke = seconds(pid), wakes(pid)
    pause.wait(IDLE)
    took, woke, held = seconds(pid) - took, wakes(pid) - woke, resident(pid)
    verdict = {True: "met", False: "missed"}
    yield f"idle memory: {held:.0f} MB  (target {MEMORY:g})  {verdict[held <= MEMORY]}"
    share = took / IDLE
    yield f"idle processor: {share:.1%} over {IDLE:g} s  (target 0.0%)  {verdict[share < 0.0005]}"
    yield f"idle wake-ups: {woke} in {IDLE:g} s  (target {WAKES})  {verdict[woke <= WAKES]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dictation", type=Path, help="the installed command")
    parser.add_argument("--portable", type=Path, help="the portable build's program")
    args = parser.parse_args()
    dictation = str(args.dictation.absolute())
    for row in start(dictation):
        print(row, flush=True)
    if args.portable:
        print(portable(str(args.portable.absolute()), dictation), flush=True)


if __name__ == "__main__":
    main()
