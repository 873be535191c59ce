"""What is done to a text before it is delivered."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.text import for_terminal, safe, spaced, whole

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
NASTY = st.text("\x1b[];m\x07\\\x9b\x9c\x9d\r\n\u202ea1\0", max_size=60)
UNSEEN = st.text(
    "\u200b\u200c\u200d\u2060\ufe00\ufe0e\ufe0f\u180b\u180e\ufeff\u200f\u061c\u00ad"
    "\U000e0020\U000e0067\U000e007f\U000e0100a1.ب你𠀀👩🔬🏴ᠠ",
    max_size=20,
)


@given(st.one_of(ANYTHING, NASTY, UNSEEN))
def test_a_safe_text_holds_no_control_and_stays_as_it_is(text: str) -> None:
    found = safe(text)
    assert [c for c in found if unicodedata.category(c) in ("Cc", "Cs")] == [
        c for c in found if c in "\n\t"
    ]
    assert not set(found) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert not set(found) & set("\u200b\u2060\u00ad\U000e0001\U000e0020")
    assert safe(found) == found


@given(st.text("abc äöü 中文 🎤 é\n\t.,!?-", max_size=60))
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b[201~b", "ab"),
        ("a\x9b201~b", "ab"),
        ("a\x1b]52;c;ZXZpbA==\x07b", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("a\x9d52;c;ZXZpbA==\x9cb", "ab"),
        ("a\x1bPq#0\x1b\\b", "ab"),
        ("a\x1b(Bb\x1b7c", "abc"),
        ("a\0b\x08c\x7fd", "abcd"),
        ("abc\u202edcba\u2066x\u2069", "abcdcbax"),
        ("\ufeffhello\ud800", "hello"),
        ("one\r\ntwo\rthree\x85four\u2028five", "one\ntwo\nthree\nfour\nfive"),
        ("\x1b\x1b[m[201~", "[201~"),
    ],
)
def test_escape_sequences_go_as_a_whole(text: str, left: str) -> None:
    assert safe(text) == left


def test_a_sequence_that_never_ends_takes_no_words_with_it() -> None:
    assert safe("before\x1b]52;c;words\nafter") == "before52;c;words\nafter"


ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        *("שלום\u200f!", "می\u200cخواهم", "क\u094d\u200dष", "ന\u0d4d\u200d "),
        *("👩\u200d🔬", "👩🏽\u200d🔬", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", ENGLAND),
        *("辻\U000e0100", "ᠠ\u180b"),
    ],
)
def test_what_writing_needs_is_kept(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("pay\u200bpal", "paypal"),
        ("so\u00adft\u2060\ufeff", "soft"),
        ("a\u200d\u200cb", "ab"),
        ("ب\u200c\u200c\u200cب", "ب\u200cب"),
        ("👩\u200d", "👩"),
        ("x\U000e0068\U000e0069", "x"),
        (ENGLAND[:-1] + "\U000e0068\U000e007f", "🏴"),
        ("e\ufe0f", "e"),
        ("☺\ufe0f\ufe01\ufe02", "☺\ufe0f"),
        ("a\U000e0101\U000e0102", "a"),
        ("\u3164\uffa0", ""),
    ],
)
def test_nothing_hides_in_what_shows_nothing(text: str, left: str) -> None:
    assert safe(text) == left


def test_halves_of_a_character_are_joined_and_lone_ones_go() -> None:
    assert whole("a\ud83d" + "\ude00b\ud800") == "a😀b"
    assert whole("😀") == "😀"


def test_a_terminal_gets_one_line() -> None:
    assert for_terminal("one\ntwo\n\n three\tfour\n") == "one two three four"


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        (".", "Next", " Next"),
        ("a", "b", " b"),
        ("", "b", "b"),
        (" ", "b", "b"),
        ("\n", "b", "b"),
        ("(", "b", "b"),
        ("„", "b", "b"),
        ("a", ", and", ", and"),
        ("a", " b", " b"),
        ("a", "", ""),
        ("a", "(b)", " (b)"),
        ("a", "“b”", " “b”"),
        ("好", "的", "的"),
        ("。", "好", "好"),
        ("ก", "ข", "ข"),
        ("다", "나", " 나"),
        ("я", "ж", " ж"),
    ],
)
def test_a_space_goes_where_writing_puts_one(before: str, text: str, expected: str) -> None:
    assert spaced(text, before) == expected
