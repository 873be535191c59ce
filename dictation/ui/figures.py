"""Sums in words and numbers as the user's own language writes them."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, QLocale

from dictation.i18n import _, money_digits
from dictation.spending import Sum

LEAST = 0.0001  # dollars that are told


def money(dollars: float, locale: QLocale) -> str:
    """Dollars, small ones to the hundredth of a cent."""
    return locale.toCurrencyString(dollars, "$", money_digits(dollars))


def price(dollars: float | None, locale: QLocale) -> str:
    """What a minute of speech costs, as far as that is told."""
    if dollars is None:
        return _("not told")
    return f"< {money(LEAST, locale)}" if 0 < dollars < LEAST / 2 else money(dollars, locale)


def minutes(seconds: float, locale: QLocale) -> str:
    """Minutes, to the tenth."""
    return locale.toString(seconds / 60, "f", 1)


def whole(number: float, locale: QLocale) -> str:
    """A number without its fraction."""
    return locale.toString(round(number))


def cost(sum_: Sum, locale: QLocale) -> str:
    """What it cost; that of takes whose service did not tell is not known, and no 0."""
    if sum_.takes and sum_.unpriced >= sum_.takes and not sum_.dollars:
        return _("not told")
    return money(sum_.dollars, locale)


def rows(sum_: Sum, locale: QLocale) -> list[tuple[str, str]]:
    """Each figure of a sum, and what it is."""
    return [
        (_("Dictations"), whole(sum_.takes, locale)),
        (_("Minutes"), minutes(sum_.seconds, locale)),
        (_("Words"), whole(sum_.words, locale)),
        (_("Words per minute"), whole(sum_.words_per_minute, locale)),
        (_("Cost"), cost(sum_, locale)),
    ]


def day(when: date, locale: QLocale, form: QLocale.FormatType) -> str:
    """A day's date."""
    return locale.toString(QDate(when.year, when.month, when.day), form)


def day_in_words(when: date, sum_: Sum, locale: QLocale) -> str:
    """A day of the chart in a sentence."""
    words = _("{day}: {cost}, {minutes} minutes, {words} words.")
    return words.format(
        day=day(when, locale, QLocale.FormatType.LongFormat),
        cost=cost(sum_, locale),
        minutes=minutes(sum_.seconds, locale),
        words=whole(sum_.words, locale),
    )
