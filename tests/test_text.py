"""What is done to a text before it is delivered."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.text import for_terminal, safe, spaced

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
NASTY = st.text("\x1b[];m\x07\\\x9b\x9c\x9d\r\n\u202ea1\0", max_size=60)


@given(st.one_of(ANYTHING, NASTY))
def test_a_safe_text_holds_no_control_and_stays_as_it_is(text: str) -> None:
    found = safe(text)
    assert [c for c in found if unicodedata.category(c) in ("Cc", "Cs")] == [
        c for c in found if c in "\n\t"
    ]
    assert not set(found) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
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


@pytest.mark.parametrize(
    "text", ["שלום\u200f!", "می\u200cخواهم", "👩\u200d🔬", "🏴\U000e0067\U000e007f"]
)
def test_what_writing_needs_is_kept(text: str) -> None:
    assert safe(text) == text


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
