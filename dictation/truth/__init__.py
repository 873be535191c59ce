"""Whether a transcript can be what was said: its length, loops, refusals, echoes of the prompt.

It judges and never changes a text. It would rather miss a bad answer than doubt a good one.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from dictation.i18n import _
from dictation.text import UNSPACED
from dictation.truth.paces import Paces, pace, script, times
from dictation.truth.refusals import FIRM, LONGEST, VAGUE

__all__ = ["Doubt", "Experience", "Paces", "doubt", "pace", "script"]

JUDGED = 10.0  # seconds of detected speech from which on a text's length is judged
LOOKED_AT = 50_000  # characters at the end, an hour of speech, in which words are compared
FITTING = (0.4, 2.6)  # times the usual time of a text: what may well have been said, even drawled

Kind = Literal["cut_off", "too_short", "too_long", "repeats", "refusal", "echo"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a text may be wrong. `pattern` names what the user may wave through, and tells no words.

    `words` is a sentence for the user.
    """

    kind: Kind
    pattern: str
    words: str


@dataclass(frozen=True, slots=True)
class Experience:
    """What a user's earlier takes tell: how fast they speak, which doubts they waved through."""

    paces: Paces = field(default_factory=Paces)
    waved: frozenset[str] = frozenset()
    spoken: float | None = None  # seconds of speech in the take at hand; None: its track tells

    def of(self, spoken: float) -> Experience:
        """For a kept take of so many seconds of speech: to listen into it again takes long.

        Where they are not known (0), only its words can be judged.
        """
        return replace(self, spoken=spoken)


def doubt(
    text: str,
    *,
    speech_seconds: float,
    seconds: float,
    prompt: Sequence[str] = (),
    keyterms: Sequence[str] = (),
    paces: Paces | None = None,
    waved: Collection[str] = (),
    cut_off: bool = False,
) -> Doubt | None:
    """The first reason to think that the text is not what was said in `seconds` of sound.

    `prompt` is what the model was told, `waved` the patterns that never count again, `cut_off`
    whether the service said that it stopped early.
    """
    longest, usual, shortest = times(text, paces or Paces())
    fits = FITTING[0] * usual < speech_seconds < FITTING[1] * usual
    found = [Doubt("cut_off", "cut_off", _("The model stopped early. Words may be missing."))]
    found = [*(found if cut_off else ()), *_of_words(text, prompt, keyterms, fits)]
    if speech_seconds > JUDGED and longest < speech_seconds:
        told = _("The text is short for {seconds:.0f} s of speech. Words may be missing.")
        told = told.format(seconds=speech_seconds)
        found.append(Doubt("too_short", f"too_short {script(text)}", told))
    # Of faint speech the detector may miss most: then the whole recording bounds what was said.
    if speech_seconds > JUDGED and shortest > speech_seconds and usual > seconds:
        told = _("Nobody says that much in {seconds:.0f} s. Words may be made up.")
        told = told.format(seconds=speech_seconds)
        found.append(Doubt("too_long", f"too_long {script(text)}", told))
    return next((each for each in found if each.pattern not in waved), None)


def _of_words(
    text: str, prompt: Sequence[str], keyterms: Sequence[str], fits: bool
) -> Iterator[Doubt]:
    words, least = _words(text[-LOOKED_AT:]), _least(text)
    if match := _refusal(text, fits):
        told = _("The model seems to speak of itself instead of writing down what was said.")
        yield Doubt("refusal", f"refusal {_hashed(_words(match))}", told)
    if _echoes(words, prompt, least, fits) or _lists(words, keyterms, fits):
        told = _("The text repeats what the model was told, not what was said.")
        yield Doubt("echo", f"echo {_hashed(words)}", told)
    for unit, number in _loops(words, least):
        told = _("The same words stand there {count} times over.").format(count=number)
        yield Doubt("repeats", f"repeats {_hashed(unit)}", told)


@lru_cache(maxsize=4096)
def _kept(char: str) -> str:
    """What stays of a character where words are compared; a sign of unspaced script is a word."""
    if unicodedata.category(char)[0] in "LMN":
        return f" {char} " if UNSPACED.match(char) else char
    return "" if char in "'’\u200b\u200c\u200d" else " "


def _words(text: str) -> list[str]:
    return "".join(map(_kept, unicodedata.normalize("NFC", text.casefold()))).split()


def _hashed(words: Sequence[str]) -> str:
    """Names the words without telling them."""
    import hashlib

    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _least(text: str) -> int:
    """How many of `_words` make about three words."""
    name = script(text)
    spaced = {"Han": 5, "Kana": 6}.get(name, 3)
    return 12 if name in ("Thai", "Lao", "Khmer", "Myanmar", "Tibetan") else spaced


def _refusal(text: str, fits: bool) -> str:
    """A model's words about itself, at the start of a short text."""
    if len(text) > LONGEST:
        return ""
    said = " ".join(unicodedata.normalize("NFC", text).casefold().replace("’", "'").split())
    said = said.lstrip("*_\"'“„«「([> ")
    # What people say to each other too is theirs where it takes as long as they spoke.
    match = FIRM.match(said) or (None if fits else VAGUE.match(said))
    return match[0] if match else ""


def _echoes(words: list[str], prompt: Sequence[str], least: int, fits: bool) -> bool:
    """Whether four fifths are the prompt's; a sentence of it may well have been read out."""
    size = max(4, least)
    if len(words) < 2 * size or (fits and len(words) < 5 * size):
        return False
    told = _words("\n".join(prompt))
    pieces = {tuple(told[i : i + size]) for i in range(len(told) - size + 1)}
    covered = set[int]()
    for i in range(len(words) - size + 1):
        if tuple(words[i : i + size]) in pieces:
            covered.update(range(i, i + size))
    return len(covered) >= 0.8 * len(words)


def _lists(words: list[str], keyterms: Sequence[str], fits: bool) -> bool:
    """Whether it is the keyterms one after another; six of them are no chance."""
    terms = [found for term in keyterms if (found := _words(term))]
    at = covered = run = longest = 0
    last = len(terms)
    while at < len(words):
        here = [n for n, term in enumerate(terms) if words[at : at + len(term)] == term]
        if not here:
            at += 1
            continue
        number = max(here, key=lambda n: (n > last, len(terms[n]), -n))
        run = run + 1 if number > last else 1
        longest, last = max(longest, run), number
        covered += len(terms[number])
        at += len(terms[number])
    return longest >= (6 if fits else 3) and covered >= 0.8 * len(words)


def _loops(words: list[str], least: int) -> Iterator[tuple[list[str], int]]:
    """What stands there four times in a row: 3 to 30 words, or as many signs as make them.

    It begins where it comes first in the alphabet, so that it is the same wherever a loop starts.

    Shorter ones ("ha ha ha", "no, no, no") and those of fewer than three different words need to be
    twenty, and forty words in all. Counting is no loop however often it is done.
    """
    for length in range(1, min(10 * least, len(words) // 4) + 1):
        same = bytes(map(operator.eq, words, words[length:]))
        for run in re.finditer(b"\1{%d,}" % (3 * length), same):
            unit, times = words[run.start() : run.start() + length], len(run[0]) // length + 1
            short = length < least or len(set(unit)) < 3
            enough = times >= (max(20, 40 // length) if short else 4)
            if enough and not _periodic(unit) and not _counting(unit):
                yield min(unit[i:] + unit[:i] for i in range(length)), times


def _periodic(unit: list[str]) -> bool:
    """Whether it is something shorter over and over, which is judged as that."""
    sizes = (size for size in range(1, len(unit) // 2 + 1) if len(unit) % size == 0)
    return any(unit == unit[:size] * (len(unit) // size) for size in sizes)


COUNTING = re.compile(
    r"(?:\d|test(?:ing)?|check|and|oh"
    r"|zero|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|und"
    r"|un|deux|trois|quatre|cinq|sept|huit|neuf|dix"
    r"|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|due|tre|quattro|cinque"
    r"|раз|один|два|три|четыре|пять|шесть|семь|восемь"
    r"|[零〇一二三四五六七八九十百千两兩]|いち|に|さん|し|よん|ご|ろく|なな|しち|はち|きゅう|じゅう"
    r"|하나|둘|셋|넷|다섯|여섯|[일이삼사오육칠팔구십]"
    r"|หนึ่ง|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|สิบ|ศูนย์)+"
)


def _counting(unit: list[str]) -> bool:
    """Numbers, a microphone's test, or letters that are spelled."""
    spelled = all(len(word) == 1 and not UNSPACED.match(word) for word in unit)
    return spelled or COUNTING.fullmatch("".join(unit)) is not None
