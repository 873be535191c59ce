"""The wire when all goes well: bodies, marks, kept connections, keys, redirects, tries."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import subprocess
import sys
import threading
import time
import tracemalloc
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.errors import (
    Cancelled,
    KeyRefused,
    Moved,
    NoConnection,
    ProviderError,
    RateLimited,
    SettingsError,
)
from dictation.net import Body, Http, base64_blocks, base64_size, sse
from dictation.net.bodies import PIECE
from dictation.net.statuses import retry_after
from dictation.net.tries import tries
from dictation.values import Secret, Watch
from tests.judge import complaint, read_form
from tests.loopback import Loopback, Reply, server, serving

assert server  # the fixture

KEY = Secret("sk-or-v1-0123456789abcdef")


@pytest.fixture
def http():
    client = Http(timeout=5.0)
    yield client
    client.close()


def json_body(value: object) -> Body:
    text = json.dumps(value).encode()
    return Body("application/json", len(text), lambda: iter((text,)))


def chat(stream: bool = False) -> Body:
    sound = {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}
    content = [{"type": "text", "text": "Write."}, {"type": "input_audio", "input_audio": sound}]
    return json_body(
        {"model": "m", "stream": stream, "messages": [{"role": "user", "content": content}]}
    )


class TestRequests:
    def test_a_streamed_answer_comes_line_by_line_and_every_step_is_marked(self, http, server):
        marks: list[str] = []
        watch = Watch(mark=marks.append)
        url = f"{server.openrouter}/chat/completions"
        with http.open("POST", url, key=KEY, body=chat(stream=True), watch=watch) as answer:
            assert answer.content_type == "text/event-stream"
            chunks = [json.loads(payload) for payload in sse(answer.lines())]
        words = [c["delta"]["content"] for chunk in chunks for c in chunk["choices"]]
        assert "".join(words) == server.text
        assert chunks[-1]["usage"]["cost"] == server.cost
        assert marks == [
            *("request_first_byte", "request_last_byte"),
            *("response_first_byte", "response_last_byte"),
        ]
        assert server.last.audio == b"RIFF"
        assert server.last.headers["authorization"] == f"Bearer {KEY.reveal()}"

    def test_the_length_of_a_body_is_told_in_front(self, http, server):
        http.json("POST", f"{server.openai}/audio/transcriptions", value={"a": "ä"})
        assert "transfer-encoding" not in server.last.headers
        assert int(server.last.headers["content-length"]) == len(server.last.body)
        assert server.last.headers["user-agent"].startswith("dictation/")

    def test_a_second_request_takes_the_kept_connection(self, http, server):
        for _time in range(3):
            http.json("GET", f"{server.openrouter}/key", key=KEY)
        assert len({request.port for request in server.requests}) == 1

    def test_a_stream_read_to_done_leaves_a_connection_that_is_kept(self, http, server):
        url = f"{server.openrouter}/chat/completions"
        with http.open("POST", url, body=chat(stream=True)) as answer:
            list(sse(answer.lines()))
        _until(lambda: not _reading())
        http.json("GET", f"{server.openrouter}/key")
        assert len({request.port for request in server.requests}) == 1

    def test_nobody_waits_for_a_stream_that_stays_open_after_done(self, http, server):
        server.replies = [Reply.sse([{"a": 1}], done=True)]
        server.replies[0].body = iter([b'data: {"a": 1}\n\ndata: [DONE]\n\n', b": more\n\n"])
        server.replies[0].every = 0.6
        began = time.monotonic()
        with http.open("POST", f"{server.openai}/audio/transcriptions", body=json_body({})) as a:
            assert list(sse(a.lines())) == ['{"a": 1}']
        assert time.monotonic() - began < 0.4

    def test_a_kept_connection_that_died_is_replaced_without_a_word(self, http, server):
        url = f"{server.openrouter}/chat/completions"
        http.json("GET", f"{server.openrouter}/key")
        server.drop_connections()
        with http.open("POST", url, body=chat()) as answer:
            assert answer.json()["choices"][0]["message"]["content"] == server.text
        assert [request.method for request in server.requests] == ["GET", "POST"]

    def test_a_kept_connection_that_dies_under_the_request_is_replaced_once(self, http, server):
        http.json("GET", f"{server.openrouter}/key")
        server.replies = [Reply(cut="before"), Reply(cut="before")]
        with (
            pytest.raises(NoConnection),
            http.open("POST", f"{server.openrouter}/chat/completions", body=chat()),
        ):
            pass
        assert len(server.requests) == 3

    def test_several_dead_connections_are_not_mistaken_for_a_dead_server(self, http, server):
        url = f"{server.openrouter}/key"
        with http.open("GET", url) as one, http.open("GET", url) as two:
            one.json(), two.json()
        server.replies = [Reply(cut="before", reset=True), Reply(cut="before")]
        with http.open("POST", f"{server.openrouter}/chat/completions", body=chat()) as answer:
            assert answer.json()["choices"]
        assert len({request.port for request in server.requests}) == 3

    def test_an_answer_that_is_packed_is_unpacked(self, http, server):
        server.replies = [Reply.gzip_bomb(0)]
        server.replies[0].body = gzip.compress(b'{"text": "ok"}')
        assert http.json("GET", f"{server.openrouter}/key") == {"text": "ok"}

    def test_line_ends_of_all_kinds_and_no_others_end_a_line(self, http, server):
        text = 'data: {"t": "a\u2028b\x0b\x85"}\r\n\r\ndata: 2\r\rdata: 3\n\n'.encode()
        server.replies = [Reply(body=iter([bytes([one]) for one in text]))]
        with http.open("GET", f"{server.openrouter}/key") as answer:
            assert list(sse(answer.lines())) == ['{"t": "a\u2028b\x0b\x85"}', "2", "3"]

    def test_a_caller_that_gave_up_gets_no_more(self, http, server):
        server.replies = [Reply(body=iter([b"a\n"] * 50), every=0.05)]
        gone = threading.Event()
        watch = Watch(cancelled=gone.is_set)
        read = []

        def lines() -> None:
            url = f"{server.openai}/x"
            with http.open("POST", url, body=json_body({}), watch=watch) as answer:
                for line in answer.lines():
                    read.append(line)
                    gone.set()

        with pytest.raises(Cancelled):
            lines()
        assert 1 <= len(read) <= 2

    def test_a_caller_that_gave_up_sends_no_more(self, http, server):
        sent = []

        def blocks():
            for number in range(100):
                sent.append(number)
                yield bytes(1000)

        watch = Watch(cancelled=lambda: len(sent) > 3)
        body = Body("audio/wav", 100_000, blocks)
        with pytest.raises(Cancelled), http.open("POST", server.openai, body=body, watch=watch):
            pass
        assert len(sent) < 6
        _until(lambda: server.unfinished == 1)
        assert server.requests == []

    def test_an_hour_is_sent_in_the_memory_of_a_few_blocks(self, http, server):
        size, block = 115_200_000, bytes(65_536)

        def blocks():
            for start in range(0, size, len(block)):
                yield block[: min(len(block), size - start)]

        def encoded():
            yield from base64_blocks(blocks())

        sent = {"bytes": 0}
        server.answer = lambda request: Reply(body={"got": len(request.body)})
        body = Body("text/plain", base64_size(size), encoded)
        with _Sink() as sink:
            http.prepare()
            tracemalloc.start()
            with http.open("POST", sink.url, body=body) as answer:
                sent = answer.json()
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert sent == {"bytes": base64_size(size)}
        assert peak < 2_000_000

    def test_importing_it_imports_neither_httpx_nor_ssl_libraries(self):
        program = "import sys, dictation.net; print({'httpx', 'truststore'} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.stdout.strip() == "set()"


class TestKeys:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_key_never_follows_a_redirect(self, http, server, method, status):
        with serving() as second:
            server.answer = lambda _r: Reply.redirect(f"{second.origin}/api/v1/key?x=1", status)
            value = {"a": 1} if method == "POST" else None
            with pytest.raises(Moved) as failed:
                http.json(method, f"{server.openai}/x", key=KEY, value=value)
            assert second.requests == []
        assert f"{second.origin}/api/v1/key" in failed.value.message
        assert "base_url" in failed.value.hint

    def test_a_body_never_follows_a_redirect(self, http, server):
        server.answer = lambda _r: Reply.redirect(f"{server.origin}/elsewhere", 308)
        with pytest.raises(Moved):
            http.json("POST", f"{server.openai}/x", value={})
        assert len(server.requests) == 1

    def test_a_get_without_a_key_follows_redirects_to_their_end(self, http, server):
        target = f"{server.openrouter}/models"
        server.replies = [Reply.redirect("/api/v1/a"), Reply.redirect(target, 307)]
        assert http.json("GET", f"{server.openrouter}/x")["data"]
        assert [request.path for request in server.requests][-1] == "/api/v1/models"

    def test_redirects_in_circles_end(self, http, server):
        server.answer = lambda _r: Reply.redirect("/again")
        with pytest.raises(Moved):
            http.json("GET", f"{server.openrouter}/x")
        assert len(server.requests) == 6

    def test_no_log_and_no_error_holds_the_key(self, http, server, caplog):
        caplog.set_level(logging.DEBUG)
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.NOTSET)
        echo = {"error": {"message": f"Bad key {KEY.reveal()} {'x' * 500}", "code": 401}}
        server.answer = lambda _r: Reply(401, echo)
        with pytest.raises(KeyRefused) as failed:
            http.json("GET", f"{server.openrouter}/key", key=KEY)
        chain, error = "", failed.value
        while error is not None:
            chain, error = chain + repr(error) + str(error), error.__cause__ or error.__context__
        assert KEY.reveal() not in chain + caplog.text

    @pytest.mark.parametrize("value", ["", "two\nlines", "schlüssel"])
    def test_a_key_that_no_header_can_hold_is_refused_unsent_and_unshown(self, http, server, value):
        with pytest.raises(KeyRefused) as failed:
            http.json("GET", f"{server.openrouter}/key", key=Secret(value))
        assert server.requests == []
        assert not value or value not in repr(failed.value)
        assert failed.value.__cause__ is failed.value.__context__ is None


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "openrouter.ai/api",
            "ftp://host/x",
            "http://",
            "http://[::1",
            f"http://{'a' * 70}.x/",
        ],
    )
    def test_an_address_that_is_none_is_a_settings_error(self, http, url):
        with pytest.raises(SettingsError) as failed:
            http.json("GET", url)
        assert "base_url" in failed.value.hint


class TestTries:
    def outcome(self, *errors: ProviderError, seconds_of_audio: float = 0.0, cancelled=()):
        """The result of as many failures, what was waited for, and how many attempts there were."""
        left, waits, now, attempts = list(errors), [], [0.0], []

        def attempt() -> str:
            attempts.append(now[0])
            if left:
                raise left.pop(0)
            return "text"

        def wait(seconds: float) -> None:
            waits.append(seconds)
            now[0] += seconds

        watch = Watch(cancelled=lambda: len(attempts) in cancelled)
        try:
            result: object = tries(
                attempt,
                seconds_of_audio=seconds_of_audio,
                watch=watch,
                wait=wait,
                clock=lambda: now[0],
            )
        except (ProviderError, Cancelled) as error:
            result = error
        return result, waits, len(attempts)

    def test_a_success_is_made_once(self):
        assert self.outcome() == ("text", [], 1)

    def test_the_pauses_double_with_some_spread(self):
        result, waits, attempts = self.outcome(*[NoConnection("no") for _ in range(3)])
        assert (result, attempts) == ("text", 4)
        for pause, middle in zip(waits, (0.5, 1.0, 2.0), strict=True):
            assert 0.75 * middle <= pause <= 1.25 * middle

    def test_four_failures_are_enough(self):
        result, _waits, attempts = self.outcome(*[NoConnection(str(n)) for n in range(9)])
        assert attempts == 4
        assert str(result) == "3"

    def test_an_error_that_says_not_again_is_raised_at_once(self):
        result, waits, attempts = self.outcome(NoConnection("no", again=False))
        assert isinstance(result, NoConnection)
        assert (waits, attempts) == ([], 1)

    def test_retry_after_is_followed_where_it_fits(self):
        assert self.outcome(RateLimited("", retry_after=7.0)) == ("text", [7.0], 2)
        assert self.outcome(RateLimited("", retry_after=20.0), seconds_of_audio=6.0)[2] == 2

    def test_retry_after_past_the_deadline_gives_up_at_once(self):
        result, waits, attempts = self.outcome(RateLimited("", retry_after=16.0))
        assert isinstance(result, RateLimited)
        assert (waits, attempts) == ([], 1)

    def test_no_new_try_begins_past_the_deadline(self):
        errors = [RateLimited("", retry_after=8.0) for _ in range(3)]
        assert self.outcome(*errors)[1:] == ([8.0], 2)

    def test_nothing_is_sent_again_for_a_caller_that_gave_up(self):
        result, _waits, attempts = self.outcome(NoConnection("no"), cancelled={1})
        assert isinstance(result, Cancelled)
        assert attempts == 1


class TestRetryAfter:
    def test_seconds_and_dates_are_understood(self):
        assert retry_after({"Retry-After": "3"}) == 3.0
        assert retry_after({"retry-after": " 1.5 "}) == 1.5
        date = formatdate(time.time() + 30, usegmt=True)
        assert 27 <= (retry_after({"Retry-After": date}) or 0) <= 31
        assert retry_after({"Retry-After": formatdate(0, usegmt=True)}) == 0.0

    @pytest.mark.parametrize("value", ["", "soon", "-5", "nan", "inf", "1e99", "9" * 40])
    def test_nonsense_is_as_good_as_nothing(self, value):
        assert retry_after({"Retry-After": value}) is None


@given(st.lists(st.binary(max_size=5000), max_size=20), st.integers(0, 2))
def test_base64_by_blocks_is_base64(blocks: list[bytes], more: int) -> None:
    blocks = [*blocks, bytes(PIECE + more), *blocks]
    whole = b"".join(blocks)
    encoded = b"".join(base64_blocks(blocks))
    assert encoded == base64.b64encode(whole)
    assert len(encoded) == base64_size(len(whole))


class TestServerSentEvents:
    def test_comments_and_other_fields_are_left_out(self):
        lines = [": hello", "", "event: x", "id: 1", "data: a", "", "data:b", "data: c", ""]
        assert list(sse(lines)) == ["a", "b\nc"]

    def test_done_ends_it(self):
        assert list(sse(["data: 1", "", "data: [DONE]", "", "data: 2", ""])) == ["1"]

    def test_an_event_without_its_blank_line_counts(self):
        assert list(sse(["data: 1"])) == ["1"]
        assert list(sse(["data: [DONE]"])) == []


class TestTheServerItself:
    """The tests' own server is judged as well: by the SDK's models of what OpenRouter answers."""

    def test_its_answers_are_what_the_sdk_expects(self, http, server):
        from openrouter import components

        chat_url = f"{server.openrouter}/chat/completions"
        assert not complaint(components.ChatResult, http.json("POST", chat_url, value=_chat()))
        with http.open("POST", chat_url, body=chat(stream=True)) as answer:
            for payload in sse(answer.lines()):
                assert not complaint(components.ChatStreamChunk, json.loads(payload))
        listing = http.json("GET", f"{server.openrouter}/models")
        for one in listing["data"]:
            components.Model.model_validate(one)
        sound = {"model": "m", "input_audio": {"data": "AAAA", "format": "wav"}}
        for form in ("json", "verbose_json"):
            heard = http.json(
                "POST",
                f"{server.openrouter}/audio/transcriptions",
                value={**sound, "response_format": form},
            )
            components.STTResponse.model_validate(heard)

    def test_it_complains_of_names_that_openrouter_does_not_know(self, http):
        server = Loopback()
        http.json("POST", f"{server.openrouter}/chat/completions", value={**_chat(), "strem": True})
        http.json("POST", f"{server.openrouter}/audio/transcriptions", value={"model": "m"})
        server.close()
        assert len(server.complaints) == 2
        assert "strem" in server.complaints[0]

    def test_it_reads_forms_strictly(self):
        good = (
            b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
            b"Content-Type: audio/wav\r\n\r\nRIFF\r\n--b--\r\n"
        )
        kind = "multipart/form-data; boundary=b"
        parts, wrong = read_form(kind, good, {"file", "model"})
        assert [part.content for part in parts] == [b"m", b"RIFF"]
        assert wrong == []
        for bad in (
            good.replace(b"--b--", b"--b"),
            good.replace(b"audio/wav", b"text/plain"),
            good.replace(b'; filename="a.wav"', b""),
            good.replace(b'"model"', b'"modell"'),
            good.replace(b"\r\nm\r\n", b"\r\n\xff\r\n"),
        ):
            assert read_form(kind, bad, {"file", "model"})[1]

    def test_it_wants_the_right_key(self, http, server):
        server.key = KEY.reveal()
        assert http.json("GET", f"{server.openrouter}/key", key=KEY)["data"]["limit"]
        with pytest.raises(KeyRefused):
            http.json("GET", f"{server.openrouter}/key", key=Secret("other"))

    def test_it_lists_models_by_what_they_do(self, http, server):
        def names(query: str) -> set[str]:
            listed = http.json("GET", f"{server.openrouter}/models{query}")
            return {one["id"] for one in listed["data"]}

        assert "openai/whisper-1" not in names("") | names("?input_modalities=audio")
        assert "openai/whisper-1" in names("?output_modalities=transcription")
        assert "openai/gpt-4o-mini" not in names("?input_modalities=audio")


def _chat() -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": "x"}]}


def _reading() -> bool:
    return any(thread.name == "rest of an answer" for thread in threading.enumerate())


def _until(true, seconds: float = 2.0) -> None:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not true():
        assert time.monotonic() < deadline
        pause.wait(0.005)


class _Sink:
    """A process of its own that counts a body, so that its memory is not the test's."""

    PROGRAM = """
import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
c, _ = s.accept()
f = c.makefile("rb")
size = 0
while (line := f.readline().strip()):
    if line.lower().startswith(b"content-length:"):
        size = int(line.split(b":")[1])
got = 0
while got < size:
    got += len(f.read1(1 << 20))
body = b'{"bytes": %d}' % got
c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
f.read()
"""

    def __enter__(self) -> _Sink:
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}/"
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_it_is_a_program_of_its_own() -> None:
    """The server runs by hand and prints where it is."""
    program = [sys.executable, "-m", "tests.loopback", "--text", "Hello."]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        base_url = running.stdout.readline().strip()
        http = Http()
        try:
            answer = http.json("POST", f"{base_url}/chat/completions", value=_chat())
        finally:
            http.close()
            running.terminate()
    assert answer["choices"][0]["message"]["content"] == "Hello."
