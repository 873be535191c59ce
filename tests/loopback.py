"""An HTTP server on loopback that speaks OpenRouter's and OpenAI's forms, and breaks on demand.

By hand: `python -m tests.loopback --port 8000`, then point `base_url` at the address it prints.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.connections import Received, Threads
from tests.judge import OPENAI_FIELDS, complaint, openrouter_fields, openrouter_models, read_form
from tests.replies import Reply, error, models_listing

TEXT = "The meeting starts at ten tomorrow morning."


class Loopback:
    """The server: what it answers, what it has received, and what it has to complain of."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.text: str | Callable[[bytes], str] = TEXT
        self.key = ""  # demanded where it is set
        self.answer: Callable[[Received], Reply | None] = lambda _request: None
        self.replies: list[Reply] = []  # given one by one, before `answer` is asked
        self.models = models_listing()
        self.delay = 0.0  # seconds a model takes
        self.cost: float | None = 0.00042
        self.requests: list[Received] = []
        self.complaints: list[str] = []
        self.arrived = 0  # bytes so far of a body in chunks
        self.unfinished = 0  # requests whose client hung up before their end
        self.stopping = threading.Event()
        self._challenges: dict[str, str] = {}
        self.lock = threading.Lock()
        self.tls = tls
        self._judges = openrouter_models()
        self.open: set[socket.socket] = set()
        self._http = Threads(("127.0.0.1", port), self)
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def openrouter(self) -> str:
        """The `base_url` of its OpenRouter form."""
        return f"{self.origin}/api/v1"

    @property
    def openai(self) -> str:
        """The `base_url` of its OpenAI form."""
        return f"{self.origin}/v1"

    @property
    def last(self) -> Received:
        return self.requests[-1]

    def close(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self.drop_connections()
        self._thread.join()

    def drop_connections(self) -> None:
        """Ends all kept connections, as a server does with idle ones."""
        with self.lock:
            for connection in self.open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def heard(self, audio: bytes) -> str:
        return self.text if isinstance(self.text, str) else self.text(audio)

    def reply_to(self, request: Received) -> Reply:
        with self.lock:
            self._judge(request)
            self.requests.append(request)
            planned = self.replies.pop(0) if self.replies else None
        return planned or self.answer(request) or self._usual(request)

    def _judge(self, request: Received) -> None:
        if request.method != "POST":
            return
        kind = request.headers.get("content-type", "")
        ours = request.path.startswith("/api/")
        if kind.startswith("multipart/"):
            names = openrouter_fields() if ours else OPENAI_FIELDS
            request.form, wrong = read_form(kind, request.body, names)
            self.complaints += wrong
            for part in request.form:
                if part.name == "file":
                    request.audio = part.content
                    request.format = (part.filename or "").rpartition(".")[2]
            return
        try:
            request.json = json.loads(request.body)
        except ValueError as broken:
            self.complaints.append(f"{request.path}: {broken}")
            return
        model = self._judges.get(request.path)
        if model is not None and (problem := complaint(model, request.json)):
            self.complaints.append(f"{request.path}: {problem}")
        sound = _input_audio(request.json)
        if sound:
            request.format = sound.get("format", "")
            request.audio = base64.b64decode(sound.get("data", ""), validate=True)

    def _usual(self, request: Received) -> Reply:
        needs_no_key = request.path in ("/api/v1/models", "/auth", "/api/v1/auth/keys")
        wanted = f"Bearer {self.key}"
        if self.key and not needs_no_key and request.headers.get("authorization") != wanted:
            return error(401, "No auth credentials found", error_type="authentication")
        routes: dict[str, Callable[[Received], Reply]] = {
            "POST /api/v1/chat/completions": self._chat,
            "POST /api/v1/audio/transcriptions": self._transcription,
            "POST /v1/audio/transcriptions": self._transcription,
            "GET /api/v1/models": self._models,
            "GET /v1/models": self._openai_models,
            "GET /api/v1/key": lambda _request: Reply(body={"data": KEY}),
            "GET /api/v1/credits": lambda _request: Reply(
                body={"data": {"total_credits": 10.0, "total_usage": 2.5}}
            ),
            "GET /auth": self._sign_in,
            "POST /api/v1/auth/keys": self._key_for_code,
        }
        route = routes.get(f"{request.method} {request.path}")
        return route(request) if route else error(404, "Not Found", error_type="not_found")

    def _chat(self, request: Received) -> Reply:
        text = self.heard(request.audio)
        usage: dict[str, float] = {"prompt_tokens": 90, "completion_tokens": 9, "total_tokens": 99}
        if self.cost is not None:
            usage["cost"] = self.cost
        common = {"id": "gen-1", "created": 1_700_000_000, "model": request.model}
        if not (request.json or {}).get("stream"):
            choice = {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
            whole = {**common, "object": "chat.completion", "choices": [choice], "usage": usage}
            return Reply(body={**whole, "system_fingerprint": None}, pause=self.delay)
        words = text.split(" ")
        deltas = [{"content": word if n == 0 else f" {word}"} for n, word in enumerate(words)]
        events = [
            {
                **common,
                "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": delta, "finish_reason": end}],
            }
            for delta, end in [*((delta, None) for delta in deltas), ({"content": ""}, "stop")]
        ]
        events.append({**common, "object": "chat.completion.chunk", "choices": [], "usage": usage})
        return Reply.sse(events, comment="OPENROUTER PROCESSING", pause=self.delay)

    def _transcription(self, request: Received) -> Reply:
        text = self.heard(request.audio)
        ours = request.path.startswith("/api/")
        asked = request.json or {}
        if request.field("stream") == "true" and not ours:
            words = [w if n == 0 else f" {w}" for n, w in enumerate(text.split(" "))]
            events = [{"type": "transcript.text.delta", "delta": word} for word in words]
            done = {"type": "transcript.text.done", "text": text}
            return Reply.sse([*events, done], pause=self.delay)
        answer: dict[str, Any] = {"text": text}
        if ours:
            answer["usage"] = {"seconds": 2.0, **({} if self.cost is None else {"cost": self.cost})}
        form = request.field("response_format") or asked.get("response_format", "json")
        if form == "verbose_json":
            segment = {"id": 0, "start": 0.0, "end": 2.0, "text": text}
            answer |= {"language": "en", "duration": 2.0, "segments": [segment]}
        headers = {"X-Generation-Id": "gen-1"} if ours else {}
        return Reply(body=answer, headers=headers, pause=self.delay)

    def _models(self, request: Received) -> Reply:
        heard = request.query.get("input_modalities")
        written = request.query.get("output_modalities")

        def fits(model: dict[str, Any]) -> bool:
            shape = model["architecture"]
            if written:
                return written in shape["output_modalities"]
            if "transcription" in shape["output_modalities"]:
                return False
            return heard is None or heard in shape["input_modalities"]

        return Reply(body={"data": [model for model in self.models if fits(model)]})

    def _openai_models(self, _request: Received) -> Reply:
        rows = [{"id": name, "object": "model"} for name in ("whisper-1", "gpt-4o-transcribe")]
        return Reply(body={"object": "list", "data": rows})

    def _sign_in(self, request: Received) -> Reply:
        code = f"code-{len(self._challenges)}"
        self._challenges[code] = request.query.get("code_challenge", "")
        back = request.query["callback_url"]
        joint = "&" if urlsplit(back).query else "?"
        return Reply.redirect(f"{back}{joint}{urlencode({'code': code})}")

    def _key_for_code(self, request: Received) -> Reply:
        digest = hashlib.sha256(request.json.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self._challenges.pop(request.json["code"], None) != proof:
            return error(403, "Invalid code or code_verifier", error_type="permission_denied")
        return Reply(body={"key": self.key or "sk-or-signed-in", "user_id": "user-1"})


KEY = {
    **{"label": "sk-or-v1-abc...xyz", "limit": 20.0, "limit_remaining": 17.5, "limit_reset": None},
    **{"usage": 2.5, "usage_daily": 0.1, "usage_weekly": 0.4, "usage_monthly": 1.2},
    **{"is_free_tier": False, "is_management_key": False, "is_provisioning_key": False},
}


def _input_audio(value: Any) -> dict[str, Any]:
    """The first `input_audio` anywhere in the document."""
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        if isinstance(value.get("input_audio"), dict):
            return dict(value["input_audio"])
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    return next(filter(None, map(_input_audio, inner)), {})


@contextlib.contextmanager
def serving(**options: Any) -> Iterator[Loopback]:
    """A server for the length of a block; what it complained of fails the test."""
    server = Loopback(**options)
    try:
        yield server
    finally:
        server.close()
    assert not server.complaints, server.complaints


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A loopback server whose complaints are the test's failure."""
    with serving() as running:
        yield running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="", help="the key to demand")
    parser.add_argument("--text", default=TEXT, help="what every recording says")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds the model takes")
    given = parser.parse_args()
    server = Loopback(port=given.port)
    server.key, server.text, server.delay = given.key, given.text, given.delay
    print(server.openrouter, flush=True)
    seen = 0
    try:
        while not server.stopping.wait(0.2):
            for request in server.requests[seen:]:
                stamp = time.strftime("%H:%M:%S")
                print(stamp, request.method, request.path, len(request.body), flush=True)
                seen += 1
            while server.complaints:
                print("complaint:", server.complaints.pop(0), flush=True)
    except KeyboardInterrupt:
        server.close()


if __name__ == "__main__":
    main()
