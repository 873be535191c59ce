"""`dictation spending`: what dictating costs, today, this month and in all; with no app, too."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from datetime import date

from dictation import settings
from dictation.cli import tell
from dictation.history import History
from dictation.paths import places
from dictation.spending import Period, Report, Sum, month_of

DAYS = 30  # of which each is told by --json
PERIODS: tuple[tuple[Period, str], ...] = (
    ("today", "today"),
    ("month", "this month"),
    ("ever", "all time"),
)


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="as JSON, with the last 30 days")


def run(args: argparse.Namespace) -> int:
    """Prints the sums, and for each model that of all time."""
    chosen, problems = settings.load(places().settings)
    for problem in problems:
        tell(problem)
    today = date.today()
    with closing(History(places().history, places().recordings)) as history:
        report = Report(history.ledger.entries(), today)
        allowed = history.ledger.month(month_of(today)).allowed
    budget = chosen.monthly_budget_usd
    if args.json:
        print(json.dumps(_as_json(report, budget, allowed=allowed), ensure_ascii=False))
        return 0
    for period, name in PERIODS:
        print(_line(name, report.of(period)))
    if budget:
        share = 100 * report.of("month").dollars / budget
        more = "; you chose to go on this month" if allowed else ""
        print(f"{'budget':<45} {budget:9.4f} USD  {share:.0f} % of it is spent{more}")
    print()
    for provider, model, sum_ in report.models("ever"):
        print(_line(f"{provider} {model}".strip(), sum_))
    return 0


def _line(name: str, sum_: Sum) -> str:
    count = f"{sum_.takes} takes, {sum_.seconds / 60:.1f} min, {sum_.words} words"
    untold = f", {sum_.unpriced} without a cost" if sum_.unpriced else ""
    return f"{name:<45} {sum_.dollars:9.4f} USD  {count}{untold}"


def _as_json(report: Report, budget: float, *, allowed: bool) -> dict[str, object]:
    return {
        "today": report.of("today").as_json(),
        "this_month": report.of("month").as_json(),
        "all_time": report.of("ever").as_json(),
        "monthly_budget_usd": budget,
        "budget_lifted_this_month": allowed,
        "models": [
            {"provider": provider, "model": model, **sum_.as_json()}
            for provider, model, sum_ in report.models("ever")
        ],
        "days": [{"day": day.isoformat(), **sum_.as_json()} for day, sum_ in report.days(DAYS)],
    }
