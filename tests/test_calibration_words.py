"""Word errors: what counts as one, what is only another spelling, and what went wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.calibration.comparing import Slip, compare, words

SAME = [
    ("en", "Twenty-five people, please!", "25 people please"),
    ("en", "in nineteen ninety-four", "in 1994"),
    ("en", "in two thousand and four", "in 2004"),
    ("en", "It's three o'clock. Mr. Smith can't come.", "It is 3 oclock Mister Smith cannot come"),
    ("en", "twenty dollars for two thousand five hundred emails", "$20 for 2,500 e-mails"),
    ("en", "Call five five five oh one four two.", "Call 555 0142"),
    ("en", "the third of July, the twenty-first of May", "The 3rd of July; the 21st of May"),
    ("en", "two point five percent", "2.5 %"),
    ("en", "a quarter past ten thirty", "a quarter past 10:30"),
    ("en", "I would have gone", "Um, I would've, uh, gone"),
    ("en", "one hundred and forty forms", "140 forms"),
    ("en", "an ice cream", "an icecream"),
    ("de", "am dritten Mai um fünfzehn Uhr dreißig", "am 3. Mai um 15.30 Uhr"),
    ("de", "hundertzweiundvierzig Euro", "142 €"),
    ("de", "142 Euro", "ein hundert zwei und vierzig Euro"),
    ("de", "im Jahr neunzehnhundertsiebenundachtzig", "im Jahr 1987"),
    ("de", "einundzwanzig Straßen", "21 Strassen"),
    ("de", "zwei Komma fünf Prozent", "2,5 %"),
    ("de", "Straßenbahnhaltestelle", "Straßenbahn-Haltestelle"),
    ("de", "ein Kilo", "1 Kilo"),
    ("ja", "今日は雨", "今日は、雨。"),
    ("", "Déjà vu", "déjà vu"),
    ("", "the five of them", "the 5 of them"),
    ("", "es ist fünf und das reicht", "es ist 5 und das reicht"),
]


@pytest.mark.parametrize(("language", "said", "heard"), SAME)
def test_another_spelling_is_no_error(language: str, said: str, heard: str) -> None:
    assert compare(said, heard, language).slips == ()
    assert compare(heard, said, language).slips == ()


@pytest.mark.parametrize(
    ("language", "said", "heard", "errors"),
    [
        ("en", "in 1994", "in 1995", 1),
        ("en", "fifteen people", "50 people", 1),
        ("en", "thirty-five minutes", "thirty minutes", 1),
        ("de", "dreiundzwanzig Leute", "32 Leute", 1),
        ("de", "der dritte Mann", "der 4. Mann", 1),
        ("en", "they're here", "their here", 2),  # "they are" said, another word and one too few
        ("en", "words", "", 1),
        ("fr", "cinq", "5", 1),  # how French counts is not known here
        ("ja", "今日は雨", "今日は雪", 1),
    ],
)
def test_other_words_are_errors(language: str, said: str, heard: str, errors: int) -> None:
    assert compare(said, heard, language).errors == errors


def test_what_went_wrong_is_told_as_it_was_written_with_the_words_around_it() -> None:
    found = compare("We met Siobhan at the old mill yesterday.", "We met Shiv on at old mill", "en")
    assert found.slips == (
        Slip("Siobhan", "Shiv on", "We met", "at the", 2),
        Slip("the", "", "Siobhan at", "old mill", 1),
        Slip("yesterday", "", "old mill", "", 1),
    )
    assert (found.errors, found.words, found.rate) == (4, 8, 0.5)


def test_a_text_has_the_same_number_of_words_whatever_was_heard() -> None:
    texts = ("In 1994", "in nineteen ninety-four", "in nineteen hundred ninety four", "")
    assert len({compare("In 1994 it rained", text, "en").words for text in texts}) == 1


def test_nothing_said_and_something_heard_is_all_wrong() -> None:
    assert compare("", "hello", "en").rate == 1


SPOKEN = st.lists(
    st.sampled_from(["the", "cat", "sat", "12", "no-one", "Dr", "3rd", "can't"]), max_size=12
)


@given(SPOKEN)
def test_a_text_is_no_error_beside_itself(spoken: list[str]) -> None:
    assert compare(" ".join(spoken), " ".join(spoken).upper(), "en").errors == 0


@given(SPOKEN, SPOKEN)
def test_errors_are_those_of_the_slips_and_no_more_than_all_words(
    a: list[str], b: list[str]
) -> None:
    found = compare(" ".join(a), " ".join(b), "en")
    assert found.errors == sum(slip.errors for slip in found.slips)
    assert found.errors <= len(words(" ".join(a))) + len(words(" ".join(b)))
    assert found.errors > 0 or found.words == len(words(" ".join(a)))
