"""What the overlay shows at one moment, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Showing = Literal["opening", "recording", "quiet", "silent", "transcribing", "delivering"]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the pill shows: `level` is 0 to 1, `text` what is there of it so far."""

    showing: Showing
    seconds: float = 0.0
    level: float = 0.0
    destination: str = ""
    text: str = ""
