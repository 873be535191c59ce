"""Another provider where the first one fails, over real HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation.errors import (
    AudioFileError,
    DictationError,
    NoConnection,
    NoProviderLeft,
    ServerFault,
    SettingsError,
)
from dictation.fallback import transcribe
from dictation.settings import Settings, parse
from dictation.transcription import Services
from dictation.values import Request, Transcript
from tests.loopback import TEXT, Loopback, Received, server
from tests.replies import Reply, error
from tests.test_transcription import (
    CHAT,
    WRITES,
    Clip,
    Offline,
    http,
    posts,
    ring,
    services,
    settings,
)

assert all((server, http, ring, services, settings))  # the fixtures


@pytest.fixture
def failing(server: Loopback) -> Loopback:
    """A server on which the first model answers 400."""

    def answer(request: Received) -> Reply | None:
        return error(400, "No ears.") if request.model == CHAT else None

    server.answer = answer
    return server


def test_the_next_one_is_asked_and_the_result_says_why(
    failing: Loopback, services: Services, settings: Settings
) -> None:
    heard = transcribe(Clip(), replace(settings, fallback=(f"openrouter:{WRITES}",)), services)
    assert (heard.text, heard.model) == (TEXT, WRITES)
    assert heard.note == (
        f"By openrouter {WRITES}, because openrouter failed "
        "(The service did not accept the request)."
    )
    assert heard.sent_to == (failing.origin,)
    assert [request.model for request in posts(failing)] == [CHAT, WRITES]


def test_a_first_one_that_works_is_the_only_one(
    server: Loopback, services: Services, settings: Settings
) -> None:
    heard = transcribe(Clip(), replace(settings, fallback=(f"openrouter:{WRITES}",)), services)
    assert (heard.model, heard.note, heard.sent_to) == (CHAT, "", (server.origin,))
    assert len(posts(server)) == 1


def test_the_policy_goes_with_every_model(
    failing: Loopback, services: Services, settings: Settings
) -> None:
    strict = replace(settings, data_policy="zero-retention", fallback=(f"openrouter:{WRITES}",))
    transcribe(Clip(), strict, services)
    *_, last = posts(failing)
    assert '"zdr": true' in last.field("provider")


class TestPolicy:
    @pytest.mark.parametrize("policy", ["no-collection", "zero-retention"])
    def test_skips_who_is_not_bound_by_it_and_has_an_error_of_its_own(
        self, failing: Loopback, services: Services, settings: Settings, policy: str
    ) -> None:
        asked = replace(settings, data_policy=policy, fallback=("openai", "openai:whisper-1"))
        with pytest.raises(NoProviderLeft) as caught:
            transcribe(Clip(), asked, services)
        assert (caught.value.code, caught.value.waits) == (6, False)
        for word in ("No ears", "openai was skipped", "openai:whisper-1 was skipped"):
            assert word in caught.value.message
        assert "data_policy" in caught.value.hint
        assert len(posts(failing)) == 1

    def test_any_lets_it_go_to_that_providers_own_address(
        self, failing: Loopback, services: Services, settings: Settings
    ) -> None:
        class Elsewhere(Offline):
            NAME = "openai"

            def transcribe(
                self, speech: object, request: Request, http: object, watch: object
            ) -> Transcript:
                assert (request.key, request.data_policy) == (None, "any")
                return Transcript(request.base_url, "", "openai", "whisper-1")

        there = replace(services, providers={**services.providers, "openai": Elsewhere()})
        asked = replace(settings, data_policy="any", fallback=("openai:whisper-1",))
        assert transcribe(Clip(), asked, there).text == "https://api.openai.com/v1"

    def test_skipped_ones_are_told_with_the_result(
        self, failing: Loopback, services: Services, settings: Settings
    ) -> None:
        asked = replace(settings, fallback=("openai", f"openrouter:{WRITES}"))
        assert "openai was skipped" in transcribe(Clip(), asked, services).note


class TestTheBasicRecogniser:
    def test_gives_a_draft_and_the_take_still_fails(
        self, failing: Loopback, services: Services, settings: Settings
    ) -> None:
        with pytest.raises(DictationError) as caught:
            transcribe(Clip(), replace(settings, fallback=("offline",)), services)
        assert caught.value.draft
        assert (caught.value.draft.text, caught.value.draft.provider) == ("heard here", "offline")
        assert "draft" in caught.value.draft.note

    def test_comes_second_to_any_that_works(
        self, failing: Loopback, services: Services, settings: Settings
    ) -> None:
        asked = replace(settings, fallback=("offline", f"openrouter:{WRITES}"))
        assert transcribe(Clip(), asked, services).text == TEXT

    def test_lets_a_take_without_network_wait(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        server.close()
        with pytest.raises(NoConnection) as caught:
            transcribe(Clip(), replace(settings, fallback=("openai", "offline")), services)
        assert caught.value.waits
        assert caught.value.draft
        assert caught.value.sent_to == ()
        assert "openai was skipped" in caught.value.message


def test_where_all_fail_the_first_error_is_told_with_the_others(
    server: Loopback, services: Services, settings: Settings
) -> None:
    server.answer = lambda request: error(500, "Down.") if request.method == "POST" else None
    with pytest.raises(ServerFault, match="openrouter:x/y failed"):
        transcribe(Clip(), replace(settings, fallback=("openrouter:x/y",)), services)


def test_what_is_no_fault_of_the_provider_asks_no_other(
    server: Loopback, services: Services, settings: Settings
) -> None:
    class Torn(Clip):
        def encoded(self, formats: object) -> object:  # type: ignore[override]
            raise AudioFileError("torn")

    with pytest.raises(AudioFileError):
        transcribe(Torn(), replace(settings, fallback=(f"openrouter:{WRITES}",)), services)
    assert posts(server) == []


def test_an_entry_that_names_no_provider_is_refused() -> None:
    assert parse("fallback", "openai, openrouter:a/b:free") == ("openai", "openrouter:a/b:free")
    with pytest.raises(SettingsError, match="begins with one of openrouter, openai, offline"):
        parse("fallback", "whisper")
