"""Which model to ask and on which endpoint: our preference list, and what the server offers.

Reading the server's list never fails or delays a take: it is kept for a day per base address,
renewed in the background, and done without where it can't be read.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dictation.errors import DictationError
from dictation.listing import Listing, Model, Preference, by_id, parsed, preference
from dictation.net import Http
from dictation.paths import write_private
from dictation.settings import Settings
from dictation.values import Secret

__all__ = ["Choice", "Model", "Models"]

log = logging.getLogger(__name__)

DAY = 24 * 3600.0
AGAIN = 300.0  # seconds before a list that could not be read is asked for again
WAIT = 1.0  # seconds, from its beginning, that a take waits for the first reading
RENEWAL = 5.0  # seconds that a take waits for it once its model has turned out to be gone


@dataclass(frozen=True, slots=True)
class Choice:
    """What is sent, and where to: "chat" or "transcriptions"."""

    model: str
    endpoint: str
    effort: str = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """A list that is being read in the background."""

    began: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> None:
        """Waits for its end, until so many seconds after its beginning."""
        self.done.wait(max(0.0, self.began + seconds - time.monotonic()))


class Models:
    """The lists of all servers asked so far; used from any thread."""

    def __init__(
        self,
        http: Http,
        cache: Path,
        *,
        key_for: Callable[[str, str], Secret | None] = lambda _provider, _base_url: None,
        preferred: Preference | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._cache = cache
        self._key_for = key_for
        self._preferred = preference() if preferred is None else preferred
        self._now = now
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], Reading] = {}
        self._failed: dict[tuple[str, str], float] = {}
        self._gone: set[tuple[str, str]] = set()  # (base address, model) that answered 404
        self._refused: dict[tuple[str, str], frozenset[str]] = {}

    def choose(self, model: str, provider: str, base_url: str, endpoint: str = "auto") -> Choice:
        """The model for a take; `model` is the user's own or "", `endpoint` auto or forced.

        A model that the user named is taken as it is.
        """
        if model:
            return self._named(model, provider, base_url, endpoint)
        listed = self._listed(provider, base_url)
        return self._first(provider, base_url, endpoint, listed)

    def likely(self, provider: str, base_url: str, endpoint: str = "auto") -> str:
        """The model that a take without a named one would use, as far as is known; asks nobody."""
        kept = self._kept(provider, base_url)
        return self._first(provider, base_url, endpoint, kept[1] if kept else None).model

    def next_after(self, failed: str, provider: str, base_url: str, endpoint: str) -> Choice | None:
        """Another model where the preferred one is gone: from a list read anew; None = no other."""
        self._gone.add((base_url, failed))
        reading = self._start(provider, base_url)
        if reading is not None:
            reading.wait(RENEWAL)
        kept = self._kept(provider, base_url)
        listed = None if kept is None else kept[1]
        if listed is not None and len(listed) == 1 and listed[0].id != failed:
            return Choice(listed[0].id, listed[0].endpoint)  # an own server with its one model
        found = self._first(provider, base_url, endpoint, listed)
        return None if (base_url, found.model) in self._gone else found

    def refuse(self, base_url: str, model: str, part: str) -> None:
        """Remembers that the model does not take this part of a request."""
        key = (base_url, model)
        self._refused[key] = self._refused.get(key, frozenset()) | {part}

    def refused(self, base_url: str, model: str) -> frozenset[str]:
        """The parts of a request that this model was seen to refuse."""
        return self._refused.get((base_url, model), frozenset())

    def all(self, provider: str, base_url: str, *, refresh: bool = False) -> tuple[Model, ...]:
        """Every model that hears; read now where no list is kept. Raises what reading raises."""
        kept = None if refresh else self._kept(provider, base_url)
        return self.refresh(provider, base_url) if kept is None else kept[1]

    def known(self, provider: str, base_url: str) -> tuple[str, ...]:
        """The ids to choose from without asking anybody: ours as far as the kept list has them,
        for a server of the user's own all that it has."""
        kept = self._kept(provider, base_url)
        listed = [row.id for row in kept[1]] if kept else []
        ours = [row.id for row in self._preferred.get(provider, ())]
        both = [id_ for id_ in ours if id_ in listed]
        return tuple(both or listed or ours)

    def listing(
        self, settings: Settings, provider: str, base_url: str, *, refresh: bool
    ) -> Listing:
        """The list and what of it is taken; read now where none is kept. Raises as reading does."""
        kept = None if refresh else self.kept(settings, provider, base_url)
        if kept is not None:
            return kept
        models = self.refresh(provider, base_url)
        return self._listing(settings, provider, base_url, (self._now(), models))

    def kept(self, settings: Settings, provider: str, base_url: str) -> Listing | None:
        """The same as it is kept, None where it is not; asks nobody."""
        kept = self._kept(provider, base_url)
        return None if kept is None else self._listing(settings, provider, base_url, kept)

    def _listing(
        self,
        settings: Settings,
        provider: str,
        base_url: str,
        kept: tuple[float, tuple[Model, ...]],
    ) -> Listing:
        read, models = kept
        usual = self._first(provider, base_url, settings.openrouter_endpoint, models).model
        return Listing(provider, base_url, models, read, settings.model or usual, usual)

    def refresh_soon(self, provider: str, base_url: str) -> None:
        """Renews the list in the background where it is missing or older than a day."""
        kept = self._kept(provider, base_url)
        if kept is None or self._now() - kept[0] > DAY:
            self._start(provider, base_url)

    def refresh(self, provider: str, base_url: str) -> tuple[Model, ...]:
        """Reads the list now and keeps it."""
        if provider == "openrouter":
            # The listing needs no key, so none is sent.
            hearing = self._get(f"{base_url}/models?input_modalities=audio", None)
            writing = self._get(f"{base_url}/models?output_modalities=transcription", None)
            found = by_id([*parsed(hearing, "chat"), *parsed(writing, "transcriptions")])
        else:
            answer = self._get(f"{base_url}/models", self._key_for(provider, base_url))
            found = by_id(parsed(answer, "transcriptions"))
        kept = {"read": self._now(), "models": [asdict(model) for model in found]}
        try:
            write_private(self._file(provider, base_url), json.dumps(kept).encode())
        except OSError as error:
            log.warning("the model list was not kept: %s", error.strerror)
        return found

    def _named(self, model: str, provider: str, base_url: str, endpoint: str) -> Choice:
        ours = {row.id: row for row in self._preferred.get(provider, ())}
        if provider != "openrouter":
            return Choice(model, "transcriptions")
        known = endpoint != "auto" or model in ours
        listed = self._listed(provider, base_url, wait=not known) or ()
        row = next((row for row in listed if row.id == model), ours.get(model, Model(model)))
        return Choice(model, row.endpoint if endpoint == "auto" else endpoint, row.effort)

    def _first(
        self, provider: str, base_url: str, endpoint: str, listed: Iterable[Model] | None
    ) -> Choice:
        """The first preferred model that the list carries, else the first preferred one."""
        ours = self._preferred[provider]
        if endpoint != "auto":
            ours = tuple(row for row in ours if row.endpoint == endpoint) or ours
        ours = tuple(row for row in ours if (base_url, row.id) not in self._gone) or ours
        offered = {row.id: row for row in listed or ()}
        row = next((offered[row.id] for row in ours if row.id in offered), ours[0])
        return Choice(row.id, row.endpoint if endpoint == "auto" else endpoint, row.effort)

    def _listed(
        self, provider: str, base_url: str, *, wait: bool = True
    ) -> tuple[Model, ...] | None:
        """The kept list, also a stale one; without one a short wait for the first."""
        self.refresh_soon(provider, base_url)
        kept = self._kept(provider, base_url)
        reading = self._running.get((provider, base_url))
        if kept is None and wait and reading is not None:
            reading.wait(WAIT)
            kept = self._kept(provider, base_url)
        return None if kept is None else kept[1]

    def _start(self, provider: str, base_url: str) -> Reading | None:
        """The reading under way, a new one if need be; None soon after one that failed."""
        place = (provider, base_url)
        with self._lock:
            if place in self._running:
                return self._running[place]
            if self._now() - self._failed.get(place, -AGAIN) < AGAIN:
                return None
            reading = self._running[place] = Reading()

        def read() -> None:
            try:
                self.refresh(provider, base_url)
            except DictationError as error:
                self._failed[place] = self._now()
                log.info("the model list was not read: %s", error.title)
            finally:
                with self._lock:
                    del self._running[place]
                reading.done.set()

        threading.Thread(target=read, name="models", daemon=True).start()
        return reading

    def _get(self, url: str, key: Secret | None) -> Any:
        return self._http.json("GET", url, key=key)

    def _kept(self, provider: str, base_url: str) -> tuple[float, tuple[Model, ...]] | None:
        """When the list was read, and the list; None where there is none that can be read."""
        try:
            kept = json.loads(self._file(provider, base_url).read_bytes())
            return float(kept["read"]), tuple(Model(**row) for row in kept["models"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _file(self, provider: str, base_url: str) -> Path:
        import hashlib

        name = hashlib.sha256(f"{provider} {base_url}".encode()).hexdigest()[:16]
        return self._cache / f"models-{name}.json"
