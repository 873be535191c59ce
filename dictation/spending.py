"""What dictating costs: sums of takes, minutes, words and dollars, by day, month and model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Literal

from dictation.errors import NoCredits
from dictation.i18n import _

WARN_AT = 0.8  # of the month's budget
Period = Literal["today", "month", "ever"]
# Scripts without blanks between words: there each character counts.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class OverBudget(NoCredits):
    title = _("The month's budget is used up")
    hint = _(
        "Raise it with `dictation settings set monthly_budget_usd`, go on this once with "
        "`--monthly-budget-usd 0`, or stay on this computer with `--provider offline`. A dictation "
        "that waits is sent once the budget allows it."
    )
    waits = True


@dataclass(frozen=True, slots=True)
class Sum:
    """Of several takes; `seconds` of sound that was transcribed, `dollars` as far as told."""

    takes: int = 0
    seconds: float = 0.0
    words: int = 0
    dollars: float = 0.0
    unpriced: int = 0  # of the takes: nobody said what they cost

    def __add__(self, other: Sum) -> Sum:
        pairs = ((getattr(self, each.name), getattr(other, each.name)) for each in fields(Sum))
        return Sum(*(one + two for one, two in pairs))

    @property
    def words_per_minute(self) -> float:
        """How fast was spoken, pauses included; 0 where nothing was."""
        return self.words * 60 / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """As `dictation spending --json` prints it."""
        return {
            "takes": self.takes,
            "seconds": round(self.seconds, 3),
            "words": self.words,
            "words_per_minute": round(self.words_per_minute, 1),
            "cost_usd": round(self.dollars, 9),
            "takes_without_cost": self.unpriced,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """What came up on a local day (ISO 8601) with a provider's model."""

    day: str
    provider: str
    model: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class Month:
    """A local month (YYYY-MM): what is spent, and what the user was told and has allowed."""

    name: str
    dollars: float = 0.0
    warned_usd: float = 0.0  # the budget of whose coming end the user was told
    allowed: bool = False  # the user goes on whatever the budget says


@dataclass(frozen=True, slots=True)
class Report:
    """All that was ever entered, to be summed up as of `today`."""

    entries: tuple[Entry, ...]
    today: date

    def of(self, period: Period) -> Sum:
        """The sum of a period."""
        return total(entry.sum for entry in self._in(period))

    def models(self, period: Period) -> list[tuple[str, str, Sum]]:
        """Provider, model and sum, the dearest first, then the most used."""
        found: dict[tuple[str, str], Sum] = {}
        for entry in self._in(period):
            key = entry.provider, entry.model
            found[key] = found.get(key, Sum()) + entry.sum
        rows = [(provider, model, sum_) for (provider, model), sum_ in found.items()]
        return sorted(rows, key=lambda row: (-row[2].dollars, -row[2].seconds, row[:2]))

    def days(self, count: int) -> list[tuple[date, Sum]]:
        """The last days up to today, oldest first; those without a take, too."""
        days = [self.today - timedelta(days=ago) for ago in reversed(range(count))]
        found = {day.isoformat(): Sum() for day in days}
        for entry in self.entries:
            if entry.day in found:
                found[entry.day] += entry.sum
        return [(day, found[day.isoformat()]) for day in days]

    def _in(self, period: Period) -> Iterable[Entry]:
        beginning = {"today": self.today.isoformat(), "month": month_of(self.today), "ever": ""}
        return (each for each in self.entries if each.day.startswith(beginning[period]))


def total(sums: Iterable[Sum]) -> Sum:
    """All of them in one."""
    return sum(sums, Sum())


def month_of(day: date) -> str:
    """The month as ledgers name it."""
    return f"{day:%Y-%m}"


def words_in(text: str) -> int:
    """How many words; of Chinese and Japanese each character is one."""
    return sum(
        len(_UNSPACED.findall(part)) + any(c.isalnum() for c in _UNSPACED.sub("", part))
        for part in text.split()
    )
