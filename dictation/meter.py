"""How loud a microphone is right now: listened to and let go, nothing is kept."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from dictation.audio import RATE, Audio, Samples
from dictation.capture import TICK, Source
from dictation.errors import MicrophoneSilent
from dictation.i18n import _

FLOOR = -60.0  # dB of full scale that count as nothing
ZEROS = 2 * RATE  # samples of nothing but zeros after which a microphone counts as silent
FULL = 32768


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the one who looks wants to hear; called on the meter's thread."""

    opened: Callable[[str], None]  # the microphone's name
    level: Callable[[float], None]  # 0 to 1, in steps of loudness, each tick


class Passing(Audio):
    """Sound that passes by: how much and how loud."""

    def __init__(self) -> None:
        super().__init__()
        self.loudest = 0  # since it was last looked at

    def append(self, block: Samples) -> None:
        """Notes how loud the block is."""
        if len(block):
            self.level = max(int(block.max()), -int(block.min()))
            self.loudest = max(self.loudest, self.level)
            self.peak = max(self.peak, self.level)
        self.samples += len(block)


class Meter:
    """Looks at one microphone until `stop`; `run` blocks, and raises MicrophoneError."""

    def __init__(self, find: Callable[[], Source], hooks: Hooks) -> None:
        self._find, self._hooks = find, hooks
        self._over = threading.Event()

    def stop(self) -> None:
        """Ends it; any thread."""
        self._over.set()

    def run(self) -> None:
        """Opens the microphone, tells its level ten times a second, closes it."""
        if self._over.is_set():
            return
        source, audio = self._find(), Passing()
        source.start(audio)
        try:
            name = source.name
            self._hooks.opened(name)
            while not self._over.wait(TICK):
                if fault := source.fault():
                    raise fault
                if source.name != name:  # the sound server moved the stream
                    name = source.name
                    self._hooks.opened(name)
                if audio.samples > ZEROS and not audio.peak and not source.may_be_silent:
                    raise MicrophoneSilent(_("{name} gives only zeros.").format(name=source.name))
                level, audio.loudest = audio.loudest, 0
                self._hooks.level(loudness(level))
        finally:
            source.stop()


def loudness(level: int) -> float:
    """A peak of 0 to 32768 as people hear it: 0 for FLOOR and less, 1 for full scale."""
    decibels = 20 * math.log10(max(level, 1) / FULL)
    return max(0.0, 1 - decibels / FLOOR)
