"""A take's texts beside the one it has: the user's correction, and what other models heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dictation.errors import UsageError
from dictation.history import UNFINISHED, History
from dictation.i18n import _
from dictation.takes import Hearing, Take, stamp
from dictation.values import Transcript


def correct(history: History, id_: str, text: str) -> Take:
    """The take with the user's own words for its text; what was heard is kept beside them.

    Raises UsageError where it is under way or gone.
    """
    take = at_rest(history.get(id_)).corrected(text)
    history.change(take)
    return take


def corrections(history: History, limit: int = 200) -> list[tuple[str, str]]:
    """The newest corrections: each text as it was heard, and as the user left it."""
    found = history.corrected(limit)
    return [(take.uncorrected, take.text) for take in found if take.uncorrected is not None]


def also_heard(history: History, id_: str, heard: Transcript) -> Take:
    """Keeps another transcript of a take's recording beside its text; its cost is the take's."""
    take = history.get(id_)
    hearing = Hearing(
        heard_at=stamp(datetime.now(UTC)),
        text=heard.text,
        raw_text=heard.raw_text,
        provider=heard.provider,
        model=heard.model,
        language=heard.language,
        cost_usd=heard.cost_usd,
        segments=heard.segments,
        doubt=heard.doubt,
    )
    costs = [cost for cost in (take.cost_usd, heard.cost_usd) if cost is not None]
    sent = tuple(dict.fromkeys((*take.sent_to, *heard.sent_to)))
    cost = sum(costs) if costs else None
    kept = replace(take, cost_usd=cost, sent_to=sent, others=(*take.others, hearing))
    history.change(kept, others=True)
    return kept


def choose(history: History, id_: str, hearing: Hearing) -> Take:
    """Makes what was heard another time the take's text; the one it had takes that place.

    Raises UsageError where the take is under way, or has no such hearing any more.
    """
    take = at_rest(history.get(id_))
    if hearing not in take.others:
        raise UsageError(
            _("This text is not there any more."), hint=_("Look at the dictation anew.")
        )
    before = Hearing(
        heard_at=stamp(datetime.now(UTC)),
        text=take.text,
        raw_text=take.raw_text,
        provider=take.provider,
        model=take.model,
        language=take.language,
        segments=take.segments,
        doubt=take.doubt,
        uncorrected=take.uncorrected,
    )
    chosen = replace(
        take,
        text=hearing.text,
        raw_text=hearing.raw_text,
        provider=hearing.provider,
        model=hearing.model,
        language=hearing.language,
        segments=hearing.segments,
        doubt=hearing.doubt,
        pattern=None,
        uncorrected=hearing.uncorrected,
        others=tuple(before if other == hearing else other for other in take.others),
    )
    history.change(chosen, others=True)
    return chosen


def at_rest(take: Take) -> Take:
    """The take; UsageError where it is still under way."""
    if take.status in UNFINISHED:
        told = _("{id} is still under way ({status}).")
        raise UsageError(
            told.format(id=take.id, status=take.status),
            hint=_("Wait for its end, or end it with `dictation cancel`."),
        )
    return take
