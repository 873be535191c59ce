"""A provider asked without a socket: what it makes of an answer, and what memory that takes."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import cast

import httpx

from dictation.audio import Encoded, Speech
from dictation.net import Http
from dictation.net.routes import Route, Routes
from dictation.net.streams import Connections
from dictation.providers import PROVIDERS
from dictation.values import Request, Secret, Transcript, Watch
from tests.faults.services import KEY

REQUEST = Request("http://127.0.0.1:1/v1", "some/model", key=Secret(KEY), segments=True)
HTTP = tuple(name for name in PROVIDERS if name != "offline")


class Sound:
    """Ten bytes that pass for three seconds."""

    seconds = 3.0

    def encoded(self, formats: Collection[str]) -> Encoded:
        return Encoded("wav", 10, lambda: iter([b"1234567890"]))


class OneAnswer(Routes):
    """Connections on which each request is given the same answer."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__("")
        self._answer = answer

    def to(self, proxy: str) -> Route:
        mock = httpx.MockTransport(lambda _request: self._answer)
        return Route(cast("Connections", mock))


class InProcess(Http):
    """HTTP without a socket."""

    def __init__(
        self, blocks: Iterable[bytes], headers: Mapping[str, str], status: int = 200
    ) -> None:
        super().__init__(timeout=5.0)
        answer = httpx.Response(status, headers=dict(headers), content=iter(blocks))
        self._routes = OneAnswer(answer)


def ask(
    way: str, blocks: Iterable[bytes], headers: Mapping[str, str], status: int = 200
) -> Transcript:
    """The provider's transcript of this answer; raises what it raises."""
    http = InProcess(blocks, headers, status)
    return PROVIDERS[way].transcribe(cast("Speech", Sound()), REQUEST, http, Watch())


class Memory:
    """What a block takes, in MB: `growth` that it leaves behind, `peak` at its most.

    Nothing where Linux does not tell.
    """

    growth = peak = 0.0
    known = False  # whether the peak is

    def __enter__(self) -> Memory:
        gc.collect()
        self._before = _resident("VmRSS")
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is now
        self.known = _resident("VmHWM") < self._before + 50
        return self

    def __exit__(self, *_error: object) -> None:
        gc.collect()
        self.growth = _resident("VmRSS") - self._before
        self.peak = _resident("VmHWM") - self._before if self.known else 0.0


def _resident(name: str) -> float:
    told = Path("/proc/self/status")
    if not told.exists():
        return 0.0
    return int(told.read_text(encoding="ascii").partition(f"{name}:")[2].split()[0]) / 1024
