"""Many takes in one run of the app: in order, none lost, and nothing grows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.loopback import Loopback
from tests.programs import Program

# What may come on top from half of the takes to the last: MB of resident memory, and threads, as
# one more timer may be pending at the end. What a take left behind would be there 12 times.
GROWTH, PENDING = 5.0, 2


class Footprint:
    """What a process holds: MB of resident memory, threads, open files."""

    def __init__(self, pid: int) -> None:
        status = Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        self.memory = int(fields["VmRSS"].split()[0]) / 1024
        self.threads = int(fields["Threads"])
        self.files = len(list(Path(f"/proc/{pid}/fd").iterdir()))

    def __str__(self) -> str:
        return f"{self.memory:.1f} MB, {self.threads} threads, {self.files} files"


def settled(pid: int) -> Footprint:
    """The smallest within a second: what a take left to be done has its threads."""
    end, pause, found = time.monotonic() + 1, threading.Event(), [Footprint(pid)]
    while time.monotonic() < end:
        pause.wait(0.1)
        found.append(Footprint(pid))
    return min(found, key=lambda each: each.threads)


def test_each_text_arrives_once_in_order_and_nothing_grows(
    desktop: VirtualDesktop,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    count = sample(24, 200)
    service = Loopback()
    numbers = iter(range(1, count + 1))
    service.text = lambda _audio: f"take {next(numbers)}."
    recording = f"file:{desktop.speech('One more sentence for the log.')}@10"
    footprints, pause = {}, threading.Event()
    with (
        App(
            desktop,
            DICTATION_BASE_URL=service.openrouter,
            OPENROUTER_API_KEY="sk-or-any",
            DICTATION_MICROPHONE=recording,
            DICTATION_MODEL="a/b",
            DICTATION_HOTKEY_MODE="hold",
        ) as app,
        Program(desktop, "xterm") as program,
    ):
        for number in range(1, count + 1):
            desktop.key("ctrl+alt+space", "down")
            app.until("recording")
            pause.wait(0.25)
            desktop.key("ctrl+alt+space", "up")
            until(f"take {number}", lambda n=number: program.text().endswith(f"take {n}."), 10)
            app.until("idle")
            if number in (count // 2, count):
                footprints[number] = settled(app.process.pid)
        text = program.text()
        takes = app.takes()
    service.close()
    assert text == " ".join(f"take {number}." for number in range(1, count + 1))
    assert [take["status"] for take in takes] == ["delivered"] * count
    early, late = footprints[count // 2], footprints[count]
    record_property("figures", f"after take {count // 2}: {early}; after take {count}: {late}")
    assert late.memory - early.memory < GROWTH, (str(early), str(late))
    assert late.threads - early.threads <= PENDING, (str(early), str(late))
    assert late.files <= early.files, (str(early), str(late))
