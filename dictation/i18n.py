"""The one door for words that people read: in the user's language, where it has a catalogue.

The language is settled as this is imported, for modules keep texts in constants; another one counts
from the program's next start on.
"""

from __future__ import annotations

import gettext

from dictation.languages import at_next_start
from dictation.paths import resource

_DECIMAL = {"en": ".", "de": ","}


def load(code: str) -> gettext.NullTranslations:
    """The catalogue of a language; English needs none, and a checkout has none before a build."""
    try:
        with resource(f"languages/{code}.mo").open("rb") as file:
            return gettext.GNUTranslations(file)
    except FileNotFoundError:
        return gettext.NullTranslations()


def use(catalogue: gettext.NullTranslations) -> None:
    """Takes texts from this catalogue from now on; those in constants are as they were."""
    global _catalogue  # noqa: PLW0603 - as gettext's own, there is one for the program
    _catalogue = catalogue


def _(message: str) -> str:
    """The text in the user's language."""
    return _catalogue.gettext(message)


def plural(one: str, many: str, count: int) -> str:
    """The text for so many; what a language has more forms for, its catalogue has, too."""
    return _catalogue.ngettext(one, many, count)


_catalogue: gettext.NullTranslations
language = at_next_start()
use(load(language))


def dollars(amount: float) -> str:
    """US dollars and cents, small amounts to the hundredth of a cent."""
    return _("${amount}").format(amount=number(amount, money_digits(amount)))


def money_digits(amount: float) -> int:
    """How many digits after the decimal sign tell so many dollars."""
    return 2 if amount >= 1 or round(amount, 2) == round(amount, 4) else 4


def number(value: float, digits: int | None = None) -> str:
    """A number as the language writes it, with so many digits after its decimal sign; as many as
    it takes where none are named. Windows go by the user's own locale instead."""
    written = f"{value:g}" if digits is None else f"{value:.{digits}f}"
    return written.replace(".", _DECIMAL[language])
