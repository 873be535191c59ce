"""A microphone that someone speaks into: one device, opened for one take."""

from __future__ import annotations

import time
from threading import Event, Thread

from dictation.audio import RATE, Audio, Samples
from dictation.errors import MicrophoneError, MicrophoneLost, MicrophoneStalled
from dictation.i18n import _
from dictation.microphones import Device, pulse
from dictation.microphones.portaudio import BLOCKS, Library, library

STALLED = 2.0  # seconds without a block
WAKING = 10.0  # seconds to a headset's first block: its radio link is set up before
CERTAIN = 1.0  # seconds of zeros that are no slow start
TAIL = 0.15  # seconds to wait at most for what was captured before the end


class RealMicrophone:
    """Appends what the device hears to the take's audio, from start to stop."""

    may_be_silent = False

    def __init__(self, device: Device, through: Library = library) -> None:
        self.name = device.name
        self._device = device
        self._library = through
        self._audio = Audio()
        self._over = Event()  # no more is wanted
        self._lost = False
        self._deadline = float("inf")  # when the next block should have come

    def start(self, audio: Audio) -> None:
        """Opens the device, with PortAudio's list of devices made anew if it fails at first."""
        self._audio = audio
        self._deadline = time.monotonic() + (WAKING if self._device.bluetooth else STALLED)
        try:
            self._stream = self._library.open(self._device, self._heard, self._ended)
        except MicrophoneError:
            if not self._library.renew():
                raise
            self._stream = self._library.open(self._device, self._heard, self._ended)
        if self._device.source:
            watching = (self._device.source, self._over, self._ended)
            Thread(target=pulse.watch, args=watching, name="source-watch", daemon=True).start()

    def _heard(self, block: Samples) -> None:
        if not self._over.is_set():
            self._audio.append(block)
            self._deadline = time.monotonic() + STALLED

    def _ended(self) -> None:
        self._lost = self._lost or not self._over.is_set()

    def fault(self) -> MicrophoneError | None:
        """Why no more samples will come, else None."""
        if self._lost:
            return MicrophoneLost(_("{name} was disconnected.").format(name=self.name))
        if time.monotonic() > self._deadline and not self._over.is_set():
            return MicrophoneStalled(_("{name} sends no more sound.").format(name=self.name))
        return None

    def stop(self) -> None:
        """Waits for what the device has captured until now, then closes it."""
        wanted = self._audio.samples + round(self._stream.latency * RATE) + RATE // BLOCKS
        deadline = time.monotonic() + TAIL
        while self._audio.samples < wanted and not self._lost and time.monotonic() < deadline:
            self._over.wait(0.005)
        self._over.set()
        self._library.close(self._stream)
        if not self._audio.peak and self._audio.seconds >= CERTAIN:
            self._library.forget()
