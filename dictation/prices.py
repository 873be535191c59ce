"""What a minute of speech costs, worked out from the prices of a server's model list.

Lists give prices by token, second, hour or request. A minute is taken as one request of 150 spoken
words; a model whose tokens of sound nobody has told gets no price rather than a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

PROMPT = 300  # tokens of what we tell a chat model beside the sound
WORDS = 200  # tokens that a minute's 150 words are written in
# An hour at this price would be cheaper than any recogniser, a second at it dearer than all.
HOURLY = 0.01
# Tokens that a minute of sound is counted as, by how a model's id begins; the longest one counts.
SOUND = {
    "google/": 1920,  # 32 a second
    "openai/": 600,  # 10 a second
    "mistralai/voxtral": 60,  # listed by the second, whatever it is called
}


def a_minute(id_: str, endpoint: str, pricing: Any) -> float | None:
    """US dollars for a minute of speech; None where the list does not tell."""
    if not isinstance(pricing, Mapping):
        return None
    prompt, completion = _price(pricing, "prompt"), _price(pricing, "completion")
    sound, request = _price(pricing, "audio"), _price(pricing, "request") or 0.0
    if prompt is None or completion is None:
        return None
    if endpoint == "transcriptions" and not completion and not sound:
        return request + (prompt / 60 if prompt >= HOURLY else prompt * 60)
    if not prompt and not completion and not sound:
        return request  # free, or paid by the request
    tokens = _tokens(id_)
    if tokens is None:
        return None
    asked = PROMPT * prompt if endpoint == "chat" else 0.0
    return request + asked + tokens * (prompt if sound is None else sound) + WORDS * completion


def in_words(price: float | None) -> str:
    """The price as it stands in lists: dollars, to the hundredth of a cent."""
    if price is None:
        return ""
    return "< $0.0001" if 0 < price < 0.00005 else f"${price:.4f}"


def _tokens(id_: str) -> int | None:
    known = [begin for begin in SOUND if id_.removeprefix("~").startswith(begin)]
    return SOUND[max(known, key=len)] if known else None


def _price(pricing: Mapping[str, Any], name: str) -> float | None:
    """A price of the list, which writes them as texts; None for what is none, such as -1."""
    try:
        price = float(pricing[name])
    except (KeyError, TypeError, ValueError):
        return None
    return price if math.isfinite(price) and price >= 0 else None
