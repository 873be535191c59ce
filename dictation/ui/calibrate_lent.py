"""What the calibration window needs of the app, as one value that its pages share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from dictation import microphones
from dictation.capture import Source
from dictation.settings import Settings, Value
from dictation.takes import Take
from dictation.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Lent:
    """Called on the main thread, but for what looks for microphones."""

    wiring: Wiring
    settings: Callable[[], Settings]  # those in force
    change: Callable[[Mapping[str, Value | None]], None]  # saves; raises SettingsError
    last: Callable[[], Future[Take | None]]  # the newest take with a text
    crash: Callable[[Exception], None]  # any thread
    flags: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    find_microphone: Callable[[tuple[str, ...]], Source] = microphones.find
