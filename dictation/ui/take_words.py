"""Takes in words: what became of them, each with a sign of its own, when they were, by whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from textwrap import shorten

from PySide6.QtCore import QDate, QLocale, QTime

from dictation.history.browsing import Glimpse, local
from dictation.i18n import _, plural
from dictation.takes import Status, Take
from dictation.ui.figures import money
from dictation.ui.player import clock

HEARD = 200  # characters of what was heard before a correction
# Signs that fonts have everywhere; the word stands beside each.
STATES: dict[Status, tuple[str, str]] = {
    "recording": ("●", _("Recording")),
    "transcribing": ("…", _("Being transcribed")),
    "delivering": ("→", _("Being delivered")),
    "delivered": ("✓", _("Delivered")),
    "kept": ("▪", _("Kept, not delivered")),
    "failed": ("✗", _("Failed")),
    "cancelled": ("⊘", _("Cancelled")),
    "no_speech": ("–", _("No speech")),
    "waiting": ("…", _("Waits to be sent")),
    "interrupted": ("!", _("Interrupted")),
}


def day_in_words(day: date, today: date | None = None) -> str:
    """The day's heading: today and yesterday by name, others by the locale's long date."""
    today = today or datetime.now().astimezone().date()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


def time_of(started_at: str) -> str:
    """The local time of day, in the locale's short form."""
    at = local(started_at)
    return QLocale().toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)


def state_of(glimpse: Glimpse) -> str:
    """What became of it, in a sign and in words."""
    sign, word = STATES[glimpse.status]
    parts = [f"{sign} {word}"]
    if glimpse.doubted:
        parts.append(_("? Maybe incomplete"))
    if glimpse.corrected:
        parts.append(_("✎ Corrected"))
    return "   ".join(parts)


def excerpt_of(glimpse: Glimpse) -> str:
    """The beginning of its text, else why it has none."""
    return glimpse.text or glimpse.title or _("(no text)")


def spoken(glimpse: Glimpse) -> str:
    """A row as a screen reader says it."""
    parts = [time_of(glimpse.started_at), STATES[glimpse.status][1]]
    if glimpse.doubted:
        parts.append(_("Maybe incomplete"))
    if glimpse.corrected:
        parts.append(_("Corrected"))
    seconds = round(glimpse.seconds)
    parts.append(plural("{count} second", "{count} seconds", seconds).format(count=seconds))
    return f"{', '.join(parts)}: {excerpt_of(glimpse)}"


def facts(take: Take) -> str:
    """When it was, by whom, for how much, and where it went: a line each."""
    at = local(take.started_at)
    day = QLocale().toString(QDate(at.year, at.month, at.day), QLocale.FormatType.LongFormat)
    sign, word = STATES[take.status]
    rows = [f"{day}, {time_of(take.started_at)}   {clock(take.seconds)}   {sign} {word}"]
    if take.provider:
        heard = _("Heard by {by}") if take.cost_usd is None else _("Heard by {by}, for {cost}")
        by = f"{take.provider} {take.model}".strip()
        rows.append(heard.format(by=by, cost=money(take.cost_usd or 0, QLocale())))
    if take.sent_to:
        rows.append(_("The recording went to {names}").format(names=", ".join(take.sent_to)))
    if take.delivery:
        how = take.delivery["backend"]
        seen = (
            _("Delivered by {how}, and seen to be read")
            if take.delivery["confirmed"]
            else _("Delivered by {how}; nobody saw it read")
        )
        rows.append(seen.format(how=how))
    if take.uncorrected is not None:
        heard = shorten(take.uncorrected, HEARD, placeholder="…") or _("nothing")
        rows.append(_("You corrected it; heard was: {text}").format(text=heard))
    if take.doubt:
        rows.append(_("Doubted: {why}").format(why=take.doubt))
    return "\n".join([*rows, *take.notes])
