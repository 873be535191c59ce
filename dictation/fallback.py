"""Another provider or model where the first one fails, as far as `data_policy` lets the sound go.

What the basic recogniser hears in another's place is a draft: it comes with the error, and the
take is sent again later.
"""

from __future__ import annotations

from dataclasses import replace

from dictation import transcription
from dictation.audio import Speech
from dictation.errors import (
    Cancelled,
    DictationError,
    KeyProblem,
    MissingPart,
    NoCredits,
    NoProviderLeft,
    ProviderError,
)
from dictation.i18n import _
from dictation.settings import Settings
from dictation.transcription import Services
from dictation.values import Transcript, Watch

# What another provider may do better. A bad setting or file is the same for all.
WORTH = (ProviderError, KeyProblem, NoCredits, MissingPart)


def transcribe(
    speech: Speech,
    settings: Settings,
    services: Services,
    watch: Watch | None = None,
    *,
    segments: bool = False,
) -> Transcript:
    """The speech as text, by the first of provider and `fallback` that gives one.

    Raises the first one's error, with what became of the others; NoProviderLeft where
    `data_policy` kept the sound from all of them.
    """
    try:
        return transcription.transcribe(speech, settings, services, watch, segments=segments)
    except WORTH as error:
        if not settings.fallback:
            raise
        first = error
    first_provider = transcription.provider_of(settings, services.keys)
    name = _name(first_provider, settings.model)
    because = _("because {name} failed ({title})").format(name=name, title=first.title)
    sent, told, barred = first.sent_to, [], 0
    draft: Transcript | None = None
    for entry in settings.fallback:
        other = _instead(settings, entry, services)
        if other is None:
            barred += 1
            told.append(
                _("{entry} was skipped: it can't keep to `data_policy`.").format(entry=entry)
            )
            continue
        if other == replace(settings, provider=first_provider):
            continue
        try:
            heard = transcription.transcribe(speech, other, services, watch, segments=segments)
        except Cancelled:
            raise
        except DictationError as error:
            sent += tuple(where for where in error.sent_to if where not in sent)
            told.append(_("{entry} failed: {why}").format(entry=entry, why=error.message))
            continue
        if other.provider == "offline":
            draft = replace(heard, note=_("A draft by the basic recogniser, {0}.").format(because))
            continue
        note = _("By {name}, {because}.").format(
            name=_name(heard.provider, heard.model), because=because
        )
        sent += tuple(where for where in heard.sent_to if where not in sent)
        note = " ".join(filter(None, [note, heard.note, *told]))
        return replace(heard, note=note, sent_to=sent, instead=True)
    raise _failed(first, told, draft, sent, only_barred=barred == len(settings.fallback))


def _instead(settings: Settings, entry: str, services: Services) -> Settings | None:
    """The settings under which the entry is asked; None where the policy forbids it."""
    provider, _colon, model = entry.partition(":")
    first = transcription.provider_of(settings, services.keys)
    # The policy is an agreement with OpenRouter; nobody else is bound by it.
    if provider == "openai" != first and settings.data_policy != "any":
        return None
    # The address set is the first one's: another provider has its own.
    base_url = settings.base_url if provider == first else ""
    return replace(settings, provider=provider, model=model, base_url=base_url)


def _failed(
    first: DictationError,
    told: list[str],
    draft: Transcript | None,
    sent: tuple[str, ...],
    *,
    only_barred: bool,
) -> DictationError:
    error = first
    if only_barred and not first.waits:
        error = NoProviderLeft(f"{first.title}: {first.message}")
    error.message = " ".join([error.message, *told])
    error.draft, error.sent_to = draft, sent
    return error


def _name(provider: str, model: str) -> str:
    return f"{provider} {model}".strip()
