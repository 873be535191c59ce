"""The one door for words that people read: in the user's language, where it has a catalogue.

The language is settled as this is imported, for modules keep texts in constants; another one counts
from the program's next start on.
"""

from __future__ import annotations

import gettext
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dictation.desktop import languages as system_languages
from dictation.paths import places, resource

# By its code, as each calls itself; all but English are `resources/languages/CODE.po`.
LANGUAGES = {"en": "English", "de": "Deutsch"}
_DECIMAL = {"en": ".", "de": ","}
SETTING = "interface_language"
_FLAG = "--interface-language"
_LINE = re.compile(rf"""^\s*{SETTING}\s*=\s*["']([\w-]+)["']""", re.ASCII)


def wanted(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    file: Path,
    system: Callable[[], Sequence[str]],
) -> str:
    """The code of the language: as the user set it, else the system's first that is known.

    The settings themselves need texts, so they are not asked: the same flag, variable and line of
    the file are, in the same order. What they name wrongly, the settings tell.
    """
    own = _flag(arguments) or environment.get(f"DICTATION_{SETTING.upper()}") or _line(file)
    if own in LANGUAGES:
        return own
    for name in _names(environment) or system():
        code = re.split(r"[_.@-]", name)[0].lower()
        if code in LANGUAGES:
            return code
        if code in ("c", "posix"):
            break
    return "en"


def _flag(arguments: Sequence[str]) -> str:
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == _FLAG:
            return value if equals else "".join(arguments[at + 1 : at + 2])
    return ""


def _line(file: Path) -> str:
    """What the settings file says, above its first table."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:  # the settings tell of a file that can't be read
        return ""
    for line in lines:
        if line.lstrip().startswith("["):
            break
        if found := _LINE.match(line):
            return found[1]
    return ""


def _names(environment: Mapping[str, str]) -> list[str]:
    """The languages of the environment, as gettext's manual orders them; none on most Macs."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    several = environment.get("LANGUAGE", "").split(":") if locale not in ("", "C", "POSIX") else []
    return [name for name in (*several, locale) if name]


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


def at_next_start() -> str:
    """The code of the language that another start would settle on now."""
    return wanted(sys.argv[1:], os.environ, places().settings, system_languages)


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
