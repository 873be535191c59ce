"""The month's budget: what is counted, when more may be spent, and that nothing waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from dictation.errors import EmptyAnswer, StorageError
from dictation.history import History
from dictation.lanes import fulfil
from dictation.paths import Places
from dictation.purse import Purse
from dictation.settings import Settings
from dictation.spending import Entry, OverBudget, Sum
from dictation.transcription import Services, transcribe
from dictation.values import Transcript
from dictation.wiring import Wiring
from tests.loopback import Loopback
from tests.test_transcription import Clip, http, posts, ring, services, settings

__all__ = ["http", "ring", "services", "settings"]  # fixtures

T = TypeVar("T")
HEARD = Transcript("two words", "two words", "openrouter", "a/b", cost_usd=0.5)


class Desk:
    """A purse over a history of its own, on a day that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.history = History(folder / "h.sqlite", folder / "r")
        self.day = date(2026, 3, 30)
        self.told: list[str] = []
        self.broken = False
        self.purse = Purse(today=lambda: self.day)
        self.purse.tell(self.told.append)
        self.purse.attach(self.ask)

    def ask(self, question: Callable[[History], T]) -> Future[T]:
        answer = Future[T]()

        def job() -> T:
            if self.broken:
                raise StorageError("full")
            return question(self.history)

        fulfil(answer, job)
        return answer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.history.close()


def test_what_an_answer_costs_counts_for_the_next(desk: Desk) -> None:
    desk.purse.check(1.0)
    desk.purse.paid(HEARD)
    desk.purse.check(1.0)
    desk.purse.paid(HEARD)
    with pytest.raises(OverBudget, match=r"\$1\.00 of \$1\.00"):
        desk.purse.check(1.0)
    desk.purse.check(1.01)


def test_without_a_budget_nothing_is_too_much(desk: Desk) -> None:
    desk.purse.paid(replace(HEARD, cost_usd=1e5))
    desk.purse.check(0.0)


def test_a_take_whose_cost_nobody_told_is_counted_apart(desk: Desk) -> None:
    untold, here = replace(HEARD, cost_usd=None), replace(HEARD, provider="offline", cost_usd=None)
    for heard in (HEARD, untold, here):
        desk.purse.paid(heard)
        desk.purse.took(heard, 3.0)
    found = {entry.provider: entry.sum for entry in desk.history.ledger.entries()}
    assert found == {"openrouter": Sum(2, 6.0, 4, 0.5, 1), "offline": Sum(1, 3.0, 2)}


def test_what_others_spend_counts_from_the_next_look_on(desk: Desk) -> None:
    desk.history.ledger.add([Entry("2026-03-01", "openrouter", "a/b", Sum(dollars=2.0))])
    assert not desk.purse.is_over(2.0)
    desk.purse.refresh()
    assert desk.purse.is_over(2.0)


def test_a_new_month_begins_with_nothing_spent(desk: Desk) -> None:
    desk.purse.paid(HEARD)
    desk.purse.allow()
    desk.day = date(2026, 4, 1)
    assert not desk.purse.is_over(0.5)
    desk.purse.paid(HEARD)
    assert desk.purse.is_over(0.5)  # what was allowed was allowed for March


def test_what_is_allowed_for_the_month_is_not_stopped(desk: Desk) -> None:
    desk.purse.paid(HEARD)
    desk.purse.allow()
    assert not desk.purse.is_over(0.1)
    desk.purse.allow(allowed=False)
    assert desk.purse.is_over(0.1)


def test_the_coming_end_is_told_once_a_month_and_budget(desk: Desk) -> None:
    for _ in range(3):
        desk.purse.check(1.3)
        desk.purse.paid(replace(HEARD, cost_usd=0.53))
    assert len(desk.told) == 1
    assert "$1.06 are spent this month: that is 82 % of the budget of $1.30" in desk.told[0]
    desk.purse.check(1.9)
    desk.purse.refresh()
    desk.purse.refresh()
    assert len(desk.told) == 2


def test_what_the_disk_refuses_is_entered_later_and_counts_at_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL", "dictation")
    desk.broken = True
    desk.purse.paid(HEARD)
    assert desk.purse.is_over(0.5)
    assert desk.history.ledger.entries() == ()
    desk.broken = False
    desk.purse.paid(HEARD)
    [entry] = desk.history.ledger.entries()
    assert entry.sum.dollars == 1.0


def test_a_check_never_waits_for_the_disk(desk: Desk) -> None:
    never = Future[None]()
    desk.purse.check(1.0)
    desk.purse._book = lambda _question: never  # type: ignore[assignment]
    desk.purse.paid(HEARD)
    began = time.perf_counter()
    for _ in range(1000):
        desk.purse.check(1.0)
    assert time.perf_counter() - began < 0.5


class TestSending:
    """Over real HTTP."""

    def test_stops_where_the_budget_is_spent(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        chosen = replace(settings, monthly_budget_usd=2 * 0.00042)
        for _ in range(2):
            transcribe(Clip(), chosen, services)
        with pytest.raises(OverBudget, match=r"\$0\.0008 of \$0\.0008"):
            transcribe(Clip(), chosen, services)
        assert len(posts(server)) == 2

    def test_counts_an_answer_without_words(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        server.text = ""
        with pytest.raises(EmptyAnswer):
            transcribe(Clip(), settings, services)
        assert services.purse.is_over(0.0004)

    def test_goes_on_by_what_costs_nothing(
        self, server: Loopback, services: Services, settings: Settings
    ) -> None:
        server.key = ""
        services.purse.paid(HEARD)
        chosen = replace(settings, monthly_budget_usd=0.5)
        here = replace(chosen, provider="offline")
        own = replace(chosen, provider="openai", base_url=server.openai, model="whisper-1")
        assert transcribe(Clip(), here, services).provider == "offline"
        assert transcribe(Clip(), own, services).provider == "openai"

    @pytest.mark.parametrize(
        ("base_url", "free"),
        [
            *(("https://api.openai.com/v1", False), ("http://192.168.1.7:8000/v1", True)),
            *(("http://nas.local/v1", True), ("http://nas:8000/v1", True)),
            *(("https://8.8.8.8/v1", False), ("https://whisper.example.org/v1", False)),
        ],
    )
    def test_takes_servers_at_home_for_free(
        self, services: Services, base_url: str, free: bool
    ) -> None:
        from dictation.transcription import plan

        chosen = Settings(provider="openai", base_url=base_url, model="whisper-1")
        assert plan(chosen, services).is_free is free


def test_a_command_counts_without_an_app(server: Loopback, tmp_path: Path) -> None:
    places = Places(*(tmp_path / name for name in "csdxr"))
    work = Wiring(places)
    work.purse.paid(HEARD)
    work.purse.took(HEARD, 2.0)
    with closing(History(places.history, places.recordings)) as history:
        [entry] = history.ledger.entries()
    assert entry.sum == Sum(1, 2.0, 2, 0.5)
    assert Wiring(places).purse.is_over(0.5)
