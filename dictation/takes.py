"""A take: one dictation from key press to delivered text, and its record."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from dictation.i18n import _
from dictation.values import TIMINGS, Segment, Transcript

ID = r"\d{6}-\d{6}-[0-9a-f]{4}"
Status = Literal[
    "recording",
    "transcribing",
    "delivering",
    "delivered",
    "kept",
    "failed",
    "cancelled",
    "no_speech",
    "waiting",
    "interrupted",
]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard in a take's recording at another time, perhaps by another model."""

    heard_at: str
    text: str
    raw_text: str
    provider: str
    model: str
    language: str = ""
    cost_usd: float | None = None
    segments: tuple[Segment, ...] | None = None
    doubt: str | None = None
    uncorrected: str | None = None  # the text before the user corrected it

    def as_json(self) -> dict[str, Any]:
        """As an element of the record's `others`."""
        record = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        if self.segments is not None:
            record["segments"] = [segment.as_json() for segment in self.segments]
        return record


@dataclass(frozen=True, slots=True)
class Take:
    """The record that `history show --json` prints; `timings` in milliseconds from key press."""

    id: str
    status: Status
    started_at: str
    text: str = ""
    raw_text: str = ""
    provider: str = ""
    model: str = ""
    language: str = ""
    seconds: float = 0.0
    cost_usd: float | None = None
    audio: str | None = None
    error: dict[str, str | int] | None = None
    delivery: dict[str, str | bool] | None = None
    segments: tuple[Segment, ...] | None = None
    timings: dict[str, float | None] = field(default_factory=dict)
    sent_to: tuple[str, ...] = ()  # the servers that got the sound, as scheme, host and port
    sent_as: str = ""  # the sound's format on its way
    notes: tuple[str, ...] = ()  # what else is to be known of it, in words
    speech: float = 0.0  # seconds of `seconds` in which someone speaks; 0 where not known
    doubt: str | None = None  # why the text may not be what was said
    incognito: bool = False  # nothing of it stays on disk once it is delivered
    pattern: str | None = None  # of the doubt: how it is called where the user waves it through
    uncorrected: str | None = None  # the text before the user corrected it; None where nobody did
    others: tuple[Hearing, ...] = ()  # what else was heard in its recording, oldest first

    @property
    def wordless(self) -> bool:
        """Whether its recording is all that there is of what was said, a draft aside."""
        return not self.text or self.status in ("waiting", "failed")

    def as_json(self) -> dict[str, Any]:
        """The record as the contract names its parts."""
        record = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        record["seconds"] = round(self.seconds, 3)
        record["speech"] = round(self.speech, 3)
        record |= {"sent_to": list(self.sent_to), "notes": list(self.notes)}
        if self.segments is not None:
            record["segments"] = [segment.as_json() for segment in self.segments]
        record["others"] = [hearing.as_json() for hearing in self.others]
        record["timings"] = {name: self.timings.get(name) for name in TIMINGS}
        return record

    def heard(self, transcript: Transcript) -> Take:
        """The take with its text; kept until it is delivered."""
        return replace(
            self,
            status="kept",
            error=None,
            text=transcript.text,
            raw_text=transcript.raw_text,
            provider=transcript.provider,
            model=transcript.model,
            language=transcript.language,
            cost_usd=transcript.cost_usd,
            segments=transcript.segments,
            sent_to=(*self.sent_to, *(w for w in transcript.sent_to if w not in self.sent_to)),
            sent_as=transcript.sent_as,
            notes=(*self.notes, *((transcript.note,) if transcript.note else ())),
            doubt=transcript.doubt,
            pattern=transcript.pattern or None,
            uncorrected=None,
        )

    def corrected(self, text: str) -> Take:
        """The take with the user's own words; what was heard stays beside them.

        One that had no text of its own is kept from then on: there is nothing left to send.
        """
        before = self.text if self.uncorrected is None else self.uncorrected
        own = replace(self, text=text, uncorrected=before if text != before else None)
        own = replace(own, doubt=None, pattern=None)
        return replace(own, status="kept", error=None) if self.wordless else own

    def sent_again(self, answer: Transcript) -> Take:
        """The take once more sent, for an answer that was only to be compared with its text."""
        note = _("Sent twice, once as it will be while you speak, to learn whether that is taken.")
        costs = [cost for cost in (self.cost_usd, answer.cost_usd) if cost is not None]
        return replace(self, cost_usd=sum(costs) if costs else None, notes=(*self.notes, note))


def begin(now: datetime | None = None) -> Take:
    """A new take, with an id that sorts by time and is short enough to type."""
    now = now or datetime.now(UTC)
    id_ = f"{now:%y%m%d-%H%M%S}-{os.urandom(2).hex()}"
    return Take(id_, "recording", stamp(now))


def stamp(moment: datetime) -> str:
    """A moment as a record writes it: UTC, ISO 8601 with milliseconds and Z."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
