"""What a server's refusal means: HTTP statuses and error bodies, made into our errors.

Understands OpenRouter's and OpenAI's `{"error": {…}}`, and what FastAPI and other servers send.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dictation.errors import (
    BadRequest,
    CaptivePortal,
    DictationError,
    Forbidden,
    KeyRefused,
    ModelGone,
    NoCredits,
    ProviderError,
    ProxyLogin,
    RateLimited,
    Refused,
    ServerFault,
    TimedOut,
    TooLarge,
    UnknownStatus,
)
from dictation.i18n import _
from dictation.values import Secret

LONGEST = 300  # characters of a server's own words that are shown

# OpenRouter's error_type and OpenAI's code tell more than the status; each stands for one.
STATUS_OF_TYPE = {
    "authentication": 401,
    "invalid_api_key": 401,
    "payment_required": 402,
    "insufficient_quota": 402,  # OpenAI sends it as 429, where waiting would not help
    "permission_denied": 403,
    "not_found": 404,
    "model_not_found": 404,
    "payload_too_large": 413,
    "context_length_exceeded": 413,
    "token_limit_exceeded": 413,
    "rate_limit_exceeded": 429,
    "provider_unavailable": 502,
    "provider_overloaded": 529,
    "timeout": 504,
}
# These say less than a status does, so they count only where there is none.
VAGUE_TYPES = {"invalid_request": 400, "server": 500}
REFUSALS = ("content_policy_violation", "refusal")

BY_STATUS: dict[int, type[ProviderError]] = {
    400: BadRequest,
    404: ModelGone,
    407: ProxyLogin,
    408: TimedOut,
    413: TooLarge,
    415: BadRequest,
    422: BadRequest,
    429: RateLimited,
    500: ServerFault,
    502: ServerFault,
    503: ServerFault,
    504: TimedOut,
    511: CaptivePortal,
    524: TimedOut,
    529: ServerFault,
}

DATA_POLICY = re.compile(r"data[ _](policy|collection|retention)|\bzdr\b|\bprivacy\b", re.I)


@dataclass(frozen=True, slots=True)
class Told:
    """What an error body says."""

    message: str = ""
    kind: str = ""
    status: int = 0
    metadata: Mapping[str, Any] = field(default_factory=dict)


def error_of(
    status: int,
    body: Any,
    headers: Mapping[str, str] | None = None,
    *,
    key: Secret | None = None,
) -> DictationError:
    """The error that a status and a body mean; the body is parsed JSON, a text or None.

    A status below 400 with an `error` in the body (also in mid-stream) goes by the body's code.
    """
    told = read(body, key)
    http = status >= 400
    if not http:
        status = told.status or VAGUE_TYPES.get(told.kind, 0)
    status = STATUS_OF_TYPE.get(told.kind, status) if status != 403 else 403
    wait = retry_after(headers or {})
    words = shown(told.message, key)
    message = (
        (
            _("The server answered {status}: {words}")
            if words
            else _("The server answered {status}.")
        )
        if status
        else (_("The server reports: {words}") if words else _("The server reports an error."))
    ).format(status=status, words=words)
    match status:
        case 401:
            return KeyRefused(message)
        case 402:
            return _no_credits(message, wait)
        case 403:
            return _forbidden(message, told, key)
    if told.kind in REFUSALS:
        return Refused(message)
    if status == 404:
        return ModelGone(message, hint=_hint_of_404(body, told))
    kind = BY_STATUS.get(status, UnknownStatus if http else ServerFault)
    return kind(message, again=True if kind is TimedOut else None, retry_after=wait)


def _no_credits(message: str, wait: float | None) -> DictationError:
    error = NoCredits(message)
    if wait is not None:  # only the budget of what is under way is spent: it frees itself
        error.again, error.retry_after = True, wait
        error.hint = _("Too much is under way for this key's budget: wait a moment.")
    return error


def _forbidden(message: str, told: Told, key: Secret | None) -> DictationError:
    reasons = told.metadata.get("reasons")
    reasons = reasons if isinstance(reasons, list) else []
    if texts := [reason for reason in reasons if isinstance(reason, str)]:
        named = shown(", ".join(texts), key)
        return Forbidden(message, hint=_("The reasons it gives: {reasons}.").format(reasons=named))
    if told.kind in REFUSALS:
        return Forbidden(message, hint=_("Its content rules forbid it: choose another model."))
    return Forbidden(message)


def _hint_of_404(body: Any, told: Told) -> str | None:
    if DATA_POLICY.search(told.message):
        return _(
            "No provider of this model keeps to `data_policy`: choose another model, "
            "or loosen `data_policy` in the settings."
        )
    if not isinstance(body, dict) or ("error" not in body and "message" not in body):
        return _("There is no such address on the server: check `base_url`.")
    return None


def read(body: Any, key: Secret | None = None) -> Told:
    """What an error body says, in whichever of the usual forms it comes."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, str):
        return Told(error)
    if not isinstance(error, dict):
        return Told()
    metadata = error.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    code, kind = error.get("code"), metadata.get("error_type")
    if not isinstance(kind, str):
        kind = code if isinstance(code, str) else error.get("type")
    return Told(
        _message(error, metadata, key),
        kind if isinstance(kind, str) else "",
        _number(code),
        metadata,
    )


def _number(code: Any) -> int:
    """The status that a code is, as a number or as text; 0 for any other."""
    if isinstance(code, str) and re.fullmatch(r"[45][0-9]{2}", code):
        return int(code)
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _message(error: dict[str, Any], metadata: Mapping[str, Any], key: Secret | None) -> str:
    message = _words(error)
    # OpenRouter says no more than "Provider returned error" and puts the provider's own words
    # into `raw`. At a moderation's refusal the metadata quotes the user, so only here.
    if message.lower().startswith("provider returned error") and "raw" in metadata:
        upstream = shown(_upstream(metadata["raw"]), key)
        name = metadata.get("provider_name")
        return f"{name}: {upstream}" if upstream and isinstance(name, str) else upstream or message
    return message


def _words(error: Mapping[str, Any]) -> str:
    message = error.get("message") or error.get("detail") or error.get("error_description")
    if isinstance(message, list):  # FastAPI's list of what was wrong where
        told = [one.get("msg") for one in message if isinstance(one, dict)]
        message = "; ".join(one for one in told if isinstance(one, str))
    return message if isinstance(message, str) else ""


def _upstream(raw: Any) -> str:
    """The provider's own words; what it may quote of another's in its turn is left alone."""
    if isinstance(raw, str):
        try:
            parsed = json.loads(raw)
        except (ValueError, RecursionError):
            return raw
        raw = parsed if isinstance(parsed, dict) else raw
    error = raw.get("error", raw) if isinstance(raw, dict) else raw
    if isinstance(error, dict):
        return _words(error)
    return error if isinstance(error, str) else ""


def shown(text: str, key: Secret | None = None) -> str:
    """A server's words as they may be shown: one line, no control characters, never the key."""
    if key is not None and key.reveal():
        text = text.replace(key.reveal(), "…")  # first: of a key cut in two a half would stay
    text = text[: LONGEST * 10]
    if re.match(r"\s*<(!doctype|html|head|body)\b", text, re.I):
        title = re.search(r"<title[^>]*>([^<]*)", text, re.I)
        text = title[1] if title else ""
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` asks for, given in seconds or as a date."""
    value = next((v for name, v in headers.items() if name.lower() == "retry-after"), "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):  # no date, or one that no clock shows
        return None
