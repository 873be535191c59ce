"""What the first-start window needs of the app, as one value that all its pages share."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dictation import microphones, settings
from dictation.capture import Source
from dictation.desktop import Desktop
from dictation.errors import DictationError
from dictation.microphones import Device
from dictation.settings import Settings, Value
from dictation.ui.trial import Trials
from dictation.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Setup:
    """Called on the main thread, but for what looks for devices and browsers."""

    wiring: Wiring
    desktop: Desktop
    settings: Callable[[], Settings]  # those in force
    apply: Callable[[], None]  # takes the settings file up
    toggle: Callable[[], object]  # starts or stops a dictation
    shortcoming: Callable[[Settings], DictationError | None]  # of the output; any thread
    asks: Callable[[Settings], bool]  # whether the desktop wants to ask before it; any thread
    allow: Callable[[], None]  # has it ask now, and waits for the answer; any thread
    trials: Trials
    crash: Callable[[Exception], None]  # any thread
    flags: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    devices: Callable[[], list[Device]] = microphones.devices
    find_microphone: Callable[[tuple[str, ...]], Source] = microphones.find
    open_browser: Callable[[str], object] = webbrowser.open

    def change(self, changes: Mapping[str, Value | None]) -> None:
        """Saves these settings, and puts them in force. Raises SettingsError."""
        if changes:
            settings.save(self.wiring.places.settings, **changes)
        self.apply()
