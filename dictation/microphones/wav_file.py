"""A file in the microphone's place, played in real time: for demonstrations and tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np

from dictation.audio import RATE, Audio
from dictation.errors import AudioFileError, MicrophoneError
from dictation.i18n import _

TICK = 0.01  # seconds


def parsed(value: str) -> tuple[Path, float]:
    """The file and the speed that `file:PATH` or `file:PATH@20` names."""
    path, _at, speed = value.removeprefix("file:").rpartition("@")
    try:
        times = float(speed)
    except ValueError:
        return Path(value.removeprefix("file:")).expanduser(), 1.0
    if not path or not 0 < times <= 1000:
        return Path(value.removeprefix("file:")).expanduser(), 1.0
    return Path(path).expanduser(), times


class FileMicrophone:
    """Plays the file from its first sample at each start, and silence after its end."""

    may_be_silent = True
    muted = False
    why = ""

    def __init__(self, value: str) -> None:
        self.name = value
        self._path, self._speed = parsed(value)
        self._over = Event()
        self._fault: MicrophoneError | None = None
        self._player: Thread | None = None

    def start(self, audio: Audio) -> None:
        """Opens the file; MicrophoneError where it is missing or holds no sound."""
        from dictation.audio_files import open_audio

        try:
            blocks = open_audio(self._path).pcm()
            first = next(blocks, b"")
        except AudioFileError as error:
            raise self._unreadable(error) from error
        self._over.clear()
        self._player = Thread(
            target=self._play, args=(audio, first, blocks), name="file-microphone", daemon=True
        )
        self._player.start()

    def _unreadable(self, error: AudioFileError) -> MicrophoneError:
        return MicrophoneError(
            _("The file set as microphone can't be played. {why}").format(why=error.message),
            hint=_("Set `microphone` to another file, or unset it to use a real one."),
        )

    def _play(self, audio: Audio, rest: bytes, blocks: Iterator[bytes]) -> None:
        began, played = time.monotonic(), 0
        over = False
        while not over:
            over = self._over.wait(TICK)  # once more at the end: what was due until then
            due = int((time.monotonic() - began) * RATE * self._speed) - played
            try:
                while len(rest) < due * 2 and (block := next(blocks, b"")):
                    rest += block
            except AudioFileError as error:
                self._fault = self._unreadable(error)
                return
            sound, rest = rest[: due * 2], rest[due * 2 :]
            audio.append(np.frombuffer(sound.ljust(due * 2, b"\0"), "<i2").astype(np.int16))
            played += due

    def fault(self) -> MicrophoneError | None:
        """Why the file can't be read on, else None; its end is no fault."""
        return self._fault

    def stop(self) -> None:
        """Ends the playing; what was due until now has been appended."""
        self._over.set()
        if self._player is not None:
            self._player.join()

    def successor(self) -> None:
        """None: whoever sets a file as microphone wants no other."""
