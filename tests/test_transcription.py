"""From speech to text over real HTTP: what is sent where, how often, and what comes back."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dictation.audio import Encoded, wav_of
from dictation.credentials import Keys
from dictation.errors import (
    BadRequest,
    DictationError,
    EmptyAnswer,
    KeyLocked,
    ModelGone,
    NoKey,
    ServerFault,
    SettingsError,
    TimedOut,
    TooLarge,
)
from dictation.models import Models
from dictation.net import Http
from dictation.paths import places
from dictation.providers import PROVIDERS, openrouter_transcriptions
from dictation.settings import Settings
from dictation.speech import Track
from dictation.transcription import Services, address, provider_of, transcribe
from dictation.values import Request, Secret, Transcript, Watch
from tests.loopback import TEXT, Loopback, Received, server
from tests.replies import Reply, error, model
from tests.test_credentials import Ring

assert server  # the fixture

KEY = "sk-or-test"
CHAT = "google/gemini-3.1-flash-lite"
WRITES = "openai/gpt-transcribe"


class Clip:
    """A second of sound, as WAV or in the format it is said to be in."""

    def __init__(self, format_: str = "wav", size: int = 32_000) -> None:
        self.format, self.size = format_, size
        self.seconds = 1.0

    def encoded(self, formats: Collection[str]) -> Encoded:
        if self.format != "wav" and self.format in formats:
            return Encoded(self.format, self.size, lambda: iter([b"\x01" * self.size]))
        return wav_of(self.size, self.pcm)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        yield b"\x01\x00" * (self.size // 2)

    def track(self) -> Track:
        raise AssertionError("the sound is sent, not judged")


class Offline:
    """In place of the recogniser on this computer."""

    NAME = "offline"
    FORMATS = frozenset({"wav"})

    def transcribe(
        self, speech: object, request: Request, http: object, watch: object
    ) -> Transcript:
        return Transcript("heard here", "heard here", "offline", "basic")


@pytest.fixture
def http() -> Iterator[Http]:
    made = Http(timeout=5)
    yield made
    made.close()


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def services(http: Http, ring: Ring, home: Path) -> Iterator[Services]:
    keys = Keys(places(), {"OPENROUTER_API_KEY": KEY}, ring)
    models = Models(http, places().cache, key_for=keys.find)
    yield Services(http, keys, models, {**PROVIDERS, "offline": Offline()})
    for thread in threading.enumerate():  # a list that is still being read
        if thread.name == "models":
            thread.join(10)


@pytest.fixture
def settings(server: Loopback) -> Settings:
    server.key = KEY
    server.models = [
        model(CHAT, ["text", "audio"], ["text"], {"audio": "0.000001"}),
        model(WRITES, ["audio"], ["transcription"], {"request": "0.0001"}),
    ]
    return Settings(provider="openrouter", base_url=server.openrouter)


def posts(server: Loopback) -> list[Received]:
    return [request for request in server.requests if request.method == "POST"]


def plan(server: Loopback, *replies: Reply) -> None:
    """What the next requests for a text are answered; the model list is read as ever."""
    rest = list(replies)
    server.answer = lambda request: rest.pop(0) if rest and request.method == "POST" else None


def test_chat_sends_the_sound_with_the_rules_and_reads_the_stream(
    server: Loopback, services: Services, settings: Settings
) -> None:
    so_far: list[str] = []
    heard = transcribe(Clip(), settings, services, Watch(partial=so_far.append))
    assert (heard.text, heard.raw_text) == (TEXT, TEXT)
    assert (heard.provider, heard.model, heard.cost_usd) == ("openrouter", CHAT, 0.00042)
    assert so_far[0] == TEXT.split()[0]
    assert so_far[-1] == TEXT
    sent = posts(server)[-1]
    assert sent.path == "/api/v1/chat/completions"
    assert sent.audio == b"".join(Clip().encoded({"wav"}).blocks())
    assert sent.headers["x-openrouter-title"] == "Dictation"
    assert sent.headers["http-referer"].startswith("https://")
    asked = {name: sent.json[name] for name in sent.json if name != "messages"}
    assert asked == {
        "model": CHAT,
        "stream": True,
        "temperature": 0,
        "max_tokens": 2025,
        "reasoning": {"effort": "none"},
        "provider": {"sort": "latency", "data_collection": "deny"},
    }


def test_transcriptions_send_the_raw_bytes_as_a_form(
    server: Loopback, services: Services, settings: Settings
) -> None:
    settings = replace(settings, model=WRITES, language="de", keyterms=("Kubernetes", "Anne Meyer"))
    heard = transcribe(Clip("ogg"), settings, services)
    assert (heard.text, heard.cost_usd, heard.segments) == (TEXT, 0.00042, None)
    sent = posts(server)[-1]
    assert sent.path == "/api/v1/audio/transcriptions"
    assert (sent.format, sent.audio) == ("ogg", b"\x01" * 32_000)
    assert [(part.name, part.text) for part in sent.form if part.name != "file"] == [
        ("model", WRITES),
        ("temperature", "0"),
        ("language", "de"),
        ("keyterms[]", "Kubernetes"),
        ("keyterms[]", "Anne Meyer"),
        ("provider", '{"data_collection": "deny"}'),
    ]


def test_more_than_25_mb_travel_as_base64(
    server: Loopback, services: Services, settings: Settings
) -> None:
    size = openrouter_transcriptions.MULTIPART_LIMIT
    transcribe(Clip("flac", size), replace(settings, model=WRITES), services)
    assert posts(server)[-1].json is None
    transcribe(Clip("flac", size + 1), replace(settings, model=WRITES), services)
    assert posts(server)[-1].form == []
    assert posts(server)[-1].json["input_audio"]["format"] == "flac"
    assert posts(server)[-1].json["provider"] == {"data_collection": "deny"}
    assert len(posts(server)[-1].audio) == size + 1


def test_segments_come_where_they_are_asked_for(
    server: Loopback, services: Services, settings: Settings
) -> None:
    heard = transcribe(Clip(), replace(settings, model=WRITES), services, segments=True)
    assert heard.segments is not None
    assert heard.segments[0].as_json() == {"start": 0.0, "end": 2.0, "text": TEXT}
    assert heard.language == "en"
    assert posts(server)[-1].field("timestamp_granularities[]") == "segment"


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        ("no-collection", {"data_collection": "deny"}),
        ("zero-retention", {"data_collection": "deny", "zdr": True}),
        ("any", {}),
    ],
)
def test_the_data_policy_binds_both_endpoints(
    server: Loopback, services: Services, settings: Settings, policy: str, fields: dict[str, Any]
) -> None:
    transcribe(Clip(), replace(settings, data_policy=policy), services)
    assert posts(server)[-1].json["provider"] == {"sort": "latency", **fields}
    transcribe(Clip(), replace(settings, data_policy=policy, model=WRITES), services)
    assert json.loads(posts(server)[-1].field("provider") or "{}") == fields


def test_a_data_policy_that_no_provider_keeps_to_names_the_setting(
    server: Loopback, services: Services, settings: Settings
) -> None:
    words = "No endpoints found matching your data policy"
    server.answer = lambda request: error(404, words) if request.method == "POST" else None
    with pytest.raises(ModelGone) as caught:
        transcribe(Clip(), replace(settings, model=CHAT), services)
    assert "data_policy" in caught.value.hint
    assert len(posts(server)) == 1


def test_an_own_server_gets_the_openai_form(
    server: Loopback, services: Services, settings: Settings
) -> None:
    own = replace(
        settings,
        provider="openai",
        base_url=server.openai,
        model="whisper-1",
        languages=("de",),
        keyterms=("Kubernetes", "Anne\nMeyer"),
        data_policy="zero-retention",
    )
    server.key = ""
    assert transcribe(Clip(), own, services).text == TEXT
    sent = posts(server)[-1]
    assert sent.path == "/v1/audio/transcriptions"
    assert "authorization" not in sent.headers
    assert [(part.name, part.text) for part in sent.form if part.name != "file"] == [
        ("model", "whisper-1"),
        ("response_format", "json"),
        ("language", "de"),
        ("prompt", "Kubernetes, Anne Meyer"),
    ]


def test_newer_openai_models_get_lists_of_languages_and_keywords(
    server: Loopback, services: Services, settings: Settings
) -> None:
    own = replace(settings, provider="openai", base_url=server.openai, model="gpt-transcribe")
    server.key = ""
    transcribe(Clip(), replace(own, languages=("de", "en"), keyterms=("<b>X-1",)), services)
    assert [(part.name, part.text) for part in posts(server)[-1].form if part.name != "file"] == [
        ("model", "gpt-transcribe"),
        ("response_format", "json"),
        ("languages[]", "de"),
        ("languages[]", "en"),
        ("prompt", "b X-1"),
        ("keywords[]", "b X-1"),
    ]


def test_the_prompt_holds_as_many_keyterms_as_fit(
    server: Loopback, services: Services, settings: Settings
) -> None:
    terms = tuple(f"term{number:04}" for number in range(200))
    own = replace(settings, provider="openai", base_url=server.openai, model="whisper-1")
    server.key = ""
    transcribe(Clip(), replace(own, keyterms=terms), services)
    sent = posts(server)[-1].field("prompt")
    assert len(sent) <= 896
    assert sent.split(", ") == list(terms[: len(sent.split(", "))])
    assert len(sent) > 880


def test_whisper_cpps_own_address_is_posted_to_as_it_is_with_a_wav(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.key = ""
    server.answer = lambda request: Reply(
        body=b" Bare words.\n", headers={"Content-Type": "text/plain; charset=utf-8"}
    )
    own = replace(settings, provider="openai", base_url=f"{server.origin}/inference", model="base")
    assert transcribe(Clip("flac"), own, services).text == "Bare words."
    assert (posts(server)[-1].path, posts(server)[-1].format) == ("/inference", "wav")


def test_json_that_comes_as_plain_text_is_understood(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: Reply(
        body=b'{"text": "As JSON."}', headers={"Content-Type": "text/plain"}
    )
    own = replace(settings, provider="openai", base_url=server.openai, model="m")
    assert transcribe(Clip(), own, services).text == "As JSON."


def test_a_stored_key_goes_to_an_own_server(
    server: Loopback, services: Services, settings: Settings
) -> None:
    services.keys.store(server.origin, Secret("sk-own"))
    server.key = "sk-own"
    own = replace(settings, provider="openai", base_url=server.openai, model="m")
    assert transcribe(Clip(), own, services).text == TEXT


def test_a_server_that_ignores_stream_is_understood(
    server: Loopback, services: Services, settings: Settings
) -> None:
    whole = {
        "choices": [{"message": {"content": "All at once."}, "finish_reason": "stop"}],
        "usage": {"cost": 0.5},
    }
    plan(server, Reply(body=whole))
    heard = transcribe(Clip(), replace(settings, model=CHAT), services)
    assert (heard.text, heard.cost_usd) == ("All at once.", 0.5)


def test_the_text_is_tidied_and_made_safe_and_the_answer_kept(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.text = '<think>hm</think>"rm\x1b[201~ -rf"'
    heard = transcribe(Clip(), replace(settings, model=CHAT), services)
    assert heard.text == "rm -rf"
    assert heard.raw_text == server.text


@pytest.mark.parametrize("named", [CHAT, WRITES])
@pytest.mark.parametrize("said", ["", "  \n", "[No speech]"])
def test_a_model_that_heard_nothing_is_an_error_of_its_own(
    server: Loopback, services: Services, settings: Settings, named: str, said: str
) -> None:
    server.text = said
    with pytest.raises(EmptyAnswer, match=named):
        transcribe(Clip(), replace(settings, model=named), services)
    assert len(posts(server)) == 1


def test_a_default_that_is_gone_is_replaced_once_and_told_once(
    server: Loopback, services: Services, settings: Settings
) -> None:
    def gone(request: Received) -> Reply | None:
        lost = request.method == "POST" and request.model == CHAT
        return error(404, f"No endpoints found for {CHAT}.") if lost else None

    server.answer = gone
    heard = transcribe(Clip(), settings, services)
    assert (heard.text, heard.model) == (TEXT, WRITES)
    assert heard.note == f"{CHAT}: not available; {WRITES} is used instead."
    again = transcribe(Clip(), settings, services)
    assert (again.model, again.note) == (WRITES, "")
    assert [request.model for request in posts(server)] == [CHAT, WRITES, WRITES]


def test_a_default_that_the_data_policy_keeps_back_is_replaced_and_the_setting_named(
    server: Loopback, services: Services, settings: Settings
) -> None:
    words = "No endpoints found matching your data policy"
    server.answer = lambda request: (
        error(404, words) if request.method == "POST" and request.model == CHAT else None
    )
    assert "`data_policy`" in transcribe(Clip(), settings, services).note


def test_a_model_the_user_named_is_never_replaced(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: error(404, "No such model") if request.form == [] else None
    with pytest.raises(ModelGone):
        transcribe(Clip(), replace(settings, model="my/own"), services)
    assert [request.model for request in posts(server)] == ["my/own"]


def test_a_wrong_address_does_not_try_every_model_there_is(
    server: Loopback, services: Services, settings: Settings
) -> None:
    wrong = replace(settings, base_url=f"{server.origin}/api/v1/", model=CHAT)
    assert address(wrong, "openrouter") == server.openrouter
    server.models = []
    server.answer = lambda request: error(404, "Not Found") if request.method == "POST" else None
    with pytest.raises(ModelGone):
        transcribe(Clip(), settings, services)
    assert len(posts(server)) == 3


@pytest.mark.parametrize(
    ("named", "words", "kept"),
    [
        (WRITES, "Model does not support keyterms", "language"),
        (WRITES, "temperature is not supported", "keyterms[]"),
    ],
)
def test_a_part_that_a_model_refuses_is_left_out_from_then_on(
    server: Loopback, services: Services, settings: Settings, named: str, words: str, kept: str
) -> None:
    refused = next(part for part in ("keyterms[]", "temperature") if part.strip("[]") in words)

    def picky(request: Received) -> Reply | None:
        return error(400, words) if request.field(refused) else None

    server.answer = picky
    settings = replace(settings, model=named, language="en", keyterms=("Kubernetes",))
    for _take in range(2):
        assert transcribe(Clip(), settings, services).text == TEXT
    fields = [{part.name for part in request.form} for request in posts(server)]
    assert [refused in sent for sent in fields] == [True, False, False]
    assert all(kept in sent for sent in fields)


def test_reasoning_that_a_model_refuses_to_turn_off_is_left_to_it(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: (
        error(400, "Reasoning is mandatory for this endpoint and cannot be disabled.")
        if request.json and "reasoning" in request.json
        else None
    )
    assert transcribe(Clip(), settings, services).text == TEXT
    assert ["reasoning" in request.json for request in posts(server)] == [True, False]


def test_another_400_is_told_at_once(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: error(400, "Audio too odd") if request.json else None
    with pytest.raises(BadRequest, match="Audio too odd"):
        transcribe(Clip(), settings, services)
    assert len(posts(server)) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Invalid file format. Supported formats: ['wav', 'mp3']"),
        (400, "Invalid value: 'm4a'. Supported values are: 'wav' and 'mp3'."),
        (400, "Unsupported MIME type: audio/x-m4a"),
        (415, "Unsupported Media Type"),
    ],
)
@pytest.mark.parametrize("named", [CHAT, WRITES])
def test_a_format_that_a_model_refuses_is_sent_as_a_wav_from_then_on(
    server: Loopback, services: Services, settings: Settings, named: str, status: int, words: str
) -> None:
    server.answer = lambda request: error(status, words) if request.format == "m4a" else None
    for _take in range(2):
        assert transcribe(Clip("m4a"), replace(settings, model=named), services).text == TEXT
    assert [request.format for request in posts(server)] == ["m4a", "wav", "wav"]


def test_a_format_that_the_settings_name_is_made_and_given_up_where_it_is_refused(
    server: Loopback, services: Services, settings: Settings
) -> None:
    chosen = replace(settings, audio_format="flac")
    transcribe(Clip(), chosen, services)
    assert posts(server)[-1].audio.startswith(b"fLaC")

    server.answer = lambda request: (
        error(400, "Bad audio format") if request.format == "flac" else None
    )
    transcribe(Clip(), chosen, services)
    transcribe(Clip(), chosen, services)
    assert [request.format for request in posts(server)] == ["flac", "flac", "wav", "wav"]


def test_a_wav_whose_format_is_refused_is_not_sent_again(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: error(400, "Bad audio format") if request.json else None
    with pytest.raises(BadRequest, match="Bad audio format"):
        transcribe(Clip(), settings, services)
    assert len(posts(server)) == 1


def test_a_stream_of_keep_alives_alone_is_given_up_and_not_paid_twice(
    server: Loopback, services: Services, settings: Settings
) -> None:
    hasty = Http(timeout=0.3)
    alive = itertools.repeat(b": OPENROUTER PROCESSING\n\n")
    server.answer = lambda request: (
        Reply(body=alive, every=0.05, headers={"Content-Type": "text/event-stream"})
        if request.json
        else None
    )
    with pytest.raises(TimedOut):
        transcribe(Clip(), settings, replace(services, http=hasty))
    assert len(posts(server)) == 1
    hasty.close()


def test_a_refusal_that_does_not_end_is_told(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: (
        error(400, "keyterms, always keyterms") if request.form else None
    )
    with pytest.raises(BadRequest):
        transcribe(Clip(), replace(settings, model=WRITES, keyterms=("X",)), services)
    assert len(posts(server)) == 2


def test_a_fault_of_the_server_is_tried_again(
    server: Loopback, services: Services, settings: Settings
) -> None:
    plan(server, error(503, "busy", headers={"Retry-After": "0"}))
    assert transcribe(Clip(), replace(settings, model=CHAT), services).text == TEXT
    assert len(posts(server)) == 2


@pytest.mark.parametrize(
    ("refusal", "kind", "code"),
    [
        (error(401, "No auth"), DictationError, 4),
        (error(402, "Insufficient credits"), DictationError, 5),
        (error(403, "Flagged", reasons=["violence"]), DictationError, 4),
        (error(413, "Too large"), TooLarge, 6),
    ],
)
def test_a_refusal_is_neither_tried_again_nor_replaced(
    server: Loopback,
    services: Services,
    settings: Settings,
    refusal: Reply,
    kind: type[DictationError],
    code: int,
) -> None:
    server.answer = lambda request: refusal if request.method == "POST" else None
    with pytest.raises(kind) as caught:
        transcribe(Clip(), settings, services)
    assert caught.value.code == code
    assert len(posts(server)) == 1


def test_the_steps_are_told_and_kept(
    server: Loopback, services: Services, settings: Settings
) -> None:
    told: list[str] = []
    heard = transcribe(Clip(), settings, services, Watch(mark=told.append))
    steps = [
        "request_first_byte",
        "request_last_byte",
        "response_first_byte",
        "response_last_byte",
        "text_ready",
    ]
    assert [step for step in told if step != "response_last_byte"] == [
        step for step in steps if step != "response_last_byte"
    ]
    assert sorted(heard.timings, key=heard.timings.__getitem__) in (
        steps,
        [step for step in steps if step != "response_last_byte"],
    )


def test_auto_is_openrouter_wherever_a_key_was_ever_set(http: Http, ring: Ring, home: Path) -> None:
    def provider(**environment: str) -> str:
        return provider_of(Settings(), Keys(places(), environment, ring))

    assert provider() == "offline"
    assert provider(OPENAI_API_KEY="x") == "offline"
    assert provider(OPENROUTER_API_KEY="x") == "openrouter"
    Keys(places(), {}, ring).store("https://openrouter.ai", Secret("sk"))
    assert provider() == "openrouter"
    ring.locked = True
    assert provider() == "openrouter"
    assert provider_of(Settings(provider="openai"), Keys(places(), {}, ring)) == "openai"


def test_auto_without_a_key_hears_here_and_sends_nothing(
    server: Loopback, services: Services, ring: Ring
) -> None:
    alone = replace(services, keys=Keys(places(), {}, ring))
    heard = transcribe(Clip(), Settings(), alone)
    assert (heard.text, heard.provider) == ("heard here", "offline")
    assert server.requests == []


def test_a_key_that_is_locked_makes_the_take_wait_and_never_slips_to_offline(
    services: Services, ring: Ring
) -> None:
    keys = Keys(places(), {}, ring)
    keys.store("https://openrouter.ai", Secret("sk"))
    ring.locked = True
    with pytest.raises(KeyLocked):
        transcribe(Clip(), Settings(), replace(services, keys=keys))


def test_openrouter_without_a_key_is_told(services: Services, ring: Ring) -> None:
    alone = replace(services, keys=Keys(places(), {}, ring))
    with pytest.raises(NoKey, match=r"https://openrouter\.ai"):
        transcribe(Clip(), Settings(provider="openrouter"), alone)


def test_a_base_url_that_is_no_address_is_a_settings_error(services: Services) -> None:
    with pytest.raises(SettingsError, match="my server"):
        transcribe(Clip(), Settings(provider="openai", base_url="my server"), services)


def test_two_takes_at_once_each_get_their_own_text(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.text = lambda audio: str(len(audio))
    heard: dict[int, str] = {}

    def take(size: int) -> None:
        heard[size] = transcribe(Clip("ogg", size), settings, services).text

    threads = [threading.Thread(target=take, args=(size,)) for size in range(1000, 1008)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {size: str(size) for size in range(1000, 1008)}


def test_a_fault_that_stays_is_given_up_after_four_tries(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: (
        error(502, "down", headers={"Retry-After": "0"}) if request.method == "POST" else None
    )
    with pytest.raises(ServerFault):
        transcribe(Clip(), settings, services)
    assert len(posts(server)) == 4
