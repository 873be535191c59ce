"""The texts to read aloud: a file for each language in `resources/texts`, named by its code."""

from __future__ import annotations

from dataclasses import dataclass

from dictation.i18n import _
from dictation.paths import resource

NAMES = {"de": _("German"), "en": _("English")}


@dataclass(frozen=True, slots=True)
class ReadingText:
    """A text of about a minute; `language` is its ISO 639-1 code."""

    language: str
    text: str


def texts() -> list[ReadingText]:
    """All of them, in the order of their codes."""
    return [
        ReadingText(path.stem, path.read_text(encoding="utf-8").strip())
        for path in sorted(resource("texts").glob("*.txt"))
    ]


def language_name(code: str) -> str:
    """What a language is called; one without a text of ours by its code."""
    return NAMES.get(code, code) or _("Any language")
