"""What the user's corrections tell: words that were heard wrong in the same way more than once."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable

TWICE = 2  # times after which a correction is a habit of the model's
MOST_WORDS = 4  # of a keyterm: a longer change is another thought, and no other spelling
_WORD = re.compile(r"[^\W_][\w'’.-]*[^\W_]|[^\W_]")


def suggested(corrections: Iterable[tuple[str, str]], known: Collection[str]) -> list[str]:
    """Terms to spell right, most wanted first: those put in by hand twice for the same words.

    `corrections` are pairs of a text as it was heard and as the user left it; what is `known`
    already is not suggested. A term is the changed words as the user wrote them.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for before, after in corrections:
        counts.update(set(changes(before, after)))
    there = {term.casefold() for term in known}
    found = [after for (_before, after), count in counts.most_common() if count >= TWICE]
    return [term for term in dict.fromkeys(found) if term.casefold() not in there]


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """The words that stand in the place of others: what was there, folded, and what is now.

    Words that were only added, taken away or begun with a capital letter are none.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found = []
    for kind, begin, end, at, until in matcher.get_opcodes():
        if kind != "replace" or until - at > MOST_WORDS or end - begin > MOST_WORDS:
            continue
        was, now = " ".join(old[begin:end]), " ".join(new[at:until])
        begun = now.casefold() == was.casefold() and now[1:] == was[1:]
        if not begun:
            found.append((was.casefold(), now))
    return found
