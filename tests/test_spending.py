"""What dictating costs: the sums, and the ledger that they come from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dictation.history import History, database
from dictation.spending import Entry, Report, Sum, words_in
from dictation.takes import Take, begin

TODAY = date(2026, 3, 2)
ENTRIES = (
    Entry("2025-12-31", "openrouter", "a/b", Sum(1, 60.0, 100, 1.0, 0)),
    Entry("2026-03-01", "openrouter", "a/b", Sum(2, 120.0, 300, 0.25, 0)),
    Entry("2026-03-01", "openai", "whisper", Sum(3, 30.0, 60, 0.0, 3)),
    Entry("2026-03-02", "offline", "", Sum(1, 30.0, 40, 0.0, 0)),
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with closing(opened(tmp_path)) as made:
        yield made


def opened(folder: Path, *, check: bool = False) -> History:
    return History(folder / "history.sqlite", folder / "recordings", check=check, alone=True)


class TestReport:
    report = Report(ENTRIES, TODAY)

    def test_sums_up_a_day_a_month_and_all(self) -> None:
        assert self.report.of("today") == Sum(1, 30.0, 40)
        assert self.report.of("month") == Sum(6, 180.0, 400, 0.25, 3)
        assert self.report.of("ever") == Sum(7, 240.0, 500, 1.25, 3)

    def test_tells_the_dearest_model_first(self) -> None:
        rows = self.report.models("month")
        assert [row[:2] for row in rows] == [
            ("openrouter", "a/b"),
            ("offline", ""),
            ("openai", "whisper"),
        ]

    def test_has_every_one_of_the_last_days(self) -> None:
        days = self.report.days(30)
        assert (len(days), days[0][0], days[-1][0]) == (30, date(2026, 2, 1), TODAY)
        assert [sum_.takes for _day, sum_ in days[-3:]] == [0, 5, 1]

    def test_tells_how_fast_was_spoken(self) -> None:
        assert Sum(1, 30.0, 40).words_per_minute == 80
        assert Sum().words_per_minute == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(("", 0), ("two words", 2), (" a — b\n", 2), ("don't", 1), ("1,000 3", 2)),
        *(("会議は十時", 5), ("das 会議 OK", 4), ("Python版です", 4)),
    ],
)
def test_words_are_counted_in_any_script(text: str, count: int) -> None:
    assert words_in(text) == count


class TestLedger:
    def test_adds_up_what_is_of_one_day_and_model(self, history: History) -> None:
        history.ledger.add(ENTRIES)
        history.ledger.add([replace(ENTRIES[3], sum=Sum(dollars=0.5))])
        history.ledger.add([ENTRIES[3]])
        assert history.ledger.entries()[-1].sum == Sum(2, 60.0, 80, 0.5)
        assert history.ledger.month("2026-03").dollars == 0.75

    def test_enters_all_or_nothing(self, history: History) -> None:
        bad = replace(ENTRIES[1], day=None)  # type: ignore[arg-type]
        with pytest.raises(Exception, match="NOT NULL"):
            history.ledger.add([ENTRIES[0], bad])
        assert history.ledger.entries() == ()

    def test_outlives_the_takes(self, history: History) -> None:
        history.put(take := begin())
        history.ledger.add(ENTRIES)
        history.delete([take])
        assert len(history.ledger.entries()) == 4

    def test_is_exact_where_many_write_at_once(self, tmp_path: Path, history: History) -> None:
        def write() -> None:
            with closing(opened(tmp_path)) as mine:
                for _ in range(50):
                    mine.ledger.add([replace(ENTRIES[0], sum=Sum(1, 1.0, 1, 0.25, 1))])

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [entry.sum for entry in history.ledger.entries()] == [
            Sum(200, 200.0, 200, 50.0, 200)
        ]

    def test_lets_one_alone_tell_of_a_budget(self, history: History) -> None:
        told = [history.ledger.warn("2026-03", budget) for budget in (5.0, 5.0, 8.0, 8.0)]
        told.append(history.ledger.warn("2026-04", 8.0))
        assert told == [True, False, True, False, True]

    def test_keeps_what_the_user_allows(self, history: History) -> None:
        history.ledger.warn("2026-03", 5.0)
        history.ledger.allow("2026-03", allowed=True)
        assert history.ledger.month("2026-03").allowed
        assert not history.ledger.month("2026-04").allowed
        history.ledger.allow("2026-03", allowed=False)
        assert not history.ledger.month("2026-03").allowed


class TestAnOlderHistory:
    def before(self, folder: Path, *takes: Take) -> None:
        """A history as the version without a ledger left it."""
        with closing(opened(folder)) as history:
            for take in takes:
                history.put(take)
            history._db.executescript("DROP TABLE ledger; DROP TABLE months; PRAGMA user_version=4")

    def test_fills_the_ledger_with_the_takes_that_it_has(self, tmp_path: Path) -> None:
        told = Take("1", "delivered", "2026-03-01T12:00:00.000Z", "two words")
        told = replace(told, provider="openrouter", model="a/b", seconds=2.0, cost_usd=0.5)
        untold = replace(told, id="2", cost_usd=None)
        here = replace(told, id="3", provider="offline", model="", cost_usd=None)
        unsent = Take("4", "failed", "2026-03-01T12:00:00.000Z", seconds=9.0)
        self.before(tmp_path, told, untold, here, unsent)
        with closing(opened(tmp_path)) as history:
            assert history.ledger.entries() == (
                Entry("2026-03-01", "offline", "", Sum(1, 2.0, 2)),
                Entry("2026-03-01", "openrouter", "a/b", Sum(2, 4.0, 4, 0.5, 1)),
            )

    def test_counts_a_take_to_the_users_own_day(self, tmp_path: Path) -> None:
        moment = datetime(2026, 3, 1, 23, 30).astimezone()  # here
        take = begin(moment.astimezone(UTC))
        self.before(tmp_path, replace(take, provider="openrouter", model="a/b", cost_usd=1.0))
        with closing(opened(tmp_path)) as history:
            assert [entry.day for entry in history.ledger.entries()] == ["2026-03-01"]


class TestAnotherHistory:
    def test_that_is_merged_brings_its_ledger(self, tmp_path: Path, history: History) -> None:
        history.ledger.add(ENTRIES)
        other = opened(tmp_path / "other")
        other.ledger.add(ENTRIES[1:2])
        other.ledger.allow("2026-03", allowed=True)
        other.close()
        database.merge(tmp_path / "other" / "history.sqlite", history._db)
        assert Report(history.ledger.entries(), TODAY).of("ever").dollars == 1.5
        assert history.ledger.month("2026-03").allowed

    def test_without_a_ledger_brings_what_its_takes_tell(
        self, tmp_path: Path, history: History
    ) -> None:
        take = replace(begin(), provider="openrouter", model="a/b", cost_usd=0.5, seconds=2.0)
        TestAnOlderHistory().before(tmp_path / "other", take)
        database.merge(tmp_path / "other" / "history.sqlite", history._db)
        [entry] = history.ledger.entries()
        assert entry.sum == Sum(1, 2.0, 0, 0.5)

    def test_that_is_damaged_keeps_its_ledger(self, tmp_path: Path) -> None:
        with closing(opened(tmp_path)) as history:
            history.ledger.add(ENTRIES)
            for number in range(400):
                take = replace(begin(), id=f"{number}", text=f"number {number} " + "words " * 50)
                history.put(take)
        file = tmp_path / "history.sqlite"
        content = bytearray(file.read_bytes())
        page = content.index(b"number 200 ") // 4096 * 4096
        content[page : page + 4096] = b"\xa5" * 4096
        file.write_bytes(content)
        with closing(opened(tmp_path, check=True)) as history:
            assert history.told
            assert set(history.ledger.entries()) == set(ENTRIES)
