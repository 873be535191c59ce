"""What a link can do, which any page on the web may hold: show one of six windows, no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dictation.errors import UsageError
from dictation.links import WINDOWS, is_link, to, window
from dictation.ui.windows import Windows


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("dictation://history", "history"),
        ("dictation://history/", "history"),  # as browsers write it
        ("DICTATION://Settings", "settings"),
        ("dictation:doctor", "doctor"),
        ("dictation://", ""),
        ("dictation:", ""),
    ],
)
def test_a_link_names_a_window(link: str, shown: str) -> None:
    assert is_link(link)
    assert window(link) == shown


@pytest.mark.parametrize(
    "link",
    [
        "dictation://start",
        "dictation://toggle",
        "dictation://_restart",
        "dictation://history?delete=1",
        "dictation://history/1#paste",
        "dictation://user@history",
        "dictation://../history",
        "dictation://history\n",
        "dictation:///history",
        "http://history",
    ],
)
def test_any_other_is_refused_with_those_that_there_are(link: str) -> None:
    with pytest.raises(UsageError) as caught:
        window(link)
    assert "dictation://history" in caught.value.hint


@given(some.from_regex(r"dictation:(//)?\w*[/?#]?\w*", fullmatch=True))
def test_whatever_follows_no_link_leads_further_than_to_a_window(link: str) -> None:
    try:
        shown = window(link)
    except UsageError:
        return
    assert shown == "" or shown in WINDOWS


def test_there_are_these_windows() -> None:
    for name in WINDOWS:
        assert window(to(name)) == name
        assert getattr(Windows, name).__doc__
