"""The transcripts of a take's pieces, made one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dictation.text import spaced
from dictation.values import Transcript

REPEATED = 5  # words that nobody says twice in a row


class Costs:
    """What all answers to a take cost, as far as they say so."""

    def __init__(self, first: float | None = None) -> None:
        self.known = first

    def of(self, answer: Transcript) -> Transcript:
        """The answer, its cost added."""
        if answer.cost_usd is not None:
            self.known = (self.known or 0.0) + answer.cost_usd
        return answer


def text_of(texts: Iterable[str]) -> str:
    """Texts that follow each other as one."""
    text = ""
    for each in texts:
        text += spaced(each, text[-1:])
    return text


def without_repeated(text: str, before: str) -> str:
    """The text without the last words of the piece before, which some models say once more."""
    said, words = [_bare(word) for word in before.split()], text.split()
    for count in range(min(len(said), len(words)), REPEATED - 1, -1):
        if said[-count:] == [_bare(word) for word in words[:count]]:
            return " ".join(words[count:])
    return text


def joined(pieces: Sequence[Transcript], starts: Sequence[float]) -> Transcript:
    """The transcript of pieces that follow each other; their beginnings in seconds."""
    spoken = [piece for piece in pieces if piece.provider]
    segments = [
        replace(segment, start=segment.start + start, end=segment.end + start)
        for piece, start in zip(pieces, starts, strict=True)
        for segment in piece.segments or ()
    ]
    timings: dict[str, float] = {}
    for piece in spoken:
        timings = {**timings, **piece.timings, **_first(timings)}
    return replace(
        spoken[-1],
        text=text_of(piece.text for piece in spoken),
        raw_text="\n".join(piece.raw_text for piece in spoken),
        segments=tuple(segments) if all(piece.segments for piece in spoken) else None,
        note=" ".join(dict.fromkeys(piece.note for piece in spoken if piece.note)),
        timings=timings,
        sent_to=tuple(dict.fromkeys(where for piece in spoken for where in piece.sent_to)),
        sent_as=", ".join(dict.fromkeys(piece.sent_as for piece in spoken if piece.sent_as)),
        instead=any(piece.instead for piece in spoken),
        cut_off=any(piece.cut_off for piece in spoken),
    )


def _first(timings: Mapping[str, float]) -> dict[str, float]:
    """What counts from the first piece on."""
    first = "request_first_byte"
    return {first: timings[first]} if first in timings else {}


def _bare(word: str) -> str:
    return word.strip(".,;:!?…\"'«»„“”()").casefold()
