"""A microphone that someone speaks into: one device, opened for one take, or kept for more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

from dictation import microphones
from dictation.audio import RATE, Audio, Samples
from dictation.errors import (
    MicrophoneError,
    MicrophoneLost,
    MicrophoneSilent,
    MicrophoneStalled,
    NoMicrophone,
)
from dictation.i18n import _
from dictation.microphones import Device, Keeper, Microphone, next_after, preferred, pulse
from dictation.microphones.portaudio import BLOCKS, Library, library
from dictation.microphones.ring import Outlet

STALLED = 2.0  # seconds without a block
WAKING = 10.0  # seconds to a headset's first block: its radio link is set up before
CERTAIN = 1.0  # seconds of zeros that are no slow start
SILENT = 3.0  # seconds of zeros after which a device is left for the one now preferred
TAIL = 0.13  # seconds beyond its latency to wait at most for what was captured before the end
FRESH = 0.3  # seconds within which a stream that runs has given its newest block
BACK = 1.0  # seconds in which a headset returns in another profile, a source with its new server
RESTART = 5.0  # seconds that a sound server takes at most to be back


class RealMicrophone:
    """Appends what the device hears to the take's audio, from start to stop."""

    may_be_silent = False

    def __init__(
        self,
        device: Device,
        through: Library = library,
        preferences: Sequence[str] = (),
        keeper: Keeper | None = None,
    ) -> None:
        self.name, self.why = device.name, ""
        self.muted = False
        self.preferences = tuple(preferences)
        self.passed_over = False  # the preferences would choose another device now
        self._device, self._library, self._keeper = device, through, keeper
        self._stream: Any = None
        self._audio = Audio()
        self._outlet = Outlet()
        self._over = Event()  # no more is wanted
        self._lost: MicrophoneLost | None = None
        self._died = False  # the stream, not its source alone: the sound server has ended
        self._missed = False  # a headset, when last looked for
        self._deadline = float("inf")  # when the next block should have come
        self._delivered = False
        self._delivered_at = float("-inf")
        self._sounded = float("inf")  # when the last block came that was not all zeros
        self._failed_at: float | None = None

    def start(self, audio: Audio) -> None:
        """Opens the device, with PortAudio's list of devices made anew if it fails at first.

        One that was kept open goes on, with what it heard last in front.
        """
        self._audio = audio
        self._outlet.turn(audio)
        if self._keeper:
            self._keeper.began(self)
        if self._stream is None:
            try:
                self._open()
            except BaseException:
                if self._keeper:
                    self._keeper.ended(self, sound=False)
                raise

    def open_idle(self) -> None:
        """Opens the device for takes to come: until then the newest half second is kept."""
        self._outlet.idle()
        self._open()

    def _open(self) -> None:
        self._deadline = time.monotonic() + (WAKING if self._device.bluetooth else STALLED)
        try:
            self._stream = self._library.open(self._device, self._heard, self._ended)
        except MicrophoneError:
            if not self._library.renew():
                raise
            self._stream = self._library.open(self._device, self._heard, self._ended)
        if self._device.source:
            watching = (self._over, self._seen)
            Thread(target=pulse.watch, args=watching, name="source-watch", daemon=True).start()

    def _heard(self, block: Samples) -> None:
        if not self._over.is_set():
            self._outlet.append(block)
            now = time.monotonic()
            self._deadline = now + STALLED
            if not self._delivered or block.any():
                self._sounded = now
            self._delivered, self._delivered_at = True, now

    def _ended(self) -> None:
        if not self._over.is_set():
            self._died = self._device.source != ""
            self._lost = _gone(self.name)

    def _seen(self, server: pulse.Server | None) -> None:
        """Draws the conclusions from what the sound server says; on the watch's thread."""
        device = self._device
        try:
            now = pulse.followed(device, server, self.preferences)
        except MicrophoneLost as lost:
            if not self._may_return(server):
                self._lost = self._lost or lost
            return
        assert server is not None
        if now is not device:
            if self._may_return(server):
                return
            there = any(each.source == device.source for each in server.sources)
            why = _("The system moved the recording.") if there else _gone(device.name).message
            self.why, self._device = why, now
            self.name = now.name  # last: whoever sees it finds the reason
        self.muted = now.source in server.muted
        choice = preferred(server.sources, self.preferences)
        self.passed_over = isinstance(choice, Device) and choice.source != now.source

    def _may_return(self, server: pulse.Server | None) -> bool:
        """Whether to look again: a headset that changes its profile is missing for a moment."""
        present = server.sources if server else ()
        missing = self._device.bluetooth and not any(map(self._device.is_same, present))
        again = missing and not self._missed
        self._missed = missing
        return again

    def fault(self) -> MicrophoneError | None:
        """Why no more samples will come, or none but zeros where another is preferred now."""
        now = time.monotonic()
        if self._lost or self._over.is_set():
            return self._lost
        if now > self._deadline:
            return MicrophoneStalled(_("{name} sends no more sound.").format(name=self.name))
        if self.passed_over and not self.muted and now > self._sounded + SILENT:
            return MicrophoneSilent(_("{name} gives only zeros.").format(name=self.name))
        return None

    def stop(self) -> None:
        """Waits for what the device has captured until now, then closes it, unless it is kept."""
        self._drain()
        audio, sound = self._audio, bool(self._audio.peak)
        self._outlet.idle()  # what the take has is all of it
        self._audio = Audio()
        if self._keeper and self._keeper.ended(self, sound=sound):
            return
        self.close()
        if not sound and audio.seconds >= CERTAIN:
            self._library.forget()

    def _drain(self) -> None:
        """What is spoken before the end arrives after it: as late as the stream's latency.

        By count and by clock: a block that came late is not taken for the last one.
        """
        audio, latency, now = self._audio, float(self._stream.latency), time.monotonic()
        wanted = audio.samples + round(latency * RATE) + RATE // BLOCKS
        while audio.samples < wanted or self._delivered_at < now + latency:
            if self._lost or time.monotonic() > now + latency + TAIL:
                return
            self._over.wait(0.005)

    def hush(self) -> None:
        """Hears nothing more, and wipes what a kept one heard last; it is still to be closed."""
        self._over.set()
        self._outlet.shut()

    def close(self) -> None:
        """Closes it at once, with nothing more heard."""
        self.hush()
        self._library.close(self._stream)

    @property
    def runs(self) -> bool:
        """Whether blocks come: one that has stalled has no fault before a while."""
        return time.monotonic() - self._delivered_at < FRESH

    def suits(self, preferences: Sequence[str]) -> bool:
        """Whether one that was kept is what a take with these preferences would open anew.

        Raises MicrophoneError where the sound server offers none, or does not answer.
        """
        if self.preferences != tuple(preferences) or self.fault() or not self.runs:
            return False
        if not self._device.source:
            # Nobody tells of devices that come and go while PortAudio's list may not be renewed.
            return True
        server = pulse.look()
        choice = preferred(server.sources if server else (), preferences)
        return isinstance(choice, Device) and choice.source == self._device.source

    def successor(self) -> Microphone:
        """The one to go on with, not yet opened: itself where it is back, else another.

        Raises MicrophoneError where none is there yet, or this one may be back in a moment.
        """
        if not self._device.source:
            self._library.renew()  # nobody else says which devices there are by now
        present = microphones.devices()
        trusted = self._lost is not None and self._delivered
        self._failed_at = self._failed_at or time.monotonic()
        if time.monotonic() < self._failed_at + self._patience(present, trusted=trusted):
            raise NoMicrophone(_("{name} is not there.").format(name=self.name))
        choice = next_after(self._device, present, self.preferences, trusted=trusted)
        return microphones.made(choice, self.preferences, self._keeper)

    def _patience(self, present: Sequence[Device], *, trusted: bool) -> float:
        """Seconds after the fault in which no other device is taken."""
        if self._device.source and not any(device.source for device in present):
            # The server is gone. Its sound card, taken meanwhile, would be busy when it is back.
            return RESTART
        if trusted and (self._device.bluetooth or self._died):
            return 0 if any(map(self._device.is_same, present)) else BACK
        return 0


def _gone(name: str) -> MicrophoneLost:
    return MicrophoneLost(_("{name} was disconnected.").format(name=name))
