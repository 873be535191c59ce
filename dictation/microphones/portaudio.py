"""Microphones through PortAudio: sound in 10 ms blocks, straight into the take's buffer.

PortAudio lists the devices once, when it is started, and afterwards records zeros from a default
that is no more: it is started anew when the devices changed.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock, Thread
from typing import Any

import numpy as np

from dictation.audio import RATE, Samples
from dictation.errors import MicrophoneBusy, MicrophoneError, MissingPart, NoMicrophone
from dictation.i18n import _
from dictation.microphones import Device
from dictation.paths import resource

Heard = Callable[[Samples], None]

BLOCKS = 100  # a second
STALE = 10.0  # seconds after which a list of devices is old, where no change can be seen
CLOSING = 1.0  # seconds that closing a stream takes at most, unless its device hangs
SERVERS = ("pulse", "pipewire", "default")  # ALSA's names for what leads to a sound server
ALSA = "ALSA_CONFIG_PATH"
HEADSETS = ("bluetooth", "hands-free", "airpods")
INVALID_CHANNELS, INVALID_RATE = -9998, -9997


class Library:
    """PortAudio itself: its list of devices, how fresh that is, and the streams that are open."""

    def __init__(self, load: Callable[[], Any] | None = None) -> None:
        self._load = load or _sounddevice
        # Closes what is open for nothing but takes to come.
        self.let_go: Callable[[], None] = lambda: None
        self._portaudio: Any = None
        self._lock = RLock()  # PortAudio bears no second thread while it starts or ends
        self._lists = Lock()  # nor while it opens or closes
        self._counting = Lock()
        self._identity: str | None = None
        self._served = False  # a sound server is there, and ALSA's plugin for it
        self._since = 0.0
        self._streams = 0

    @property
    def portaudio(self) -> Any:
        """The sounddevice module; MissingPart where its library is not installed."""
        with self._lock:
            if self._portaudio is None:
                with _changed(self._alsa):
                    self._portaudio = self._load()
                self._since = time.monotonic()
            return self._portaudio

    def refresh(self, identity: str | None, *, served: bool = False) -> None:
        """Starts PortAudio anew if the devices changed, which the `identity` of their set tells.

        None stands for a system that tells nothing: there a list grows stale with time. `served`
        says that a sound server has all of them.
        """
        with self._lock:
            if self._portaudio is None:
                self._served = served
                self._identity = identity if self.portaudio else None
            stale = time.monotonic() - self._since > STALE
            if stale if identity is None else identity != self._identity:
                before, self._served = self._served, served
                if self.renew():
                    self._identity = identity
                else:
                    self._served = before
            if self._served and self.pulse_index() is None:
                self._served = False  # no plugin, so what ALSA itself knows is asked for
                self.renew()

    def forget(self) -> None:
        """Has PortAudio started anew before the next take: this one was all zeros."""
        self._identity = ""
        self._since = float("-inf")

    def renew(self) -> bool:
        """Starts PortAudio anew; False where a stream that someone listens to forbids it."""
        with self._lock:
            if self._streams:
                self.let_go()
            if self._streams:
                return False
            portaudio = self.portaudio
            with self._alone(), _changed(self._alsa):
                portaudio._terminate()
                portaudio._initialize()
            self._since = time.monotonic()
            return True

    def devices(self) -> list[Device]:
        """PortAudio's own list of what can record; on Windows that of its best interface."""
        portaudio = self.portaudio
        interfaces = portaudio.query_hostapis()
        best = next((api for api in interfaces if api["name"] == "Windows WASAPI"), None)
        if best is None and interfaces:
            best = interfaces[max(portaudio.default.hostapi, 0)]
        if best is None:
            return []
        listed = portaudio.query_devices()
        return [
            Device(
                name=listed[index]["name"],
                default=index == best["default_input_device"],
                bluetooth=any(word in listed[index]["name"].lower() for word in HEADSETS),
            )
            for index in best["devices"]
            if listed[index]["max_input_channels"] > 0
        ]

    def pulse_index(self) -> int | None:
        """The device behind which the sound server stands, if ALSA's plugin for it is there."""
        listed = self.portaudio.query_devices()
        inputs = {each["name"]: each["index"] for each in listed if each["max_input_channels"] > 0}
        return next((inputs[name] for name in SERVERS if name in inputs), None)

    def open(self, device: Device, heard: Heard, ended: Callable[[], None]) -> Any:
        """A running stream that hands 16 kHz mono blocks to `heard`, on PortAudio's own thread.

        A device that refuses that form is taken as it is and resampled. Raises MicrophoneError.
        """
        with self._lock:
            index = self._index(device)
            own = self.portaudio.query_devices(index)
            rate, channels = round(own["default_samplerate"]), min(2, own["max_input_channels"])
            forms = dict.fromkeys([(RATE, 1), (rate, 1), (RATE, channels), (rate, channels)])
            with self._alone(), _changed(self._alsa | _toward(device.source)), _quiet():
                for form in forms:
                    try:
                        return self._running(index, *form, heard, ended)
                    except self.portaudio.PortAudioError as error:
                        refused = error
                        if _code(error) not in (INVALID_RATE, INVALID_CHANNELS):
                            break
            raise _told(refused, device.name) from refused

    def open_output(self) -> tuple[Any, int, int]:
        """A running stream to write PCM16 to, as the system plays it; its rate and its channels.

        `close` ends it. Raises MissingPart.
        """
        with self._lock:
            portaudio = self.portaudio
            try:
                index = self._output_index()
                own = portaudio.query_devices(index, "output")
                rate, channels = (
                    round(own["default_samplerate"]),
                    min(2, own["max_output_channels"]),
                )
                with self._alone(), _changed(self._alsa), _quiet():
                    stream = portaudio.RawOutputStream(
                        device=index, samplerate=rate, channels=channels, dtype="int16", latency=0.1
                    )
                    stream.start()
            except (portaudio.PortAudioError, ValueError) as error:
                reason = str(error.args[0]) if error.args else str(error)
                raise unplayed(_("The system plays no sound: {0}.").format(reason)) from error
            with self._counting:
                self._streams += 1
            return stream, rate, channels

    def close(self, stream: Any) -> None:
        """Ends the stream; one that does not end by itself is left behind."""
        portaudio = self._portaudio  # whoever renews the list holds the lock and waits for this

        def end() -> None:
            # abort and not stop: stop waits up to 20 s for a device that sends nothing.
            with suppress(portaudio.PortAudioError):  # it is gone: that was the aim
                stream.abort()
            with self._alone(), suppress(portaudio.PortAudioError):
                stream.close()
            with self._counting:
                self._streams -= 1

        ending = Thread(target=end, name="microphone-end", daemon=True)
        ending.start()
        ending.join(CLOSING)
        if ending.is_alive():
            # PortAudio's own farewell would wait for the stream, and with it the whole program.
            atexit.unregister(portaudio._exit_handler)

    def _output_index(self) -> int | None:
        """The sound server's device where it has all of them, else the system's default."""
        if not self._served:
            return None
        listed = self.portaudio.query_devices()
        outputs = {each["name"]: each["index"] for each in listed if each["max_output_channels"]}
        return next((outputs[name] for name in SERVERS if name in outputs), None)

    def _index(self, device: Device) -> int:
        listed = self.portaudio.query_devices()
        same = [each["index"] for each in listed if each["name"] == device.name]
        index = self.pulse_index() if device.source else next(iter(same), None)
        if index is None:
            raise NoMicrophone(_("{name} is not there.").format(name=device.name))
        return index

    def _running(
        self, index: int, rate: int, channels: int, heard: Heard, ended: Callable[[], None]
    ) -> Any:
        stream = self.portaudio.RawInputStream(
            device=index,
            samplerate=rate,
            channels=channels,
            dtype="int16",
            blocksize=rate // BLOCKS,
            latency="low" if rate == RATE else 0.1,
            callback=_converted(rate, channels, heard),
            finished_callback=ended,
        )
        with self._counting:
            self._streams += 1
        try:
            stream.start()
        except self.portaudio.PortAudioError:
            with self._counting:
                self._streams -= 1
            with suppress(self.portaudio.PortAudioError):
                stream.close()
            raise
        return stream

    @property
    def _alsa(self) -> dict[str, str]:
        """Where a sound server has all devices, what ALSA need know: else PortAudio tries them all.

        For that it loads every plugin there is, with codecs and all: 13 MB.
        """
        if not self._served or ALSA in os.environ:
            return {}
        return {ALSA: str(resource("alsa-to-server.conf"))}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Waits for what else is opened or closed now, but not for ever: that may hang."""
        alone = self._lists.acquire(timeout=CLOSING)
        try:
            yield
        finally:
            if alone:
                self._lists.release()


def unplayed(why: str) -> MissingPart:
    """The error for a recording that can't be listened to."""
    return MissingPart(
        why,
        title=_("It can't be played"),
        hint=_("Connect headphones or a loudspeaker, or start the sound server; then try again."),
    )


def _converted(rate: int, channels: int, heard: Heard) -> Callable[..., None]:
    """PortAudio's callback: makes 16 kHz mono of each block and hands it on, nothing more."""
    if rate == RATE and channels == 1:
        return lambda block, *_: heard(np.frombuffer(block, np.int16))
    import soxr

    resample = soxr.ResampleStream(rate, RATE, 1, dtype="int16").resample_chunk

    def callback(block: Any, *_: object) -> None:
        samples = np.frombuffer(block, np.int16)
        mono = samples.reshape(-1, channels).mean(axis=1).astype(np.int16)
        heard(mono if rate == RATE else resample(mono))

    return callback


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise MissingPart(_("The sound library PortAudio is not installed.")) from error
    return sounddevice


def cards() -> str:
    """What the kernel's list of sound cards says; it changes when one comes or goes."""
    try:
        return Path("/proc/asound/cards").read_text(encoding="utf-8")
    except OSError:
        return "no cards"


def _code(error: Exception) -> int:
    """PortAudio's number for what went wrong."""
    return error.args[1] if len(error.args) > 1 else 0


def _told(error: Exception, name: str) -> MicrophoneError:
    """The error as the user should hear it."""
    reason = str(error.args[0]) if error.args else str(error)
    match _code(error):
        case -9985:  # device unavailable
            return MicrophoneBusy(_("Another program holds {name}.").format(name=name))
        case -9996 | -9993:  # invalid device; a combination of devices without a usable one
            return NoMicrophone(_("{name} is not there.").format(name=name))
    return MicrophoneError(f"{name}: {reason}.")


def _toward(source: str) -> dict[str, str]:
    """Makes ALSA's plugins for the sound servers open this source: they look nowhere else."""
    return {"PULSE_SOURCE": source, "PIPEWIRE_NODE": source} if source else {}


@contextmanager
def _changed(names: Mapping[str, str]) -> Iterator[None]:
    """With these variables in the environment, where what PortAudio stands on looks."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps off stderr what ALSA and PortAudio print there themselves when an opening fails."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


library = Library()
