"""How fast people speak, in characters of the script that it is written in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

KNOWN = 20  # takes of a user's own in a script, from which on they count instead of PACES
SHORTEST = 3.0  # seconds of detected speech from which on a take tells of its speaker's pace
OWN_SLOWEST, OWN_FASTEST = 0.35, 3.0  # of the user's own median
# Characters without blanks a second of detected speech: (the least, the usual, the most).
# Usual: reading aloud in 17 languages (Trauzettel-Klosinski and Dietz 2012, IReST) where no other
# source is named. Least: 0.3 of it, which is half the speed (0.5) of a speaker who is slow by 2.5
# standard deviations (each 0.2, in logarithms). Most: 3 times it.
PACES = {
    "Latin": (4.6, 15.3, 46.0),  # German 920 a minute, English 987, Spanish 1025
    "Cyrillic": (4.9, 16.4, 49.0),  # Russian 986 a minute
    "Arabic": (3.0, 10.2, 31.0),  # Arabic 612 a minute
    "Hebrew": (4.1, 13.9, 42.0),  # Hebrew 833 a minute
    # Chinese 255 a minute with pauses, 5.2 syllables a second without (Pellegrino 2011);
    # the least is 0.3 of the first.
    "Han": (1.3, 5.0, 15.0),
    "Kana": (1.7, 6.0, 18.0),  # Japanese 357 a minute
    "Thai": (4.2, 14.0, 42.0),  # 4.7 syllables a second (Coupé 2019), 3 characters each
    "Hangul": (1.8, 6.0, 18.0),  # a character is a syllable; not measured
    "Devanagari": (3.0, 10.0, 30.0),  # 2 characters a syllable; not measured
    "Digit": (1.0, 3.0, 46.0),  # 3.6 measured (TIDIGITS); 1,000,000 is two words
    "": (1.2, 10.0, 50.0),  # any other script: the widest of all
}


@dataclass(frozen=True, slots=True)
class Known:
    """How fast the user speaks in a script: the median characters a second of that many takes."""

    script: str
    takes: int
    median: float


@dataclass(frozen=True, slots=True)
class Paces:
    """How fast the user speaks, by script."""

    known: tuple[Known, ...] = ()

    @classmethod
    def of(cls, takes: Iterable[tuple[str, float]]) -> Paces:
        """From (text, seconds of detected speech) of good takes; those under 3 s tell nothing."""
        found: dict[str, list[float]] = {}
        for text, seconds in takes:
            if seconds >= SHORTEST and (name := script(text)) != "Other":
                found.setdefault(name, []).append(pace(text, seconds))
        rows = (
            Known(name, len(all_), sorted(all_)[len(all_) // 2]) for name, all_ in found.items()
        )
        return cls(tuple(rows))

    def bounds(self, script: str) -> tuple[float, float, float]:
        """The least, the usual and the most characters a second."""
        for row in self.known:
            if row.script == script and row.takes >= KNOWN and row.median > 0:
                return OWN_SLOWEST * row.median, row.median, OWN_FASTEST * row.median
        return PACES.get(script) or PACES[""]


def script(text: str) -> str:
    """The writing system of most letters: Latin, Han, Kana (Japanese) …; Other without letters."""
    counts = _counts(text)
    del counts["Digit"], counts[""]
    return counts.most_common(1)[0][0] if counts else "Other"


def pace(text: str, speech_seconds: float) -> float:
    """Characters, without blanks, a second of detected speech; 0 without speech."""
    return sum(_counts(text).values()) / speech_seconds if speech_seconds > 0 else 0.0


def times(text: str, paces: Paces) -> tuple[float, float, float]:
    """The longest, the usual and the shortest time in seconds that saying the text takes.

    Script by script: a Chinese text with English names in it takes its time for both.
    """
    counts, main = _counts(text), script(text)
    counts[main] += counts.pop("", 0)
    bounds = [(number, paces.bounds(name)) for name, number in counts.items()]
    slow, usual, fast = (sum(number / row[i] for number, row in bounds) for i in range(3))
    return slow, usual, fast


@lru_cache(maxsize=4096)
def _script_of(char: str) -> str | None:
    """A letter's script, Digit, "" for any other sign, None for a blank."""
    category = unicodedata.category(char)
    if category[0] in "ZC":
        return None
    if category == "Nd":
        return "Digit"
    first, *rest = unicodedata.name(char, "COMBINING").replace("-", " ").split()
    name = rest[0] if rest and first in ("FULLWIDTH", "HALFWIDTH") else first
    if category[0] not in "LM" or name in ("COMBINING", "MODIFIER", "VARIATION"):
        return ""
    if name in ("CJK", "IDEOGRAPHIC", "KANGXI"):
        return "Han"
    return "Kana" if name in ("HIRAGANA", "KATAKANA") else name.capitalize()


def _counts(text: str) -> Counter[str]:
    """How many characters of each script; Japanese is all Kana."""
    counts: Counter[str] = Counter()
    for char, number in Counter(text).items():
        if (name := _script_of(char)) is not None:
            counts[name] += number
    if counts["Kana"] * 10 >= counts["Han"] and counts["Kana"]:
        counts["Kana"] += counts.pop("Han", 0)
    return +counts
