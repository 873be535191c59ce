"""Who may be tried: the models of the services in reach, this computer's recogniser, and prices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from dictation import transcription
from dictation.credentials import Keys, origin
from dictation.errors import DictationError, NoProviderLeft
from dictation.i18n import _
from dictation.listing import Model, preference
from dictation.providers import offline
from dictation.settings import Settings
from dictation.transcription import Services


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A provider and one of its models; the offline recogniser has none to choose."""

    provider: str
    model: str = ""

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider


OFFLINE = Candidate("offline")


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate as it is shown before anything is sent."""

    candidate: Candidate
    usd_per_minute: float | None  # None: nobody tells
    paid: bool = False  # the price is what earlier answers cost, not a list's
    server: str = ""  # where the recording goes, as scheme, host and port; "" = nowhere
    usual: bool = False  # chosen unless the user chooses otherwise
    note: str = ""


def settings_for(candidate: Candidate, settings: Settings, keys: Keys) -> Settings:
    """The settings under which a candidate is asked: it alone, and nobody in its place.

    Raises NoProviderLeft where `data_policy` forbids to send it anything.
    """
    first = transcription.provider_of(settings, keys)
    # As for `fallback`: the policy is an agreement with OpenRouter; nobody else is bound by it.
    if candidate.provider == "openai" != first and settings.data_policy != "any":
        told = _("{name} can't keep to `data_policy`: nothing was sent.")
        raise NoProviderLeft(told.format(name=candidate), hint=_("Loosen `data_policy`."))
    own = "openrouter" if settings.provider == "auto" else settings.provider
    return replace(
        settings,
        provider=candidate.provider,
        model=candidate.model,
        base_url=settings.base_url if candidate.provider == own else "",
        openrouter_endpoint="auto",
        fallback=(),
    )


def changes_for(candidate: Candidate, settings: Settings, keys: Keys) -> dict[str, str | None]:
    """What to save so that the candidate is asked from now on, as it was asked here."""
    wanted = settings_for(candidate, settings, keys)
    changes: dict[str, str | None] = {"provider": wanted.provider, "model": wanted.model or None}
    if wanted.base_url != settings.base_url:
        changes["base_url"] = None
    if settings.openrouter_endpoint != "auto" and candidate.provider == "openrouter":
        changes["openrouter_endpoint"] = None
    return changes


def offers(
    settings: Settings,
    services: Services,
    language: str = "",
    paid: Mapping[Candidate, float] | None = None,
) -> tuple[list[Offer], list[DictationError]]:
    """Whom these settings and the keys reach, the usual ones first; and what could not be listed.

    `paid`: what a minute cost by earlier answers. Waits for the network and the keyring.
    """
    found, troubles = _offline(language), list[DictationError]()
    for provider in ("openrouter", "openai"):
        try:
            found += _of_service(provider, settings, services, troubles.append)
        except DictationError as error:
            troubles.append(error)
    known = paid or {}
    found = [
        replace(offer, usd_per_minute=known[offer.candidate], paid=True)
        if offer.candidate in known
        else offer
        for offer in found
    ]
    return sorted(found, key=lambda offer: not offer.usual), troubles


def estimate(chosen: Iterable[Offer], seconds: float) -> tuple[float, int]:
    """What it costs to send them so many seconds, in USD, and of how many nobody tells."""
    prices = [offer.usd_per_minute for offer in chosen]
    return sum(p * seconds / 60 for p in prices if p is not None), prices.count(None)


def _offline(language: str) -> list[Offer]:
    if not offline.probe().works:
        return []
    english = language in ("", "en")
    note = "" if english else _("It knows English alone.")
    return [Offer(OFFLINE, 0.0, usual=english, note=note)]


def _of_service(
    provider: str,
    settings: Settings,
    services: Services,
    told: Callable[[DictationError], None],
) -> list[Offer]:
    in_force = transcription.provider_of(settings, services.keys) == provider
    try:
        asked = settings_for(Candidate(provider), settings, services.keys)
    except NoProviderLeft:
        return []
    base = transcription.address(asked, provider)
    if not in_force and not services.keys.configured(provider, base):
        return []  # nobody could send it anything
    ours = {model.id: model for model in preference()[provider]}
    try:
        listed = {model.id: model for model in services.models.all(provider, base)}
    except DictationError as error:  # a model that the user named is there all the same
        told(error)
        listed = {}
    if in_force and settings.model:
        listed.setdefault(settings.model, Model(settings.model))
    theirs = origin(base) == origin(transcription.BASES[provider])  # our prices are of that service
    found = list[Offer]()
    for id_ in [*(id_ for id_ in ours if id_ in listed), *sorted(listed.keys() - ours.keys())]:
        known = ours[id_].usd_per_minute if theirs and id_ in ours else None
        price = listed[id_].usd_per_minute if known is None else known
        usual = in_force and (id_ in ours or id_ == settings.model)
        found.append(Offer(Candidate(provider, id_), price, server=origin(base), usual=usual))
    return found
