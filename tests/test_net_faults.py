"""Every way a request can fail: which error it becomes, and how often the request is made."""

from __future__ import annotations

import errno
import gzip
import itertools
import json
import socket
import ssl
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from dictation import errors
from dictation.desktop import Desktop
from dictation.errors import DictationError
from dictation.net import Body, Http, error_of, sse, tls
from dictation.net.proxies import is_loopback, proxy_for
from dictation.net.tries import tries
from dictation.values import Secret, Watch
from tests.loopback import server, serving
from tests.proxy import proxying
from tests.replies import FOREVER, Reply, error, mid_stream_error

assert server  # the fixture

KEY = Secret("sk-or-v1-0123456789abcdef")
CHAT = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}).encode()
LOGIN = "<html><title>Guest Wi-Fi</title><form action=/login>Sign in</form></html>"
PAGE = "<!doctype html><html><title>502 Bad Gateway</title><body>nginx</body></html>"


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(timeout=5.0)
    yield client
    client.close()


@pytest.fixture
def hasty() -> Iterator[Http]:
    """A client that waits for next to nothing, for servers that never answer."""
    client = Http(timeout=0.2)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def failure(http: Http, url: str, *, post: bool = True, waits: list[float] | None = None) -> Any:
    """The error that a take would end in, after all its tries."""
    body = Body("application/json", len(CHAT), lambda: iter((CHAT,))) if post else None

    def attempt() -> Any:
        with http.open("POST" if post else "GET", url, key=KEY, body=body) as answer:
            if answer.content_type == "text/event-stream":
                return [json.loads(payload) for payload in sse(answer.lines())]
            return answer.json()

    noted = [] if waits is None else waits
    with pytest.raises(DictationError) as failed:
        tries(attempt, seconds_of_audio=0, watch=Watch(), wait=noted.append, clock=lambda: 0.0)
    return failed.value


STATUSES = [
    # status, error_type, class, exit code, requests made
    (400, "", errors.BadRequest, 6, 1),
    (400, "invalid_request", errors.BadRequest, 6, 1),
    (400, "context_length_exceeded", errors.TooLarge, 6, 1),
    (400, "content_policy_violation", errors.Refused, 6, 1),
    (400, "refusal", errors.Refused, 6, 1),
    (400, "authentication", errors.KeyRefused, 4, 1),
    (401, "", errors.KeyRefused, 4, 1),
    (402, "", errors.NoCredits, 5, 1),
    (402, "payment_required", errors.NoCredits, 5, 1),
    (403, "", errors.Forbidden, 4, 1),
    (403, "permission_denied", errors.Forbidden, 4, 1),
    (403, "content_policy_violation", errors.Forbidden, 4, 1),
    (404, "not_found", errors.ModelGone, 6, 1),
    (405, "", errors.UnknownStatus, 6, 1),
    (408, "", errors.TimedOut, 6, 4),
    (409, "", errors.UnknownStatus, 6, 1),
    (413, "payload_too_large", errors.TooLarge, 6, 1),
    (418, "", errors.UnknownStatus, 6, 1),
    (422, "", errors.BadRequest, 6, 1),
    (429, "rate_limit_exceeded", errors.RateLimited, 6, 4),
    (429, "insufficient_quota", errors.NoCredits, 5, 1),
    (500, "server", errors.ServerFault, 6, 4),
    (502, "provider_unavailable", errors.ServerFault, 6, 4),
    (503, "", errors.ServerFault, 6, 4),
    (504, "timeout", errors.TimedOut, 6, 4),
    (511, "", errors.CaptivePortal, 6, 1),
    (524, "", errors.TimedOut, 6, 4),
    (529, "provider_overloaded", errors.ServerFault, 6, 4),
    (599, "", errors.UnknownStatus, 6, 1),
]


@pytest.mark.parametrize(("status", "kind", "wanted", "code", "requests"), STATUSES)
def test_each_status_is_told_and_tried_again_only_where_that_helps(
    http, server, status, kind, wanted, code, requests
):
    metadata = {"error_type": kind} if kind else {}
    server.answer = lambda _r: error(status, "Some words.", **metadata)
    found = failure(http, f"{server.openrouter}/chat/completions")
    assert type(found) is wanted
    assert found.code == code
    assert len(server.requests) == requests
    assert "Some words." in found.message
    assert found.title
    assert found.hint


BODIES = [
    ("", "404"),
    (b"plain words", "plain words"),
    (PAGE.encode(), "502 Bad Gateway"),
    (b'{"error": "one text"}', "one text"),
    (b'{"error": {"message": null}}', "404"),
    (b'{"error": {"message": {"a": 1}, "code": "x", "metadata": 3}}', "404"),
    (b'{"detail": "Not Found"}', "Not Found"),
    (b'{"detail": [{"msg": "too short", "loc": ["body"]}]}', "too short"),
    (b'{"object": "error", "message": "vLLM says", "code": 404}', "vLLM says"),
    (b"[1, 2]", "404"),
    (b"{broken", "{broken"),
    (b"\xff\xfe\x00", "404"),
    (b"[" * 100_000, "404"),
]


@pytest.mark.parametrize(("body", "words"), BODIES)
def test_an_error_body_of_any_kind_is_understood(http, server, body, words):
    server.answer = lambda _r: Reply(404, body or b"")
    found = failure(http, f"{server.openrouter}/chat/completions")
    assert isinstance(found, errors.ModelGone)
    assert words in found.message


class TestWords:
    def test_a_servers_words_are_one_short_line_without_control_characters(self):
        found = error_of(400, {"error": {"message": "a\n\tb\x1b[31m\u202e\x00c" + "x" * 999}})
        assert found.message.startswith("The server answered 400: a b [31m c")
        assert len(found.message) < 340

    def test_the_key_is_never_among_them(self):
        long = "y" * 280 + KEY.reveal()
        for text in (f"bad {KEY.reveal()}", long):
            assert KEY.reveal()[:12] not in error_of(401, {"error": text}, key=KEY).message

    def test_no_half_of_the_key_is_among_them_either(self):
        for lead in (" " * 2990, "y" * 290):
            raw = json.dumps({"error": {"message": lead + KEY.reveal()}})
            metadata = {"provider_name": "Acme", "raw": raw}
            body = {"error": {"message": "Provider returned error", "metadata": metadata}}
            for told in (body, {"error": lead + KEY.reveal()}):
                assert KEY.reveal()[:8] not in error_of(400, told, key=KEY).message

    def test_the_providers_own_words_stand_in_for_an_empty_phrase(self):
        raw = json.dumps({"error": {"message": "Audio is too quiet"}})
        metadata = {"provider_name": "Acme", "raw": raw}
        body = {"error": {"message": "Provider returned error", "metadata": metadata}}
        assert "Acme: Audio is too quiet" in error_of(400, body).message

    def test_a_page_that_a_provider_sent_is_told_by_its_title(self):
        raw = "<html><head><title>Bad gateway</title></head><body>long</body></html>"
        metadata = {"provider_name": "Acme", "raw": raw}
        body = {"error": {"message": "Provider returned error", "metadata": metadata}}
        assert error_of(502, body).message.endswith(": Acme: Bad gateway")

    def test_a_moderation_names_its_reasons_and_never_what_was_said(self):
        metadata = {"reasons": ["violence", "self-harm"], "flagged_input": "my words"}
        body = {"error": {"message": "Flagged", "code": 403, "metadata": metadata}}
        found = error_of(403, body)
        assert "violence, self-harm" in found.hint
        assert "my words" not in found.message + found.hint

    def test_no_number_and_no_depth_in_an_error_is_too_much(self):
        deep: dict[str, Any] = {"message": "words"}
        for _level in range(450):
            deep = {"message": "Provider returned error", "metadata": {"raw": deep}}
        assert error_of(200, {"error": deep}).message.endswith("Provider returned error")
        for code in ("9" * 5000, 10**400, -1, "٤٠٤", 404.0, [404]):
            assert type(error_of(200, {"error": {"code": code}})) is errors.ServerFault
        told = {"message": [{"msg": deep}, {"msg": "short"}], "metadata": {"reasons": [deep]}}
        assert "short" in error_of(403, {"error": told}).message

    def test_a_404_of_the_data_policy_names_the_setting(self):
        text = "No endpoints found matching your data policy (Zero data retention)."
        assert "`data_policy`" in error_of(404, {"error": {"message": text, "code": 404}}).hint
        plain = error_of(404, {"error": {"message": "No such model", "code": 404}})
        assert "data_policy" not in plain.hint
        assert "base_url" in error_of(404, {"detail": "Not Found"}).hint

    @pytest.mark.parametrize(
        ("code", "kind", "wanted", "again"),
        [
            (502, None, errors.ServerFault, True),
            (429, None, errors.RateLimited, True),
            (400, "context_length_exceeded", errors.TooLarge, False),
            (None, "provider_overloaded", errors.ServerFault, True),
            (None, "refusal", errors.Refused, False),
            (None, None, errors.ServerFault, True),
            ("invalid_api_key", None, errors.KeyRefused, False),
        ],
    )
    def test_an_error_under_status_200_goes_by_its_own_code(self, code, kind, wanted, again):
        told = {"message": "Words", "code": code, "metadata": {"error_type": kind}}
        found = error_of(200, {"error": told})
        assert type(found) is wanted
        assert found.again is again


class TestRetryAfter:
    @pytest.mark.parametrize("status", [402, 429, 503])
    def test_it_is_followed(self, http, server, status):
        waits: list[float] = []
        server.replies = [error(status, "Wait", headers={"Retry-After": "3"}) for _ in range(2)]
        server.answer = lambda _r: error(400, "Now this")
        found = failure(http, f"{server.openrouter}/chat/completions", waits=waits)
        assert isinstance(found, errors.BadRequest)
        assert waits == [3.0, 3.0]

    def test_too_long_a_wait_is_not_begun(self, http, server):
        server.answer = lambda _r: error(429, "Wait", headers={"Retry-After": "60"})
        found = failure(http, f"{server.openrouter}/chat/completions")
        assert found.retry_after == 60
        assert len(server.requests) == 1


BROKEN = [
    # what the server does, class, again after a POST, again after a GET
    ("says nothing", Reply(before=FOREVER), errors.TimedOut, False, True),
    ("stops after the head", Reply(body=b"{}", pause=FOREVER), errors.TimedOut, False, True),
    ("hangs up unasked", Reply(cut="before"), errors.NoConnection, False, True),
    ("resets", Reply(cut="before", reset=True), errors.NoConnection, False, True),
    ("hangs up after the head", Reply(body=b"{}", cut="head"), errors.BrokenAnswer, False, True),
    ("cuts the body", Reply(body={"a": "x" * 99}, cut="body"), errors.BrokenAnswer, False, True),
    (
        "resets in the body",
        Reply(body={"a": "x" * 99}, cut="body", reset=True),
        errors.BrokenAnswer,
        False,
        True,
    ),
    ("promises too much", Reply(body={"a": 1}, length=999), errors.BrokenAnswer, False, True),
    ("promises too little", Reply(body={"a": 1}, length=3), errors.BrokenAnswer, False, True),
    ("garbage", Reply(raw=b"\x00\x01garbage\r\n\r\n"), errors.BrokenAnswer, False, True),
    (
        "endless head",
        Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 60_000),
        errors.BrokenAnswer,
        False,
        True,
    ),
    (
        "bad chunk",
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        errors.BrokenAnswer,
        False,
        True,
    ),
    ("no JSON", Reply(body=b"{broken"), errors.BrokenAnswer, False, True),
    ("nothing", Reply(), errors.BrokenAnswer, False, True),
    ("no UTF-8", Reply(body=b'"\xff\xff"'), errors.BrokenAnswer, False, True),
    ("deep JSON", Reply(body=b"[" * 200_000), errors.BrokenAnswer, False, True),
    (
        "bad gzip",
        Reply(body=b"{}", headers={"Content-Encoding": "gzip"}),
        errors.BrokenAnswer,
        False,
        True,
    ),
    (
        "half a gzip",
        Reply(body=gzip.compress(b"{}" * 99)[:-9], headers={"Content-Encoding": "gzip"}),
        errors.BrokenAnswer,
        False,
        True,
    ),
    (
        "unasked packing",
        Reply(body=b"{}", headers={"Content-Encoding": "br"}),
        errors.BrokenAnswer,
        False,
        True,
    ),
    ("comments alone", Reply(body=b"<!---->" * 2000), errors.BrokenAnswer, False, True),
    (
        "a length of 5,000 digits",
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"),
        errors.BrokenAnswer,
        False,
        True,
    ),
    ("another page", Reply.html(PAGE), errors.BrokenAnswer, False, False),
    ("a login page", Reply.html(LOGIN), errors.CaptivePortal, False, False),
    (
        "leads to a portal",
        Reply.redirect("http://login.example/hotspot"),
        errors.CaptivePortal,
        False,
        False,
    ),
    ("leads elsewhere", Reply.redirect("/v2", 308), errors.Moved, False, False),
    ("leads nowhere", Reply.redirect("http://[", 307), errors.BrokenAnswer, False, True),
    ("a wall that wants a login", Reply(407), errors.ProxyLogin, False, False),
    (
        "an error under status 200",
        Reply(body={"error": {"code": 502, "message": "Upstream"}}),
        errors.ServerFault,
        True,
        True,
    ),
]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("reply", "wanted", "post_again", "get_again"),
    [pytest.param(*row[1:], id=row[0]) for row in BROKEN],
)
def test_a_post_that_arrived_is_made_once_and_a_get_again(
    http, hasty, server, reply, wanted, post_again, get_again, method
):
    server.answer = lambda _r: reply
    client = hasty if FOREVER in (reply.before, reply.pause) else http
    found = failure(client, f"{server.openrouter}/chat/completions", post=method == "POST")
    assert type(found) is wanted
    assert found.code == 6
    again = post_again if method == "POST" else get_again
    # A key keeps a GET from following its redirect, so nothing else is asked.
    assert (found.again, len(server.requests)) == (again, 4 if again else 1)
    assert server.origin.rpartition(":")[2] not in found.title


def test_a_stream_that_breaks_off_tells(http, server):
    server.answer = lambda _r: mid_stream_error("Half a")
    with http.open("POST", f"{server.openai}/audio/transcriptions", body=_json()) as answer:
        chunks = [json.loads(payload) for payload in sse(answer.lines())]
        found = answer.error(chunks[-1])
    assert isinstance(found, errors.ServerFault)
    assert "Provider disconnected" in found.message


def packed(first: bytes, rest: bytes) -> Reply:
    return Reply(
        body=itertools.chain([first], itertools.repeat(rest)), headers={"Content-Encoding": "gzip"}
    )


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply.endless, id="one line"),
        pytest.param(lambda: Reply.endless(b": still working\n\n" * 4000), id="comments"),
        pytest.param(lambda: Reply.gzip_bomb(32 << 20), id="gzip"),
        pytest.param(lambda: packed(gzip.compress(b"{}"), bytes(65536)), id="behind gzip"),
        pytest.param(lambda: packed(b"\x78\x01", b"\0\0\0\xff\xff" * 9999), id="empty deflate"),
    ],
)
def test_an_answer_without_end_is_given_up(http, server, reply):
    server.replies = [reply()]
    with http.open("POST", f"{server.openai}/audio/transcriptions", body=_json()) as answer:
        lines = answer.lines()
        with pytest.raises(errors.BrokenAnswer, match="does not end"):
            list(lines)


def test_keep_alives_do_not_hold_a_request_open_for_ever(hasty, server):
    server.replies = [Reply(body=itertools.repeat(b": OPENROUTER PROCESSING\n\n"), every=0.05)]
    began = time.monotonic()
    with (
        pytest.raises(errors.TimedOut, match="did not end its answer within 1 s") as found,
        hasty.open("POST", f"{server.openai}/x", body=_json(), seconds=0.6) as answer,
    ):
        list(answer.lines())
    assert 0.7 < time.monotonic() - began < 4
    assert not found.value.again  # it is perhaps paid for


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param([bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\n" * 9], id="head in drops"),
        pytest.param(itertools.repeat(b"HTTP/1.1 102 Processing\r\n\r\n"), id="interim answers"),
    ],
)
def test_a_head_that_does_not_come_to_its_end_is_given_up(hasty, server, raw):
    server.replies = [Reply(raw=raw, every=0.05)]
    began = time.monotonic()
    with (
        pytest.raises(errors.TimedOut, match="did not begin its answer within 1 s") as found,
        hasty.open("POST", f"{server.openai}/x", body=_json(), seconds=0.6),
    ):
        pass
    assert 0.7 < time.monotonic() - began < 4
    assert not found.value.again  # it is perhaps paid for


def test_a_long_line_that_comes_in_drops_is_read_in_one_go(http, server):
    line = b"data: " + b"x" * 300_000 + b"\r\n\r\n"
    server.replies = [Reply(body=(line[at : at + 3] for at in range(0, len(line), 3)))]
    with http.open("POST", f"{server.openai}/x", body=_json()) as answer:
        began = time.process_time()
        assert list(answer.lines()) == [line[:-4].decode(), ""]
        assert time.process_time() - began < 20  # the server's part is in it too


@pytest.mark.parametrize(
    ("blocks", "lines"),
    [
        ([b"a\r", b"\nb\r", b"c\n\r\n"], ["a", "b", "c", ""]),
        ([b"a\r"], ["a"]),
        ([b"a", b"\r", b"\r", b"\n"], ["a", ""]),
        ([b"\xef\xbb\xbfa", b"b"], ["\ufeffab"]),
        ([], []),
    ],
)
def test_lines_end_where_they_end_however_they_come(http, server, blocks, lines):
    server.replies = [Reply(body=iter(blocks))]
    with http.open("POST", f"{server.openai}/x", body=_json()) as answer:
        assert list(answer.lines()) == lines


def test_a_stream_may_begin_with_a_byte_order_mark_and_hold_empty_events():
    assert list(sse(["\ufeffdata: a", "", "data:", "", "data: b"])) == ["a", "b"]


def test_a_packed_answer_is_never_whole_in_memory(http, server):
    server.replies = [Reply.gzip_bomb(32 << 20)]
    http.prepare()
    with http.open("POST", f"{server.openai}/audio/transcriptions", body=_json()) as answer:
        tracemalloc.start()
        largest = max(map(len, itertools.islice(answer.blocks(), 50)))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        answer.close()
    assert largest <= 64 * 1024
    assert peak < 2_000_000


def test_a_byte_at_a_time_is_progress(hasty, server):
    server.answer = lambda _r: Reply(body={"text": "slow"}, every=0.03)
    assert hasty.json("GET", f"{server.openrouter}/x") == {"text": "slow"}


def test_a_server_of_http_1_0_is_understood(http, server):
    server.answer = lambda _r: Reply(body={"text": "old"}, version="HTTP/1.0")
    for _time in range(2):
        assert http.json("POST", f"{server.openai}/x", value={}) == {"text": "old"}


class TestPortals:
    """A keyless GET follows redirects, but not where somebody on the way may have sent them."""

    @pytest.mark.parametrize("target", ["http://login.invalid/", "https://login.invalid/"])
    def test_an_unencrypted_answer_that_leads_to_another_host_is_not_followed(
        self, http, server, target
    ):
        server.answer = lambda _r: Reply.redirect(target)
        with pytest.raises(errors.CaptivePortal, match=r"login\.invalid"):
            http.json("GET", f"{server.openrouter}/models")

    def test_encryption_is_never_given_up_for_a_redirect(self, authority, ca_file, server):
        with serving(tls=_tls(authority, "127.0.0.1")) as safe, _Client(ca_file=ca_file) as http:
            safe.answer = lambda _r: Reply.redirect(f"{server.openrouter}/models")
            with pytest.raises(errors.Moved):
                http.json("GET", f"{safe.openrouter}/models")
        assert server.requests == []


@pytest.mark.parametrize("size", [1, 3])
def test_a_body_that_is_not_as_long_as_it_said_is_the_audios_fault(http, server, size):
    body = Body("audio/wav", size, lambda: iter((b"ab",)))
    with (
        pytest.raises(errors.AudioFileError),
        http.open("POST", f"{server.openai}/audio/transcriptions", body=body),
    ):
        pass
    assert server.requests == []


class TestUnreachable:
    def test_a_port_where_nobody_listens(self, http):
        found = failure(http, f"http://127.0.0.1:{_free_port()}/api")
        assert type(found) is errors.NoConnection
        assert found.again
        assert "127.0.0.1 refused" in found.message

    def test_a_name_that_nobody_has(self, http):
        found = failure(http, "https://nobody.invalid/api")
        assert type(found) is errors.NoConnection
        assert found.again
        assert "nobody.invalid" in found.message

    def test_a_server_too_busy_to_accept_times_out_and_is_tried_again(self, hasty):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            full = [socket.socket() for _ in range(4)]
            for one in full:
                one.setblocking(False)
                assert one.connect_ex(listener.getsockname()) in (0, errno.EINPROGRESS)
            found = failure(hasty, f"http://127.0.0.1:{listener.getsockname()[1]}/")
            for one in full:
                one.close()
        assert type(found) is errors.TimedOut
        assert found.again

    def test_a_server_that_takes_no_more_of_the_body_is_tried_again(self, hasty):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            body = Body("audio/wav", 64 << 20, lambda: (bytes(65536) for _ in range(1024)))
            with (
                pytest.raises(errors.TimedOut) as failed,
                hasty.open("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", body=body),
            ):
                pass
        assert failed.value.again

    def test_a_refusal_before_the_body_is_whole_is_heard(self, http):
        """A server may answer 413 and hang up while the body is still on its way."""
        import threading

        with socket.create_server(("127.0.0.1", 0)) as listener:

            def refuse() -> None:
                client, _address = listener.accept()
                with client:
                    client.recv(1 << 16)
                    client.sendall(b"HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n")
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(1 << 20):
                        pass

            thread = threading.Thread(target=refuse)
            thread.start()
            body = Body("audio/wav", 8 << 20, lambda: (bytes(65536) for _ in range(128)))
            with (
                pytest.raises(errors.TooLarge),
                http.open("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", body=body),
            ):
                pass
            thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


class TestTls:
    def test_an_own_authority_is_trusted_by_its_file(self, authority, ca_file):
        with serving(tls=_tls(authority, "127.0.0.1")) as server, _Client(ca_file=ca_file) as http:
            assert http.json("GET", f"{server.openrouter}/key", key=KEY)["data"]

    def test_an_unknown_authority_is_refused(self, authority, http):
        with serving(tls=_tls(authority, "127.0.0.1")) as server:
            found = failure(http, f"{server.openrouter}/key")
            assert server.requests == []
        assert type(found) is errors.TlsFailed
        assert "ca_file" in found.hint
        assert not found.again

    def test_another_hosts_certificate_is_refused(self, authority, ca_file):
        with serving(tls=_tls(authority, "other.test")) as server, _Client(ca_file=ca_file) as http:
            found = failure(http, f"{server.openrouter}/key")
        assert type(found) is errors.TlsFailed
        assert "base_url" in found.hint

    def test_an_expired_certificate_is_refused(self, authority, ca_file):
        from datetime import UTC, datetime

        old = _tls(authority, "127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
        with serving(tls=old) as server, _Client(ca_file=ca_file) as http:
            found = failure(http, f"{server.openrouter}/key")
        assert type(found) is errors.TlsFailed
        assert "date" in found.hint

    def test_a_server_without_tls_is_told_as_such(self, http, server):
        found = failure(http, server.openrouter.replace("http:", "https:"))
        assert type(found) is errors.TlsFailed
        assert "http://" in found.hint

    @pytest.mark.parametrize("content", [None, "", "no certificate"])
    def test_a_ca_file_that_is_none_is_a_settings_error(self, tmp_path, content):
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_text(content)
        with (
            _Client(ca_file=str(path)) as http,
            pytest.raises(errors.SettingsError, match="ca_file"),
        ):
            http.json("GET", "http://127.0.0.1:1/")

    def test_a_context_always_verifies(self):
        context = tls.context("", Desktop("linux"))
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.cert_store_stats()["x509_ca"] > 0 or ssl.get_default_verify_paths().capath

    @pytest.mark.parametrize(
        ("code", "host", "proxied", "wanted"),
        [
            (19, "openrouter.ai", False, errors.TlsInspected),
            (20, "api.openai.com", False, errors.TlsInspected),
            (0x800B0109 - (1 << 32), "openrouter.ai", False, errors.TlsInspected),
            (-67843, "openrouter.ai", False, errors.TlsInspected),
            (20, "stt.example", True, errors.TlsInspected),
            (20, "stt.example", False, errors.TlsFailed),
            (18, "evilopenrouter.ai", False, errors.TlsFailed),
            (10, "openrouter.ai", False, errors.TlsFailed),
            (62, "openrouter.ai", True, errors.TlsFailed),
        ],
    )
    def test_someone_between_is_told_from_an_own_server(self, code, host, proxied, wanted):
        error = ssl.SSLCertVerificationError("no")
        error.verify_code, error.verify_message = code, "unable to get local issuer certificate"
        assert type(tls.failure(error, host, proxied=proxied)) is wanted


class TestProxies:
    """The proxies of these tests lead every name to the loopback server."""

    def test_a_plain_request_goes_through_it(self, server):
        with proxying(to=server.port) as proxy, _Client(proxy=proxy.address) as http:
            assert http.json("GET", "http://api.test/api/v1/models")["data"]
        assert proxy.asked == ["GET http://api.test/api/v1/models HTTP/1.1"]

    def test_tls_goes_through_it_and_its_connection_is_kept(self, authority, ca_file):
        with (
            serving(tls=_tls(authority, "api.test")) as server,
            proxying(to=server.port) as proxy,
            _Client(proxy=proxy.address, ca_file=ca_file) as http,
        ):
            for _time in range(2):
                assert http.json("GET", "https://api.test/api/v1/key", key=KEY)["data"]
        assert proxy.asked == ["CONNECT api.test:443 HTTP/1.1"]

    def test_user_and_password_in_its_address_are_its_login(self, server):
        login = "basic dxnlcjpwyxnz"  # user:pass in base64, lower case as the proxy compares
        with proxying(to=server.port, login=login) as proxy:
            address = proxy.address.replace("//", "//user:pass@")
            with _Client(proxy=address) as http:
                assert http.json("GET", "http://api.test/api/v1/key")["data"]
            with _Client(proxy=proxy.address, plain_http=True) as http:
                for scheme in ("http", "https"):
                    found = failure(http, f"{scheme}://api.test/api/v1/key")
                    assert type(found) is errors.ProxyLogin
                    assert "proxy" in found.hint

    def test_its_refusal_is_told_from_the_servers(self):
        for status, again in ((403, False), (502, True)):
            with proxying(to=1, status=status) as proxy, _Client(proxy=proxy.address) as http:
                found = failure(http, "https://api.test/x")
            assert type(found) is errors.ProxyFailed
            assert found.again is again
            assert str(status) in found.message
            assert len(proxy.asked) == (4 if again else 1)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_one_that_is_not_there_is_told_without_its_password(self, scheme):
        address = f"http://user:geheim@127.0.0.1:{_free_port()}/"
        with _Client(proxy=address, plain_http=True) as http:
            found = failure(http, f"{scheme}://api.test/x")
        assert type(found) is errors.ProxyFailed
        assert "geheim" not in found.message
        assert "127.0.0.1" in found.message

    @pytest.mark.parametrize("host", ["openrouter.ai", "stt.test"])
    def test_one_that_opens_tls_is_told(self, host):
        with (
            proxying(to=1, inspects=trustme.CA()) as proxy,
            _Client(proxy=proxy.address) as http,
        ):
            found = failure(http, f"https://{host}/api/v1/key")
        assert type(found) is errors.TlsInspected
        assert "ca_file" in found.hint

    def test_one_that_opens_tls_is_trusted_by_its_file(self, authority, ca_file):
        with (
            proxying(to=1, inspects=authority) as proxy,
            _Client(proxy=proxy.address, ca_file=ca_file) as http,
        ):
            found = failure(http, "https://openrouter.ai/api/v1/key")
        assert type(found) is errors.NoConnection  # past TLS: the test's proxy answers nothing

    def test_socks_names_the_library_that_is_missing(self):
        with _Client(proxy="socks5://127.0.0.1:1") as http:
            found = failure(http, "https://api.test/x")
        assert type(found) is errors.ProxyFailed
        assert "socksio" in found.hint

    @pytest.mark.parametrize("proxy", ["gopher://x:1", "http://", "http://user:geheim@[x"])
    def test_an_address_that_is_none_is_a_settings_error(self, proxy):
        with _Client(proxy=proxy) as http:
            found = failure(http, "https://api.test/x")
        assert type(found) is errors.SettingsError
        assert "geheim" not in repr(found) + found.message + found.hint

    def test_the_setting_wins_over_the_environment(self, server, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        with proxying(to=server.port) as proxy, _Client(proxy=proxy.address) as http:
            assert http.json("GET", "http://api.test/api/v1/key")["data"]

    def test_the_environment_is_followed(self, server, monkeypatch):
        with proxying(to=server.port) as proxy, _Client() as http:
            monkeypatch.setenv("HTTP_PROXY", proxy.address)
            assert http.json("GET", "http://api.test/api/v1/key")["data"]
            assert http.json("GET", f"{server.openrouter}/key")["data"]  # loopback goes straight
        assert len(proxy.asked) == 1

    @pytest.mark.parametrize(
        ("environment", "scheme", "host", "wanted"),
        [
            ({}, "https", "a.test", ""),
            ({"https_proxy": "http://p:1"}, "https", "a.test", "http://p:1"),
            ({"https_proxy": "p:1"}, "https", "a.test", "http://p:1"),
            ({"https_proxy": "http://p:1"}, "http", "a.test", ""),
            ({"all_proxy": "socks5://p:1"}, "http", "a.test", "socks5://p:1"),
            ({"https_proxy": "http://p:1", "no_proxy": "a.test"}, "https", "a.test", ""),
            ({"https_proxy": "http://p:1", "no_proxy": ".test"}, "https", "a.test", ""),
            ({"https_proxy": "http://p:1", "no_proxy": "*"}, "https", "a.test", ""),
            ({"https_proxy": "http://p:1"}, "https", "127.0.0.1", ""),
            ({"https_proxy": "http://p:1"}, "https", "localhost", ""),
            ({"https_proxy": "http://p:1"}, "https", "::1", ""),
        ],
    )
    def test_which_one_is_taken(self, monkeypatch, environment, scheme, host, wanted):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert proxy_for(scheme, host) == wanted

    def test_exceptions_hold_for_the_setting_too(self, monkeypatch):
        monkeypatch.setenv("no_proxy", "own.test")
        assert proxy_for("https", "own.test", "http://p:1") == ""
        assert proxy_for("https", "127.0.0.1", "http://p:1") == ""
        assert proxy_for("https", "a.test", "p:1") == "http://p:1"

    def test_loopback_goes_by_the_name(self):
        assert all(
            map(is_loopback, ("127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST", "a.localhost"))
        )
        assert not any(map(is_loopback, ("128.0.0.1", "localhost.com", "openrouter.ai", "")))


def _json() -> Body:
    return Body("application/json", 2, lambda: iter((b"{}",)))


def _tls(authority: trustme.CA, host: str, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, **more).configure_cert(context)
    return context


class _Client:
    """A client for the length of a block."""

    def __init__(self, **options: Any) -> None:
        self.client = Http(timeout=5.0, **options)

    def __enter__(self) -> Http:
        return self.client

    def __exit__(self, *_error: object) -> None:
        self.client.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
