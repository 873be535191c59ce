"""Many takes, with all that a long day brings: none lost, all in order, level memory."""

from __future__ import annotations

import random
import subprocess
import threading
from collections import Counter as Counts
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dictation import control
from dictation.paths import Places, places
from tests.app import App
from tests.audio_samples import encoded
from tests.buses import Bus
from tests.desktop import VirtualDesktop, until
from tests.logind import Logind
from tests.loopback import Loopback
from tests.programs import Program

SEED = 20_260_303
HOTKEY = "ctrl+alt+space"
SPOKEN = 0.5  # seconds a take
EVENTS = ("sound", "network", "sleep", "lock")  # a share of takes each, before or in the take
SHARE = 0.08


class Day:
    """The app, and what goes wrong around it."""

    def __init__(self, desktop: VirtualDesktop, login: Logind, window: Program) -> None:
        self.desktop, self.login, self.window = desktop, login, window
        self.numbers = 0
        self.service = self.serve()
        self.port = self.service.port
        self.hum: subprocess.Popen[bytes] | None = None
        self.places: Places = places()

    def serve(self, port: int = 0) -> Loopback:
        service = Loopback(port=port)
        service.text = lambda _audio: self.next_text()
        return service

    def next_text(self) -> str:
        self.numbers += 1
        return f"<{self.numbers}> "

    def ask(self, what: str) -> dict[str, Any]:
        """A command to the app, without a process for it."""
        return control.ask(self.places, {"do": what})

    def until(self, state: str, seconds: float = 30) -> None:
        until(f"the app is {state}", lambda: self.ask("status")["state"] == state, seconds)

    def speak(self, wav: Path) -> None:
        """Sound from now on, so that no take is silent."""
        if self.hum:
            self.hum.kill()
            self.hum.wait()
        self.hum = self.desktop.start("paplay", "--device=microphone-mouth", str(wav))

    # What happens; each leaves the world as it was.

    def sound(self, wav: Path) -> None:
        self.desktop.stop_sound()
        self.desktop.start_sound()
        self.speak(wav)

    def network(self, _wav: Path) -> None:
        self.service.close()
        self.end_take()
        until("it waits", lambda: self.ask("status")["waiting"] > 0)
        self.service = self.serve(self.port)
        until("nothing waits", lambda: self.ask("status")["waiting"] == 0, 60)

    def sleep(self, _wav: Path) -> None:
        self.login.sleep()
        until("the sleep may come", lambda: self.login.inhibitors[-1:] == [False])
        woken = self.log().count("resumed")
        self.login.wake()
        until("the next is delayed", lambda: self.login.inhibitors[-1:] == [True])
        until("the keys are grabbed again", lambda: self.log().count("resumed") > woken)

    def lock(self, _wav: Path) -> None:
        # Heard in order: a take that begins before the lock is heard is ended by it.
        for word, locked in (("away", True), ("back", False)):
            heard = self.log().count(f"day: {word}")
            self.login.set("LockedHint", locked)
            until(f"{word} is heard", lambda: self.log().count(f"day: {word}") > heard)  # noqa: B023

    def log(self) -> str:
        return self.places.log.read_text()

    def take(self, seconds: float) -> None:
        self.desktop.key(HOTKEY)
        self.until("recording")
        path = self.places.recordings / f"{self.ask('status')['take']}.wav"
        # A user hears it: a sound server that has just started may take its time.
        until("the microphone gives sound", lambda: path.exists() and path.stat().st_size > 10_000)
        threading.Event().wait(seconds)

    def end_take(self) -> None:
        if self.ask("status")["state"] == "recording":
            self.desktop.key(HOTKEY)
            until("it ends", lambda: self.ask("status")["state"] != "recording")

    def close(self) -> None:
        self.service.close()
        if self.hum:
            self.hum.kill()
            self.hum.wait()


@pytest.fixture
def login(desktop: VirtualDesktop, tmp_path: Path) -> Iterator[Logind]:
    bus = Bus(tmp_path)
    service = Logind(bus.address)
    desktop.env["DBUS_SYSTEM_BUS_ADDRESS"], before = (
        bus.address,
        desktop.env["DBUS_SYSTEM_BUS_ADDRESS"],
    )
    yield service
    desktop.env["DBUS_SYSTEM_BUS_ADDRESS"] = before
    service.close()
    bus.stop()


def test_no_take_is_lost_in_a_long_day(
    desktop: VirtualDesktop,
    login: Logind,
    tmp_path: Path,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    rng, takes = random.Random(SEED), sample(16, 500)
    wav = tmp_path / "hum.wav"
    noise = np.random.default_rng(SEED).normal(0, 0.05, (16_000 * 1_800, 1)).astype(np.float32)
    wav.write_bytes(encoded(noise, 16_000, "WAV", "PCM_16"))
    happened: Counts[str] = Counts()
    memory: list[int] = []
    # Closed whatever happens: what it speaks would be heard by all tests after it.
    with (
        Program(desktop, "xterm") as window,
        closing(Day(desktop, login, window)) as day,
    ):
        environment = {
            "DICTATION_BASE_URL": day.service.openrouter,
            "OPENROUTER_API_KEY": "sk-or-test",
            "DICTATION_MODEL": "a/b",
            "DICTATION_SPEECH_GATE": "off",
            "DICTATION_SPACING": "none",
        }
        with App(desktop, **environment) as app:
            until("it delays a sleep", lambda: login.is_heard)
            day.speak(wav)
            window.focus()
            for number in range(takes):
                event = rng.choice(EVENTS) if rng.random() < SHARE * len(EVENTS) else ""
                happened[event or "nothing"] += 1
                before = rng.random() < 0.5 and event != "network"
                if event and before:
                    getattr(day, event)(wav)
                day.take(SPOKEN)
                if event and not before:
                    getattr(day, event)(wav)
                day.end_take()
                if rng.random() < 0.7:  # else the next one overlaps
                    day.until("idle", 60)
                if number in (takes // 5, takes - 1):
                    memory.append(resident(app.process.pid))
            day.until("idle", 60)
            rows, text = app.takes()[::-1], window.text()
            pid = app.process.pid
            assert app.process.poll() is None
    pasted = [int(part.strip("<> ")) for part in text.split(">") if part.strip()]
    record_property(
        "figures",
        f"{takes} takes, {dict(happened)}: {dict(Counts(row['status'] for row in rows))}; "
        f"memory {memory[0] / 1e6:.0f} MB after a fifth, {memory[1] / 1e6:.0f} MB at the end",
    )
    assert pid
    assert len(rows) == takes  # none lost
    assert [row["status"] for row in rows if row["status"] not in ("delivered", "kept")] == []
    assert all(row["text"] for row in rows)
    assert len({row["text"] for row in rows}) == takes  # none sent twice
    assert all(row["seconds"] > SPOKEN / 3 for row in rows)
    assert pasted == sorted(pasted)  # none out of order
    assert len(pasted) == len([row for row in rows if row["status"] == "delivered"])
    assert memory[1] < memory[0] * 1.1 + 5e6


def resident(pid: int) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * 4096
