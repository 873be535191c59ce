"""The sound server's microphones (PulseAudio, or PipeWire speaking its protocol).

PortAudio sees only the server's default there: the names come from the server itself, and the
chosen one is handed to ALSA's pulse plugin in PULSE_SOURCE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from dictation.errors import MicrophoneStalled
from dictation.i18n import _
from dictation.microphones import Device

NOT_A_MONITOR = 0xFFFFFFFF
PATIENCE = 2.0  # seconds a living server takes at most to let us in


@dataclass(frozen=True, slots=True)
class Server:
    """What the server offers; `identity` differs from one start of it to the next."""

    identity: str
    sources: tuple[Device, ...]


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
            )
            for source in real
        ),
    )


def _bluetooth(source: Any) -> bool:
    """Whether the source is a Bluetooth headset's."""
    known = source.proplist
    return "bluetooth" in known.get("device.bus", "") or "bluez" in (
        known.get("device.api", "") + source.name
    )


def watch(source: str, ended: Event, gone: Callable[[], None]) -> None:
    """Calls `gone` when the source has left the server; returns then, or once `ended` is set.

    A stream whose source vanishes is moved to another one by the server and goes on recording
    from there, without a word.
    """
    while not ended.wait(1.0):
        try:
            server = look()
        except MicrophoneStalled:
            continue  # no samples come either, which is noticed by their absence
        if server is None or all(device.source != source for device in server.sources):
            gone()
            return
