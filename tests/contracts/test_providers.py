"""What every row of the provider table promises; the rows that speak HTTP do it over loopback."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from dictation.audio import Encoded, wav_of
from dictation.errors import (
    BrokenAnswer,
    Cancelled,
    CutShort,
    DictationError,
    Refused,
    ServerFault,
)
from dictation.net import Http
from dictation.providers import PROVIDERS, wire
from dictation.values import Request, Secret, Transcript, Watch
from tests.loopback import TEXT, Loopback, server, serving
from tests.replies import Reply, error, mid_stream_error

assert server  # the fixture

KEY = Secret("sk-contract")
HTTP = [name for name in PROVIDERS if name != "offline"]
FORMATS = [(name, format_) for name in HTTP for format_ in sorted(PROVIDERS[name].FORMATS)]


class Sound:
    """Ten bytes in a format; a WAV is one."""

    seconds = 0.5

    def __init__(self, format_: str = "wav") -> None:
        self.format = format_

    def encoded(self, formats: Collection[str]) -> Encoded:
        assert self.format in formats
        return Encoded(self.format, 10, lambda: iter([b"12345", b"67890"]))


def request(server: Loopback, name: str, **changes: Any) -> Request:
    base = server.openai if name == "openai" else server.openrouter
    return replace(Request(base, "some/model", key=KEY), **changes)


def ask(server: Loopback, name: str, http: Http, **changes: Any) -> Transcript:
    return PROVIDERS[name].transcribe(Sound(), request(server, name, **changes), http, Watch())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    made = Http(timeout=5)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Loopback]:
    with serving() as running:
        yield running


def stream(*choices: Any, **more: Any) -> Reply:
    return Reply.sse([{"choices": [choice]} for choice in choices], **more)


def said(text: str, ending: str | None = None) -> dict[str, Any]:
    return {"delta": {"content": text}, "finish_reason": ending}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_row_names_its_provider_and_takes_wav(name: str) -> None:
    assert PROVIDERS[name].NAME in ("openrouter", "openai", "offline")
    assert "wav" in PROVIDERS[name].FORMATS


@pytest.mark.parametrize(("name", "format_"), FORMATS)
def test_the_sound_arrives_as_it_is_in_each_format(
    server: Loopback, http: Http, name: str, format_: str
) -> None:
    heard = PROVIDERS[name].transcribe(
        Sound(format_),  # type: ignore[arg-type]
        request(server, name),
        http,
        Watch(),
    )
    assert (heard.text, heard.raw_text) == (TEXT, TEXT)
    assert (heard.provider, heard.model) == (PROVIDERS[name].NAME, "some/model")
    assert (server.last.format, server.last.audio) == (format_, b"1234567890")
    assert server.last.headers["authorization"] == "Bearer sk-contract"


@pytest.mark.parametrize("name", HTTP)
def test_every_setting_makes_a_request_that_the_judge_accepts(
    server: Loopback, http: Http, name: str
) -> None:
    ask(
        server,
        name,
        http,
        language="de",
        languages=("de", "en"),
        keyterms=("Kubernetes", 'a "quoted" one', "naïve, käse"),
        style="verbatim",
        instruction="Numbers as digits.",
        data_policy="zero-retention",
        segments=True,
        effort="minimal",
    )
    ask(server, name, http, data_policy="any", effort="")
    ask(server, name, http, without=frozenset({"keyterms", "temperature", "reasoning"}))


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 503, 529])
def test_a_status_is_one_of_our_errors_after_one_attempt(
    server: Loopback, http: Http, name: str, status: int
) -> None:
    server.answer = lambda _request: error(status, "why")
    with pytest.raises(DictationError, match="why"):
        ask(server, name, http)
    assert len(server.requests) == 1


BROKEN = [
    Reply.html("<html><title>Login</title></html>"),
    Reply(body=b"{", headers={"Content-Type": "application/json"}),
    Reply(body=b"", headers={"Content-Type": "application/json"}),
    Reply(body=[]),
    Reply(body={}),
    Reply(body={"text": None}),
    Reply(body={"choices": []}),
    Reply(body={"choices": [None]}),
    Reply(body="text"),
]


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("reply", BROKEN)
def test_an_answer_that_is_none_is_a_broken_one(
    server: Loopback, http: Http, name: str, reply: Reply
) -> None:
    server.replies = [reply]
    with pytest.raises(BrokenAnswer):
        ask(server, name, http)


@pytest.mark.parametrize("name", HTTP)
def test_an_error_under_status_200_is_seen(server: Loopback, http: Http, name: str) -> None:
    server.replies = [Reply(body={"error": {"code": 502, "message": "upstream"}})]
    with pytest.raises(ServerFault, match="upstream"):
        ask(server, name, http)


@pytest.mark.parametrize("name", HTTP)
def test_one_who_gave_up_gets_no_text(server: Loopback, http: Http, name: str) -> None:
    with pytest.raises(Cancelled):
        PROVIDERS[name].transcribe(
            Sound(),  # type: ignore[arg-type]
            request(server, name),
            http,
            Watch(cancelled=lambda: True),
        )


def test_a_cost_that_is_not_told_is_none(server: Loopback, http: Http) -> None:
    server.cost = None
    assert {ask(server, name, http).cost_usd for name in HTTP} == {None}


def test_chat_joins_the_pieces_and_ignores_comments(server: Loopback, http: Http) -> None:
    pieces = (said("Let "), said("us"), {"delta": {"content": None}}, said(" meet.", "stop"))
    server.replies = [stream(*pieces, comment="OPENROUTER PROCESSING")]
    assert ask(server, "openrouter chat", http).text == "Let us meet."


def test_chat_reads_content_that_comes_in_parts(server: Loopback, http: Http) -> None:
    parts = [{"type": "text", "text": "Let us "}, {"type": "image"}, {"text": "meet."}]
    server.replies = [
        Reply(body={"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]})
    ]
    assert ask(server, "openrouter chat", http).text == "Let us meet."


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (mid_stream_error("Let us"), ServerFault),
        (stream(said("Let us"), {**said("", "error"), "error": {"message": "x"}}), ServerFault),
        (stream(said("Let us", "error")), ServerFault),
        (stream(said("", "length")), CutShort),
        (stream(said("", "content_filter")), Refused),
        (stream(said("Let us"), done=False), BrokenAnswer),
        (stream(said("Let us")), BrokenAnswer),
        (stream(said("Let us " * 4000, "stop")), BrokenAnswer),
        (Reply.sse([]), BrokenAnswer),
        (Reply.sse([{"choices": []}]), BrokenAnswer),
        (Reply.sse(["{"]), BrokenAnswer),
        (Reply.sse(["[]"]), BrokenAnswer),
    ],
)
def test_a_stream_that_does_not_end_well_gives_no_text(
    server: Loopback, http: Http, reply: Reply, kind: type[DictationError]
) -> None:
    server.replies = [reply]
    with pytest.raises(kind):
        ask(server, "openrouter chat", http)


def test_a_stream_that_stops_at_its_longest_gives_its_text_and_says_so(
    server: Loopback, http: Http
) -> None:
    server.replies = [stream(said("Let us", "length"))]
    heard = ask(server, "openrouter chat", http)
    assert (heard.text, heard.cut_off) == ("Let us", True)


def test_a_key_that_a_stream_repeats_is_not_shown(server: Loopback, http: Http) -> None:
    told = {"error": {"code": 401, "message": f"bad key {KEY.reveal()}"}}
    server.replies = [Reply.sse([told])]
    with pytest.raises(DictationError) as caught:
        ask(server, "openrouter chat", http)
    assert KEY.reveal() not in str(caught.value.as_json())


@pytest.mark.parametrize("name", ["openrouter transcriptions", "openai"])
@pytest.mark.parametrize(
    "segments",
    [
        *(["x"], [{}], [{"start": "x", "end": 1, "text": ""}], [{"start": None}]),
        *([{"start": 10**400, "end": 1, "text": ""}], [{"start": 0, "end": "inf", "text": ""}]),
        *([{"start": 0, "end": 1, "text": {}}], [{"start": 0, "end": 1, "text": "x" * 30_000}]),
    ],
)
def test_segments_that_are_none_are_a_broken_answer(
    server: Loopback, http: Http, name: str, segments: Any
) -> None:
    server.replies = [Reply(body={"text": "Hi.", "segments": segments})]
    with pytest.raises(BrokenAnswer):
        ask(server, name, http)


@pytest.mark.parametrize("name", HTTP)
def test_what_no_one_can_have_said_in_that_time_is_a_broken_answer(
    server: Loopback, http: Http, name: str
) -> None:
    server.text = "word " * 5_000
    with pytest.raises(BrokenAnswer, match="longer"):
        ask(server, name, http)


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "-1", "1e400", "9" * 400])
def test_a_cost_that_is_no_price_is_none(server: Loopback, http: Http, cost: str) -> None:
    body = f'{{"text": "Hi.", "usage": {{"cost": {cost}}}}}'
    server.replies = [Reply(200, body.encode(), {"Content-Type": "application/json"})]
    assert ask(server, "openrouter transcriptions", http).cost_usd is None


def test_an_error_or_a_page_in_plain_text_is_no_text(server: Loopback, http: Http) -> None:
    plain = {"Content-Type": "text/plain"}
    server.replies = [
        Reply(200, b'{"error": {"code": 502, "message": "upstream"}}', plain),
        Reply(200, b"<!doctype html><html><title>Hello</title></html>", plain),
    ]
    with pytest.raises(ServerFault, match="upstream"):
        ask(server, "openai", http)
    with pytest.raises(BrokenAnswer, match="Hello"):
        ask(server, "openai", http)


def test_a_text_that_was_whole_when_the_stream_broke_off_is_taken(
    server: Loopback, http: Http
) -> None:
    server.replies = [stream(said("Let us meet.", "stop"), {"delta": 1}, done=False)]
    server.replies[0].cut = "body"
    assert ask(server, "openrouter chat", http).text == "Let us meet."


def test_speakers_are_read_by_label_or_number(server: Loopback, http: Http) -> None:
    one = {"id": 0, "start": 0, "end": 1.5, "text": " Hi. ", "speaker": 1}
    server.replies = [Reply(body={"text": "Hi.", "segments": [one, {**one, "speaker_label": "A"}]})]
    heard = ask(server, "openrouter transcriptions", http)
    assert heard.segments is not None
    assert [part.speaker for part in heard.segments] == ["1", "A"]
    assert heard.segments[0].text == "Hi."


FIELDS = (
    *("choices", "delta", "message", "content", "finish_reason", "error", "code", "metadata"),
    *("usage", "cost", "text", "segments", "start", "end", "language"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def outcome(server: Loopback, name: str, http: Http) -> str:
    """The text, or what one of our errors says; anything else goes through."""
    try:
        return ask(server, name, http).text
    except DictationError as problem:
        return problem.message


FUZZ = hypothesis(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(events=st.lists(ANYTHING | st.text(max_size=20), max_size=4), done=st.booleans())
def test_whatever_a_stream_holds_only_our_errors_come_out(
    shared: Loopback, http: Http, events: list[Any], done: bool
) -> None:
    shared.replies = [Reply.sse(events, done=done)]
    assert isinstance(outcome(shared, "openrouter chat", http), str)


@pytest.mark.parametrize("name", HTTP)
@FUZZ
@given(answer=ANYTHING)
def test_whatever_an_answer_holds_only_our_errors_come_out(
    shared: Loopback, http: Http, name: str, answer: Any
) -> None:
    shared.replies = [Reply(body=answer)]
    assert isinstance(outcome(shared, name, http), str)


@FUZZ
@given(
    sizes=st.lists(st.integers(0, 100_000), max_size=4),
    value=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_a_body_is_as_long_as_it_says_and_can_be_made_twice(
    sizes: list[int], value: dict[str, str]
) -> None:
    sound = Encoded("ogg", sum(sizes), lambda: iter([b"x" * size for size in sizes]))
    for body in (
        wire.json_body({**value, "audio": wire.PLACE}, sound),
        wire.multipart(list(value.items()), sound),
    ):
        first = b"".join(body.blocks())
        assert len(first) == body.size
        assert first == b"".join(body.blocks())


def test_the_sounds_place_in_the_json_is_found_whatever_the_user_wrote(
    server: Loopback, http: Http
) -> None:
    heard = ask(server, "openrouter chat", http, instruction=f'say "{wire.PLACE}"')
    assert heard.text == TEXT
    assert wire.PLACE in json.dumps(server.last.json["messages"][0])


@pytest.mark.parametrize("name", HTTP)
def test_half_a_character_in_a_setting_does_no_harm(
    server: Loopback, http: Http, name: str
) -> None:
    assert ask(server, name, http, keyterms=("k\udce4se",), instruction="\udce4").text == TEXT


def test_a_wav_is_made_as_it_is_sent() -> None:
    made = wav_of(4, lambda: iter([b"\x01\x02\x03\x04"]))
    body = wire.multipart([], made)
    assert b"".join(made.blocks()) in b"".join(body.blocks())
