"""Whether a transcript is doubted, given the take, the settings and what is known of the user."""

from __future__ import annotations

from dictation.audio import Speech
from dictation.providers import prompt
from dictation.settings import Settings
from dictation.truth import Doubt, Experience, doubt
from dictation.values import Request, Transcript

OF_LENGTH = ("too_short", "too_long")


def doubted(
    heard: Transcript, speech: Speech, settings: Settings, experience: Experience
) -> Doubt | None:
    """The first reason to think that the text is not what was said."""
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
