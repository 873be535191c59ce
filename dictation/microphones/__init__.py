"""Where sound comes from: a device of the system, or a file that plays as one.

`find` picks by the user's preferences. Each take opens its microphone anew and closes it, unless
`kept` keeps it open for the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from dictation.audio import Audio
from dictation.desktop import detect
from dictation.errors import DictationError, MicrophoneError, NoMicrophone
from dictation.i18n import _


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone that the system offers. `source` is its name in the sound server, if one.

    `address` is that of a Bluetooth device, which has another source in each of its profiles.
    """

    name: str
    default: bool = False
    bluetooth: bool = False
    backend: str = "portaudio"
    source: str = ""
    address: str = ""

    def is_same(self, other: Device) -> bool:
        """Whether both are one thing to hold in the hand, perhaps made anew meanwhile."""
        return (
            self.name == other.name
            or (self.source != "" and self.source == other.source)
            or (self.address != "" and self.address == other.address)
        )


class Microphone(Protocol):
    """One microphone, for one take."""

    name: str  # the one in use, as shown to the user; another once the system moved the stream
    why: str  # a sentence: why the name has changed
    muted: bool  # the system says so
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

    def successor(self) -> Microphone | None:
        """Which one to go on with after a fault, not yet opened; None where there can be none.

        Raises MicrophoneError where none is there yet.
        """
        ...


class Keeper(Protocol):
    """Who may keep a device's stream open after a take; called by the microphone itself."""

    def began(self, microphone: Microphone) -> None:
        """A take records from it."""
        ...

    def ended(self, microphone: Microphone, *, sound: bool) -> bool:
        """The take is over, with `sound` or nothing but zeros: whether it stays open."""
        ...


def warm() -> None:
    """Imports what a take needs and lists the devices, opening none: for a thread at the start."""
    with suppress(DictationError):  # told when a take meets it
        if not any(device.source for device in devices()):
            import soxr  # noqa: F401 - a device without a sound server before it may need it


def devices() -> list[Device]:
    """The microphones there are now, monitors of loudspeakers left out."""
    from dictation.microphones import portaudio, pulse

    linux = detect().system == "linux"
    server = pulse.look() if linux else None
    cards = portaudio.cards() if linux else None
    identity = server.identity if server else cards
    portaudio.library.refresh(identity, served=server is not None)
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


def preferred(present: Sequence[Device], preferences: Sequence[str]) -> Device | str:
    """The first preference that is present, or is a file's name, else the usual device."""
    for wanted in preferences:
        device = wanted if wanted.startswith("file:") else named(present, wanted)
        if device is not None:
            return device
    return usual(present)


def next_after(
    failed: Device, present: Sequence[Device], preferences: Sequence[str], *, trusted: bool
) -> Device | str:
    """What to go on with after `failed`: itself if it is back and `trusted`, else another.

    One that is not trusted, because it is there and sends nothing, is taken only when alone.
    """
    again = [device for device in present if device.is_same(failed)]
    if again and trusted:
        return min(again, key=lambda device: device.source != failed.source)
    others = [device for device in present if device not in again]
    return preferred(others or present, preferences)


def find(preferences: Sequence[str] = (), keeper: Keeper | None = None) -> Microphone:
    """The first preferred microphone that is present, else the usual one; not yet opened."""
    if preferences and preferences[0].startswith("file:"):
        return made(preferences[0], preferences)
    return made(preferred(devices(), preferences), preferences, keeper)


def made(
    choice: Device | str, preferences: Sequence[str], keeper: Keeper | None = None
) -> Microphone:
    """The microphone of that device or file, not yet opened."""
    from dictation.microphones.real import RealMicrophone
    from dictation.microphones.wav_file import FileMicrophone

    if isinstance(choice, str):
        return FileMicrophone(choice)
    return RealMicrophone(choice, preferences=preferences, keeper=keeper)
