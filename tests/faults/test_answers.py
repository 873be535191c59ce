"""Mutated answers through each provider's parser: only our errors come out, in bounded memory."""

from __future__ import annotations

import collections
import json
import time
import unicodedata
from collections.abc import Callable, Iterable

import pytest

from dictation.errors import DictationError
from dictation.text import safe
from dictation.values import Transcript
from tests.faults.in_process import HTTP, Memory, ask
from tests.faults.mutations import mutant
from tests.faults.services import KEY


def outcome(way: str, seed: int) -> str:
    """What became of a mutant; anything but a text or one of our errors goes through."""
    made = mutant(way, seed)
    try:
        heard = ask(way, made.blocks, made.headers, made.status)
    except DictationError as error:
        told = error
    else:
        check(heard)
        return "text"
    check_told(told)
    return type(told).__name__


def check_told(error: DictationError) -> None:
    """The error can be shown and kept, and holds no key."""
    record = json.dumps(error.as_json())
    assert error.title
    assert error.hint
    assert len(record) < 4_000
    assert KEY not in record
    assert not controls([error.message, error.hint])


def check(heard: Transcript) -> None:
    """What is delivered and kept can be shown, written as JSON and put into the history."""
    parts = [part.as_json() for part in heard.segments or ()]
    kept = json.dumps([heard.raw_text, heard.cost_usd, heard.language, parts], allow_nan=False)
    assert json.loads(kept)
    heard.raw_text.encode()
    assert not controls([safe(heard.text), heard.language, *(str(part["text"]) for part in parts)])


def controls(texts: Iterable[str]) -> list[str]:
    """The control characters in the texts, but for line ends and tabs."""
    kinds = ("Cc", "Cs")
    return [
        letter
        for text in texts
        for letter in text
        if unicodedata.category(letter) in kinds and letter not in "\n\t"
    ]


@pytest.mark.parametrize("way", HTTP)
def test_of_mutated_answers_only_our_own_errors_come_out(
    way: str, sample: Callable[[int, int], int], record_property: Callable[[str, object], None]
) -> None:
    count = sample(1_300, 100_000)
    for seed in range(200):  # what is loaded once is no leak
        outcome(way, seed)
    began = time.monotonic()
    with Memory() as memory:
        found = collections.Counter(outcome(way, seed) for seed in range(count))
    took = f"{time.monotonic() - began:.0f} s, {memory.growth:+.0f} MB, at most {memory.peak:+.0f}"
    figures = f"{way}: {count} in {took}: {dict(found)}"
    print(figures)
    record_property("figures", figures)
    assert found.total() == count
    assert found["text"] > count / 50  # they come far enough into the parser
    assert len(found) > 5
    assert memory.growth < 64
    assert memory.peak < 400
