"""What a key of OpenRouter may still spend, and what it has spent: the balance, limit and usage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dictation.errors import BrokenAnswer, DictationError, KeyProblem, ModelGone, ProviderError
from dictation.i18n import _, dollars
from dictation.net import Http
from dictation.values import Secret

RENEWED = {
    "daily": _("{limit} a day"),
    "weekly": _("{limit} a week"),
    "monthly": _("{limit} a month"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Amounts in US dollars; None where the server does not tell, or there is no limit."""

    limit: float | None
    left: float | None  # of the limit
    renewed: str  # how often the limit begins anew: "daily", "weekly", "monthly", "" = never
    used: float | None
    used_today: float | None  # by UTC's day, week and month
    used_week: float | None
    used_month: float | None
    free: bool  # nothing was ever paid in
    balance: float | None
    why_no_balance: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """What a person is told: what it is, and the amount in words."""
        limit = _("none")
        if self.limit is not None:
            limit = RENEWED.get(self.renewed, "{limit}").format(limit=dollars(self.limit))
        rows = [
            (_("Balance of the account"), _dollars(self.balance) or self.why_no_balance),
            (_("Limit of the key"), limit),
        ]
        if self.limit is not None:
            rows.append((_("Left of the limit"), _dollars(self.left)))
        rows += [
            (_("Used today"), _dollars(self.used_today)),
            (_("Used this week"), _dollars(self.used_week)),
            (_("Used this month"), _dollars(self.used_month)),
            (_("Used in all"), _dollars(self.used)),
        ]
        if self.free:
            rows.append((_("Free tier"), _("nothing has been paid in yet")))
        return [(what, words) for what, words in rows if words]


def read(base_url: str, key: Secret, http: Http) -> Account:
    """Asks the server; not for the main thread. Raises KeyProblem, ProviderError.

    The balance is missing where the server keeps it from this key.
    """
    told = _data(_get(http, f"{base_url}/key", key), base_url)
    balance, why = None, ""
    try:
        credits_ = _data(_get(http, f"{base_url}/credits", key), base_url)
    except (KeyProblem, ModelGone):
        why = _("not told to this key; see openrouter.ai/settings/credits")
    except DictationError as error:
        why = f"{error.title}: {error.message}"
    else:
        paid, spent = _amount(credits_, "total_credits"), _amount(credits_, "total_usage")
        balance = None if paid is None or spent is None else paid - spent
    renewed = told.get("limit_reset")
    return Account(
        limit=_amount(told, "limit"),
        left=_amount(told, "limit_remaining"),
        renewed=renewed if isinstance(renewed, str) else "",
        used=_amount(told, "usage"),
        used_today=_amount(told, "usage_daily"),
        used_week=_amount(told, "usage_weekly"),
        used_month=_amount(told, "usage_monthly"),
        free=told.get("is_free_tier") is True,
        balance=balance,
        why_no_balance=why,
    )


def _get(http: Http, url: str, key: Secret) -> Any:
    try:
        return http.json("GET", url, key=key)
    except ProviderError as error:
        error.hint = _("Check the address and the network, then try again.")
        raise


def _data(answer: Any, base_url: str) -> Mapping[str, Any]:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise BrokenAnswer(
            _("{base} does not answer as OpenRouter does.").format(base=base_url),
            hint=_("Check `base_url` in the settings."),
        )
    return data


def _amount(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _dollars(amount: float | None) -> str:
    if amount is None:
        return ""
    return f"-{dollars(-amount)}" if amount < 0 else dollars(amount)
