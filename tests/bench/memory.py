"""What it takes to send an hour: memory, and the longest time that another thread stood still."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from dictation.audio import RATE
from dictation.audio_files import open_kept
from dictation.net import Http
from dictation.providers import openai, openrouter_chat
from dictation.recordings import WavWriter
from dictation.values import Request, Watch
from tests.bench.net import server
from tests.faults.in_process import Memory

MOST = 2.0  # MB
STALL = 10.0  # ms


def memory(seconds: float = 3600.0) -> Iterator[str]:
    """Two rows a way: MB at the most, and ms of the longest pause between two ticks of 1 ms."""
    with TemporaryDirectory() as folder, server() as port:
        path = Path(folder) / "hour.wav"
        with WavWriter(path) as file:
            for _second in range(round(seconds)):
                file.append(bytes(2 * RATE))
        speech, http = open_kept(path), Http()
        request = Request(f"http://127.0.0.1:{port}/v1", "a model", formats=("wav",))
        for way in (openai, openrouter_chat):  # as it is, and as base64
            name = way.__name__.rpartition(".")[2]
            way.transcribe(speech, request, http, Watch())  # libraries and connection
            with Memory() as used:
                ticks = Ticks()
                way.transcribe(speech, request, http, Watch())
                longest = ticks.stop()  # before the collector runs
            verdict = "met" if used.known and used.peak <= MOST else "missed"
            taken = f"{used.peak:.1f} MB" if used.known else "not known here"
            yield f"memory, {seconds:g} s, {name}: {taken}  (target {MOST:g})  {verdict}"
            verdict = "met" if longest <= STALL else "missed"
            yield f"longest stall, {name}: {longest:.1f} ms  (target {STALL:g})  {verdict}"
        http.close()


class Ticks:
    """A thread that wakes each millisecond, as a window's would, and notes how late it was."""

    def __init__(self) -> None:
        self._over, self._longest = threading.Event(), 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._longest * 1e3

    def _run(self) -> None:
        last = time.perf_counter()
        while not self._over.wait(0.001):
            now = time.perf_counter()
            self._longest, last = max(self._longest, now - last), now
