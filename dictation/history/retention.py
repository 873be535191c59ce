"""What goes, and when: recordings by age and by size, texts by age, cancelled takes after a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dictation.settings import Settings
from dictation.takes import Status, Take

UNDER_WAY: tuple[Status, ...] = ("recording", "transcribing", "delivering", "waiting")
UNDO = timedelta(days=1)  # for which a cancelled take can be brought back
LEAST_UNDONE = 1.0  # seconds: a shorter one was a slip of the finger
SMALLER = timedelta(days=1)  # after which a recording is kept as Opus
GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Due:
    """What a sweep removes: whole takes, or their recordings alone."""

    takes: tuple[Take, ...] = ()
    recordings: tuple[Take, ...] = ()


def due(takes: Iterable[Take], sizes: Mapping[str, int], settings: Settings, now: datetime) -> Due:
    """What is to go now; `sizes` are the bytes of each take's recording by its id.

    A take that is under way or waits is never swept. One without a text goes by its age alone, not
    to make room, and not where recordings are to go once delivered: it has not been delivered.
    """
    gone: list[Take] = []
    without: list[Take] = []
    left: list[Take] = []
    days, text_days = settings.keep_audio_days, settings.keep_text_days
    for take in takes:
        if take.status in UNDER_WAY:
            continue
        age = now - datetime.fromisoformat(take.started_at).astimezone(UTC)
        short = take.status == "cancelled" and take.seconds < LEAST_UNDONE
        forgotten = take.status == "cancelled" and age >= UNDO
        if short or forgotten or (text_days and age >= timedelta(days=text_days)):
            gone.append(take)
        elif take.id in sizes:
            silent = take.status == "no_speech" and age >= UNDO
            old = age >= timedelta(days=days) if days else silent or not take.wordless
            (without if old else left).append(take)
    room = round(settings.keep_audio_gb * GIGABYTE) - sum(sizes[take.id] for take in left)
    for take in sorted(left, key=lambda take: take.started_at):
        if room >= 0:
            break
        if take.wordless:
            continue
        room += sizes[take.id]
        without.append(take)
    return Due(tuple(gone), tuple(without))
