"""The history looked through: days, pages, corrections, and what other models heard."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dictation.errors import UsageError
from dictation.history import History, database
from dictation.history.browsing import page, timeline
from dictation.history.hearings import also_heard, choose, correct
from dictation.takes import Take, begin
from dictation.values import Segment, Transcript

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEARD = Transcript(
    "Other words.",
    "<b>Other words.",
    "openrouter",
    "c/d",
    "en",
    0.25,
    (Segment(0.0, 1.0, "Other words."),),
    sent_to=("https://other.example",),
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "history.sqlite", tmp_path / "recordings")
    yield opened
    opened.close()


def put(history: History, moment: datetime = NOON, text: str = "words", **more: object) -> Take:
    made = {"status": "delivered", "text": text, "raw_text": text, "cost_usd": 0.5, **more}
    take = replace(begin(moment), **made)  # type: ignore[arg-type]
    history.put(take)
    return history.get(take.id)


class TestBrowsing:
    def test_takes_stand_under_their_local_days_newest_first(self, history: History) -> None:
        zone = timezone(timedelta(hours=10))
        late = put(history, NOON + timedelta(hours=2, minutes=1))
        early, first = put(history, NOON), put(history, NOON - timedelta(days=2))
        rows = (date(2026, 3, 2), late.id, date(2026, 3, 1), early.id, date(2026, 2, 27), first.id)
        assert timeline(history, zone=zone) == rows

    def test_a_search_leaves_the_days_that_have_a_take(self, history: History) -> None:
        put(history, text="apples")
        found = put(history, NOON - timedelta(days=1), text="pears and quinces")
        assert timeline(history, "quin pear", UTC) == (date(2026, 2, 28), found.id)

    def test_a_page_shows_what_is_there_of_what_was_asked_for(self, history: History) -> None:
        error = {"title": "Gone", "message": "m", "hint": "", "code": 6}
        good = put(history, text="two\nlines", seconds=2.5, doubt="?")
        bad = put(history, NOON + timedelta(1), "", status="failed", error=error)
        shown = {each.id: each for each in page(history, [bad.id, "nothing", good.id])}
        assert shown.keys() == {good.id, bad.id}
        assert (shown[good.id].text, shown[good.id].seconds) == ("two lines", 2.5)
        assert (shown[good.id].doubted, shown[good.id].corrected) == (True, False)
        assert (shown[bad.id].status, shown[bad.id].title) == ("failed", "Gone")

    def test_a_page_holds_the_beginning_of_a_long_text(self, history: History) -> None:
        take = put(history, text="word " * 10_000)
        assert len(page(history, [take.id])[0].text) < 300


class TestCorrecting:
    def test_keeps_what_was_heard_and_finds_the_new_words(self, history: History) -> None:
        take = put(history, text="Meat me.", raw_text="meat me", doubt="?", pattern="p")
        correct(history, take.id, "Meet us.")
        correct(history, take.id, "Meet me.")
        found = history.get(take.id)
        assert (found.text, found.uncorrected, found.raw_text) == (
            "Meet me.",
            "Meat me.",
            "meat me",
        )
        assert (found.status, found.doubt) == ("delivered", None)
        assert [each.id for each in history.search("meet")] == [take.id]
        assert page(history, [take.id])[0].corrected

    def test_back_to_what_was_heard_is_no_correction(self, history: History) -> None:
        take = put(history, text="Meat me.")
        correct(history, take.id, "Meet me.")
        assert correct(history, take.id, "Meat me.").uncorrected is None

    def test_a_failed_take_is_kept_with_the_users_words(self, history: History) -> None:
        error = {"title": "Gone", "message": "m", "hint": "", "code": 6}
        take = put(history, text="", status="waiting", error=error)
        correct(history, take.id, "By hand.")
        found = history.get(take.id)
        assert (found.status, found.error, found.uncorrected) == ("kept", None, "")

    def test_a_take_under_way_is_left_alone(self, history: History) -> None:
        take = put(history, status="transcribing")
        with pytest.raises(UsageError):
            correct(history, take.id, "too early")
        assert history.get(take.id).text == "words"


class TestAnotherHearing:
    def test_stands_beside_the_text_and_costs_the_take(self, history: History) -> None:
        take = put(history, sent_to=("https://first.example",))
        also_heard(history, take.id, HEARD)
        found = history.get(take.id)
        assert (found.text, found.cost_usd) == ("words", 0.75)
        assert found.sent_to == ("https://first.example", "https://other.example")
        [other] = found.others
        assert (other.text, other.model, other.segments) == (HEARD.text, "c/d", HEARD.segments)
        assert found.as_json()["others"][0]["raw_text"] == HEARD.raw_text

    def test_outlives_a_writer_of_the_older_record(self, history: History) -> None:
        take = put(history)
        also_heard(history, take.id, HEARD)
        history.put(replace(take, status="kept"))
        found = history.get(take.id)
        assert (found.status, len(found.others)) == ("kept", 1)

    def test_once_chosen_changes_places_with_the_text(self, history: History) -> None:
        take = put(history)
        correct(history, take.id, "my words")
        [other] = also_heard(history, take.id, HEARD).others
        chosen = choose(history, take.id, other)
        assert history.get(take.id) == chosen
        assert (chosen.text, chosen.model, chosen.uncorrected) == ("Other words.", "c/d", None)
        [before] = chosen.others
        assert (before.text, before.uncorrected) == ("my words", "words")
        back = choose(history, take.id, before)
        assert (back.text, back.uncorrected, back.cost_usd) == ("my words", "words", 0.75)

    def test_one_that_is_gone_can_not_be_chosen(self, history: History) -> None:
        take = put(history)
        [other] = also_heard(history, take.id, HEARD).others
        choose(history, take.id, other)
        with pytest.raises(UsageError):
            choose(history, take.id, other)


def test_a_history_of_before_has_neither(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    db = sqlite3.connect(path)
    for statements in database.MIGRATIONS[:3]:
        db.executescript(statements)
    db.execute("PRAGMA user_version=3")
    db.execute(
        "INSERT INTO takes (id, status, started_at, text, raw_text, provider, model, language, "
        "seconds) VALUES ('a', 'kept', '2026-01-01T00:00:00.000Z', 't', 't', '', '', '', 1)"
    )
    db.commit()
    db.close()
    history = History(path, tmp_path / "recordings")
    take = history.get("a")
    assert (take.text, take.uncorrected, take.others) == ("t", None, ())
    assert len(also_heard(history, "a", HEARD).others) == 1
    history.close()
