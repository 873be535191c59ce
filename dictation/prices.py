"""What a minute of speech costs by a server's price list: an estimate, told before it is spent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

# Sound by the minute, in tokens: Google counts 32 a second, OpenAI's transcription models 10.
CHAT_TOKENS, TRANSCRIPTION_TOKENS = 1920, 600
SPOKEN = 250  # tokens of text that a minute of speech makes
TOLD = 300  # tokens of what a chat model is told beside the sound


def per_minute(pricing: object, endpoint: str) -> float | None:
    """USD from a model's `pricing`, which is USD a token as texts; None where it does not tell.

    A transcription model with no price for its text is paid by time, in a unit that lists don't
    name: None as well.
    """
    if not isinstance(pricing, Mapping):
        return None
    prompt, text = _price(pricing, "prompt"), _price(pricing, "completion")
    sound = _price(pricing, "audio") or prompt
    if prompt is None or text is None or sound is None:
        return None
    if endpoint == "chat":
        return sound * CHAT_TOKENS + prompt * TOLD + text * SPOKEN
    return sound * TRANSCRIPTION_TOKENS + text * SPOKEN if text else None


def _price(pricing: Mapping[str, Any], name: str) -> float | None:
    try:
        price = float(pricing[name])
    except (KeyError, TypeError, ValueError):
        return None
    return price if math.isfinite(price) and price >= 0 else None
