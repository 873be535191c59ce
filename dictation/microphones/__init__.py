"""Where sound comes from: a device of the system, or a file that plays as one.

`find` picks by the user's preferences. Each take opens its microphone anew and closes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dictation.audio import Audio
from dictation.desktop import detect
from dictation.errors import MicrophoneError, NoMicrophone
from dictation.i18n import _


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone that the system offers. `source` is its name in the sound server, if one."""

    name: str
    default: bool = False
    bluetooth: bool = False
    backend: str = "portaudio"
    source: str = ""


class Microphone(Protocol):
    """One microphone, for one take."""

    name: str  # the one in use, as shown to the user
    may_be_silent: bool  # exact zeros are no fault

    def start(self, audio: Audio) -> None:
        """Opens it: from now on blocks are appended to `audio`. Raises MicrophoneError."""
        ...

    def fault(self) -> MicrophoneError | None:
        """Why no more samples will come, else None; cheap enough to be asked all the time."""
        ...

    def stop(self) -> None:
        """Closes it; what was captured until now is in the audio."""
        ...


def devices() -> list[Device]:
    """The microphones there are now, monitors of loudspeakers left out."""
    from dictation.microphones import portaudio, pulse

    linux = detect().system == "linux"
    server = pulse.look() if linux else None
    cards = portaudio.cards() if linux else None
    portaudio.library.refresh(server.identity if server else cards)
    if server is not None and portaudio.library.pulse_index() is not None:
        return list(server.sources)
    return portaudio.library.devices()


def named(present: Sequence[Device], wanted: str) -> Device | None:
    """The device of that name in any case, else the first whose name holds it."""
    wanted = wanted.casefold()
    for device in present:
        if device.name.casefold() == wanted:
            return device
    return next((device for device in present if wanted in device.name.casefold()), None)


def usual(present: Sequence[Device]) -> Device:
    """The system's default, as long as that is no headset; NoMicrophone where there is none.

    A Bluetooth headset falls from music to telephone quality once it is recorded from, so it is
    taken only when named or alone.
    """
    if not present:
        raise NoMicrophone(_("The system offers no microphone."))
    return min(present, key=lambda device: (device.bluetooth, not device.default))


def find(preferences: Sequence[str] = ()) -> Microphone:
    """The first preferred microphone that is present, else the usual one; not yet opened."""
    from dictation.microphones.real import RealMicrophone
    from dictation.microphones.wav_file import FileMicrophone

    present: list[Device] | None = None
    for wanted in preferences:
        if wanted.startswith("file:"):
            return FileMicrophone(wanted)
        present = devices() if present is None else present
        device = named(present, wanted)
        if device is not None:
            return RealMicrophone(device)
    return RealMicrophone(usual(devices() if present is None else present))
