"""From speech to text by whichever way the settings name: provider, key, model, tries."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from dictation.audio import Speech
from dictation.audio_files.forms import Forms
from dictation.credentials import Keys, origin
from dictation.errors import BadRequest, DictationError, EmptyAnswer, ModelGone, NoKey
from dictation.i18n import _
from dictation.lines import order
from dictation.models import Choice, Models
from dictation.net import Http
from dictation.net.proxies import is_at_home, is_loopback
from dictation.net.tries import tries
from dictation.providers import PROVIDERS, Provider, wire
from dictation.purse import Purse
from dictation.settings import Settings
from dictation.text import safe
from dictation.values import Request, Transcript, Watch

REPLACED = 2  # models taken in place of a preferred one that is gone, at most
BASES = {"openrouter": "https://openrouter.ai/api/v1", "openai": "https://api.openai.com/v1"}
# Optional parts of a request, by the words in which a server refuses them (status 400).
REFUSALS = {
    "keyterm": "keyterms",
    "keyword": "keyterms",
    "reasoning": "reasoning",
    "temperature": "temperature",
    "languages": "languages",
    "verbose_json": "segments",
    "timestamp": "segments",
    "response_format": "segments",
}
# How a refusal of the sound's format reads, where it was another than WAV.
FORMAT_WORDS = ("format", "mime type", "media type", "codec", "decode")


@dataclass(frozen=True, slots=True)
class Services:
    """What transcribing needs besides the sound; `providers` by way: chat, offline …"""

    http: Http
    keys: Keys
    models: Models
    providers: Mapping[str, Provider] = field(default_factory=lambda: PROVIDERS)
    purse: Purse = field(default_factory=Purse)


def provider_of(settings: Settings, keys: Keys) -> str:
    """The provider in force. `auto` is OpenRouter wherever a key was ever set, readable or not."""
    if settings.provider != "auto":
        return settings.provider
    base = address(settings, "openrouter")
    return "openrouter" if keys.configured("openrouter", base) else "offline"


def address(settings: Settings, provider: str) -> str:
    """The base address in force; SettingsError where `base_url` is no address."""
    base = settings.base_url.strip().rstrip("/") or BASES.get(provider, "")
    if base:
        origin(base)
    return base


def transcribe(
    speech: Speech,
    settings: Settings,
    services: Services,
    watch: Watch | None = None,
    *,
    segments: bool = False,
    before: str = "",
    live: bool = False,
) -> Transcript:
    """The speech as text. Waits for the network; every failure is a DictationError.

    `before` are the last words of the piece that it follows, for whoever can make use of them.
    `live`: it is still being spoken.
    """
    watch = watch or Watch()
    steps: dict[str, float] = {}

    def mark(step: str) -> None:
        steps[step] = time.monotonic()
        watch.mark(step)

    try:
        planned = plan(settings, services, segments=segments, before=before, live=live)
        if not planned.is_free:
            services.purse.check(settings.monthly_budget_usd)
        heard = _ask(speech, planned, settings, services, replace(watch, mark=mark))
        services.purse.paid(heard)  # whatever becomes of it
        text = safe(heard.text)
        if not text.strip():
            raise EmptyAnswer(_("{model} heard no words in it.").format(model=heard.model))
    except DictationError as error:
        error.sent_to = _sent_to(settings, services, steps)
        raise
    mark("text_ready")
    sent = _sent_to(settings, services, steps)
    return replace(heard, text=text, timings=steps, sent_to=sent)


def _sent_to(settings: Settings, services: Services, steps: Mapping[str, float]) -> tuple[str, ...]:
    """The server that got the sound, or a part of it."""
    if "request_first_byte" not in steps:
        return ()
    return (origin(address(settings, provider_of(settings, services.keys))),)


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom a take is sent to, and what is asked for."""

    provider: str
    request: Request
    choice: Choice
    endpoint: str  # OpenRouter's, as set

    @property
    def way(self) -> str:
        """The row of `Services.providers`."""
        openrouter = self.provider == "openrouter"
        return f"openrouter {self.choice.endpoint}" if openrouter else self.provider

    @property
    def is_free(self) -> bool:
        """Whether nobody is paid for it, as far as one can see from here."""
        host = urlsplit(self.request.base_url).hostname or ""
        return self.provider == "offline" or (self.provider == "openai" and is_at_home(host))

    @property
    def destination(self) -> str:
        """Server, way and model in one: what is learnt of one holds for no other."""
        return f"{origin(self.request.base_url)} {self.way} {self.choice.model}"


def plan(
    settings: Settings,
    services: Services,
    *,
    segments: bool = False,
    before: str = "",
    live: bool = False,
) -> Plan:
    """Whom the settings name; NoKey where there is none for it."""
    provider = provider_of(settings, services.keys)
    request = Request(
        base_url="" if provider == "offline" else address(settings, provider),
        model=settings.model,
        language=settings.language,
        languages=settings.languages,
        keyterms=settings.keyterms,
        style=settings.style,
        instruction=settings.instruction,
        data_policy=settings.data_policy,
        segments=segments,
        before=before,
    )
    if provider == "offline":
        return Plan(provider, request, Choice("", ""), "")
    key = services.keys.find(provider, request.base_url)
    if key is None and provider == "openrouter":
        where = origin(request.base_url)
        own = where == origin(BASES[provider])
        raise NoKey(
            _("There is no key for {origin}.").format(origin=where),
            hint=None if own else _("Store it: `dictation key set --for {0}`.").format(where),
        )
    formats = _formats(settings, request.base_url, services.http, live=live)
    request = replace(request, key=key, formats=formats)
    endpoint = settings.openrouter_endpoint if provider == "openrouter" else "auto"
    choice = services.models.choose(settings.model, provider, request.base_url, endpoint)
    return Plan(provider, request, choice, endpoint)


def _ask(
    speech: Speech, planned: Plan, settings: Settings, services: Services, watch: Watch
) -> Transcript:
    provider, request, endpoint = planned.provider, planned.request, planned.endpoint
    if provider == "offline":
        return services.providers["offline"].transcribe(speech, request, services.http, watch)
    speech = Forms(speech, watch.cancelled)
    gone: list[str] = []
    kept_back = False  # by `data_policy`, not by being gone
    while True:
        way = services.providers[planned.way]
        choice = planned.choice
        asked = replace(request, model=choice.model, effort=choice.effort)
        try:
            heard = _tried(way, speech, asked, services, watch)
        except ModelGone as error:
            kept_back = kept_back or "data_policy" in error.hint
            other = None
            if not settings.model and len(gone) < REPLACED:
                base = request.base_url
                other = services.models.next_after(choice.model, provider, base, endpoint)
            if other is None:
                raise
            gone.append(choice.model)
            planned = replace(planned, choice=other)
        else:
            if not gone:
                return heard
            note = (
                _("{gone}: not available under `data_policy`; {model} is used instead.")
                if kept_back
                else _("{gone}: not available; {model} is used instead.")
            )
            return replace(heard, note=note.format(gone=", ".join(gone), model=choice.model))


def _formats(settings: Settings, base: str, http: Http, *, live: bool) -> tuple[str, ...]:
    """What the sound may travel as, most wanted first."""
    speed = http.speed(base)
    if speed is None and is_loopback(urlsplit(base).hostname or ""):
        speed = math.inf  # there is no line to spare, and many a server at home takes WAV alone
    return order(settings.audio_format, speed, live=live)


def _tried(
    way: Provider, speech: Speech, request: Request, services: Services, watch: Watch
) -> Transcript:
    """One model, asked as often as it is worth it; parts that it refuses are left out."""
    models = services.models
    while True:
        without = models.refused(request.base_url, request.model)
        asked = replace(request, without=without)

        def attempt(asked: Request = asked) -> Transcript:
            return way.transcribe(speech, asked, services.http, watch)

        try:
            return tries(attempt, seconds_of_audio=speech.seconds, watch=watch)
        except BadRequest as error:
            sent = wire.encoded(speech, way.FORMATS, asked)
            part = _refused(error, without, sent.format)
            if part is None:
                raise
            models.refuse(request.base_url, request.model, part)


def _refused(error: BadRequest, without: frozenset[str], format_: str) -> str | None:
    """The part that a 400 complains of and that can be left out; None for any other."""
    said, words = error.message.lower(), REFUSALS
    if format_ != "wav":
        part = "mp3" if format_ == "mp3" else "format"
        words = words | dict.fromkeys((*FORMAT_WORDS, f"'{format_}'"), part)
    parts = [part for word, part in words.items() if word in said and part not in without]
    return parts[0] if parts else None
