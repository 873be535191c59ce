"""The ways from speech to text, one module each; a new one is a file and a row here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dictation.audio import Speech
from dictation.net import Http
from dictation.providers import (
    offline,
    openai,
    openrouter_chat,
    openrouter_transcriptions,
)
from dictation.values import Request, Transcript, Watch


class Provider(Protocol):
    """One way: a module that makes one attempt and raises our errors."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The provider's name, as the settings have it."""
        ...

    @property
    def FORMATS(self) -> frozenset[str]:  # noqa: N802
        """The audio formats it takes; "wav" is always among them."""
        ...

    def transcribe(self, speech: Speech, request: Request, http: Http, watch: Watch) -> Transcript:
        """The speech as text, or a DictationError."""
        ...


PROVIDERS: Mapping[str, Provider] = {
    # Refuses transcription models; hears only what a model with audio input hears.
    "openrouter chat": openrouter_chat,
    # Refuses chat models; `style` and `instruction` have no effect here.
    "openrouter transcriptions": openrouter_transcriptions,
    # Loses keyterms beyond 896 characters; `data_policy` has no effect here.
    "openai": openai,
    # English alone, no punctuation; nothing leaves the computer.
    "offline": offline,
}
