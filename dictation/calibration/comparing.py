"""Word errors between what was said and what was heard.

The word error rate as NIST's sclite counts it: the least number of words that were replaced, left
out or added, over the words said. What is only another spelling is no error, as in the paper on
Whisper (Radford et al., 2022, appendix C): upper case, punctuation, hyphens, figures for number
words, contractions, hesitations; here also words written apart or together. Scripts without spaces
are compared sign by sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dictation.calibration.numbers import FIGURE, ordinal_readings, readings
from dictation.text import UNSPACED

LONGEST_JOINT = 6  # words on one side that may be one word on the other
# What nobody dictates: a model that leaves it out is as right as one that writes it.
HESITATIONS = frozenset(
    ("uh", "um", "uhm", "er", "erm", "hmm", "hm", "mm", "mhm", "äh", "ähm", "öh", "öhm")
)
SIGNS = {
    "en": {"%": "percent", "&": "and", "€": "euros", "$": "dollars", "£": "pounds", "+": "plus"},
    "de": {"%": "prozent", "&": "und", "€": "euro", "$": "dollar", "£": "pfund", "+": "plus"},
}
SAME = {
    "en": {
        **{"mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay", "cannot": "can not"},
        **{"can't": "can not", "won't": "will not", "shan't": "shall not", "let's": "let us"},
        **{"it's": "it is", "that's": "that is", "there's": "there is", "what's": "what is"},
        **{"here's": "here is", "he's": "he is", "she's": "she is", "who's": "who is"},
    },
    "de": {"dr": "doktor", "ok": "okay", "str": "strasse", "bzw": "beziehungsweise"},
}
FREQUENT = {
    "en": {"the", "and", "of", "to", "is", "that", "it", "for", "with", "you", "this", "have"},
    "de": {"der", "und", "das", "ist", "nicht", "ich", "ein", "mit", "zu", "auf", "sie", "den"},
}
ENDINGS = {"n't": " not", "'m": " am", "'re": " are", "'ll": " will", "'ve": " have"}
MONEY = re.compile(r"(?P<sign>[$€£])\s?(?P<amount>\d[\d.,]*\d|\d)")
GERMAN_HOUR = re.compile(r"\b(\d{1,2})[.:](\d{2}) Uhr\b")
TOKEN = re.compile(rf"{FIGURE.pattern}|[^\W\d_]+(?:'[^\W\d_]+)*|[%&€$£+]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Slip:
    """Words that went wrong: what was said and what was heard, "" for nothing, as written there.

    `before` and `after` are the said words around it.
    """

    said: str
    heard: str
    before: str = ""
    after: str = ""
    errors: int = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much of `words` said words went wrong, and which."""

    words: int
    errors: int
    slips: tuple[Slip, ...] = ()

    @property
    def rate(self) -> float:
        """Errors for each word said; may be more than 1."""
        return self.errors / self.words if self.words else float(self.errors > 0)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and the token of the text that it comes from."""

    key: str
    token: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text taken apart: its tokens as they were written, what each may be read as."""

    tokens: tuple[str, ...]
    options: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def line(self) -> str:
        """All words in their usual reading, a space around each."""
        return f" {' '.join(word for options in self.options for word in options[0])} "


def compare(said: str, heard: str, language: str = "") -> Comparison:
    """Compares a reference with a transcript; `language` is ISO 639-1, "" where not known."""
    language = language or _guessed(said)
    one, other = _apart(said, language), _apart(heard, language)
    reference, answer = _read(one, other), _read(other, one)
    steps = list(_steps([w.key for w in reference], [w.key for w in answer]))
    slips = tuple(_slips(steps, reference, answer, one.tokens, other.tokens))
    # One number of words for all transcripts of a text, whichever reading of its figures fits.
    total = sum(len(options[0]) for options in one.options)
    return Comparison(total, sum(slip.errors for slip in slips), slips)


def words(text: str, language: str = "en") -> list[str]:
    """The words of a text as they are compared, numbers in their usual reading."""
    apart = _apart(text, language)
    return [word.key for word in _read(apart, Text((), ()))]


def _guessed(text: str) -> str:
    """Of the languages whose numbers we know the one that a text is in, "" for another."""
    found = set(re.findall(r"[^\W\d_]+", text.casefold()))
    return (
        max(FREQUENT, key=lambda code: len(found & FREQUENT[code]))
        if any(found & common for common in FREQUENT.values())
        else ""
    )


def _apart(text: str, language: str) -> Text:
    language = language.partition("-")[0].lower()
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    if language == "de":
        plain = GERMAN_HOUR.sub(r"\1:\2", plain)
    plain = MONEY.sub(r"\g<amount> \g<sign>", plain)
    tokens, options = list[str](), list[tuple[tuple[str, ...], ...]]()
    for found in TOKEN.finditer(plain):
        written = found[0]
        stop = plain[found.end() : found.end() + 2]
        for token, read in _options(written, language, ordinal=stop in (". ", ".")):
            tokens.append(token)
            options.append(read)
    return Text(tuple(tokens), tuple(options))


def _options(
    written: str, language: str, *, ordinal: bool
) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """The tokens that a token makes, each with what it may be read as."""
    if written[0].isdecimal():
        found = readings(written.casefold(), language)
        found += ordinal_readings(written, language) if ordinal else []
        yield written, tuple(found) or ((re.sub(r"[.,']", "", written.casefold()),),)
        return
    if UNSPACED.search(written):
        yield from ((sign, ((sign,),)) for sign in written)
        return
    word = written.casefold()
    if word in HESITATIONS:
        return
    same = SAME.get(language, {}).get(word) or SIGNS.get(language, {}).get(word) or word
    if language == "en":
        for ending, whole in ENDINGS.items():
            if same == word and word.endswith(ending):
                same = word.removesuffix(ending) + whole
    if same == word and not word[0].isalpha():
        return  # a sign that its language has no word for
    yield written, (tuple(same.replace("'", "").split()),)


def _read(text: Text, other: Text) -> list[Word]:
    """The words of a text; of several readings the one that the other text may have, too."""
    found, line = list[Word](), other.line
    for number, options in enumerate(text.options):
        there = [option for option in options if f" {' '.join(option)} " in line]
        taken = max(there, key=len) if len(options) > 1 and there else options[0]
        found += [Word(key, number) for key in taken]
    return found


ERROR = 1 << 20
# Of two ways with as many errors, the one that keeps more words in their places.
REPLACED = ERROR + 1

Step = tuple[int, int, int]  # so many words said became so many heard, with so many errors


def _steps(said: Sequence[str], heard: Sequence[str]) -> Iterator[Step]:
    """The cheapest way from one to the other, in order."""
    width = len(heard) + 1
    costs = [[ERROR * number for number in range(width)]]
    ways: list[list[tuple[int, int]]] = [[(0, 1)] * width]
    for i, word in enumerate(said, start=1):
        above, row, way = costs[-1], [ERROR * i], [(1, 0)]
        for j, other in enumerate(heard, start=1):
            best, step = above[j - 1] + REPLACED * (word != other), (1, 1)
            if above[j] + ERROR < best:
                best, step = above[j] + ERROR, (1, 0)
            if row[j - 1] + ERROR < best:
                best, step = row[j - 1] + ERROR, (0, 1)
            if word != other and (word.endswith(other) or other.endswith(word)):
                for a, b in _joints(said[:i], heard[:j]):
                    if costs[i - a][j - b] < best:
                        best, step = costs[i - a][j - b], (a, b)
            row.append(best)
            way.append(step)
        costs.append(row)
        ways.append(way)
    yield from reversed(list(_back(costs, ways)))


def _back(costs: list[list[int]], ways: list[list[tuple[int, int]]]) -> Iterator[Step]:
    i, j = len(costs) - 1, len(costs[0]) - 1
    while i or j:
        a, b = ways[i][j]
        yield a, b, (costs[i][j] - costs[i - a][j - b]) // ERROR
        i, j = i - a, j - b


def _joints(said: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[int, int]]:
    """How many of the last words of one make the last word of the other."""
    for count in range(2, LONGEST_JOINT + 1):
        if len(said) >= count and "".join(said[-count:]) == heard[-1]:
            yield count, 1
        if len(heard) >= count and "".join(heard[-count:]) == said[-1]:
            yield 1, count


def _slips(
    steps: Sequence[Step],
    reference: Sequence[Word],
    answer: Sequence[Word],
    said: Sequence[str],
    heard: Sequence[str],
) -> Iterator[Slip]:
    """Errors that stand side by side are one slip."""
    i = j = 0
    first: tuple[int, int] | None = None
    errors = 0
    for a, b, cost in [*steps, (0, 0, 0)]:
        if cost:
            first, errors = first or (i, j), errors + cost
        elif first:
            yield Slip(
                _written(reference[first[0] : i], said),
                _written(answer[first[1] : j], heard),
                _written(reference[max(0, first[0] - 2) : first[0]], said),
                _written(reference[i : i + 2], said),
                errors,
            )
            first, errors = None, 0
        i, j = i + a, j + b


def _written(part: Sequence[Word], tokens: Sequence[str]) -> str:
    return " ".join(tokens[number] for number in dict.fromkeys(word.token for word in part))
