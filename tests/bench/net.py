"""From a finished recording to its text, against a prepared request on a raw socket."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from dictation import transcription
from dictation.audio import RATE, Audio, Recording
from dictation.credentials import Keys
from dictation.paths import Places
from dictation.settings import Settings
from dictation.wiring import Wiring
from tests.bench.quick_server import ANSWERS
from tests.bench.rows import Row
from tests.fakes import track
from tests.test_credentials import Ring

WAYS = {
    "chat": {"provider": "openrouter", "model": "google/gemini-2.5-flash"},
    "openai": {"provider": "openai", "model": "whisper-1"},
}
TARGETS = {5: 2.0, 30: 2.0, 120: 2.5}  # by seconds of speech


@contextmanager
def server() -> Iterator[int]:
    """The port of a server in a process of its own."""
    command = (sys.executable, "-m", "tests.bench.quick_server")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        assert run.stdin
        yield int(run.stdout.readline())
        run.stdin.close()


def recording(seconds: float) -> Recording:
    """Noise as loud as speech."""
    audio, heard = Audio(), track()
    noise = np.random.default_rng(1).normal(0, 3000, round(seconds * RATE)).astype(np.int16)
    audio.append(noise)
    return Recording(audio, audio.samples, heard)


def milliseconds(job: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    job()
    return (time.perf_counter() - began) * 1e3


def net(runs: int = 30) -> Iterator[Row]:
    """A row for each way and length."""
    with server() as port, TemporaryDirectory() as folder:
        root = Path(folder)
        wiring = Wiring(Places(*(root / name for name in "csdxr")))
        keys = dict.fromkeys(("OPENROUTER_API_KEY", "OPENAI_API_KEY"), "k")
        wiring.keys = Keys(wiring.places, keys, Ring())
        for way, named in WAYS.items():
            settings = Settings(
                base_url=f"http://127.0.0.1:{port}/v1",
                openrouter_endpoint="chat" if way == "chat" else "auto",
                audio_format="wav",
                **named,  # type: ignore[arg-type]
            )
            services = wiring.services(settings)
            for seconds, target in TARGETS.items():
                speech = recording(seconds)

                ours = partial(transcription.transcribe, speech, settings, services)

                yield Row(f"net {way} {seconds} s", *_pair(ours, port, way, seconds, runs), target)
            services.http.close()


def _pair(
    ours: Callable[[], object], port: int, way: str, seconds: int, runs: int
) -> tuple[float, float]:
    with prepared(port, way, seconds) as floor:
        times = [(milliseconds(ours), milliseconds(floor)) for _run in range(runs + 3)][3:]
    mine, theirs = (statistics.median(each) for each in zip(*times, strict=True))
    return mine, theirs


@contextmanager
def prepared(port: int, way: str, seconds: int) -> Iterator[Callable[[], None]]:
    """A request that is ready, on a raw socket: sends it and reads the answer."""
    size = seconds * RATE * 2 + 44
    size = (size + 2) // 3 * 4 if way == "chat" else size
    path = b"/v1/chat/completions" if way == "chat" else b"/v1/audio/transcriptions"
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path, size)
    request, answer = head + bytes(size), ANSWERS[b"chat" if way == "chat" else b"audio"]
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def floor() -> None:
            raw.sendall(request)
            left = len(answer)
            while left:
                left -= len(raw.recv(left))

        yield floor
