"""A doubtful text is asked for once more in another way; what stays doubtful is marked as such."""

from __future__ import annotations

from dataclasses import replace

from dictation import transcription
from dictation.audio import RATE, Recording, Speech
from dictation.errors import Cancelled, DictationError
from dictation.i18n import _
from dictation.pieces import Stretch, long_takes
from dictation.pieces.ahead import Ahead
from dictation.pieces.joining import Costs, text_of
from dictation.pieces.judging import doubted
from dictation.settings import Settings
from dictation.transcription import Services
from dictation.truth import Doubt, Experience
from dictation.values import Transcript, Watch

SHORTEST_PIECE = 8.0  # seconds; in shorter ones a model lacks the context
PIECES = 3  # of a doubtful take
LONGEST = 300.0  # seconds of one that is asked for once more
LISTENED_TO = 60.0  # seconds of a kept recording in which pauses are looked for: it takes 3 s


def transcribe(
    speech: Speech,
    settings: Settings,
    services: Services,
    watch: Watch,
    experience: Experience,
    *,
    ahead: Ahead | None = None,
    segments: bool = False,
) -> Transcript:
    """The speech as text, judged by what is known of this user and of the take.

    `ahead` has been at work on it. A text that stays doubtful comes with `doubt` and `pattern`.
    """
    heard = None
    if ahead is not None and isinstance(speech, Recording):
        heard = ahead.result(speech)
        speech = replace(speech, coded=ahead.coded)
    if heard is None:
        heard = long_takes.transcribe(speech, settings, services, watch, segments=segments)
    found = doubted(heard, speech, settings, experience)
    if found is None:
        return heard
    # Nobody is asked once more where the first one failed, nor of a long take: it would be waited
    # for as long again.
    if not heard.instead and speech.seconds <= LONGEST:
        at_hand = experience.spoken is None or speech.seconds <= LISTENED_TO
        costs = Costs(heard.cost_usd)
        again = _once_more(
            found, heard, speech, settings, services, watch=watch, cut=at_hand, costs=costs
        )
        heard = replace(heard, cost_usd=costs.known)
        if again is not None and doubted(again, speech, settings, experience) is None:
            return replace(again, cost_usd=costs.known, timings=heard.timings)
    return replace(heard, doubt=found.words, pattern=found.pattern)


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
        costs.of(transcription.transcribe(Stretch(speech, start, stop), settings, services, watch))
        for start, stop in speech.track().cuts(total, round(longest * RATE))
    ]
    return replace(
        heard,
        text=text_of(part.text for part in parts),
        raw_text="\n".join(part.raw_text for part in parts),
        segments=None,
        cut_off=any(part.cut_off for part in parts),
        note=" ".join(filter(None, [heard.note, _("Transcribed in pieces.")])),
    )
