"""The table: each fault, what the user is told, and what is left of the take."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from typing import Any

from dictation import errors
from dictation.errors import DictationError
from tests.faults import services
from tests.faults.services import KEY, TEXT, Serving, certified, replying, stopped_reader
from tests.replies import FOREVER, JSON, Reply, error, mid_stream_error

CHAT, FORM, OPENAI = ("chat",), ("transcriptions",), ("openai",)
ALL = (*CHAT, *FORM, *OPENAI)
FAILED = "failed"
OUT = "waiting"  # nothing of the take could be sent at all

# What a sick server says: its words are shown, the key in them is not.
SAID = f"Some words. {KEY}"


@dataclass(frozen=True)
class Row:
    """A fault on one of the ways; `error` None where the text is delivered all the same."""

    fault: str
    way: str
    service: Serving
    error: type[DictationError] | None
    posts: int = 1
    status: str = FAILED
    says: str = ""  # is in the error's message or hint
    timeout: float = 10.0
    speech: float = 1.0  # seconds
    within: float = 5.0  # seconds from the key press to the end, on a quiet machine

    @property
    def name(self) -> str:
        return f"{self.fault}, {self.way}"


def rows() -> list[Row]:
    """All rows."""
    return [*statuses(), *inside(), *network(), *endings(), *answers(), *streams()]


def each(
    fault: str,
    make: Callable[[], Reply],
    kind: type[DictationError] | None,
    posts: int = 1,
    **more: Any,
) -> Iterator[Row]:
    """The fault on each way, or on those named."""
    for way in more.pop("ways", ALL):
        yield Row(fault, way, replying(make), kind, posts, **more)


STATUSES: list[tuple[int, str, type[DictationError], int]] = [
    # status, error_type, what the user is told, requests made
    (400, "", errors.BadRequest, 1),
    (400, "invalid_request", errors.BadRequest, 1),
    (400, "context_length_exceeded", errors.TooLarge, 1),
    (400, "content_policy_violation", errors.Refused, 1),
    (400, "refusal", errors.Refused, 1),
    (401, "", errors.KeyRefused, 1),
    (401, "authentication", errors.KeyRefused, 1),
    (402, "", errors.NoCredits, 1),
    (402, "payment_required", errors.NoCredits, 1),
    (403, "", errors.Forbidden, 1),
    (403, "permission_denied", errors.Forbidden, 1),
    (403, "content_policy_violation", errors.Forbidden, 1),
    (404, "", errors.ModelGone, 1),
    (404, "not_found", errors.ModelGone, 1),
    (408, "", errors.TimedOut, 4),
    (413, "", errors.TooLarge, 1),
    (413, "payload_too_large", errors.TooLarge, 1),
    (429, "", errors.RateLimited, 4),
    (429, "rate_limit_exceeded", errors.RateLimited, 4),
    (500, "", errors.ServerFault, 4),
    (500, "server", errors.ServerFault, 4),
    (502, "", errors.ServerFault, 4),
    (502, "provider_unavailable", errors.ServerFault, 4),
    (503, "", errors.ServerFault, 4),
    (504, "", errors.TimedOut, 4),
    (504, "timeout", errors.TimedOut, 4),
    (524, "", errors.TimedOut, 4),
    (529, "", errors.ServerFault, 4),
    (529, "provider_overloaded", errors.ServerFault, 4),
]
WAITS: list[tuple[int, type[DictationError]]] = [
    (402, errors.NoCredits),
    (429, errors.RateLimited),
    (503, errors.ServerFault),
]


def statuses() -> Iterator[Row]:
    """What a server can refuse with."""
    for status, kind, wanted, posts in STATUSES:
        told = {"error_type": kind, "flagged_input": TEXT} if kind else {}
        name = f"{status} {kind}".strip()
        yield from each(
            name, partial(error, status, SAID, **told), wanted, posts, says="Some words.", within=9
        )
    for status, wanted in WAITS:
        for after, posts in (("0", 4), ("3600", 1), (formatdate(0, usegmt=True), 4)):
            made = partial(error, status, SAID, headers={"Retry-After": after})
            yield from each(f"{status} Retry-After {after}", made, wanted, posts)
        headers = {"Retry-After": formatdate(4e9, usegmt=True)}
        made = partial(error, status, SAID, headers=headers)
        yield from each(f"{status} Retry-After in many years", made, wanted)


def inside() -> Iterator[Row]:
    """Errors under status 200."""
    for status, kind, wanted, posts in STATUSES:
        if not kind or status == 403:
            continue
        told = {"code": status, "message": SAID, "metadata": {"error_type": kind}}
        name = f"200 with {status} {kind} inside"
        yield from each(name, partial(Reply, body={"error": told}), wanted, posts, within=9)
    told = {"error": {"code": 403, "message": SAID, "metadata": {"flagged_input": TEXT}}}
    yield from each("200 with 403 inside", partial(Reply, body=told), errors.Forbidden)
    plain = {"Content-Type": "text/plain"}
    body = json.dumps({"error": {"code": 401, "message": SAID}}).encode()
    yield from each(
        "200 with 401 inside, as plain text", partial(Reply, 200, body, plain), errors.KeyRefused
    )
    yield from each(
        "an error in mid-stream",
        partial(mid_stream_error, "Quokkas", message=SAID),
        errors.ServerFault,
        4,
        ways=CHAT,
        within=9,
    )


def row(fault: str, serve: Serving, kind: type[DictationError], **more: Any) -> Iterator[Row]:
    """A fault of what lies between, on each way or on those named."""
    for way in more.pop("ways", ALL):
        yield Row(fault, way, serve, kind, **more)


def network() -> Iterator[Row]:
    """Faults before a server has the request."""
    out = {"posts": 0, "status": OUT, "within": 9.0}
    no = errors.NoConnection
    yield from row("nobody listens", services.nobody, no, says="refused", **out)
    yield from row("no such name", services.nameless, no, says="nobody.invalid", ways=OPENAI, **out)
    slow = {"posts": 0, "timeout": 0.5, "within": 12.0}
    late = errors.TimedOut
    far = {**slow, "says": "reached", "status": OUT}
    yield from row("accepts nothing", services.busy, late, **far)
    yield from row("no TLS handshake", stopped_reader(scheme="https"), late, **far)
    unread = {**slow, "speech": 200.0, "says": "took nothing", "status": OUT}
    yield from row("half open: reads nothing", stopped_reader(), late, **unread)
    yield from row("half open: stops reading", stopped_reader(100_000), late, **unread)
    unsafe = {"posts": 0}
    tls = errors.TlsFailed
    foreign = certified("127.0.0.1", trusted=False)
    expired = certified("127.0.0.1", trusted=True, expired=True)
    other = certified("other.test", trusted=True)
    yield from row("a foreign certificate", foreign, tls, says="ca_file", **unsafe)
    yield from row("an expired certificate", expired, tls, says="date", **unsafe)
    yield from row("another's certificate", other, tls, says="base_url", **unsafe)
    yield from row("no TLS at all", services.plain_for_tls, tls, says="http://", **unsafe)
    one = {"ways": OPENAI, "posts": 0}
    failed, login = errors.ProxyFailed, errors.ProxyLogin
    later = {**one, "status": OUT, "within": 9}
    yield from row("no proxy", services.no_proxy, failed, says="refused", **later)
    yield from row("a proxy that refuses", services.proxied(status=403), failed, **one)
    yield from row("a proxy that can't", services.proxied(status=502), failed, **later)
    yield from row("a proxy that asks who", services.proxied(login="x"), login, **one)


def raw(*pieces: bytes) -> Callable[[], Reply]:
    return partial(Reply, raw=b"".join(pieces))


OK = b"HTTP/1.1 200 OK\r\n"
INTERIM = b"HTTP/1.1 102 Processing\r\n\r\n"
ANSWER = {"text": TEXT, "choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}
SMALL = len(json.dumps(ANSWER))


def endings() -> Iterator[Row]:
    """Answers that come late, in drops, or not to their end."""
    broken, late = errors.BrokenAnswer, errors.TimedOut
    yield from each("half open: never answers", partial(Reply, before=FOREVER), late, timeout=0.5)
    yield from each(
        "stops after the head", partial(Reply, body=ANSWER, pause=FOREVER), late, timeout=0.5
    )
    halves = lambda: Reply(body=iter([b'{"te', b'xt"']), every=FOREVER, headers=JSON)  # noqa: E731
    yield from each("stops in the body", halves, late, timeout=0.5)
    yield from each("slow, but in time", partial(Reply, body=ANSWER, before=0.6), None, timeout=5)
    drops = {"timeout": 0.6, "within": 6.0}
    yield from each("a byte at a time, body", partial(Reply, body=ANSWER, every=0.1), late, **drops)
    head = lambda: Reply(raw=map(bytes, zip(OK + b"X: y\r\n" * 99)), every=0.1)  # noqa: E731
    yield from each("a byte at a time, head", head, late, **drops)
    interim = partial(Reply, raw=itertools.repeat(INTERIM), every=0.1)
    yield from each("interim answers without end", interim, late, **drops)
    quick = partial(Reply, body=ANSWER, every=0.002)
    yield from each("a byte at a time, soon done", quick, None, timeout=5)
    closed = errors.NoConnection
    yield from each("cut before the head", partial(Reply, cut="before"), closed, says="closed")
    yield from each("reset before the head", partial(Reply, cut="before", reset=True), closed)
    yield from each("cut in the head", raw(OK, b"Content-Le"), closed)
    yield from each("cut after the head", partial(Reply, body=ANSWER, cut="head"), broken)
    yield from each("cut in the body", partial(Reply, body=ANSWER, cut="body"), broken)
    yield from each(
        "reset in the body", partial(Reply, body=ANSWER, cut="body", reset=True), broken
    )
    text = json.dumps(ANSWER).encode()
    whole = raw(OK, b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % SMALL, text)
    yield from each("cut after the body", whole, None)
    yield from each("promises too much", partial(Reply, body=ANSWER, length=SMALL + 9), broken)
    yield from each("promises too little", partial(Reply, body=ANSWER, length=SMALL - 9), broken)
    yield from each(
        "two lengths", raw(OK, b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}"), broken
    )
    yield from each("a negative length", raw(OK, b"Content-Length: -5\r\n\r\n{}"), broken)
    yield from each(
        "a length of 5,000 digits", raw(OK, b"Content-Length: ", b"9" * 5000, b"\r\n\r\n"), broken
    )
    yield from each("a bad chunk", raw(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), broken)


def answers() -> Iterator[Row]:
    """Answers that are whole, and of no use."""
    broken = errors.BrokenAnswer
    yield from each("no HTTP", raw(b"\x00\x01garbage\r\n\r\n"), broken, says="HTTP")
    yield from each("a head without end", raw(OK, b"a: b\r\n" * 60_000), broken)
    yield from each("another protocol", raw(b"HTTP/1.1 101 Switching\r\n\r\n"), broken)
    yield from each("nothing", partial(Reply, 204), broken)
    yield from each("no JSON", partial(Reply, 200, b"{broken", JSON), broken)
    yield from each("deep JSON", partial(Reply, 200, b"[" * 200_000, JSON), broken)
    garbage = random.Random(1).randbytes(20 << 20)
    big = {"says": "does not end", "within": 20.0}
    yield from each("20 MB of garbage", partial(Reply, 200, garbage, JSON), broken, **big)
    yield from each("an answer without end", Reply.endless, broken, **big)
    yield from each("a gzip bomb", partial(Reply.gzip_bomb, 64 << 20), broken, **big)
    packed = JSON | {"Content-Encoding": "gzip"}
    behind = lambda: Reply(  # noqa: E731
        body=itertools.chain([gzip.compress(b"{}")], itertools.repeat(bytes(65536))), headers=packed
    )
    yield from each("garbage without end behind gzip", behind, broken, **big)
    half = gzip.compress(json.dumps(ANSWER).encode())[:-9]
    yield from each("half a gzip", partial(Reply, 200, half, packed), broken)
    yield from each("no gzip", partial(Reply, 200, b"{}", packed), broken)
    brotli = JSON | {"Content-Encoding": "br"}
    yield from each("packed as nobody asked", partial(Reply, 200, b"{}", brotli), broken)
    comments = b"<!---->" * 5_000
    yield from each("a page of comments", partial(Reply, 200, comments, JSON), broken)
    page = "<!doctype html><html><title>502 Bad Gateway</title><body>nginx</body></html>"
    yield from each("another page", partial(Reply.html, page), broken, says="502 Bad Gateway")
    plain = partial(Reply, 200, page.encode(), {"Content-Type": "text/plain"})
    yield from each("another page, as plain text", plain, broken)
    login = "<html><title>Wi-Fi</title><form action=/login>Sign in</form></html>"
    portal = errors.CaptivePortal
    yield from each("a login page", partial(Reply.html, login), portal, status=OUT)
    away = partial(Reply.redirect, "http://login.example/hotspot")
    yield from each("leads to a login page", away, portal, status=OUT)
    paths = ("chat/completions", "audio/transcriptions", "audio/transcriptions")
    for way, path in zip(ALL, paths, strict=True):
        loop = partial(Reply.redirect, f"{services.PATHS[way]}/{path}", 307)
        yield from each("leads in circles", loop, errors.Moved, ways=(way,))
    yield from each("leads nowhere", partial(Reply.redirect, "http://[", 307), broken)
    silent = {"text": " ", "choices": [{"message": {"content": " "}, "finish_reason": "stop"}]}
    yield from each("no words", partial(Reply, body=silent), errors.EmptyAnswer)
    words = "hello world " * 900_000
    whole = [{"message": {"content": words}, "finish_reason": "stop"}]
    long: dict[str, Any] = {"says": "longer", "within": 20.0}
    yield from each(
        "10 MB of words", partial(Reply, body={"choices": whole}), broken, ways=CHAT, **long
    )
    yield from each(
        "10 MB of words",
        partial(Reply, body={"text": words}),
        broken,
        ways=(*FORM, *OPENAI),
        **long,
    )
    huge = {**ANSWER, "usage": {"cost": 10**400}}
    yield from each("a price beyond numbers", partial(Reply, body=huge), None)
    yield from each("no text at all", partial(Reply, body={}), broken)


def said(text: str, ending: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": ending}]}


def streams() -> Iterator[Row]:
    """What only a stream can do."""
    broken = errors.BrokenAnswer

    def stream(*events: Any, **more: Any) -> Callable[[], Reply]:
        return lambda: Reply.sse(events, **more)

    def comments(**more: Any) -> Reply:
        piece = b": OPENROUTER PROCESSING\n\n"
        piece = piece if more else piece * 2000
        return Reply(
            body=itertools.repeat(piece), headers={"Content-Type": "text/event-stream"}, **more
        )

    def stalled() -> Reply:
        """The text is whole; the stream's end never comes."""
        made = Reply.sse([said(TEXT, "stop")], done=False)
        made.body, made.every = itertools.chain(made.body, [b": x\n\n"]), FOREVER
        return made

    def unfinished() -> Reply:
        """The text is whole; then the connection breaks."""
        made = Reply.sse([said(TEXT, "stop")], done=False)
        content = b"".join(made.body)
        head = OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        return Reply(raw=head + b"%x\r\n%b\r\n" % (len(content), content))

    one = {"ways": CHAT}
    yield from each("comments without end", comments, broken, within=20, **one)
    slow = partial(comments, every=0.1)
    yield from each("keep-alives for ever", slow, errors.TimedOut, timeout=0.6, within=6, **one)
    yield from each("a stream cut in the text", stream(said("Quokkas"), done=False), broken, **one)
    yield from each("a stream cut after the text", unfinished, None, **one)
    yield from each("a stream that stalls after the text", stalled, None, timeout=0.6, **one)
    yield from each("no choices", stream(), broken, **one)
    yield from each("an event that is no JSON", stream("{"), broken, **one)
    cut = stream(said(TEXT, "length"))
    yield from each("stopped at its longest answer", cut, None, 2, **one)
    nothing = stream(said("", "length"))
    yield from each("stopped before the first word", nothing, errors.CutShort, **one)
    kept_back = stream(said("", "content_filter"))
    yield from each("held back by a filter", kept_back, errors.Refused, **one)
    failed = stream(said("Quokkas", "error"))
    yield from each("failed while writing", failed, errors.ServerFault, 4, within=9, **one)
