"""What came of trying candidates: their answers, the words that went wrong, and who is best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dictation.calibration.candidates import Candidate
from dictation.calibration.comparing import Comparison, Slip, compare

State = Literal["waiting", "asked", "heard", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A candidate's answer, or why there is none; `at` as a take's `started_at`."""

    candidate: Candidate
    state: State
    at: str
    text: str = ""
    seconds: float = 0.0  # from the first try to the text
    cost_usd: float | None = None
    by_list: bool = False  # the cost is reckoned from a price list: the answer told none
    error: dict[str, str | int] | None = None
    data_policy: str = ""  # under which it was asked

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is kept."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return kept | {"candidate": [self.candidate.provider, self.candidate.model]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Outcome:
        """The outcome that was kept; raises TypeError, KeyError or ValueError for anything else."""
        return cls(**{**kept, "candidate": Candidate(*kept["candidate"])})


@dataclass(frozen=True, slots=True)
class Row:
    """An outcome beside what was said; `compared` only where something was heard."""

    outcome: Outcome
    compared: Comparison | None = None

    @property
    def rank(self) -> tuple[float, float, float]:
        """Fewest errors first, then the lowest price, then the shortest wait."""
        outcome = self.outcome
        if self.compared is None:
            return math.inf, math.inf, math.inf
        price = math.inf if outcome.cost_usd is None else outcome.cost_usd
        return self.compared.errors, price, outcome.seconds

    def as_json(self) -> dict[str, Any]:
        """The row as `dictation calibrate --json` prints it."""
        outcome, found = self.outcome, self.compared
        slips = [] if found is None else [(slip.said, slip.heard) for slip in found.slips]
        return {
            "provider": outcome.candidate.provider,
            "model": outcome.candidate.model,
            "words": found and found.words,
            "errors": found and found.errors,
            "rate": found and round(found.rate, 4),
            "seconds": round(outcome.seconds, 3),
            "cost_usd": outcome.cost_usd,
            "cost_by_list": outcome.by_list,
            "text": outcome.text,
            "slips": [{"said": said, "heard": heard} for said, heard in slips],
            "error": outcome.error,
        }


def row(outcome: Outcome, reference: str, language: str) -> Row:
    """The outcome beside what was said."""
    if outcome.state != "heard":
        return Row(outcome)
    return Row(outcome, compare(reference, outcome.text, language))


def ranked(rows: Iterable[Row]) -> list[Row]:
    """The best first; those without an answer last, by name."""
    return sorted(rows, key=lambda row: (*row.rank, row.outcome.candidate))


def newest(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Of each candidate the last outcome, but an answer is not replaced by a failure."""
    found: dict[Candidate, Outcome] = {}
    for outcome in outcomes:
        before = found.get(outcome.candidate)
        if before is None or before.state != "heard" or outcome.state == "heard":
            found[outcome.candidate] = outcome
    return list(found.values())


def wrong_with_all(rows: Sequence[Row]) -> list[str]:
    """What every one of several got wrong: it was perhaps said otherwise, or not at all."""
    slips: list[Sequence[Slip]] = [row.compared.slips for row in rows if row.compared]
    if len(slips) < 2:
        return []
    everyone = set.intersection(*({s.said for s in found if s.said} for found in slips))
    return [slip.said for slip in slips[0] if slip.said in everyone]
