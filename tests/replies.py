"""What the loopback server can answer, the broken forms too."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

FOREVER = float("inf")


@dataclass
class Reply:
    """One answer. A `body` of bytes is sent as it is, an iterator in chunks, the rest as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    before: float = 0.0  # seconds until the head; FOREVER = a connection that says nothing
    pause: float = 0.0  # seconds between head and body
    every: float = 0.0  # seconds between two bytes of the body, or two pieces of `raw`
    cut: Literal["", "before", "head", "body"] = ""  # where the connection is closed
    reset: bool = False  # closed by a reset, not in order
    length: int | None = None  # a Content-Length that is not true
    raw: bytes | Iterable[bytes] | None = None  # in place of an HTTP answer
    version: str = "HTTP/1.1"

    @classmethod
    def sse(
        cls, events: Iterable[Any], *, comment: str = "", done: bool = True, **more: Any
    ) -> Reply:
        """A stream of events: documents, or texts that are sent as they are."""
        lines = [f": {comment}\n\n"] if comment else []
        for event in events:
            lines.append(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n")
            if comment:
                lines.append(f": {comment}\n\n")
        if done:
            lines.append("data: [DONE]\n\n")
        headers = {"Content-Type": "text/event-stream"} | more.pop("headers", {})
        return cls(body=iter([line.encode() for line in lines]), headers=headers, **more)

    @classmethod
    def html(cls, page: str, status: int = 200, **more: Any) -> Reply:
        return cls(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"}, **more)

    @classmethod
    def redirect(cls, target: str, status: int = 302) -> Reply:
        return cls(status, b"", {"Location": target})

    @classmethod
    def endless(cls, piece: bytes = b"x" * 65536) -> Reply:
        return cls(body=itertools.repeat(piece))

    @classmethod
    def gzip_bomb(cls, size: int) -> Reply:
        """So many zeros, packed a thousand times smaller."""
        packed = gzip.compress(bytes(size))
        return cls(body=packed, headers={"Content-Encoding": "gzip", **JSON})

    @property
    def chunked(self) -> bool:
        return isinstance(self.body, Iterator) and self.version == "HTTP/1.1"

    @property
    def closes(self) -> bool:
        """Whether the connection's end is the answer's."""
        return self.version == "HTTP/1.0" or self.length is not None

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def head(self) -> bytes:
        headers = dict(self.headers)
        if not isinstance(self.body, bytes | Iterator):
            headers = JSON | headers
        if self.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif self.version == "HTTP/1.1":
            length = len(self.content()) if self.length is None else self.length
            headers["Content-Length"] = str(length)
        words = {status.value: status.phrase for status in HTTPStatus}.get(self.status, "Unknown")
        lines = [f"{self.version} {self.status} {words}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def pieces(self) -> Iterator[bytes]:
        if not isinstance(self.body, Iterator):
            content = self.content()
            if self.every:
                return iter([content[n : n + 1] for n in range(len(content))])
            return iter([content[: len(content) // 2 or 1]] if self.cut == "body" else [content])
        if not self.chunked:
            return self.body
        framed = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in self.body)
        return itertools.chain(framed, [b"0\r\n\r\n"])


JSON = {"Content-Type": "application/json"}


def error(status: int, message: str, *, headers: Any = None, **metadata: Any) -> Reply:
    """An error in OpenRouter's form."""
    told: dict[str, Any] = {"code": status, "message": message}
    if metadata:
        told["metadata"] = metadata
    return Reply(status, {"error": told}, dict(headers or {}))


def mid_stream_error(text: str, code: int = 502, message: str = "Provider disconnected") -> Reply:
    """A stream of OpenRouter's that begins well and ends in an error."""
    common = {"id": "gen-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    good = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    bad = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    told = {"code": code, "message": message}
    return Reply.sse(
        [{**common, "choices": [good]}, {**common, "error": told, "choices": [bad]}], done=False
    )


def model(
    name: str, inputs: list[str], outputs: list[str], pricing: dict[str, str], **more: Any
) -> dict[str, Any]:
    """A row of GET /models."""
    return {
        "id": name,
        "canonical_slug": name,
        "name": name.rpartition("/")[2],
        "created": 1_750_000_000,
        "description": "",
        "context_length": 128_000,
        "architecture": {
            "modality": f"{'+'.join(inputs)}->{'+'.join(outputs)}",
            "input_modalities": inputs,
            "output_modalities": outputs,
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {"prompt": "0", "completion": "0", **pricing},
        "top_provider": {"context_length": 128_000, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "temperature", "reasoning"],
        "supported_voices": None,
        "default_parameters": None,
        "links": {"details": f"/api/v1/models/{name}/endpoints"},
        **more,
    }


def models_listing() -> list[dict[str, Any]]:
    """What the server offers unless a test says otherwise."""
    hears = ["text", "audio"]
    flash = {"prompt": "0.0000003", "completion": "0.0000025", "audio": "0.000001"}
    return [
        model("google/gemini-2.5-flash", hears, ["text"], flash),
        model("mistralai/voxtral-small-24b-2507", hears, ["text"], {"audio": "0.0001"}),
        model("openai/gpt-4o-mini", ["text"], ["text"], {"prompt": "0.00000015"}),
        model("openai/gpt-4o-transcribe", ["audio"], ["transcription"], {"prompt": "0.0000025"}),
        model("openai/whisper-1", ["audio"], ["transcription"], {"request": "0.0001"}),
    ]
