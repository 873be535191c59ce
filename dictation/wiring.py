"""Puts the parts together, for the app and for commands."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeVar

from dictation import scrutiny, transcription
from dictation.audio import Speech
from dictation.audio_files import open_kept
from dictation.credentials import Keys
from dictation.environment import take_keys
from dictation.errors import DictationError, UsageError
from dictation.history import History
from dictation.i18n import _
from dictation.lanes import Crash, fulfil
from dictation.listing import Listing
from dictation.microphones.kept import Standby
from dictation.models import Models
from dictation.net import Http
from dictation.parts import Delivery, OnceMore, Parts, quietly
from dictation.paths import Places
from dictation.pieces import long_takes, probing
from dictation.pieces.ahead import Ahead
from dictation.pieces.growing import Growing
from dictation.pieces.uploads import Uploads
from dictation.providers import offline
from dictation.purse import Purse
from dictation.settings import Settings
from dictation.sounds import Kind
from dictation.transcription import Services
from dictation.truth import Experience
from dictation.values import Transcript, Watch

T = TypeVar("T")
if TYPE_CHECKING:  # what is seldom wanted is no memory of who does not
    from dictation.calibration.running import Asking

# Of a file nobody knows who speaks in it, nor how much.
WORDS_ALONE = Experience(spoken=0.0)


class Wiring:
    """What outlives a take: keys, connections, model lists, an open microphone. For any thread.

    One a process: it takes the keys out of the environment, so that no other program gets them.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.given_keys = take_keys(os.environ)
        self.keys = Keys(places, self.given_keys)
        self.standby = Standby()
        self.purse = Purse(self._ask)
        self._uploads = Uploads(places.cache / "uploads.json")
        self._lock, self._reading = threading.Lock(), threading.Lock()
        # By what the connections depend on: a change of those settings makes new ones.
        self._services: dict[tuple[str, str, float, bool], Services] = {}

    def engine(self, delivery: Delivery, play: Callable[[Kind], None] = quietly) -> Parts:
        """The engine's parts; `play` makes its sounds."""
        return Parts(
            places=self.places,
            find_microphone=self.standby.find,
            prepare=self.prepare,
            transcribe=self.transcribe,
            ahead=self.ahead,
            probe=self.probe,
            open_recording=open_kept,
            delivery=delivery,
            play=play,
        )

    def http(self, settings: Settings) -> Http:
        """The connections under these settings."""
        return self.services(settings).http

    def services(self, settings: Settings) -> Services:
        """What transcribing needs under these settings."""
        proxy, ca_file, timeout = settings.proxy, settings.ca_file, settings.timeout
        plain = settings.allow_plain_http
        network = (proxy, ca_file, timeout, plain)
        with self._lock:
            if network not in self._services:
                http = Http(proxy=proxy, ca_file=ca_file, timeout=timeout, plain_http=plain)
                models = Models(http, self.places.cache, key_for=self.keys.find)
                self._services[network] = Services(http, self.keys, models, purse=self.purse)
            return self._services[network]

    def renew(self) -> None:
        """Sends nothing more on a connection that there is now."""
        with self._lock:
            for services in self._services.values():
                services.http.renew()

    def transcribe(
        self,
        speech: Speech,
        settings: Settings,
        watch: Watch | None = None,
        experience: Experience = WORDS_ALONE,
        ahead: Ahead | None = None,
        *,
        segments: bool = False,
    ) -> Transcript:
        """The speech as text, by the provider that the settings name or another in its place."""
        services, watch = self.services(settings), watch or Watch()
        heard = scrutiny.transcribe(
            speech, settings, services, watch, experience, ahead=ahead, segments=segments
        )
        self.purse.took(heard, speech.seconds)
        return heard

    def asking(self, settings: Settings, crash: Crash) -> Asking:
        """How candidates are tried: each by itself, once, under these settings otherwise."""
        from dictation.calibration.candidates import settings_for
        from dictation.calibration.running import Asking

        def hear(speech: Speech, settings: Settings, watch: Watch) -> Transcript:
            return long_takes.transcribe(speech, settings, self.services(settings), watch)

        return Asking(
            settings_for=lambda one: settings_for(one, settings, self.keys),
            hear=hear,
            ready=self.prepare,
            crash=crash,
        )

    def ahead(
        self, growing: Growing, settings: Settings, watch: Watch, known: Callable[[], Experience]
    ) -> Ahead:
        """What works on a take while it is being spoken."""
        services = self.services(settings)
        return Ahead(growing, settings, services, self._uploads, watch=watch, experience=known)

    def probe(self, speech: Speech, heard: Transcript, settings: Settings) -> OnceMore | None:
        """Learns, at its first use, whether the server takes sound while it is being spoken."""
        services = self.services(settings)
        if not probing.is_due(speech, heard, settings, services, self._uploads):
            return None
        return lambda: probing.probe(speech, heard, settings, services, self._uploads)

    def taken(self, settings: Settings) -> bool | None:
        """Whether the service takes sound while it is being spoken; None where nobody knows yet."""
        planned = transcription.plan(settings, self.services(settings))
        return self._uploads.taken(planned.destination)

    def probe_with(self, speech: Speech, settings: Settings) -> None:
        """Learns it anew, with a recording that is sent twice. Raises what sending it raises."""
        services = self.services(settings)
        heard = transcription.transcribe(speech, settings, services)
        probing.probe(speech, heard, settings, services, self._uploads)

    def warm(self, settings: Settings) -> None:
        """Imports what sending needs and reads the certificates; connects to nobody, asks nobody.

        For a thread at the start, which may wait for the keyring.
        """
        with suppress(DictationError):  # told when a take meets it
            if transcription.provider_of(settings, self.keys) != "offline":
                self.http(settings).prepare()

    def prepare(self, settings: Settings) -> None:
        """Makes ready, while the user speaks, what the take will need after its stop."""
        with suppress(DictationError):  # told when the take itself meets it
            provider = transcription.provider_of(settings, self.keys)
            if provider == "offline":
                offline.warm()
                return
            if settings.monthly_budget_usd:
                self.purse.refresh()
            services = self.services(settings)
            base = transcription.address(settings, provider)
            services.models.refresh_soon(provider, base)
            services.http.prepare(base)

    def models(self, settings: Settings, *, refresh: bool) -> Listing:
        """What the provider in force offers, and what is taken. Raises what reading it raises."""
        provider, base = self._listed(settings)
        return self.services(settings).models.listing(settings, provider, base, refresh=refresh)

    def kept_models(self, settings: Settings) -> Listing | None:
        """The same as it was read last; None where it never was. May wait for the keyring."""
        provider, base = self._listed(settings)
        return self.services(settings).models.kept(settings, provider, base)

    def _listed(self, settings: Settings) -> tuple[str, str]:
        """Whose list of models is meant, and where it is."""
        provider = transcription.provider_of(settings, self.keys)
        if provider == "offline":
            provider = "openrouter"  # the list needs no key: it shows what one would give
        if provider not in transcription.BASES:
            raise UsageError(_("{provider} has no models.").format(provider=provider))
        return provider, transcription.address(settings, provider)

    def known_models(self, settings: Settings) -> tuple[str, ...]:
        """The models to choose from, as far as is known; may wait for the keyring."""
        provider = transcription.provider_of(settings, self.keys)
        if provider not in transcription.BASES:
            return ()
        base = transcription.address(settings, provider)
        return self.services(settings).models.known(provider, base)

    def provider_in_words(self, settings: Settings) -> str:
        """Who transcribes, in words; may wait for the keyring, so off the main thread."""
        provider = transcription.provider_of(settings, self.keys)
        if provider == "offline":
            return _("Basic English, for trying out (this computer)")
        base = transcription.address(settings, provider)
        models = self.services(settings).models
        model = settings.model or models.likely(provider, base, settings.openrouter_endpoint)
        name = {"openrouter": "OpenRouter", "openai": "OpenAI"}[provider]
        where = name if base == transcription.BASES[provider] else base
        return f"{where}: {model}"

    def _ask(self, question: Callable[[History], T]) -> Future[T]:
        """What the history answers, here and now: for commands, which have no lane for it."""
        places, answer = self.places, Future[T]()

        def ask() -> T:
            with closing(History(places.history, places.recordings)) as history:
                return question(history)

        with self._reading:
            fulfil(answer, ask)
        return answer
