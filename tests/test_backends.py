"""The one chooser."""

from __future__ import annotations

import pytest

from dictation.backends import Verdict, choose, verdicts
from dictation.desktop import Desktop
from dictation.errors import MissingPart, SettingsError

HERE = Desktop("linux", "x11")


class Row:
    """A way that works or doesn't."""

    def __init__(self, name: str, *, works: bool = False, why: str = "", fix: str = "") -> None:
        self.NAME = name
        self._verdict = Verdict(works, why, fix)

    def probe(self, desktop: Desktop) -> Verdict:
        assert desktop is HERE
        return self._verdict


BROKEN = Row("broken", why="it is not there", fix="apt install it")
FOREIGN = Row("foreign", why="not this desktop")
GOOD = Row("good", works=True)
BETTER = Row("better", works=True)


def test_the_first_that_works_is_taken() -> None:
    assert choose([BROKEN, BETTER, GOOD], HERE) is BETTER


def test_a_named_one_is_taken_alone() -> None:
    assert choose([BETTER, GOOD], HERE, "good") is GOOD
    with pytest.raises(MissingPart, match="it is not there"):
        choose([BETTER, BROKEN], HERE, "broken")


def test_an_unknown_name_is_a_setting_to_mend() -> None:
    with pytest.raises(SettingsError, match="output_backend = nosuch"):
        choose([GOOD], HERE, "nosuch", setting="output_backend")


def test_where_none_works_what_can_be_mended_is_told() -> None:
    with pytest.raises(MissingPart) as raised:
        choose([FOREIGN, BROKEN], HERE)
    assert raised.value.message == "broken: it is not there."
    assert raised.value.hint == "apt install it"


def test_where_nothing_can_be_mended_the_best_ways_reason_is_told() -> None:
    with pytest.raises(MissingPart, match="foreign: not this desktop"):
        choose([FOREIGN, Row("other", why="neither")], HERE)


def test_each_has_its_verdict() -> None:
    assert [verdict.works for _row, verdict in verdicts([BROKEN, GOOD], HERE)] == [False, True]
