"""The history as a list to look through: a heading for each day, and takes by the page.

The order is read whole, which is little; what a row shows comes by the takes' ids, so that the
last page costs as much as the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from dictation.history import NEWEST, History
from dictation.history.search import condition
from dictation.takes import Status

EXCERPT = 300  # characters of a text that a row shows at most
GLIMPSED = (
    "SELECT id, status, started_at, seconds, substr(text, 1, ?), error, doubt IS NOT NULL, "
    "uncorrected IS NOT NULL FROM takes"
)
Row = date | str  # a day's heading, or the id of a take


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a row of a list shows of a take; `title` is its error's."""

    id: str
    status: Status
    started_at: str
    seconds: float
    text: str  # its beginning, in one line
    title: str
    doubted: bool
    corrected: bool


def timeline(history: History, words: str = "", zone: tzinfo | None = None) -> tuple[Row, ...]:
    """The takes whose text has all the words, newest first, under their days in the local time."""
    return tuple(_rows(history, words, zone))


def _rows(history: History, words: str, zone: tzinfo | None) -> Iterator[Row]:
    clause, values = condition(words)
    ordered = f"SELECT id, started_at FROM takes WHERE {clause} {NEWEST}"  # noqa: S608 - our own
    before = None
    for id_, started_at in history.each(ordered, *values):
        day = local(started_at, zone).date()
        if day != before:
            yield day
        before = day
        yield id_


def local(started_at: str, zone: tzinfo | None = None) -> datetime:
    """A record's moment in the zone, the computer's own by default."""
    return datetime.fromisoformat(started_at).astimezone(zone)


def page(history: History, ids: Sequence[str]) -> list[Glimpse]:
    """What rows show of these takes; those that are gone are left out, in no order."""
    marks = ",".join("?" * len(ids))
    found = history.query(f"{GLIMPSED} WHERE id IN ({marks})", EXCERPT, *ids)
    return [
        Glimpse(
            id=row[0],
            status=row[1],
            started_at=row[2],
            seconds=row[3],
            text=" ".join(row[4].split()),
            title=json.loads(row[5])["title"] if row[5] else "",
            doubted=bool(row[6]),
            corrected=bool(row[7]),
        )
        for row in found
    ]
