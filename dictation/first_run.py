"""The first start: whether it has happened, and what choosing who transcribes does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dictation import state
from dictation.credentials import Keys
from dictation.errors import (
    BrokenAnswer,
    Cancelled,
    CaptivePortal,
    ModelGone,
    NoConnection,
    ProviderError,
    RateLimited,
    SettingsError,
    TimedOut,
)
from dictation.i18n import _, number, plural
from dictation.net import Http
from dictation.paths import Places
from dictation.settings import Settings, Value
from dictation.transcription import BASES, address
from dictation.values import Secret

OPENROUTER = ("auto", "openrouter")  # the providers for which `base_url` is a kind of OpenRouter


# What these errors advise has to do with a recording, and there is none here.
ABOUT_RECORDINGS = {
    kind.hint for kind in (ProviderError, NoConnection, CaptivePortal, RateLimited, TimedOut)
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a choice came to: words for the user, the settings to change, models to choose from."""

    words: str
    changes: Mapping[str, Value | None] = field(default_factory=dict)
    models: tuple[str, ...] = ()


def seen(places: Places) -> bool:
    """Whether the first start has happened."""
    return state.read(places).get("first_start") is True


def note_seen(places: Places) -> None:
    """From now on it has."""
    state.note(places, first_start=True)


def is_news(places: Places, words: str, about: str = "told") -> bool:
    """Whether the user was told something else, or nothing, about this desktop; once."""
    if not words or state.read(places).get(about) == words:
        return False
    state.note(places, **{about: words})
    return True


def openrouter_base(settings: Settings) -> str:
    """Where OpenRouter is: a gateway in its place only where the settings name one for it."""
    if settings.provider in OPENROUTER:
        return address(settings, "openrouter")
    return BASES["openrouter"]


def use_key(
    settings: Settings,
    key: Secret,
    http: Http,
    keys: Keys,
    *,
    given_up: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Tries the key at OpenRouter, then stores it; raises what the server or the keyring says."""
    base = openrouter_base(settings)
    told = _get(http, f"{base}/key", key)
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict):
        raise BrokenAnswer(
            _("{base} does not answer as OpenRouter does.").format(base=base),
            hint=_("Check `base_url` in the settings."),
        )
    if given_up():
        raise Cancelled(_("The key was not stored."))
    keys.store(base, key)
    left = data.get("limit_remaining")
    words = _("The key works and is stored.")
    if isinstance(left, int | float):
        words += " " + _("It may still spend ${left}.").format(left=number(left, 2))
    return Outcome(words, _to_openrouter(settings))


def _to_openrouter(settings: Settings) -> dict[str, Value | None]:
    if settings.provider in OPENROUTER:
        return {}
    if settings.provider == "offline" and not settings.base_url:
        return {"provider": None}
    return {"provider": None, "base_url": None, "model": None}


def use_server(
    settings: Settings,
    url: str,
    key: Secret | None,
    http: Http,
    keys: Keys,
    *,
    given_up: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Asks an OpenAI-compatible server for its models; its key, if any, is stored for it alone."""
    base = url.strip().rstrip("/")
    if not base:
        raise SettingsError(
            _("There is no address yet."), hint=_("Such as http://localhost:8000/v1.")
        )
    server = address(Settings(base_url=base), "openai")
    sent = key or keys.find("openai", server)
    try:
        models = _ids(_get(http, f"{server}/models", sent))
    except ModelGone:
        models = ()  # whisper.cpp's server has no such list
    if given_up():
        raise Cancelled(_("The server is not in use."))
    if key is not None:
        keys.store(server, key)
    words = (
        plural(
            "The server answers and offers {count} model.",
            "The server answers and offers {count} models.",
            len(models),
        ).format(count=len(models))
        if models
        else _("The server answers; it has no list of models.")
    )
    changes: dict[str, Value | None] = {"provider": "openai", "base_url": base}
    if settings.provider != "openai" or (models and settings.model not in models):
        changes["model"] = models[0] if len(models) == 1 else None
    return Outcome(words, changes, models)


def _get(http: Http, url: str, key: Secret | None) -> Any:
    try:
        return http.json("GET", url, key=key)
    except ProviderError as error:
        if error.hint in ABOUT_RECORDINGS:
            error.hint = _("Check the address and the network, then try again.")
        raise


def _ids(answer: Any) -> tuple[str, ...]:
    rows = answer.get("data") if isinstance(answer, dict) else None
    rows = rows if isinstance(rows, list) else []
    ids = (row.get("id") for row in rows if isinstance(row, dict))
    return tuple(id_ for id_ in ids if isinstance(id_, str))


def use_basic(settings: Settings, keys: Keys) -> Outcome:
    """The recogniser on this computer: what `auto` takes anyway where there is no key."""
    words = _("Basic English is in use. You can sign in at any time.")
    if settings.provider == "offline":
        return Outcome(words)
    if settings.provider == "auto" and not keys.configured("openrouter", openrouter_base(settings)):
        return Outcome(words)
    return Outcome(words, {"provider": "offline"})
