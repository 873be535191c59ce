"""Who is told of keys, by whoever listens for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dictation.errors import HotkeyError

Tell = Callable[[str, float], None]  # an action's name, and when its key moved (time.monotonic())


@dataclass(frozen=True, slots=True)
class Hearer:
    """Called on the listener's own thread, and should only pass the news on.

    `lost` tells of keys that can't be had or stopped working; by HotkeyEnded, that none is heard.
    """

    press: Tell
    release: Tell
    lost: Callable[[HotkeyError], None]
