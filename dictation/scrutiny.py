"""A doubtful text is asked for once more in another way; what stays doubtful is marked as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dictation import fallback, transcription
from dictation.audio import RATE, Encoded, Speech, wav_of
from dictation.errors import Cancelled, DictationError
from dictation.i18n import _
from dictation.providers import prompt
from dictation.settings import Settings
from dictation.speech import Track, hear
from dictation.text import spaced
from dictation.transcription import Services
from dictation.truth import Doubt, Experience, doubt
from dictation.values import Request, Transcript, Watch

SHORTEST_PIECE = 8.0  # seconds; in shorter ones a model lacks the context
PIECES = 3  # of a doubtful take
LISTENED_TO = 60.0  # seconds of a kept recording in which pauses are looked for: it takes 3 s
OF_LENGTH = ("too_short", "too_long")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a take as speech of its own; `start` and `stop` in samples."""

    whole: Speech
    start: int
    stop: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return (self.stop - self.start) / RATE

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """As a WAV."""
        return wav_of((self.stop - self.start) * 2, self.pcm)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples of the piece."""
        end = self.stop if stop is None else min(self.stop, self.start + stop)
        return self.whole.pcm(self.start + start, end)

    def track(self) -> Track:
        """Where in it someone speaks."""
        return hear(self.pcm())


def transcribe(
    speech: Speech,
    settings: Settings,
    services: Services,
    watch: Watch,
    experience: Experience,
    *,
    segments: bool = False,
) -> Transcript:
    """The speech as text, judged by what is known of this user and of the take.

    A text that stays doubtful comes with `doubt` and `pattern`.
    """
    heard = fallback.transcribe(speech, settings, services, watch, segments=segments)
    found = _doubted(heard, speech, settings, experience)
    if found is None:
        return heard
    if not heard.instead:  # the first one failed: it is not asked once more
        at_hand = experience.spoken is None or speech.seconds <= LISTENED_TO
        costs = Costs(heard.cost_usd)
        again = _once_more(
            found, heard, speech, settings, services, watch=watch, cut=at_hand, costs=costs
        )
        heard = replace(heard, cost_usd=costs.known)
        if again is not None and _doubted(again, speech, settings, experience) is None:
            return replace(again, cost_usd=costs.known, timings=heard.timings)
    return replace(heard, doubt=found.words, pattern=found.pattern)


class Costs:
    """What all answers to a take cost, as far as they say so."""

    def __init__(self, first: float | None) -> None:
        self.known = first

    def of(self, answer: Transcript) -> Transcript:
        """The answer, its cost added."""
        if answer.cost_usd is not None:
            self.known = (self.known or 0.0) + answer.cost_usd
        return answer


def _doubted(
    heard: Transcript, speech: Speech, settings: Settings, experience: Experience
) -> Doubt | None:
    if heard.provider == "offline":  # its texts are doubtful by nature
        return None
    spoken = speech.track().seconds if experience.spoken is None else experience.spoken
    asked = Request(
        "", "", style=settings.style, keyterms=settings.keyterms, instruction=settings.instruction
    )
    found = doubt(
        heard.text,
        speech_seconds=min(spoken, speech.seconds) or speech.seconds,
        seconds=speech.seconds,
        prompt=(prompt.system(asked), prompt.ASK, prompt.glossary(asked)),
        keyterms=settings.keyterms,
        paces=experience.paces,
        waved=experience.waved,
        cut_off=heard.cut_off,
    )
    return None if found and not spoken and found.kind in OF_LENGTH else found


def _once_more(
    found: Doubt,
    heard: Transcript,
    speech: Speech,
    settings: Settings,
    services: Services,
    *,
    watch: Watch,
    cut: bool,
    costs: Costs,
) -> Transcript | None:
    """The text by another way; None where there is none, or it fails as well."""
    other = replace(settings, keyterms=(), instruction="")
    try:
        in_length = found.kind not in ("refusal", "echo")
        if cut and in_length and speech.seconds >= 2 * SHORTEST_PIECE:
            return _in_pieces(heard, speech, settings, services, watch=watch, costs=costs)
        if heard.provider == "openrouter" and not settings.model:
            chat = services.models.choose("", *_place(settings), "auto").endpoint == "chat"
            other = replace(other, openrouter_endpoint="transcriptions" if chat else "chat")
        return costs.of(transcription.transcribe(speech, other, services, watch))
    except Cancelled:
        raise
    except DictationError:
        return None  # the first text is there, and is marked


def _place(settings: Settings) -> tuple[str, str]:
    return "openrouter", transcription.address(settings, "openrouter")


def _in_pieces(
    heard: Transcript,
    speech: Speech,
    settings: Settings,
    services: Services,
    *,
    watch: Watch,
    costs: Costs,
) -> Transcript:
    """The take cut at its pauses, each piece asked for by itself."""
    longest = max(SHORTEST_PIECE, speech.seconds / PIECES + 1)
    total = round(speech.seconds * RATE)
    parts = [
        costs.of(transcription.transcribe(Piece(speech, start, stop), settings, services, watch))
        for start, stop in speech.track().cuts(total, round(longest * RATE))
    ]
    return replace(
        heard,
        text=_joined([part.text for part in parts]),
        raw_text="\n".join(part.raw_text for part in parts),
        segments=None,
        cut_off=any(part.cut_off for part in parts),
        note=" ".join(filter(None, [heard.note, _("Transcribed in pieces.")])),
    )


def _joined(texts: list[str]) -> str:
    text = ""
    for each in texts:
        text += spaced(each, text[-1:])
    return text
