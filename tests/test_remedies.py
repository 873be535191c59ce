"""From an error to what can be done about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation import errors, settings
from dictation.errors import DictationError
from dictation.remedies import Case
from dictation.takes import Take

TAKE = Take("261126-204200-abcd", "failed", "2026-11-26T20:42:00.000Z", seconds=4.0)


def deeds(error: DictationError, take: Take | None = None) -> list[tuple[str, str]]:
    return [(remedy.deed, remedy.about) for remedy in Case(error, take).remedies]


def every_kind(kind: type[DictationError] = DictationError) -> list[type[DictationError]]:
    return [kind, *(found for each in kind.__subclasses__() for found in every_kind(each))]


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (errors.NoKey(""), ("key", "")),
        (errors.KeyRefused(""), ("key", "")),
        (errors.NoMicrophone(""), ("microphone", "")),
        (errors.MicrophoneSilent(""), ("microphone", "")),
        (errors.SettingsError(""), ("settings", "")),
        (errors.ModelGone(""), ("settings", "model")),
        (errors.ProxyLogin(""), ("settings", "proxy")),
        (errors.HotkeyError(""), ("settings", "hotkey")),
        (errors.StorageError(""), ("folder", "")),
        (errors.MissingPart(""), ("doctor", "")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DictationError) else "",
)
def test_an_error_leads_to_the_place_where_it_is_mended(
    error: DictationError, first: tuple[str, str]
) -> None:
    assert deeds(error)[0] == first


def test_credits_are_bought_at_the_service_that_wants_them() -> None:
    at_openrouter = replace(TAKE, sent_to=("https://openrouter.ai",))
    assert deeds(errors.NoCredits(""), at_openrouter) == [
        ("browse", "https://openrouter.ai/settings/credits"),
        ("again", TAKE.id),
    ]
    error = errors.NoCredits("")
    error.sent_to = ("https://api.openai.com",)
    assert "platform.openai.com" in deeds(error, TAKE)[0][1]


def test_where_a_server_sells_its_credits_is_not_guessed() -> None:
    own = replace(TAKE, sent_to=("https://speech.example",))
    assert deeds(errors.NoCredits(""), own)[0] == ("key", "")


@pytest.mark.parametrize("kind", [errors.NoConnection, errors.TimedOut, errors.ServerFault])
def test_what_the_network_spoiled_is_tried_again_first(kind: type[DictationError]) -> None:
    assert deeds(kind(""), TAKE)[0] == ("again", TAKE.id)


def test_nothing_is_sent_again_where_no_sound_was_kept_or_its_text_is_there() -> None:
    for take in (None, replace(TAKE, seconds=0.0), replace(TAKE, status="delivered")):
        assert "again" not in dict(deeds(errors.ServerFault(""), take))


def test_a_silent_take_can_be_sent_anyway() -> None:
    case = Case(errors.NoSpeech(""), replace(TAKE, status="no_speech"))
    assert case.remedies[0].words == "Send anyway"


def test_a_text_that_was_not_delivered_is_pasted_or_copied() -> None:
    kept = replace(TAKE, status="kept", text="words")
    assert deeds(errors.TargetLost(""), kept) == [("paste", TAKE.id), ("copy", TAKE.id)]
    assert deeds(errors.TargetLost(""), TAKE) == []


def test_a_taken_hotkey_gives_way_to_a_free_one() -> None:
    error = errors.HotkeyTaken("")
    assert deeds(error) == [("settings", "hotkey")]
    error.free = "Ctrl+Shift+Space"
    assert deeds(error)[0] == ("hotkey", "Ctrl+Shift+Space")
    assert Case(error).remedies[0].words == "Use Ctrl+Shift+Space"


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.__name__)
def test_every_error_has_remedies_that_can_be_told_apart(kind: type[DictationError]) -> None:
    case = Case(kind("What happened."), replace(TAKE, text="words"))
    words = [remedy.words for remedy in case.remedies]
    assert len(set(words)) == len(words) == len({remedy.deed for remedy in case.remedies})
    assert all(words)
    for remedy in case.remedies:
        if remedy.deed == "settings" and remedy.about:
            assert remedy.about in settings.TABLE
