"""The sound server's microphones (PulseAudio, or PipeWire speaking its protocol).

PortAudio sees only the server's default there: the names come from the server itself, and the
chosen one is handed to ALSA's pulse plugin in PULSE_SOURCE.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from dictation.errors import MicrophoneLost, MicrophoneStalled
from dictation.i18n import _
from dictation.microphones import Device, next_after, preferred

NOT_A_MONITOR = 0xFFFFFFFF
PATIENCE = 2.0  # seconds a living server takes at most to let us in


@dataclass(frozen=True, slots=True)
class Server:
    """What the server offers; `identity` differs from one start of it to the next."""

    identity: str
    sources: tuple[Device, ...]
    muted: frozenset[str] = frozenset()  # names of sources
    recorded: tuple[str, ...] = ()  # the sources this program records from, its newest stream last


def look(patience: float = PATIENCE) -> Server | None:
    """The server's microphones, or None where there is no server.

    Raises MicrophoneStalled for a server that is there and says nothing: PortAudio would wait for
    it for ever. So does libpulse, hence the thread.
    """
    answer: SimpleQueue[Server | None] = SimpleQueue()
    Thread(target=lambda: answer.put(_ask()), name="sound-server", daemon=True).start()
    try:
        return answer.get(timeout=patience)
    except Empty:
        raise MicrophoneStalled(
            _("The sound server does not answer."),
            hint=_("Restart it, for example with `systemctl --user restart pipewire pulseaudio`."),
        ) from None


def _ask() -> Server | None:
    try:
        import pulsectl
    except (ImportError, OSError):  # without libpulse there is no server to speak to
        return None
    pulse = pulsectl.Pulse("dictation", connect=False)
    try:
        pulse.connect()
        info, sources = pulse.server_info(), pulse.source_list()
        streams = pulse.source_output_list()
    except pulsectl.PulseError:
        return None
    finally:
        pulse.close()
    real = [source for source in sources if source.monitor_of_sink == NOT_A_MONITOR]
    descriptions = Counter(source.description for source in real)
    return Server(
        f"pulse {info.cookie}",
        tuple(
            Device(
                name=source.description
                if descriptions[source.description] == 1
                else f"{source.description} ({source.name})",
                default=source.name == info.default_source_name,
                bluetooth=_bluetooth(source),
                backend="pulse",
                source=source.name,
                address=_address(source),
            )
            for source in real
        ),
        muted=frozenset(source.name for source in real if source.mute),
        recorded=_recorded(sources, streams),
    )


def _recorded(sources: Any, streams: Any) -> tuple[str, ...]:
    names = {source.index: source.name for source in sources}
    own = str(os.getpid())
    ours = [each for each in streams if each.proplist.get("application.process.id") == own]
    ours.sort(key=lambda stream: stream.index)
    return tuple(names[stream.source] for stream in ours if stream.source in names)


def _address(source: Any) -> str:
    """What stays the same in all profiles of a Bluetooth device."""
    known = source.proplist
    address = known.get("api.bluez5.address") or known.get("device.string") or ""
    return address if _bluetooth(source) else ""


def _bluetooth(source: Any) -> bool:
    """Whether the source is a Bluetooth headset's."""
    known = source.proplist
    return "bluetooth" in known.get("device.bus", "") or "bluez" in (
        known.get("device.api", "") + source.name
    )


def watch(ended: Event, seen: Callable[[Server | None], None]) -> None:
    """Tells what the server says, once a second until `ended` is set or the server is gone.

    A stream whose source vanishes, or is no longer the default, is moved to another one by the
    server and goes on recording from there, without a word.
    """
    while not ended.wait(1.0):
        try:
            server = look()
        except MicrophoneStalled:
            continue  # no samples come either, which is noticed by their absence
        seen(server)
        if server is None:
            return


def followed(device: Device, server: Server | None, preferences: Sequence[str]) -> Device:
    """The device that a stream opened for `device` records from now, by its choice or ours.

    Raises MicrophoneLost where the stream should be opened anew: the device is gone, or the server
    moved the stream to where the user's preferences would not have it.
    """
    lost = MicrophoneLost(_("{name} was disconnected.").format(name=device.name))
    if server is None:
        raise lost
    there = any(each.source == device.source for each in server.sources)
    if not server.recorded or device.source in server.recorded:
        if there:
            return device
        raise lost
    now = next((each for each in server.sources if each.source == server.recorded[-1]), None)
    if not there:
        # What records already need not be opened anew: not a sample is missed.
        if now and next_after(device, server.sources, preferences, trusted=True) == now:
            return now
        raise lost
    # Streams are moved along when the default changes, as it does when a headset is plugged in.
    # That is what the user expects who named no microphone: it costs no gap, and is told. A named
    # one stays in use, and so does any beside a Bluetooth headset. A device that is not the
    # default was chosen for this stream, by hand in a mixer: that is obeyed.
    if now is None or (now.default and preferred(server.sources, preferences) != now):
        what = _("The system took the recording away from {name}.")
        raise MicrophoneLost(what.format(name=device.name))
    return now
