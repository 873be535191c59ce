"""Answers that mean harm: nothing of them reaches a window but plain text, and no one waits."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from dictation.errors import BrokenAnswer
from dictation.text import safe
from dictation.values import Transcript
from tests.faults.in_process import HTTP, Memory, ask

MEGABYTE = 1 << 20
BIDI = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A))
HIDING = {0x200B, 0x2060, 0xFEFF, 0x00AD, 0x180E, 0x3164, *range(0xE0000, 0xE0080)}
WORDS = "Good morning, everyone."
HOSTILE = {
    "the end of a bracketed paste": "Good \x1b[201~morning, \x9b201~everyone.",
    "colours and a cleared screen": "\x1b[2J\x1b[1;31mGood\x1b[0m morning, everyone.\x1bc",
    "a clipboard that is set": "\x1b]52;c;cm0gLXJmIH4=\x07Good morning, \x9d52;c;eA==\x9ceveryone.",
    "a title and a device string": "\x1b]0;x\x1b\\Good \x1bPq#0\x1b\\morning, everyone.",
    "sequences in sequences": "\x1b\x1b[m[201~\x9b\x9b201~Good morning, everyone.",
    "bidi overrides": "\u202eGood\u202c \u2066morning,\u2069 \u202aeveryone.\u202b\u202d",
    "zero width": "G\u200bo\u2060o\ufeffd\u200d m\u00ador\u200cning,\u180e everyone.",
    "a hidden text in tags": "Good morning,\U000e0001 everyone."
    + "".join(chr(0xE0000 + ord(letter)) for letter in "rm -rf ~"),
    "a hidden text in selectors": "Good morning, everyone."
    + "".join(chr(0xE0100 + ord(letter)) for letter in "rm -rf ~"),
    "NUL, BEL, backspaces": "Good\0 morning\x07, everyone.\x08\x08\x7f",
    "lone halves of characters": "Good\ud800 morning\udfff, everyone.",
    "line ends of all kinds": "Good morning,\x85 everyone.\u2028\u2029\x0b\x0c",
}


def stream(text: str, size: int = 1000) -> list[bytes]:
    """The text as a stream of chat, in pieces."""
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    events: list[Any] = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events]


def whole(text: str) -> list[bytes]:
    """The text as the answer of every endpoint at once."""
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    segment = {"start": 0, "end": 1, "text": text, "speaker": text}
    answer = {"text": text, "choices": [choice], "segments": [segment], "language": text}
    return [json.dumps(answer).encode()]


JSON, EVENTS = {"Content-Type": "application/json"}, {"Content-Type": "text/event-stream"}
PLAIN = {"Content-Type": "text/plain"}


def answers(way: str, text: str) -> list[Transcript]:
    """What the provider makes of the text, in each form in which it may come."""
    found = [ask(way, whole(text), JSON)]
    if way == "openrouter chat":
        found += [ask(way, stream(text, size), EVENTS) for size in (1, 1000)]
    if way == "openai":
        found.append(ask(way, [text.encode(errors="replace")], PLAIN))
    return found


def harm(text: str) -> list[str]:
    """The characters that must not be there."""
    return [
        letter
        for letter in text
        if (unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t")
        or ord(letter) in BIDI | HIDING
    ]


@pytest.mark.parametrize("way", HTTP)
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_control_and_nothing_hidden_is_delivered(way: str, kind: str) -> None:
    for heard in answers(way, HOSTILE[kind]):
        text = safe(heard.text)
        assert harm(text) == []
        assert "Good" in text
        assert "everyone." in text
        assert "rm" not in text.replace("morning", "")
        heard.raw_text.encode()  # the history keeps it
        for part in heard.segments or ():
            assert harm(part.text + (part.speaker or "")) == []
        assert harm(heard.language) == []


def test_a_character_that_comes_in_halves_is_whole() -> None:
    events = [
        b'data: {"choices": [{"delta": {"content": "Hi \\ud83d"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\\ude00"}, "finish_reason": "stop"}]}\n\n',
    ]
    assert ask("openrouter chat", events, EVENTS).text == "Hi 😀"


FILLERS = {
    "words": "hello world ",
    "openings of sequences": "\x9d",
    "escapes": "\x1b]",
    "zero width": "a\u200b",
    "joiners": "😀\u200d",
}


@pytest.mark.parametrize("filler", FILLERS)
def test_ten_megabytes_are_made_safe_at_once(filler: str) -> None:
    text = FILLERS[filler] * (10 * MEGABYTE // len(FILLERS[filler]))
    began = time.monotonic()
    found = safe(text)
    seconds = time.monotonic() - began
    print(f"{filler}: {len(text)} characters in {seconds:.2f} s, {len(found)} left")
    assert harm(found[:10_000]) == []
    assert seconds < 60  # 0.3 to 5 s on a quiet machine; what grows with the square takes days


@pytest.mark.parametrize("way", HTTP)
@pytest.mark.parametrize("filler", FILLERS)
def test_ten_megabytes_are_no_dictation_of_three_seconds(way: str, filler: str) -> None:
    text = FILLERS[filler] * (10 * MEGABYTE // len(FILLERS[filler]))
    forms: list[Callable[[], Transcript]] = [lambda: ask(way, [_plain(way, text)], JSON)]
    if way == "openrouter chat":
        forms.append(lambda: ask(way, stream(text, 10_000), EVENTS))
    if way == "openai":
        lined = "\n".join(text[at : at + 80] for at in range(0, len(text), 80))
        forms.append(lambda: ask(way, [lined.encode()], PLAIN))
    for form in forms:
        began = time.monotonic()
        with Memory() as memory, pytest.raises(BrokenAnswer):
            form()
        assert time.monotonic() - began < 30
        assert memory.peak < 400


def _plain(way: str, text: str) -> bytes:
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    answer = {"choices": [choice]} if way == "openrouter chat" else {"text": text}
    return json.dumps(answer, ensure_ascii=False).encode()
