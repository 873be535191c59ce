"""Corrections that come twice suggest a term; others tell nothing."""

from __future__ import annotations

import pytest

from dictation.corrections import changes, suggested


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Ask hand rick today.", "Ask Handrik today.", [("hand rick", "Handrik")]),
        ("The cube control is up.", "The kubectl is up.", [("cube control", "kubectl")]),
        ("We use post gress.", "We use Postgres!", [("post gress", "Postgres")]),
        ("open ai is here", "OpenAI is here", [("open ai", "OpenAI")]),
        ("the meeting", "The meeting", []),  # only begun with a capital letter
        ("Iphone works", "iPhone works", [("iphone", "iPhone")]),
        ("One two.", "One two three.", []),
        ("One two three.", "One three.", []),
        ("a b c d e f g", "q r s t u v w", []),  # another thought
        ("Same.", "Same", []),
    ],
)
def test_words_in_the_place_of_others(
    before: str, after: str, found: list[tuple[str, str]]
) -> None:
    assert changes(before, after) == found


def test_once_is_chance_and_twice_a_habit() -> None:
    one = ("Ask hand rick today.", "Ask Handrik today.")
    other = ("Hand Rick says no.", "Handrik says no.")
    assert suggested([one], ()) == []
    assert suggested([one, other], ()) == ["Handrik"]
    assert suggested([one, other], ("handrik",)) == []


def test_the_same_term_for_different_words_is_no_habit() -> None:
    assert suggested([("a hand rick b", "a Handrik b"), ("a hen drick b", "a Handrik b")], ()) == []


def test_twice_in_one_text_counts_once() -> None:
    assert suggested([("hand rick and hand rick", "Handrik and Handrik")], ()) == []
