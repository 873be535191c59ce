"""What a minute of speech costs by a server's list."""

from __future__ import annotations

from typing import Any

import pytest

from dictation.prices import a_minute, in_words

FLASH = {"prompt": "0.0000003", "completion": "0.0000025", "audio": "0.000001"}


def test_a_chat_model_costs_its_sound_what_it_is_told_and_what_it_writes() -> None:
    price = a_minute("google/gemini-2.5-flash", "chat", FLASH)
    assert price == pytest.approx(1920e-6 + 300 * 0.3e-6 + 200 * 2.5e-6)


def test_a_transcription_model_by_the_token_is_told_nothing_beside_the_sound() -> None:
    pricing = {"prompt": "0.0000025", "completion": "0.00001"}
    price = a_minute("openai/gpt-4o-transcribe", "transcriptions", pricing)
    assert price == pytest.approx(600 * 2.5e-6 + 200 * 1e-5)


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        ({"prompt": "0.0001", "completion": "0"}, 0.006),  # by the second
        ({"prompt": "0.0000033", "completion": "0"}, 0.000198),
        ({"prompt": "0.36", "completion": "0"}, 0.006),  # by the hour
        ({"prompt": "0", "completion": "0", "request": "0.0001"}, 0.0001),
        ({"prompt": "0", "completion": "0"}, 0.0),  # free
    ],
)
def test_a_transcription_model_by_time_costs_a_minute_of_it(
    pricing: dict[str, str], price: float
) -> None:
    assert a_minute("any/model", "transcriptions", pricing) == pytest.approx(price)


def test_sound_that_is_listed_by_the_second_is_sixty_of_them() -> None:
    pricing = {"prompt": "0.0000001", "completion": "0.0000003", "audio": "0.0001"}
    price = a_minute("mistralai/voxtral-small-24b-2507", "chat", pricing)
    assert price == pytest.approx(0.006 + 300e-7 + 200 * 3e-7)


def test_a_free_chat_model_is_free_whoever_made_it() -> None:
    assert a_minute("some/model:free", "chat", {"prompt": "0", "completion": "0"}) == 0.0


@pytest.mark.parametrize(
    "pricing",
    [
        None,
        {},
        "0.1",
        {"prompt": "0.1"},
        {"prompt": "-1", "completion": "-1"},  # a router: it depends
        {"prompt": "nan", "completion": "0"},
        {"prompt": [], "completion": "0"},
    ],
)
def test_what_is_no_price_gives_none(pricing: Any) -> None:
    assert a_minute("openai/x", "chat", pricing) is None


def test_a_model_whose_tokens_of_sound_nobody_told_has_no_price() -> None:
    assert a_minute("new/model", "chat", FLASH) is None


@pytest.mark.parametrize(
    ("price", "words"),
    [(None, ""), (0.0, "$0.0000"), (0.00251, "$0.0025"), (1.5, "$1.5000"), (0.00001, "< $0.0001")],
)
def test_prices_are_written_to_the_hundredth_of_a_cent(price: float | None, words: str) -> None:
    assert in_words(price) == words
