"""Finding texts by what somebody types."""

from __future__ import annotations

import pytest

from dictation.finding import matches

TEXTS = (
    "Key to paste again",
    "paste_last_hotkey",
    "Pastes the last dictation (X11).",
    "Łódź, café",
)


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "paste", "PASTE again", "again key", "past", "hotkey", "last_hot", "x11", "CAFE"],
)
def test_all_that_was_typed_is_found_in_any_order_and_any_case(typed: str) -> None:
    assert matches(typed, TEXTS)


@pytest.mark.parametrize("typed", ["paste nothing", "pastel", "copy"])
def test_every_word_has_to_be_there(typed: str) -> None:
    assert not matches(typed, TEXTS)


def test_a_short_word_begins_one_and_a_longer_one_may_stand_within() -> None:
    assert not matches("ey", TEXTS)
    assert matches("tation", TEXTS)
