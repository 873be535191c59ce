"""Long speech that has ended already is sent in pieces: services bound what they take at once.

OpenAI's form bounds a file to 25 MB, and most services the time that they work on one.
"""

from __future__ import annotations

from dataclasses import replace

from dictation import fallback, transcription
from dictation.audio import RATE, Speech
from dictation.audio_files.quiet import cuts
from dictation.errors import EmptyAnswer, NoDecoder
from dictation.pieces import Stretch
from dictation.pieces.joining import Costs, joined, text_of
from dictation.settings import Settings
from dictation.transcription import Services
from dictation.values import Transcript, Watch

LONG = 600.0  # seconds
PIECE = 300.0  # seconds: 10 MB as a WAV


def transcribe(
    speech: Speech,
    settings: Settings,
    services: Services,
    watch: Watch,
    *,
    segments: bool = False,
) -> Transcript:
    """The speech as text, in pieces where it is long; raises as `fallback.transcribe` does."""
    offline = transcription.provider_of(settings, services.keys) == "offline"  # cuts by itself
    if speech.seconds <= LONG or offline:
        return fallback.transcribe(speech, settings, services, watch, segments=segments)
    try:
        bounds = cuts(speech, round(PIECE * RATE))
    except NoDecoder:
        return fallback.transcribe(speech, settings, services, watch, segments=segments)
    costs, heard, starts = Costs(), list[Transcript](), list[float]()
    empty: EmptyAnswer | None = None
    for start, stop in bounds:
        before = text_of(piece.text for piece in heard)

        def partial(text: str, before: str = before) -> None:
            watch.partial(text_of((before, text)))

        try:
            answer = fallback.transcribe(
                Stretch(speech, start, stop),
                settings,
                services,
                replace(watch, partial=partial),
                segments=segments,
            )
        except EmptyAnswer as error:  # a long silence
            empty = error
            continue
        heard.append(costs.of(answer))
        starts.append(start / RATE)
    if empty is not None and not heard:
        raise empty
    return replace(joined(heard, starts), cost_usd=costs.known)
