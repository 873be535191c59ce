"""Answers as they should be, and everything that can be done to them."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

TEXT = "The meeting starts at ten, naïve 🎤 — 明天。"
USAGE = {"prompt_tokens": 90, "completion_tokens": 9, "cost": 0.00042}
SEGMENT = {"id": 0, "start": 0.0, "end": 2.0, "text": TEXT, "speaker": 1}
ERROR = {
    "message": "Provider returned error",
    "code": 502,
    "metadata": {
        "error_type": "provider_unavailable",
        "provider_name": "Acme",
        "raw": '{"error": {"message": "too quiet", "code": "400"}}',
        "reasons": ["violence", "self-harm"],
    },
}
WHOLE = {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "usage": USAGE}
PARTS = {"choices": [{"message": {"content": [{"text": TEXT}]}, "finish_reason": "stop"}]}
VERBOSE = {"text": TEXT, "language": "en", "duration": 2.0, "segments": [SEGMENT], "usage": USAGE}
FAULTS = [{"error": ERROR}, {"error": "words"}, {"detail": [{"msg": "too short"}]}, ERROR]
STREAM = [
    *({"choices": [{"delta": {"content": f"{w} "}, "finish_reason": None}]} for w in TEXT.split()),
    {"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]},
    {"choices": [], "usage": USAGE},
]
DOCUMENTS: dict[str, list[Any]] = {
    "openrouter chat": [WHOLE, PARTS],
    "openrouter transcriptions": [{"text": TEXT, "usage": USAGE}, VERBOSE],
    "openai": [{"text": TEXT}, VERBOSE],
}
JSON, EVENTS, PLAIN = "application/json", "text/event-stream", "text/plain; charset=utf-8"


def nested(depth: int, kind: str = "list") -> Any:
    """A list in a list in a list …, or the like with objects."""
    found: Any = None
    for _level in range(depth):
        found = [found] if kind == "list" else {"error": found, "metadata": {"raw": found}}
    return found


def odd(chance: Random) -> Any:
    """A value of a kind that nobody expects there."""
    return chance.choice(
        [
            *(None, True, False, 0, -1, 1.5, "", "x", [], {}, [[]], [None], {"": None}),
            *(10**400, -(10**30), 1e308, math.nan, math.inf, "1" * 5000, "٣٤٥", "²³²"),
            *("\ud800", "a\x00\x1b[31m\u202eb", "\x1b]52;c;\x07", "x" * 40_000, "\ufeff"),
            *({"error": "e"}, {"message": "Provider returned error"}, ["text"], [{"text": 1}]),
        ]
    )


def tree(value: Any, chance: Random) -> Any:
    """The document with some of its parts exchanged, left out, wrapped or doubled."""
    value = deepcopy(value)
    for _time in range(chance.choice((1, 1, 2, 5))):
        places = list(_places(value))
        if not places:
            return odd(chance)
        holder, key = chance.choice(places)
        match chance.randrange(6):
            case 0 | 1:
                holder[key] = odd(chance)
            case 2:
                del holder[key]
            case 3:
                holder[key] = [holder[key]]
            case 4:
                holder[key] = {"error": holder[key], "text": holder[key]}
            case 5:
                other, name = chance.choice(places)
                if name in other if isinstance(other, dict) else name < len(other):
                    holder[key] = deepcopy(other[name])
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, part in inner:
        yield value, key
        yield from _places(part)


def damaged(content: bytes, chance: Random) -> bytes:
    """The bytes, some of them changed, left out, doubled, or joined by others."""
    file = bytearray(content)
    for _time in range(chance.choice((1, 1, 3, 10))):
        at = chance.randrange(len(file) + 1)
        match chance.randrange(9):
            case 0 if file:
                file[at % len(file)] ^= 1 << chance.randrange(8)
            case 1:
                del file[at:]
            case 2:
                del file[at : at + chance.randrange(1, 40)]
            case 3:
                file[at:at] = file[at : at + chance.randrange(1, 400)]
            case 4:
                file[at:at] = chance.choice(
                    (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8", b"\x00")
                )
            case 5:
                ends = (b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"\xe2\x80\xa8", b"\x85", b"\x0b")
                file = bytearray(bytes(file).replace(b"\n", chance.choice(ends)))
            case 6:
                file[:0] = chance.choice(
                    (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
                )
            case 7:
                file[at:at] = chance.choice((b"[", b'{"a":', b'"', b"\\", b"\\ud800", b"9" * 400))
            case 8:
                file[at:at] = chance.choice(
                    (b"data: ", b"\ndata:\n\n", b": x\n", b"\nevent: error\n")
                )
    return bytes(file)


@dataclass(frozen=True)
class Mutant:
    """One answer that is not as it should be."""

    status: int
    headers: dict[str, str]
    blocks: tuple[bytes, ...]


def _body(way: str, chance: Random) -> tuple[bytes, str]:
    if way == "openrouter chat" and chance.random() < 0.6:
        events = [tree(event, chance) if chance.random() < 0.2 else event for event in STREAM]
        if chance.random() < 0.3:
            events.insert(chance.randrange(len(events)), tree(chance.choice(FAULTS), chance))
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        if chance.random() < 0.3:
            chance.shuffle(lines)
        return "".join([*lines, "data: [DONE]\n\n"]).encode(), EVENTS
    document = tree(chance.choice(FAULTS if chance.random() < 0.3 else DOCUMENTS[way]), chance)
    if chance.random() < 0.2 and isinstance(document, dict):
        depth = chance.choice((100, 300, 480, 900))
        place = chance.choice(("error", "text", "choices", "usage", "segments"))
        document[place] = nested(depth, chance.choice(("list", "error")) if depth < 20 else "list")
    try:
        text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    except RecursionError:
        text = "[" * 900
    return text.encode("utf-8", "surrogatepass"), chance.choice(
        (JSON, JSON, PLAIN, "", "text/html")
    )


def mutant(way: str, seed: int) -> Mutant:
    """The answer of this number; always the same."""
    chance = Random(f"{way} {seed}")
    content, kind = _body(way, chance)
    if chance.random() < 0.6:
        content = damaged(content, chance)
    if chance.random() < 0.005:  # a giant line, or many that are empty
        at = chance.randrange(len(content) + 1)
        filler = chance.choice((b" ", b"x", b"\n", b"[", b"\r")) * chance.choice(
            (70_000, 2_000_000)
        )
        content = content[:at] + filler + content[at:]
    headers = {"Content-Type": kind}
    if chance.random() < 0.1:
        packed = chance.choice((gzip.compress(content), zlib.compress(content), content))
        content = damaged(packed, chance) if chance.random() < 0.5 else packed
        headers["Content-Encoding"] = chance.choice(("gzip", "deflate", "x-gzip", "GZIP", "br"))
    status = 200
    if chance.random() < 0.2:
        status = chance.choice((201, 204, 302, 307, 400, 401, 402, 403, 404, 429, 500, 503, 999))
        headers["Retry-After"] = chance.choice(
            ("1", "-1", "1e9", "Fri, 31 Dec 9999", "x", "9" * 50)
        )
        headers["Location"] = chance.choice(
            ("/x", "http://[", "//", "http://a\\b", "x:y", "?" * 99)
        )
    return Mutant(status, headers, tuple(_split(content, chance)))


def _split(content: bytes, chance: Random) -> Iterator[bytes]:
    """The content in pieces as a network might bring it."""
    size = chance.choice((1, 7, 100, 65_536)) if len(content) < 5_000 else 65_536
    for start in range(0, len(content), size):
        yield content[start : start + size]
