"""kill -9 of the whole app, from the hotkey to the words in a window."""

from __future__ import annotations

import random
import threading
import time
import wave
from collections import Counter as Counts
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dictation.audio import RATE
from dictation.audio_files import open_kept
from dictation.history import UNFINISHED
from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.faults.taking import ramp
from tests.loopback import Loopback
from tests.programs import Program

SEED = 20_260_302
SECONDS, DELAY = 1.2, 0.3  # of speech, of transcribing
HOTKEY = "ctrl+alt+space"


@pytest.fixture
def service() -> Iterator[Loopback]:
    running = Loopback()
    running.delay = DELAY
    yield running
    running.close()


def test_an_app_killed_at_any_moment_loses_nothing_and_pastes_nothing_twice(
    desktop: VirtualDesktop,
    service: Loopback,
    tmp_path: Path,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    wav = tmp_path / "ramp.wav"
    with wave.open(str(wav), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(ramp(30).tobytes())
    numbers = iter(range(10_000))
    service.text = lambda _audio: f"<take {next(numbers)}>"
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": "sk-or-test",
        "DICTATION_MODEL": "a/b",
        "DICTATION_SPEECH_GATE": "off",
        "DICTATION_MICROPHONE": f"file:{wav}",
        "DICTATION_SEND_INTERRUPTED": "true",
    }
    rng, presses = random.Random(SEED), []
    kills = sample(10, 200)
    with Program(desktop, "xterm") as window:
        window.focus()
        for _kill in range(kills):
            with App(desktop, **environment) as app:
                until("the last one's takes", lambda app=app: settled(app), 30)
                presses.append(take(desktop, app, rng.uniform(0.02, SECONDS + DELAY + 0.5)))
        with App(desktop, **environment) as app:
            until("the last take", lambda: settled(app), 30)
            rows, pasted = app.takes(), window.text()
    check_rows(rows, pasted)
    gone = [spoken - seconds for spoken, seconds in behind(presses, rows)]
    record_property(
        "figures",
        f"{kills} kills of the app: {dict(Counts(row['status'] for row in rows))}, "
        f"at most {max(gone):.2f} s behind the key",
    )
    # From the key: it takes the microphone's opening, and this machine's other work, as well.
    assert max(gone) <= 1.0


def behind(
    presses: list[tuple[float, float]], rows: list[dict[str, Any]]
) -> Iterator[tuple[float, float]]:
    """For each press the seconds spoken, and those that its take has."""
    starts = [datetime.fromisoformat(row["started_at"]).timestamp() for row in rows]
    for pressed, spoken in presses:
        taken = [n for n, start in enumerate(starts) if -0.01 < start - pressed < 0.5]
        assert len(taken) == 1 or spoken < 0.15  # the key itself takes a moment
        yield spoken, rows[taken[0]]["seconds"] if taken else 0.0


def take(desktop: VirtualDesktop, app: App, moment: float) -> tuple[float, float]:
    """One take by the hotkey, killed so many seconds after it; when, and how long was spoken."""
    began, pressed = time.monotonic(), time.time()
    desktop.key(HOTKEY)
    pause = threading.Event()
    if moment > SECONDS:
        pause.wait(SECONDS)
        desktop.key(HOTKEY)
    pause.wait(began + moment - time.monotonic())
    app.process.kill()
    app.process.wait()
    return pressed, min(moment, SECONDS)


def settled(app: App) -> bool:
    return all(row["status"] not in UNFINISHED for row in app.takes())


def check_rows(rows: list[dict[str, Any]], pasted: str) -> None:
    """No row lies: what each says of its text and sound is so."""
    for row in rows:
        text, there = row["text"], pasted.count(row["text"]) if row["text"] else 0
        assert there <= 1, f"{text} was pasted twice"
        match row["status"]:
            case "delivered":
                assert there == 1
            case "interrupted" if text:  # killed between the paste and its row
                assert "may be there already" in row["error"]["message"]
            case "interrupted":
                assert row["seconds"] == 0
            case "kept":
                assert there == 0
            case other:
                raise AssertionError(f"{other}: {row['error']}")
        if row["audio"]:
            heard = np.frombuffer(b"".join(open_kept(Path(row["audio"])).pcm()), "<i2")
            assert len(heard) / RATE == pytest.approx(row["seconds"], abs=0.001)
            assert np.array_equal(heard, ramp(30)[: len(heard)])
