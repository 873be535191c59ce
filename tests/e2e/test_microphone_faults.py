"""`dictation record` while the sound server restarts: a recording like any other, and a note."""

from __future__ import annotations

import subprocess
import time
import wave
from pathlib import Path

import pytest

from dictation.speech import hear
from tests.app import DICTATION
from tests.desktop import VirtualDesktop
from tests.e2e.shell import ROOT

BEFORE, AFTER = "The meeting starts at ten.", "Bring the numbers of the last year."


def speech(wav: Path) -> tuple[float, float]:
    """Seconds of speech in a file, and its length."""
    with wave.open(str(wav)) as file:
        pcm = file.readframes(file.getnframes())
        return hear([pcm]).seconds, file.getnframes() / file.getframerate()


def test_what_is_said_before_and_after_a_restart_is_in_the_recording(
    desktop: VirtualDesktop, tmp_path: Path
) -> None:
    output = tmp_path / "take.wav"
    with subprocess.Popen(
        (*DICTATION, "record", "--output", str(output)),
        env=desktop.env | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as recording:
        assert recording.stderr
        assert recording.stderr.readline().startswith("recording from Microphone:")
        began = time.monotonic()
        desktop.say(BEFORE)
        desktop.stop_sound()
        try:
            # PortAudio has its say on the way.
            while (line := recording.stderr.readline()).startswith("Expression"):
                continue
            assert line == "Microphone was disconnected.\n"
        finally:
            desktop.start_sound()
        assert recording.stderr.readline() == "recording from Microphone now\n"
        desktop.say(AFTER)
        ended = time.monotonic()
        _, err = recording.communicate("\n", timeout=30)
    assert recording.returncode == 0, err
    [note] = err.splitlines()
    assert "Microphone was disconnected. Recording went on with Microphone; " in note
    gap = float(note.rpartition("nothing was heard for ")[2].removesuffix(" s."))
    heard, seconds = speech(output)
    spoken = [speech(desktop.speech(text))[0] for text in (BEFORE, AFTER)]
    print(f"{seconds:.1f} s, {heard:.2f} s of speech where {spoken} were said, gap {gap} s")
    assert seconds + gap == pytest.approx(ended - began, abs=1)
    assert heard == pytest.approx(sum(spoken), rel=0.2)
