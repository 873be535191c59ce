"""Numbers as they are said, in English and German: every way that a figure may be read out."""

from __future__ import annotations

import re
from collections.abc import Sequence

Reading = tuple[str, ...]  # words

MOST = 999_999_999  # a longer number is read digit by digit
ENGLISH = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"),
    *("sixteen", "seventeen", "eighteen", "nineteen"),
]
ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ENGLISH_ORDINALS = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"},
    **{"nine": "ninth", "twelve": "twelfth"},
}
GERMAN = [
    *("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    *("zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn"),
    *("sechzehn", "siebzehn", "achtzehn", "neunzehn"),
]
GERMAN_TENS = [
    *("zwanzig", "dreissig", "vierzig", "fünfzig"),
    *("sechzig", "siebzig", "achtzig", "neunzig"),
]
GERMAN_ORDINALS = {"eins": "ers", "drei": "drit", "sieben": "sieb", "acht": "ach"}
GERMAN_ENDINGS = ("te", "ten", "ter", "tes", "tem")

# A number with thousands set apart, a time, a decimal fraction, an ordinal, or a plain number.
FIGURE = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"|(?P<grouped>\d{1,3}(?:[.,']\d{3})+(?!\d))"
    r"|(?P<whole>\d+)[.,](?P<fraction>\d+)"
    r"|(?P<ordinal>\d+)(?:st|nd|rd|th)(?![^\W\d_])"
    r"|(?P<plain>\d+)"
)


def readings(figure: str, language: str) -> list[Reading]:
    """The ways to say a figure, the usual one first; empty where its language is not known."""
    known = {"en": _english, "de": _german}.get(language)
    found = FIGURE.fullmatch(figure)
    if known is None or found is None:
        return []
    part = {name: text for name, text in found.groupdict().items() if text is not None}
    if "hour" in part:
        return _time(int(part["hour"]), int(part["minute"]), language)
    if "ordinal" in part:
        return _ordinals(int(part["ordinal"]), language)
    if "fraction" in part:
        comma = "komma" if language == "de" else "point"
        digits = tuple(_digits(part["fraction"], language))
        return [(*whole, comma, *digits) for whole in known(part["whole"])]
    return known(re.sub(r"\D", "", figure))


def ordinal_readings(figure: str, language: str) -> list[Reading]:
    """The ways to say a figure with a full stop behind it, which is German for an ordinal."""
    return _ordinals(int(figure), language) if language == "de" and figure.isdecimal() else []


def _english(digits: str) -> list[Reading]:
    value, spoken = int(digits), tuple(_digits(digits, "en"))
    by_digit = [spoken, tuple("oh" if word == "zero" else word for word in spoken)]
    if value > MOST or (len(digits) > 1 and digits[0] == "0"):
        return by_digit
    found = [tuple(_count(value)), tuple(_count(value, "and"))]
    if value and not value % 100 and value // 100 in range(11, 100):
        found.append((*_count(value // 100), "hundred"))
    high, low = divmod(value, 100)
    if 10 <= high <= 99 and low:
        found.append((*_count(high), *(("oh",) if low < 10 else ()), *_count(low)))
    return [*dict.fromkeys(found), *(by_digit if len(digits) > 1 else [])]


def _count(value: int, joint: str = "") -> list[str]:
    """An English number; `joint` stands before its last two digits."""
    for size, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if value >= size:
            high, rest = divmod(value, size)
            between = [joint] if joint and 0 < rest < 100 else []
            return [*_count(high, joint), name, *between, *(_count(rest, joint) if rest else [])]
    if value < 20:
        return [ENGLISH[value]]
    return [ENGLISH_TENS[value // 10 - 2], *([ENGLISH[value % 10]] if value % 10 else [])]


def _german(digits: str) -> list[Reading]:
    value, spoken = int(digits), tuple(_digits(digits, "de"))
    if value > MOST or (len(digits) > 1 and digits[0] == "0"):
        return [spoken]
    whole = _zahl(value)
    found: list[Reading] = [(whole,), (_without_one(whole),)]
    high, low = divmod(value, 100)
    if 11 <= high <= 19:
        found.append((f"{_zahl(high)}hundert{_zahl(low) if low else ''}",))
    if value == 2:
        found.append(("zwo",))
    if value == 1:
        found += [("ein",), ("eine",), ("einen",), ("einem",), ("einer",), ("eines",)]
    return [*dict.fromkeys(found), *([spoken] if len(digits) > 1 else [])]


def _zahl(value: int, *, last: bool = True) -> str:
    """A German number, which is one word; `last`: nothing follows it."""
    if value >= 1_000_000:
        high, rest = divmod(value, 1_000_000)
        million = "einemillion" if high == 1 else f"{_zahl(high, last=False)}millionen"
        return million + (_zahl(rest) if rest else "")
    for size, name in ((1000, "tausend"), (100, "hundert")):
        if value >= size:
            high, rest = divmod(value, size)
            return _zahl(high, last=False) + name + (_zahl(rest) if rest else "")
    if value == 1 and not last:
        return "ein"
    if value < 20:
        return GERMAN[value]
    tens = GERMAN_TENS[value // 10 - 2]
    ones = "ein" if value % 10 == 1 else GERMAN[value % 10]
    return f"{ones}und{tens}" if value % 10 else tens


def _without_one(word: str) -> str:
    """Hundert and tausend are said without their one as well."""
    return re.sub(r"^ein(?=hundert|tausend)", "", word)


def _ordinals(value: int, language: str) -> list[Reading]:
    if value > MOST:
        return []
    if language == "en":
        *before, last = _count(value)
        made = ENGLISH_ORDINALS.get(last, f"{re.sub('y$', 'ie', last)}th")
        return [(*before, made), (*before[:-1], *before[-1:], made)][:1]
    word, step = _zahl(value), "s" if value % 100 > 19 or not value % 100 else ""
    for cardinal, stem in GERMAN_ORDINALS.items():
        if not step and word.endswith(cardinal):
            word = word.removesuffix(cardinal) + stem
    return [(word + step + ending,) for ending in GERMAN_ENDINGS]


def _time(hour: int, minute: int, language: str) -> list[Reading]:
    if language == "de":
        hours = "ein" if hour == 1 else _zahl(hour)
        return [(hours, "uhr", *((_zahl(minute),) if minute else ()))]
    if not minute:
        return [tuple(_count(hour)), (*_count(hour), "o'clock")]
    oh = ("oh",) if minute < 10 else ()
    return [(*_count(hour), *oh, *_count(minute)), (*_count(hour), *_count(minute))]


def _digits(digits: str, language: str) -> Sequence[str]:
    names = GERMAN if language == "de" else ENGLISH
    return [names[int(digit)] for digit in digits]
