"""Finding among texts by the words that somebody types: parts of words, accents and case aside."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def folded(text: str) -> str:
    """The text as it is compared: without case and accents, `_` and `-` as spaces."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("_", " ").replace("-", " "))
    return " ".join("".join(s for s in spread if not unicodedata.combining(s)).split())


def matches(typed: str, texts: Iterable[str]) -> bool:
    """Whether every word that was typed begins a word of the texts; nothing typed matches all.

    A word of four letters and more may stand anywhere within one.
    """
    words = folded(typed).split()
    where = " " + " ".join(folded(text) for text in texts)
    return all((word if len(word) > 3 else f" {word}") in _plain(where) for word in words)


def _plain(text: str) -> str:
    """Signs that stand before a word part it from what is before."""
    return "".join(sign if sign.isalnum() else " " for sign in text)
