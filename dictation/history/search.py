"""What a search asks of the index: every word, or the beginning of one, wherever it stands."""

from __future__ import annotations

import unicodedata

from dictation.text import UNSPACED


def condition(words: str) -> tuple[str, list[str]]:
    """A clause on `takes`, and its values.

    The index knows words by the blanks between them, so scripts that are written without are
    looked for letter by letter.
    """
    clauses, values = [], []
    for word in words.split():
        if UNSPACED.search(word):
            clauses.append("text LIKE ? ESCAPE '\\'")
            values.append(f"%{_literal(word)}%")
        elif any(unicodedata.category(letter)[0] in "LN" for letter in word):
            clauses.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append('"{}"*'.format(word.replace('"', '""')))
        else:  # signs alone, which are in no index
            clauses.append("text LIKE ? ESCAPE '\\'")
            values.append(f"%{_literal(word)}%")
    return " AND ".join(clauses) or "1", values


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
